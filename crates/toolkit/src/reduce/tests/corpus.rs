//! Modules that use much of the language.

/// Valid modules.
pub const TEXTS: &[&str] = &[
    r#"(module (memory (export "m") 1 2) (data (i32.const 8) "abc") (data "passive")
        (func (export "f") (param i32) (result i32) (local i64)
            (memory.init 1 (local.get 0) (i32.const 1) (i32.const 3))
            (i32.store offset=4 (local.get 0) (i32.load8_u (i32.const 8)))
            (drop (memory.grow (i32.const 1))) (data.drop 1)
            (local.set 1 (select (i64.const 1) (i64.const 2) (local.get 0)))
            (i32.load (local.get 0))))"#,
    r#"(module (type $s (sub (func (param i32) (result i32)))) (type $t (sub final $s (func (param i32) (result i32))))
        (table $t 3 8 funcref) (elem (i32.const 0) $a $b) (elem $p funcref (ref.func $a) (ref.null func))
        (func $a (type $t) (i32.add (local.get 0) (i32.const 1)))
        (func $b (type $s) (return_call $a (local.get 0)))
        (func (export "f") (param i32) (result i32)
            (table.init $t $p (i32.const 1) (i32.const 0) (i32.const 1)) (elem.drop $p)
            (call_indirect $t (type $s) (i32.const 4) (local.get 0)))
        (func (export "g") (result i32) (call_ref $s (i32.const 5) (ref.func $b)))
        (func (export "i") (result i32) (return_call_ref $s (i32.const 5) (ref.func $b)))
        (func (export "h") (result i32) (return_call_indirect $t (type $t) (i32.const 4) (i32.const 2))))"#,
    r#"(module (func $fac (export "f") (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
            (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
        (func (export "g") (result i32) (local i32)
            (block $out (loop $in
                (br_if $out (i32.gt_u (local.get 0) (i32.const 50)))
                (local.set 0 (i32.add (local.get 0) (i32.const 3)))
                (br_table $in $out $in (i32.and (local.get 0) (i32.const 3)))))
            (local.get 0)))"#,
    r#"(module (global $g (mut f64) (f64.const 1.5)) (global $c i32 (i32.add (i32.const 7) (i32.const 1)))
        (func (export "f") (param f32 f64) (result f64 i32)
            (global.set $g (f64.sqrt (f64.add (local.get 1) (f64.promote_f32 (local.get 0)))))
            (f64.max (global.get $g) (f64.const -0)) (i32.trunc_sat_f32_s (local.get 0)))
        (func (export "g") (result i64) (i64.div_s (i64.const 9) (i64.extend_i32_s (global.get $c)))))"#,
    r#"(module (memory 1) (func (export "f") (param v128 i32) (result v128)
        (v128.store (i32.const 16) (i8x16.swizzle (local.get 0) (v128.const i32x4 1 2 3 4)))
        (f32x4.add (v128.load32_splat (local.get 1)) (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31
            (local.get 0) (v128.load (i32.const 16)))))
        (func (export "g") (result i32) (i8x16.extract_lane_s 3 (i16x8.extmul_low_i8x16_s
            (v128.const i64x2 5 6) (i32x4.trunc_sat_f32x4_s (v128.const f32x4 1 nan inf -5))))))"#,
    r#"(module (memory (export "m") 1 2 shared) (memory $bytes 9 99 shared (pagesize 1)) (data "abcdef")
        (func (export "f") (param i32) (result i64)
            (memory.init 0 0 (i32.const 8) (i32.const 0) (i32.const 5)) (atomic.fence)
            (drop (i32.atomic.rmw16.cmpxchg_u offset=2 (local.get 0) (i32.const 7) (i32.const 9)))
            (drop (memory.atomic.notify (i32.const 8) (i32.const 2)))
            (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 1000)))
            (i64.atomic.store $bytes (i32.const 0) (i64.const 5)) (memory.fill $bytes (i32.const 1) (i32.const 2) (i32.const 8))
            (drop (memory.grow $bytes (local.get 0)))
            (i64.atomic.rmw.xor (i32.const 8) (i64.extend_i32_u (memory.size $bytes)))))"#,
    r#"(module (import "a" "f" (func $f (param i32 externref) (result i64))) (import "a" "g" (global $g i32))
        (import "a" "t" (table 2 externref)) (import "a" "m" (memory i64 1))
        (func (export "run") (result i64)
            (table.set (global.get $g) (ref.null extern)) (table.fill (i32.const 0) (ref.null extern) (i32.const 2))
            (i64.store (i64.const 65528) (i64.const 1))
            (memory.copy (i64.const 0) (i64.const 8) (i64.const 100)) (memory.fill (i64.const 0) (i32.const 1) (i64.const 9))
            (i64.add (call $f (i32.const 1) (table.get (i32.const 0))) (memory.grow (i64.const 0))))
        (start $s) (func $s))"#,
    r#"(module (rec (type $tree (sub (struct (field $l (ref null $tree)) (field $v (mut i32)) (field (ref null $leafs)))))
             (type $leafs (array (mut (ref null $tree)))))
        (type $big (sub $tree (struct (field (ref null $tree)) (field (mut i32)) (field (ref null $leafs)) (field i8))))
        (type $nonnull (struct (field (ref $tree)) (field (ref i31))))
        (global $root (ref $tree) (struct.new $tree (ref.null $tree) (i32.const 3) (array.new_default $leafs (i32.const 2))))
        (elem $seg (ref null $tree) (struct.new_default $tree) (global.get $root))
        (func $sum (export "sum") (param $t (ref null $tree)) (result i32)
            (if (result i32) (ref.is_null (local.get $t)) (then (i32.const 0))
                (else (i32.add (struct.get $tree $v (local.get $t)) (call $sum (struct.get $tree $l (local.get $t)))))))
        (func (export "f") (result i32) (local $n (ref $nonnull)) (local $a (ref null $leafs))
            (local.set $n (struct.new $nonnull (global.get $root) (ref.i31 (i32.const 5))))
            (local.set $a (array.new_elem $leafs $seg (i32.const 0) (i32.const 2)))
            (array.set $leafs (local.get $a) (i32.const 0) (struct.get $nonnull 0 (local.get $n)))
            (array.copy $leafs $leafs (local.get $a) (i32.const 0) (local.get $a) (i32.const 1) (i32.const 1))
            (drop (block $cast (result (ref $big))
                (drop (br_on_cast $cast (ref null $tree) (ref $big) (array.get $leafs (local.get $a) (i32.const 1))))
                (struct.new_default $big)))
            (drop (ref.test (ref $big) (global.get $root)))
            (drop (ref.cast (ref null $big) (ref.null $tree)))
            (drop (ref.as_non_null (local.get $a)))
            (struct.set $tree $v (global.get $root) (array.len (array.new_fixed $leafs 2 (global.get $root) (ref.null $tree))))
            (drop (ref.eq (global.get $root) (extern.convert_any (global.get $root)) (any.convert_extern) (ref.cast (ref null eq))))
            (i31.get_u (struct.get $nonnull 1 (local.get $n)))))"#,
    r#"(module (tag $e (param i32 i64)) (tag $n) (type $h (func (param exnref)))
        (func $raise (param i32) (throw $e (local.get 0) (i64.const 9)))
        (func (export "f") (param i32) (result i32)
            (block $caught (result i32 i64)
                (try_table (catch $e $caught) (call $raise (local.get 0)))
                (block $any (result exnref)
                    (try_table (result exnref) (catch_all_ref $any) (throw $n)))
                (throw_ref))
            (drop))
        (func (export "g") (block $out (try_table (catch $n $out) (catch_all $out) (call $raise (i32.const 1)) (throw $n)))))"#,
    r#"(module (func (export "f") (param i64 i64) (result i64 i64)
            (i64.add128 (local.get 0) (local.get 1) (i64.mul_wide_s (local.get 0) (local.get 1))))
        (func (export "g") (param i32) (result i32 i32)
            (local.get 0) (block (param i32) (result i32 i32) (loop (param i32) (result i32 i32) (local.get 0) (br_if 1 (local.get 0))))))"#,
];

