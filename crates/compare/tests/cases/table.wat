;; phase: execute
;; means: [{"trap": ["out-of-bounds-table"]}]
(module
  (table 1 funcref)
  (func (export "drive0") (result i64) (drop (table.get (i32.const 9))) (i64.const 0)))
