;; phase: execute
;; means: [{"trap": ["undefined-element"]}]
(module
  (table 1 funcref)
  (func (export "drive0") (result i64) (call_indirect (result i64) (i32.const 9))))
