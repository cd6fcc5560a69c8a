//! Modules to reduce.

#[path = "../../../../tests/corpus.rs"]
mod texts;

pub use texts::TEXTS;

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
