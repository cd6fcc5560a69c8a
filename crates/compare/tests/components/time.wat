;; call: f()
;; phase: execute
;; means: [{"limit": "time"}]
(component
  (core module $m (func (export "f") (loop (br 0))))
  (core instance $i (instantiate $m))
  (func (export "f") (canon lift (core func $i "f"))))
