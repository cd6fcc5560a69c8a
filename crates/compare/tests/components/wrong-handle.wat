;; call: f()
;; phase: execute
;; means: [{"trap": ["handle-type-mismatch"]}]
(component
  (type $r (resource (rep i32)))
  (type $s (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $s))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "f") (call $drop (call $new (i32.const 7)))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "f") (canon lift (core func $i "f"))))
