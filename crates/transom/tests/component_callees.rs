//! Small functions that become a part of the adapters that call them: they do what they do when the host calls them for the caller.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use transom::component::{Component, Linker, Val};
use transom::{Config, Engine, Store, Tiers, WasmBacktrace};

/// A callee: its parameters and result as types of components and of core functions, and the body.
struct Callee {
    params: &'static [(&'static str, &'static str)],
    result: (&'static str, &'static str),
    body: &'static str,
}

const fn callee(
    params: &'static [(&'static str, &'static str)],
    result: (&'static str, &'static str),
    body: &'static str,
) -> Callee {
    Callee { params, result, body }
}

const U32: (&str, &str) = ("u32", "i32");

const CALLEES: &[Callee] = &[
    callee(&[U32, U32], U32, "(i32.add (local.get 0) (local.get 1))"),
    // Results of small types, whatever the upper bits are, and arguments of them.
    callee(&[U32], ("u8", "i32"), "(i32.mul (local.get 0) (i32.const 0x01010101))"),
    callee(&[U32], ("s8", "i32"), "(i32.mul (local.get 0) (i32.const 0x01010101))"),
    callee(&[U32], ("u16", "i32"), "(i32.mul (local.get 0) (i32.const 0x10001))"),
    callee(&[U32], ("s16", "i32"), "(i32.mul (local.get 0) (i32.const 0x10001))"),
    callee(&[U32], ("bool", "i32"), "(local.get 0)"),
    callee(&[("u8", "i32"), ("s16", "i32"), ("bool", "i32")], ("u64", "i64"),
        "(i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 48))
            (i64.or (i64.shl (i64.extend_i32_u (local.get 1)) (i64.const 8)) (i64.extend_i32_u (local.get 2))))"),
    callee(&[("char", "i32")], U32, "(local.get 0)"),
    callee(&[("u64", "i64"), ("f32", "f32"), ("f64", "f64")], ("f64", "f64"),
        "(f64.add (f64.convert_i64_u (local.get 0)) (f64.mul (f64.promote_f32 (local.get 1)) (local.get 2)))"),
    // Returns from several places, through blocks.
    callee(&[U32], U32,
        "(block (block (block (br_table 0 1 2 (local.get 0))) (return (i32.const 10)))
            (return (i32.add (i32.const 20) (call $slow (local.get 0))))) (i32.const 30)"),
    callee(&[U32], U32,
        "(if (result i32) (local.get 0) (then (return (i32.const 7))) (else (call $tiny (i32.const 1))))"),
    // State, and a memory that grows.
    callee(&[U32], U32,
        "(global.set $g (i32.add (global.get $g) (local.get 0))) (i32.store (i32.const 8) (global.get $g))
            (i32.load (i32.const 8))"),
    callee(&[U32], U32, "(i32.add (memory.grow (i32.const 1)) (memory.size))"),
    // Other functions: direct, through a table, of the wrong type, beyond the table.
    callee(&[U32], U32, "(call $slow (call $tiny (local.get 0)))"),
    callee(&[U32], U32, "(call_indirect (param i32) (result i32) (i32.const 5) (local.get 0))"),
    // Traps: at once, behind a branch, in what is called.
    callee(&[U32], U32, "(unreachable)"),
    callee(&[U32, U32], U32, "(i32.div_u (local.get 0) (local.get 1))"),
    callee(&[U32], U32, "(i32.load (local.get 0))"),
    callee(&[U32], U32, "(if (i32.gt_u (local.get 0) (i32.const 2)) (then (unreachable))) (call $trap (local.get 0))"),
    // What is left to a call: loops, tail calls.
    callee(&[U32], U32, "(loop $l (br_if $l (i32.eqz (local.tee 0 (i32.add (local.get 0) (i32.const 1)))))) (local.get 0)"),
    callee(&[U32], ("u8", "i32"), "(return_call $tiny (i32.mul (local.get 0) (i32.const 1000)))"),
];

const ARGUMENTS: &[u64] = &[
    0,
    1,
    2,
    3,
    0xFF,
    0x80,
    0xD800,
    0x11_0000,
    0xFFFF_FFFF,
    0x1_0000_0000,
    u64::MAX,
];

/// The texts of a callee by its number, each for one place in the component.
struct Parts {
    function: String,
    lift: String,
    lower: String,
    import: String,
    core_import: String,
    run: String,
}

impl Callee {
    fn parts(&self, number: usize) -> Parts {
        let Callee { params, result, body } = self;
        let (name, (ty_of_result, core_result)) = (format!("f{number}"), result);
        let core: String = params.iter().map(|(_, core)| format!("(param {core})")).collect();
        let params_of_type = params.iter().enumerate();
        let ty: String = params_of_type
            .map(|(at, (ty, _))| format!("(param \"p{at}\" {ty})"))
            .collect();
        let ty = format!("{ty} (result {ty_of_result})");
        let arguments = params.iter().enumerate().map(|(at, (_, core))| match *core {
            "i64" => format!("(local.get {at})"),
            "i32" => format!("(i32.wrap_i64 (local.get {at}))"),
            "f32" => format!("(f32.reinterpret_i32 (i32.wrap_i64 (local.get {at})))"),
            _ => format!("(f64.reinterpret_i64 (local.get {at}))"),
        });
        let call = format!("(call ${name} {})", arguments.collect::<String>());
        let bits = match *core_result {
            "i64" => call,
            "f64" => format!("(i64.reinterpret_f64 {call})"),
            _ => format!("(i64.extend_i32_u {call})"),
        };
        Parts {
            function: format!("(func ${name} (export \"{name}\") {core} (result {core_result}) {body})"),
            lift: format!("(func (export \"{name}\") {ty} (canon lift (core func $i \"{name}\")))"),
            lower: format!("(core func ${name} (canon lower (func $callee \"{name}\")))"),
            import: format!("(export \"{name}\" (func {ty}))"),
            core_import: format!("(import \"\" \"{name}\" (func ${name} {core} (result {core_result})))"),
            run: format!("(func (export \"{name}\") (param i64 i64 i64) (result i64) {bits})"),
        }
    }
}

/// A component that calls each callee with whatever numbers it is given.
fn text() -> String {
    let parts: Vec<_> = (0..)
        .zip(CALLEES)
        .map(|(number, callee)| callee.parts(number))
        .collect();
    let all = |part: fn(&Parts) -> &String| {
        parts
            .iter()
            .map(part)
            .map(|part| format!("{part}\n"))
            .collect::<String>()
    };
    let each = |part: &str| {
        (0..parts.len())
            .map(|number| part.replace('#', &number.to_string()))
            .collect::<String>()
    };
    format!(
        r#"(component
        (component $Callee
            (core module $m
                (memory 1 8) (global $g (mut i32) (i32.const 0)) (table 8 funcref)
                (elem (i32.const 3) $trap $slow $tiny)
                (func $tiny (param i32) (result i32) (i32.add (local.get 0) (i32.const 3)))
                (func $slow (param i32) (result i32)
                    (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 5))) (i32.const 50))))
                    (local.get 0))
                (func $trap (param i32) (result i32)
                    (loop $l (br_if $l (i32.gt_u (local.get 0) (i32.const 100)))) (i32.rem_u (i32.const 1) (i32.const 0)))
                {})
            (core instance $i (instantiate $m))
            {})
        (instance $callee (instantiate $Callee))
        (component $Caller
            (import "callee" (instance $callee {}))
            {}
            (core module $m {} {})
            (core instance $i (instantiate $m (with "" (instance {}))))
            {})
        (instance $caller (instantiate $Caller (with "callee" (instance $callee))))
        {})"#,
        all(|parts| &parts.function),
        all(|parts| &parts.lift),
        all(|parts| &parts.import),
        all(|parts| &parts.lower),
        all(|parts| &parts.core_import),
        all(|parts| &parts.run),
        each("(export \"f#\" (func $f#))"),
        each(
            "(func (export \"r#\") (param \"a\" u64) (param \"b\" u64) (param \"c\" u64) (result u64)
                (canon lift (core func $i \"f#\")))"
        ),
        each("(export \"r#\" (func $caller \"r#\"))"),
    )
}

