;; Four components, each of which calls the one before, with a memory and a table each.
(component
  (component $First
    (core module $m
      (memory (export "memory") 1)
      (table 4 funcref)
      (elem (i32.const 0) func $f)
      (data (i32.const 16) "first")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func $f (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
    (core instance $i (instantiate $m))
    (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))
  (component $Next
    (import "f" (func $f (param "x" u32) (result u32)))
    (core func $g (canon lower (func $f)))
    (core module $m
      (import "" "f" (func $g (param i32) (result i32)))
      (memory (export "memory") 1)
      (table 4 funcref)
      (elem (i32.const 0) func $f)
      (data (i32.const 16) "next")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func $f (export "f") (param i32) (result i32) (call $g (i32.add (local.get 0) (i32.const 1)))))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $g))))))
    (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))
  (instance $a (instantiate $First))
  (instance $b (instantiate $Next (with "f" (func $a "f"))))
  (instance $c (instantiate $Next (with "f" (func $b "f"))))
  (instance $d (instantiate $Next (with "f" (func $c "f"))))
  (export "f" (func $d "f")))
