;; call: f()
;; phase: instantiate
;; means: [{"trap": ["integer-divide-by-zero"]}]
(component
  (core module $m
    (func (export "f"))
    (func $start (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (start $start))
  (core instance $i (instantiate $m))
  (func (export "f") (canon lift (core func $i "f"))))
