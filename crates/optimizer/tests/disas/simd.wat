;; Vectors are kept as sixteen bytes, and cast to lanes where an instruction sees them.
(module
  (memory 1)
  (func $add (param v128 v128) (result v128) (i32x4.add (local.get 0) (i16x8.mul (local.get 0) (local.get 1))))
  (func $lane (param v128 f64) (result v128) (f64x2.replace_lane 1 (local.get 0) (local.get 1)))
  (func $load (param i32 v128) (result v128) (v128.load32_lane offset=4 2 (local.get 0) (local.get 1)))
  (func $shift (param v128 i32) (result v128) (i8x16.shr_s (local.get 0) (local.get 1))))
