;; phase: execute
;; means: [{"trap": ["indirect-call-type-mismatch"]}]
(module
  (table funcref (elem $other))
  (func $other (param i32))
  (func (export "drive0") (result i64) (call_indirect (result i64) (i32.const 0))))
