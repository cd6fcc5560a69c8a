;; call: f()
;; phase: execute
;; means: [{"trap": ["invalid-discriminant"]}]
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "\02")
    (func (export "f") (result i32) (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "f") (result (option u64)) (canon lift (core func $i "f") (memory (core memory $i "memory")))))
