;; phase: execute
;; means: [{"trap": ["out-of-bounds-table"]}]
(module
  (table 1 funcref)
  (elem $none func)
  (func (export "drive0") (result i64) (table.init $none (i32.const 0) (i32.const 0) (i32.const 9)) (i64.const 0)))