/// Modules with a function that takes nothing and results in a number or a trap.
pub const PROGRAMS: &[(&str, &str)] = &[
    (
        r#"(module (memory 1) (data (i32.const 3) "\2a") (func $load (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "other")) (func (export "answer") (result i32) (call $load (i32.const 3))))"#,
        "answer",
    ),
    (
        r#"(module (table 2 funcref) (func (export "trap") (result i32) (local i32)
            (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 0) (i32.const 9))))
            (if (local.get 0) (then unreachable)) (local.get 0)))"#,
        "trap",
    ),
    (
        r#"(module (global $zero (mut i32) (i32.const 0)) (func (export "divide") (result i32)
            (i32.div_s (i32.const 5) (i32.and (global.get $zero) (i32.const 7)))))"#,
        "divide",
    ),
    (
        r#"(module (func (export "sum") (result i32) (local i32 i32)
            (block (loop (br_if 1 (i32.ge_u (local.get 0) (i32.const 10)))
                (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (local.set 1 (i32.add (local.get 1) (local.get 0))) (br 0))) (local.get 1)))"#,
        "sum",
    ),
    (
        r#"(module (tag $e (param i32)) (func $raise (throw $e (i32.const 11)))
            (func (export "catch") (result i32) (block (result i32) (try_table (catch $e 0) (call $raise)) (i32.const 0))))"#,
        "catch",
    ),
    (
        r#"(module (type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
            (func (export "cast") (result i32)
                (struct.get $b 0 (ref.cast (ref $b) (struct.new_default $a)))))"#,
        "cast",
    ),
];
