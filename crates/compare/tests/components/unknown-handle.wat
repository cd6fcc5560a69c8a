;; call: f()
;; phase: execute
;; means: [{"trap": ["unknown-handle"]}]
(component
  (type $r (resource (rep i32)))
  (core func $drop (canon resource.drop $r))
  (core module $m (import "" "drop" (func $drop (param i32))) (func (export "f") (call $drop (i32.const 7))))
  (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
  (func (export "f") (canon lift (core func $i "f"))))
