;; call: f()
;; phase: execute
;; means: [{"trap": ["unaligned-pointer"]}]
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "\01\00\00\00\01\00\00\00")
    (data (i32.const 64) "\ff\fe\fd\fc\00\d8\00\00")
    (func (export "f") (result i32) (i32.const 17)))
  (core instance $i (instantiate $m))
  (func (export "f") (result (list u32)) (canon lift (core func $i "f") (memory (core memory $i "memory")))))
