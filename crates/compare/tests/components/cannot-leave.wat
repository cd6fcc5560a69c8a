;; call: f("ab")
;; phase: execute
;; means: [{"trap": ["cannot-leave-component"]}]
(component
  (component $callee
    (core module $m (func (export "g")))
    (core instance $i (instantiate $m))
    (func (export "g") (canon lift (core func $i "g"))))
  (component $caller
    (import "g" (func $g))
    (core func $g' (canon lower (func $g)))
    (core module $m
      (import "" "g" (func $g))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $g) (i32.const 16))
      (func (export "f") (param i32 i32)))
    (core instance $i (instantiate $m (with "" (instance (export "g" (func $g'))))))
    (func (export "f") (param "s" string)
      (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "g" (func $callee "g"))))
  (export "f" (func $caller "f")))
