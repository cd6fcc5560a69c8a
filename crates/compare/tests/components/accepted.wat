;; phase: execute
;; means: ["accepted"]
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m)))
