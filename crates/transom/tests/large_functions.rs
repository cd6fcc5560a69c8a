//! Functions so large that good allocations of registers would take minutes: they compile, and compute what they should.

use transom::*;

/// Calls `f` with 5, compiled by each compiler.
fn check(text: &str, expected: i64) -> Result<()> {
    for tiers in [Tiers::Optimized, Tiers::Baseline] {
        check_with(text, expected, tiers, false)?;
    }
    Ok(())
}

fn check_with(text: &str, expected: i64, tiers: Tiers, zeal: bool) -> Result<()> {
    let engine = Engine::new(Config::new().tiers(tiers).gc_zeal(zeal))?;
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
    assert_eq!(f.call(&mut store, 5)?, expected, "{tiers:?}, zeal: {zeal}");
    Ok(())
}

#[test]
fn with_many_live_locals() -> Result<()> {
    const LOCALS: i64 = 9_000;
    let set: String = (1..=LOCALS)
        .map(|local| format!("(local.set {local} (i64.mul (local.get 0) (i64.const {local})))"))
        .collect();
    let get: String = (1..=LOCALS)
        .map(|local| format!("(local.get {local}) (i64.add)"))
        .collect();
    let locals = "i64 ".repeat(LOCALS as usize);
    let text = format!(
        "(module (func (export \"f\") (param i64) (result i64) (local {locals})
            {set} (i64.const 0) {get}))"
    );
    check(&text, 5 * LOCALS * (LOCALS + 1) / 2)
}

#[test]
fn with_many_live_operands() -> Result<()> {
    const OPERANDS: i64 = 9_000;
    let push: String = (1..=OPERANDS)
        .map(|factor| format!("(i64.mul (local.get 0) (i64.const {factor}))"))
        .collect();
    let add = "i64.add ".repeat(OPERANDS as usize - 1);
    let text = format!("(module (func (export \"f\") (param i64) (result i64) {push} {add}))");
    check(&text, 5 * OPERANDS * (OPERANDS + 1) / 2)
}

#[test]
fn with_many_blocks() -> Result<()> {
    const IFS: i64 = 7_000;
    let ifs = "(if (i64.ge_s (local.get 0) (i64.const 0))
        (then (local.set 0 (i64.add (local.get 0) (i64.const 1)))))"
        .repeat(IFS as usize);
    let text = format!("(module (func (export \"f\") (param i64) (result i64) {ifs} (local.get 0)))");
    check(&text, 5 + IFS)
}

/// What is alive across collections and in handlers of exceptions, in a function that has too many locals.
#[test]
fn with_objects_and_exceptions() -> Result<()> {
    const OBJECTS: usize = 200;
    let unused = "i64 ".repeat(8_000);
    let make: String = (1..=OBJECTS)
        .map(|local| {
            format!("(local.set {local} (struct.new $box (i64.mul (local.get 0) (i64.const {local}))))")
        })
        .collect();
    let sum: String = (1..=OBJECTS)
        .map(|local| format!("(struct.get $box 0 (local.get {local})) (i64.add)"))
        .collect();
    let locals = "(ref null $box) ".repeat(OBJECTS);
    let text = format!(
        r#"(module (type $box (struct (field i64))) (tag $tag (param i64))
            (func $throw (param i64) (throw $tag (local.get 0)))
            (func (export "f") (param i64) (result i64) (local {locals} {unused})
                {make}
                (block $caught (result i64)
                    (try_table (catch $tag $caught) (call $throw (local.get 0)))
                    (i64.const 0))
                {sum}))"#
    );
    for zeal in [false, true] {
        let mut config = Config::new();
        config.gc_zeal(zeal);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, &text)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
        assert_eq!(f.call(&mut store, 5)?, 5 + 5 * 200 * 201 / 2);
    }
    Ok(())
}

