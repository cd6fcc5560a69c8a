;; phase: execute
;; means: [{"trap": ["integer-divide-by-zero"]}]
(module
  (global $zero (mut i32) (i32.const 0))
  (func (export "drive0") (result i64) (i64.extend_i32_s (i32.div_s (i32.const 1) (global.get $zero)))))
