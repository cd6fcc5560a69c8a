;; phase: instantiate
;; means: [{"trap": ["out-of-bounds-memory"]}]
(module
  (memory 1)
  (data (i32.const 65536) "x")
  (func (export "drive0") (result i64) (i64.const 0)))
