;; phase: instantiate
;; means: [{"trap": ["out-of-bounds-table"]}]
(module
  (table 1 funcref)
  (elem (i32.const 1) $f)
  (func $f)
  (func (export "drive0") (result i64) (i64.const 0)))
