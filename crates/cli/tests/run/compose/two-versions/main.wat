;; WITH v1 v2
;; CALL f(3)
(component
  (import "test:dep/scale@1.0.3" (instance $one (export "scale" (func (param "n" u32) (result u32)))))
  (import "test:dep/scale@2.1.0" (instance $two (export "scale" (func (param "n" u32) (result u32)))))
  (core func $one (canon lower (func $one "scale")))
  (core func $two (canon lower (func $two "scale")))
  (core module $m
    (import "" "one" (func $one (param i32) (result i32)))
    (import "" "two" (func $two (param i32) (result i32)))
    (func (export "f") (param i32) (result i32)
      (i32.add (call $one (local.get 0)) (call $two (call $one (local.get 0))))))
  (core instance $i (instantiate $m
    (with "" (instance (export "one" (func $one)) (export "two" (func $two))))))
  (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))
