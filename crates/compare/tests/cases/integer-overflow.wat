;; phase: execute
;; means: [{"trap": ["integer-overflow"]}]
(module
  (global $least (mut i32) (i32.const 0x80000000))
  (func (export "drive0") (result i64) (i64.extend_i32_s (i32.div_s (global.get $least) (i32.const -1)))))
