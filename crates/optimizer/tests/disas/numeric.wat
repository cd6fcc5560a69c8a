;; Arithmetic needs no checks but those of divisions and conversions, which the code generator brings.
(module
  (func $arithmetic (param i32 i32) (result i32)
    (i32.div_s (i32.add (local.get 0) (i32.const -1)) (i32.rotl (local.get 1) (i32.const 3))))
  (func $conversions (param f64) (result i64)
    (i64.add (i64.trunc_f64_s (local.get 0)) (i64.extend_i32_u (i32.trunc_sat_f64_u (local.get 0)))))
  (func $wide (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3))))
