//! Modules to begin with.

use arbitrary::Unstructured;
use transom::Result;
use wasm_smith::{Config, Module};

/// Small modules that use much of the language; small, so that a change hits something.
pub const TEXTS: &[&str] = &[
    r#"(module (memory (export "m") 1 2) (data (i32.const 8) "abc") (data "passive")
        (func (export "f") (param i32) (result i32) (local i64)
            (memory.init 1 (local.get 0) (i32.const 1) (i32.const 3))
            (i32.store offset=4 (local.get 0) (i32.load8_u (i32.const 8)))
            (drop (memory.grow (i32.const 1))) (data.drop 1) (i32.load (local.get 0))))"#,
    r#"(module (type $s (sub (func (param i32) (result i32)))) (type $t (sub final $s (func (param i32) (result i32))))
        (table $t 3 8 funcref) (elem (i32.const 0) $a $b) (elem $p funcref (ref.func $a) (ref.null func))
        (func $a (type $t) (i32.add (local.get 0) (i32.const 1)))
        (func $b (type $s) (return_call $a (local.get 0)))
        (func (export "f") (param i32) (result i32)
            (table.init $t $p (i32.const 1) (i32.const 0) (i32.const 1))
            (call_indirect $t (type $s) (i32.const 4) (local.get 0)))
        (func (export "g") (result i32) (call_ref $s (i32.const 5) (ref.func $b)))
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
    r#"(module (global $g (mut f64) (f64.const 1.5)) (global $c i32 (i32.const 7))
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
];

pub fn binaries() -> Result<Vec<Vec<u8>>> {
    TEXTS.iter().map(|text| Ok(wat::parse_str(text)?)).collect()
}

/// A valid module made of random bytes; with structures, arrays and their like, or without.
pub fn generate(bytes: &[u8], gc: bool) -> Option<Vec<u8>> {
    let mut unstructured = Unstructured::new(bytes);
    let config = Config {
        gc_enabled: gc,
        compact_imports_enabled: false,
        exceptions_enabled: true,
        threads_enabled: true,
        shared_everything_threads_enabled: false,
        custom_page_sizes_enabled: true,
        memory64_enabled: true,
        tail_call_enabled: true,
        simd_enabled: true,
        wide_arithmetic_enabled: true,
        multi_value_enabled: true,
        max_memories: 3,
        max_tables: 3,
        max_memory32_bytes: 3 << 20,
        max_memory64_bytes: 3 << 20,
        max_table_elements: 5000,
        max_instructions: 400,
        max_funcs: 12,
        min_funcs: 1,
        max_imports: 8,
        export_everything: true,
        allow_start_export: true,
        ..Config::default()
    };
    Some(Module::new(config, &mut unstructured).ok()?.to_bytes())
}

/// Modules that are valid and want more than there is.
pub fn greedy() -> Vec<String> {
    let nested = |count: usize| format!("{}{}", "(block ".repeat(count), ")".repeat(count));
    vec![
        r#"(module (func (export "f") (loop (br 0))))"#.to_owned(),
        r#"(module (func $f (export "f") (call $f)))"#.to_owned(),
        r#"(module (func $f (export "f") (return_call $f)))"#.to_owned(),
        r#"(module (func $f (export "f") (param i32) (loop (call $f (i32.const 1)) (call $f (i32.const 2)) (br 0))))"#.to_owned(),
        r#"(module (func $f (loop (br 0))) (start $f))"#.to_owned(),
        r#"(module (memory 65536))"#.to_owned(),
        r#"(module (memory i64 0x1000000000000))"#.to_owned(),
        r#"(module (table 0xffffffff funcref))"#.to_owned(),
        r#"(module (table i64 0xffffffffffffffff externref))"#.to_owned(),
        r#"(module (memory 1) (data (i32.const -1) "a"))"#.to_owned(),
        r#"(module (table 1 funcref) (func $f) (elem (i32.const -1) $f))"#.to_owned(),
        r#"(module (memory 1) (func (export "f") (loop (drop (memory.grow (i32.const 1))) (br 0))))"#.to_owned(),
        r#"(module (table 1 funcref) (func (export "f") (loop (drop (table.grow (ref.null func) (i32.const 9))) (br 0))))"#
            .to_owned(),
        r#"(module (memory 16) (func (export "f") (loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 0xfffff)) (br 0))))"#
            .to_owned(),
        format!(r#"(module (func (export "f") {} (unreachable)))"#, nested(1000)),
        format!(
            r#"(module (func $f (export "f") (local {}) (call $f) (drop (local.get 40000))))"#,
            "i64 ".repeat(49_000)
        ),
        format!(
            r#"(module (func $f (export "f") (param {}) (call $f {}) (unreachable)))"#,
            "i64 ".repeat(900),
            "(i64.const 1)".repeat(900)
        ),
        format!(r#"(module (func (export "f") (unreachable) {}))"#, "(drop (i32.add (i32.const 1) (i32.const 2)))".repeat(5000)),
    ]
}
