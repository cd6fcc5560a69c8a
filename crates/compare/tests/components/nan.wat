;; call: nan()
;; phase: execute
;; means: [{"value": "nan"}]
(component
  (core module $m (func (export "f") (result f64) (f64.const -nan:0x12345)))
  (core instance $i (instantiate $m))
  (func (export "nan") (result f64) (canon lift (core func $i "f"))))
