;; call: nothing()
;; phase: execute
;; means: [{"value": ""}]
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func (export "nothing") (canon lift (core func $i "f"))))
