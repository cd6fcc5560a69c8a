;; phase: execute
;; means: [{"trap": ["invalid-conversion-to-integer"]}]
(module
  (global $nan (mut f32) (f32.const nan))
  (func (export "drive0") (result i64) (i64.trunc_f32_s (global.get $nan))))
