;; call: f()
;; phase: execute
;; means: [{"trap": ["out-of-bounds-memory"]}]
(component
  (core module $m (memory 1) (func (export "f") (drop (i32.load (i32.const 65536)))))
  (core instance $i (instantiate $m))
  (func (export "f") (canon lift (core func $i "f"))))
