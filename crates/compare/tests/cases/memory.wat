;; phase: execute
;; means: [{"trap": ["out-of-bounds-memory"]}]
(module
  (memory 1)
  (global $end (mut i32) (i32.const 65536))
  (func (export "drive0") (result i64) (i64.load (global.get $end))))