/// Many locals in many blocks: they lie in the frame.
#[test]
fn with_many_locals_in_many_blocks() -> Result<()> {
    const LOCALS: usize = 4_200;
    let types = ["i64", "f32", "i32", "f64", "v128"];
    let locals: String = (0..LOCALS)
        .map(|local| format!("{} ", types[local % 5]))
        .collect();
    let mut sets = String::new();
    let mut gets = String::new();
    for local in 0..LOCALS {
        let (index, ty) = (local + 2, types[local % 5]);
        let value = match ty {
            "v128" => format!("(i64x2.splat (i64.const {local}))"),
            ty => format!("({ty}.const {local})"),
        };
        sets += &format!("(if (local.get 1) (then (local.set {index} {value})))");
        let get = format!("(local.get {index})");
        gets += &match ty {
            "i64" => get,
            "i32" => format!("(i64.extend_i32_u {get})"),
            "v128" => format!("(i64x2.extract_lane 1 {get})"),
            ty => format!("(i64.trunc_sat_{ty}_s {get})"),
        };
        gets += "(i64.add)";
    }
    let text = format!(
        r#"(module
            (func $sum (param i64 i32) (result i64) (local {locals}) {sets} (local.get 0) {gets})
            (func (export "f") (param i64) (result i64)
                (i64.add (call $sum (local.get 0) (i32.const 1)) (call $sum (i64.const 0) (i32.const 0)))))"#
    );
    let sum = LOCALS * (LOCALS - 1) / 2;
    check(&text, 5 + sum as i64)
}

/// Calls `f` with 5, compiled by each compiler, with and without a collection at each allocation.
fn check_collected(text: &str, expected: i64) -> Result<()> {
    for tiers in [Tiers::Optimized, Tiers::Baseline] {
        for zeal in [false, true] {
            check_with(text, expected, tiers, zeal)?;
        }
    }
    Ok(())
}

/// Many references in many blocks lie in the frame, where collections find and move them: those of the function, those of
/// functions that are inlined into it, and those that an exception's handler uses.
#[test]
fn with_many_references_in_many_blocks() -> Result<()> {
    const OBJECTS: usize = 300;
    const BLOCKS: usize = 4_000;
    let locals = "(ref null $box) ".repeat(OBJECTS);
    let make: String = (1..=OBJECTS)
        .map(|local| format!("(local.set {local} (call $make (i64.mul (local.get 0) (i64.const {local}))))"))
        .collect();
    let blocks: String = (0..BLOCKS)
        .map(|block| {
            let local = 1 + block % OBJECTS;
            format!("(if (ref.is_null (local.get {local})) (then (local.set {local} (global.get $none))))")
        })
        .collect();
    let sum: String = (1..=OBJECTS)
        .map(|local| format!("(struct.get $box 0 (local.get {local})) (i64.add)"))
        .collect();
    let text = format!(
        r#"(module (type $box (struct (field (mut i64)))) (tag $tag (param i64))
            (global $none (ref null $box) (ref.null $box))
            (func $make (param i64) (result (ref $box)) (local $new (ref null $box)) (local $other (ref null $box))
                (local.set $new (struct.new $box (local.get 0)))
                (local.set $other (struct.new $box (i64.const 7)))
                (struct.set $box 0 (local.get $other) (i64.const 8))
                (ref.as_non_null (local.get $new)))
            (func $throw (param i64) (throw $tag (local.get 0)))
            (func (export "f") (param i64) (result i64) (local {locals})
                {make} {blocks}
                (block $caught (result i64)
                    (try_table (catch $tag $caught)
                        (local.set 1 (call $make (i64.const 100)))
                        (call $throw (local.get 0)))
                    (i64.const 0))
                {sum}))"#
    );
    let made = 5 * (OBJECTS * (OBJECTS + 1) / 2) as i64;
    check_collected(&text, made - 5 + 100 + 5)
}

/// A function may inline any number of others that have references.
#[test]
fn with_references_of_many_inlined_functions() -> Result<()> {
    const CALLS: usize = 5_000;
    let call = "(local.set 0 (i64.add (local.get 0) (call $one (global.get $box))))".repeat(CALLS);
    let text = format!(
        r#"(module (type $box (struct (field i64)))
            (global $box (ref $box) (struct.new $box (i64.const 1)))
            (func $one (param (ref null $box)) (result i64) (local (ref null $box))
                (if (result i64) (ref.is_null (local.get 0)) (then (i64.const 2)) (else (i64.const 1))))
            (func (export "f") (param i64) (result i64) {call} (local.get 0)))"#
    );
    check(&text, 5 + CALLS as i64)
}