/// What each callee does with arguments, each in a new instance that is called three times: results, or the error and the functions in its backtrace (optimised
/// code has a trap at the branch that leads there).
fn observed(config: &Config) -> Vec<String> {
    let engine = Engine::new(config).unwrap();
    let component = Component::new(&engine, text()).unwrap();
    let linker = Linker::new(&engine);
    let mut seen = Vec::new();
    for index in 0..CALLEES.len() {
        for (at, &argument) in ARGUMENTS.iter().enumerate() {
            let mut store = Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &component).unwrap();
            let run = instance.get_func(&mut store, &*format!("r{index}")).unwrap();
            let other = ARGUMENTS[(at * 7 + index) % ARGUMENTS.len()];
            let arguments = [argument, other, 1.5_f64.to_bits()].map(Val::U64);
            for _ in 0..3 {
                let mut results = [Val::U64(0)];
                let line = match run.call(&mut store, &arguments, &mut results) {
                    Ok(()) => format!("{:?}", results[0]),
                    Err(error) => {
                        let frames = error.downcast_ref::<WasmBacktrace>().map_or(Vec::new(), |trace| {
                            trace.frames().iter().map(|frame| frame.func_index()).collect()
                        });
                        format!("{} {frames:?}", error.root_cause())
                    }
                };
                seen.push(format!("f{index}({argument:#x}, {other:#x}): {line}"));
            }
        }
    }
    seen
}

