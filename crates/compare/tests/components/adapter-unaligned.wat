;; call: f()
;; phase: execute
;; means: [{"trap": ["unaligned-pointer"]}]
(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
      (func (export "g") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (export "g") (param "p" (list u16))
      (canon lift (core func $i "g") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $caller
    (import "g" (func $g (param "p" (list u16))))
    (core module $libc (memory (export "memory") 1) (data (i32.const 64) "\ff\fe"))
    (core instance $libc (instantiate $libc))
    (core func $g' (canon lower (func $g) (memory (core memory $libc "memory"))))
    (core module $m (import "" "g" (func $g (param i32 i32))) (func (export "f") (call $g (i32.const 3) (i32.const 1))))
    (core instance $i (instantiate $m (with "" (instance (export "g" (func $g'))))))
    (func (export "f") (canon lift (core func $i "f"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "g" (func $callee "g"))))
  (export "f" (func $caller "f")))
