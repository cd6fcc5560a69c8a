(component
  (import "test:dep/counter@1.0.0" (instance $c (export "next" (func (result u32)))))
  (core func $next (canon lower (func $c "next")))
  (core module $m
    (import "" "next" (func $next (result i32)))
    (func (export "f") (result i32) (i32.mul (call $next) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "next" (func $next))))))
  (func $f (result u32) (canon lift (core func $i "f")))
  (instance (export "test:dep/right") (export "take" (func $f))))