/// A few bytes that ask for a thousand values each, or ten thousand, over and over.
#[test]
fn what_would_take_any_amount_of_time_is_refused() -> Result<()> {
    let wide = format!(
        "(func $wide (type $wide) (unreachable)) (type $wide (func (result {})))",
        "i64 ".repeat(1000)
    );
    let fields = format!("(type $large (struct {}))", "(field i64)".repeat(10_000));
    let small = "(func $small (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))";
    let (small, clauses) = (small.to_owned(), String::new());
    let drop = "drop ".repeat(1000);
    let cases = [
        (&wide, "(call $wide)".repeat(2_000) + "(unreachable)"),
        (
            &wide,
            format!(
                "(block (type $wide) (call $wide) (br_table {} (i32.const 0))) {drop}",
                "0 ".repeat(2_000)
            ),
        ),
        (
            &wide,
            format!(
                "(block (type $wide) (call $wide) {}) {drop}",
                "(br_if 0 (i32.const 0))".repeat(2_000)
            ),
        ),
        (
            &wide,
            format!("(call $wide) {} {drop}", "(block (type $in))".repeat(2_000)),
        ),
        // Each call is inlined, which makes blocks.
        (
            &small,
            "(call $small (i32.const 1))".repeat(40_000) + &"drop ".repeat(40_000),
        ),
        (
            &clauses,
            format!(
                "(block $out (try_table {} (nop)))",
                "(catch_all $out)".repeat(9_000)
            ),
        ),
        (&fields, "(drop (struct.new_default $large))".repeat(200)),
    ];
    for (definitions, body) in cases {
        let many = "i64 ".repeat(1000);
        let text = format!(
            "(module (type $in (func (param {many}) (result {many}))) {definitions} (func (export \"f\") {body}))"
        );
        let engine = Engine::new(Config::new().compilation(Strategy::Optimized))?;
        let error = Module::new(&engine, &text).err();
        let error = error.expect("it is too much");
        let error = format!("{error:?}");
        assert!(
            error.contains("split the function") || error.contains("operands on the stack"),
            "{error}"
        );
    }
    Ok(())
}

/// Bodies of a million instructions for the baseline compiler, which has no limit for them: its time and memory are linear.
mod in_one_pass {
    use super::*;

    fn check(text: &str, expected: i64) -> Result<()> {
        check_with(text, expected, Tiers::Baseline, false)
    }

    #[test]
    fn with_as_many_locals_as_there_may_be() -> Result<()> {
        const LOCALS: usize = 49_999;
        let copies: String = (1..LOCALS)
            .map(|local| format!("(local.set {local} (local.get {}))", local - 1))
            .collect();
        let locals = "i64 ".repeat(LOCALS - 1);
        check(
            &format!(
                "(module (func (export \"f\") (param i64) (result i64) (local {locals})
                    {copies} (local.get {})))",
                LOCALS - 1
            ),
            5,
        )
    }

    #[test]
    fn with_blocks_inside_each_other() -> Result<()> {
        const DEPTH: usize = 100_000;
        for (open, close, expected) in [
            ("block ", "end ", 5),
            ("loop ", "end ", 5),
            ("(i64.ne (local.get 0) (i64.const 0)) if ", "end ", 5),
        ] {
            let (open, close) = (open.repeat(DEPTH), close.repeat(DEPTH));
            check(
                &format!(
                    "(module (func (export \"f\") (param i64) (result i64) {open} {close} (local.get 0)))"
                ),
                expected,
            )?;
        }
        Ok(())
    }

    #[test]
    fn with_a_table_of_many_branches() -> Result<()> {
        let labels = "0 1 2 ".repeat(200_000);
        check(
            &format!(
                "(module (func (export \"f\") (param i64) (result i64)
                    (block (block (block (br_table {labels} (i32.wrap_i64 (local.get 0))))
                        (return (i64.const 1)))
                        (return (i64.const 2)))
                    (i64.const 3)))"
            ),
            3,
        )
    }

    /// Each call lists the references that are alive: all those below.
    #[test]
    fn with_many_references_below_many_calls() -> Result<()> {
        const REFERENCES: usize = 20_000;
        let push = "(ref.i31 (i32.wrap_i64 (local.get 0))) (call $make) (call $none)".repeat(REFERENCES);
        let sum = "(call $add)".repeat(2 * REFERENCES);
        let text = format!(
            "(module (type $box (struct (field i64))) (global $sum (mut i64) (i64.const 0))
                (func $none)
                (func $make (result anyref) (struct.new $box (i64.const 2)))
                (func $add (param anyref)
                    (global.set $sum (i64.add (global.get $sum)
                        (if (result i64) (ref.test (ref i31) (local.get 0))
                            (then (i64.extend_i32_s (i31.get_s (ref.cast (ref i31) (local.get 0)))))
                            (else (struct.get $box 0 (ref.cast (ref $box) (local.get 0))))))))
                (func (export \"f\") (param i64) (result i64) {push} {sum} (global.get $sum)))"
        );
        check(&text, REFERENCES as i64 * 7)
    }
}
