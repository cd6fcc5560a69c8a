;; call: f()
;; phase: execute
;; means: [{"trap": ["invalid-char"]}]
(component
  (core module $m (func (export "f") (result i32) (i32.const 0xd800)))
  (core instance $i (instantiate $m))
  (func (export "f") (result char) (canon lift (core func $i "f"))))
