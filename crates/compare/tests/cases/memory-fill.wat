;; phase: execute
;; means: [{"trap": ["out-of-bounds-memory"]}]
(module
  (memory 1)
  (func (export "drive0") (result i64)
    (memory.fill (i32.const 65530) (i32.const 1) (i32.const 10)) (i64.const 0)))
