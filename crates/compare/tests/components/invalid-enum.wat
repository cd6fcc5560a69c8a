;; call: f()
;; phase: execute
;; means: [{"trap": ["invalid-discriminant"]}]
(component
  (core module $m (func (export "f") (result i32) (i32.const 9)))
  (core instance $i (instantiate $m))
  (type $e' (enum "a" "b"))
  (export $e "e" (type $e'))
  (func (export "f") (result $e) (canon lift (core func $i "f"))))
