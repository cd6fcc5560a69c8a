;; phase: execute
;; means: [{"trap": ["integer-overflow"]}]
(module
  (global $large (mut f32) (f32.const 1e30))
  (func (export "drive0") (result i64) (i64.trunc_f32_s (global.get $large))))
