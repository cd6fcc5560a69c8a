;; Vectors beside scalars: several results of 128 bits (wasmtime 10301), and slots whose width depends on whether there are vectors at
;; all (WebKit 55491). A vector that is stored to a narrow slot loses its upper half, or overwrites its neighbour.

;; As many results as registers, one more, and many; computed, so that they are in registers, and constant.
(module
  (func $two (export "two") (param v128 i64) (result v128 v128)
    (i64x2.add (local.get 0) (i64x2.splat (local.get 1))) (v128.const i64x2 7 8))
  (func $nine (export "nine") (param v128) (result v128 v128 v128 v128 v128 v128 v128 v128 v128)
    (local.get 0) (v128.not (local.get 0)) (v128.const i64x2 1 2) (i32x4.add (local.get 0) (local.get 0))
    (local.get 0) (v128.const i64x2 3 4) (v128.not (local.get 0)) (local.get 0) (v128.const i64x2 5 6))
  (func (export "callers") (param v128) (result v128)
    (local v128)
    (i64x2.sub (local.get 0) (v128.const i64x2 1 1))
    (call $two (local.get 0) (i64.const 10))
    (call $nine (v128.const i64x2 100 200))
    ;; The sum of all twelve.
    i64x2.add i64x2.add i64x2.add i64x2.add i64x2.add i64x2.add i64x2.add i64x2.add
    i64x2.add i64x2.add i64x2.add)
  (func (export "mixed") (param i32 v128 f32) (result f32 v128 i32 v128 i64 f64 v128)
    (f32.add (local.get 2) (f32.const 1)) (v128.not (local.get 1)) (i32.add (local.get 0) (i32.const 1)) (local.get 1)
    (i64.extend_i32_s (local.get 0)) (f64.promote_f32 (local.get 2)) (i32x4.splat (local.get 0))))
(assert_return (invoke "two" (v128.const i64x2 1 -1) (i64.const 5)) (v128.const i64x2 6 4) (v128.const i64x2 7 8))
(assert_return (invoke "nine" (v128.const i64x2 0x100000002 -3))
  (v128.const i64x2 0x100000002 -3) (v128.const i64x2 -0x100000003 2) (v128.const i64x2 1 2) (v128.const i32x4 4 2 -6 -2)
  (v128.const i64x2 0x100000002 -3) (v128.const i64x2 3 4) (v128.const i64x2 -0x100000003 2) (v128.const i64x2 0x100000002 -3)
  (v128.const i64x2 5 6))
;; 3 4, 14 15, 7 8; 100 200, -101 -201, 1 2, 200 400, 100 200, 3 4, -101 -201, 100 200, 5 6
(assert_return (invoke "callers" (v128.const i64x2 4 5)) (v128.const i64x2 331 637))
(assert_return (invoke "mixed" (i32.const -2) (v128.const i64x2 9 -10) (f32.const 0.5))
  (f32.const 1.5) (v128.const i64x2 -10 9) (i32.const -1) (v128.const i64x2 9 -10) (i64.const -2) (f64.const 0.5)
  (v128.const i32x4 -2 -2 -2 -2))

;; Scalars come first, and a vector among the operands last: all must have been where it has room.
(module
  (func $same (param v128) (result v128) (local.get 0))
  (func (export "late") (param i64) (result i64)
    (local v128)
    (i64.add (local.get 0) (i64.const 1)) (i64.add (local.get 0) (i64.const 2)) (f64.convert_i64_s (local.get 0))
    (i64x2.replace_lane 1 (i64x2.splat (local.get 0)) (i64.const 77))
    (i64.add (local.get 0) (i64.const 3)) (i32.wrap_i64 (local.get 0))
    (i64x2.splat (i64.const 9))
    (local.set 1 (call $same (i64x2.splat (i64.const 5))))
    ;; The sum of what was put there: from the top, both lanes of the vector below, and what is below that.
    (i64x2.extract_lane 1) (i64.add (i64x2.extract_lane 0 (local.get 1))) (local.set 0)
    i64.extend_i32_s (i64.add (local.get 0)) (local.set 0)
    (i64.add (local.get 0)) (local.set 0)
    (local.set 1)
    (local.set 0 (i64.add (local.get 0) (i64.add (i64x2.extract_lane 0 (local.get 1)) (i64x2.extract_lane 1 (local.get 1)))))
    i64.trunc_f64_s (i64.add (local.get 0)) (local.set 0)
    i64.add (i64.add (local.get 0)))
  ;; Locals of all widths in turn, set in one order and read in the other, around a call.
  (func (export "neighbours") (param i32 v128 i32 v128 f32) (result i64)
    (local v128 i32 v128 f64 v128 i64)
    (local.set 5 (v128.const i64x2 -1 -1)) (local.set 7 (v128.const i64x2 -1 -1)) (local.set 9 (v128.const i64x2 -1 -1))
    (local.set 6 (i32.const 6)) (local.set 8 (f64.const 8)) (local.set 10 (i64.const 10))
    (local.set 3 (call $same (v128.const i64x2 30 31))) (local.set 1 (call $same (v128.const i64x2 1 2)))
    (i64.extend_i32_s (local.get 0)) (i64.extend_i32_s (local.get 2)) (i64.trunc_f32_s (local.get 4))
    (i64.extend_i32_s (local.get 6)) (i64.trunc_f64_s (local.get 8)) (local.get 10)
    (i64x2.extract_lane 0 (local.get 1)) (i64x2.extract_lane 1 (local.get 1))
    (i64x2.extract_lane 0 (local.get 3)) (i64x2.extract_lane 1 (local.get 3))
    (i64x2.extract_lane 0 (local.get 5)) (i64x2.extract_lane 1 (local.get 7)) (i64x2.extract_lane 1 (local.get 9))
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add))
;; 9 + 5, 20, 23, 20 + 77, 20, and 21 + 22
(assert_return (invoke "late" (i64.const 20)) (i64.const 217))
;; 100 + 200 + 400 + 6 + 8 + 10 + 1 + 2 + 30 + 31 - 3
(assert_return (invoke "neighbours" (i32.const 100) (v128.const i64x2 0 0) (i32.const 200) (v128.const i64x2 0 0) (f32.const 400))
  (i64.const 785))

;; Merges of vectors and scalars of every width.
(module
  (func (export "merge") (param i32 v128) (result i64)
    (local v128)
    (local.get 1) (i64.const 100)
    (if (param v128 i64) (result i32 v128 i64) (local.get 0)
      (then (local.set 1 (i64x2.splat)) (local.set 2) (i32.const 1) (local.get 2) (i64x2.extract_lane 1 (local.get 1)))
      (else (drop) (drop) (i32.const 2) (v128.const i64x2 40 50) (i64.const 60)))
    (local.set 1 (i64x2.splat)) (local.set 2)
    (i64.extend_i32_s)
    (i64.add (i64x2.extract_lane 0 (local.get 1)))
    (i64.add (i64x2.extract_lane 0 (local.get 2))) (i64.add (i64x2.extract_lane 1 (local.get 2)))))
(assert_return (invoke "merge" (i32.const 1) (v128.const i64x2 7 8)) (i64.const 116))
(assert_return (invoke "merge" (i32.const 0) (v128.const i64x2 7 8)) (i64.const 152))
