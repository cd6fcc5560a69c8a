;; call: a:b/c@1.2.0#two()
;; phase: execute
;; means: [{"value": "2"}]
(component
  (core module $m (func (export "one") (result i32) (i32.const 1)) (func (export "two") (result i32) (i32.const 2)))
  (core instance $i (instantiate $m))
  (func $one (result u8) (canon lift (core func $i "one")))
  (func $two (result u8) (canon lift (core func $i "two")))
  (export "two" (func $one))
  (instance (export "a:b/c@1.2.0") (export "two" (func $two)))
  (instance (export "a:b/d@1.2.0") (export "two" (func $one))))