#[test]
fn callees_in_adapters_do_what_they_do_alone() {
    let mut config = Config::new();
    config.component_code_after(u32::MAX);
    let expected = observed(&config);
    let traps = expected.iter().filter(|line| line.ends_with(']')).count();
    assert!(
        traps > 30 && traps < expected.len() / 2,
        "{traps} of {}",
        expected.len()
    );
    for (tiers, calls, dirt) in [
        (None, 0, false),
        (None, 1, true),
        (Some(Tiers::Optimized), 0, true),
        (Some(Tiers::Mixed(1)), 0, true),
        (Some(Tiers::Expecting(3)), 0, false),
        (Some(Tiers::Baseline), 0, true),
    ] {
        let mut config = Config::new();
        config.component_code_after(calls).dirty_upper_halves(dirt);
        if let Some(tiers) = tiers {
            config.tiers(tiers);
        }
        let found = observed(&config);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{tiers:?}, code after {calls} calls");
        }
        assert_eq!(found.len(), expected.len());
    }
}

/// Each of many components calls the next by a small function, down to where there is too little stack.
#[test]
fn chains_of_callees_end_before_the_stack() {
    const LEVELS: usize = 2_000;
    let mut text = String::from(
        r#"(component
        (core module $first (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
        (core module $next (import "" "f" (func $f (param i32) (result i32)))
            (func (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))
        (core instance $i0 (instantiate $first))
        (func $f0 (param "x" u32) (result u32) (canon lift (core func $i0 "f")))"#,
    );
    for level in 1..LEVELS {
        let before = level - 1;
        write!(
            text,
            r#"(core func $c{level} (canon lower (func $f{before})))
            (core instance $i{level} (instantiate $next (with "" (instance (export "f" (func $c{level}))))))
            (func $f{level} (param "x" u32) (result u32) (canon lift (core func $i{level} "f")))"#
        )
        .unwrap();
        if level % 20 == 0 {
            write!(text, r#"(export "f{level}" (func $f{level}))"#).unwrap();
        }
    }
    text.push(')');
    let mut config = Config::new();
    config.component_code_after(0).max_wasm_stack(32 << 10);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, text).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let mut deepest = 0;
    let mut error = None;
    for level in (20..LEVELS as u32).step_by(20) {
        let f = instance
            .get_typed_func::<(u32,), (u32,)>(&mut store, &*format!("f{level}"))
            .unwrap();
        match f.call(&mut store, (5,)) {
            Ok((result,)) => assert_eq!(result, 6 + level),
            Err(failed) => {
                error = Some(failed);
                break;
            }
        }
        deepest = level;
    }
    let error = error.expect("there is not so much stack");
    assert_eq!(
        error.downcast_ref::<transom::Trap>(),
        Some(&transom::Trap::StackOverflow),
        "{error:?}"
    );
    assert!(deepest >= 300, "{deepest}");
}

/// Fuel is used as if the function was called.
#[test]
fn callees_in_adapters_use_fuel() {
    let used = [u32::MAX, 0].map(|calls| {
        let mut config = Config::new();
        config.component_code_after(calls).consume_fuel(true);
        let engine = Engine::new(&config).unwrap();
        let component = Component::new(&engine, text()).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_fuel(100_000).unwrap();
        let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
        for index in [0, 9, 11, 13] {
            let run = instance.get_func(&mut store, &*format!("r{index}")).unwrap();
            run.call(&mut store, &[1, 2, 3].map(Val::U64), &mut [Val::U64(0)])
                .unwrap();
        }
        100_000 - store.get_fuel().unwrap()
    });
    assert_eq!(used[0], used[1]);
    assert!(used[0] > 50, "{used:?}");
}
