;; call: trap()
;; phase: execute
;; means: [{"trap": ["unreachable"]}]
(component
  (core module $m (func (export "f") unreachable))
  (core instance $i (instantiate $m))
  (func (export "trap") (canon lift (core func $i "f"))))
