//! What profilers are told of compiled code: read back by little parsers of the tests' own.
#![allow(clippy::unwrap_used)]

mod jit_dump;
mod perf_map;

use std::collections::HashSet;
use transom::*;

/// A function as a profiler knows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Told {
    name: String,
    start: u64,
    size: u64,
}

/// Its functions have names of several kinds, and code of several lengths.
const NAMED: &str = r#"(module $kinds
    (import "" "many" (func $many (param i32 i64 i32 i64 i32 i64 i32 i64) (result i64)))
    (func $plain (export "run") (result i64)
      (call $many (i32.const 1) (i64.const 2) (i32.const 3) (i64.const 4)
        (i32.const 5) (i64.const 6) (i32.const 7) (i64.const 8)))
    (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 10)))
    (func $_ZN4core3fmt5write17h0123456789abcdefE (param v128) (result v128)
      (i8x16.add (local.get 0) (v128.const i32x4 1 2 3 4)))
    (func $"two\nlines\00" (param f64) (result f64) (f64.sqrt (local.get 0))))"#;

const NAMES: [&str; 4] = [
    "plain",
    "wasm[kinds]::function[2]",
    "core::fmt::write::h0123456789abcdef",
    r"two\nlines\u{0}",
];

/// The adapter to a host function whose parameters are too many for registers, and that into a function with its result.
const ADAPTERS: [&str; 2] = [
    "transom::leave(i32, i64, i32, i64, i32, i64, i32, i64) -> (i64)",
    "transom::enter() -> (i64)",
];

fn engine(strategy: ProfilingStrategy) -> Result<Engine> {
    Engine::new(Config::new().profiler(strategy).compilation(Strategy::Optimized))
}

/// Compiles and runs [`NAMED`]. The code stays, so that nobody else's has its addresses.
fn run_named(engine: &Engine) -> Result<Module> {
    let module = Module::new(engine, NAMED)?;
    let mut store = Store::new(engine, ());
    let many = Func::wrap(
        &mut store,
        |a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, g: i32, h: i64| {
            i64::from(a + c + e + g) + b + d + f + h
        },
    );
    let instance = Instance::new(&mut store, &module, &[many.into()])?;
    let run = instance.get_typed_func::<(), i64>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 36);
    std::mem::forget((store, module.clone(), engine.clone()));
    Ok(module)
}

/// Runs a function that is compiled once more, and code for its loop.
fn run_replaced(strategy: ProfilingStrategy) -> Result<()> {
    let engine = Engine::new(Config::new().profiler(strategy).tiers(Tiers::Replaced(0)))?;
    let text = r#"(module (func $turning (export "run") (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<i32, ()>(&mut store, "run")?;
    run.call(&mut store, 5)?;
    std::mem::forget((store, module, engine));
    Ok(())
}

/// Compiles modules on several engines at once, and gives the names of all their functions.
fn run_many(strategy: ProfilingStrategy) -> HashSet<String> {
    let name = |engine, function| format!("concurrent_{engine}_{function}");
    std::thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                let functions = (0..50).map(|function| format!("(func ${})", name(number, function)));
                let text = format!("(module {})", functions.collect::<String>());
                let engine = engine(strategy).unwrap();
                std::mem::forget(Module::new(&engine, text).unwrap());
            });
        }
    });
    (0..4)
        .flat_map(|engine| (0..50).map(move |function| name(engine, function)))
        .collect()
}

/// What every strategy must have told after [`run_named`], [`run_replaced`] and [`run_many`].
fn check(told: &[Told], concurrent: &HashSet<String>) {
    let mut sorted = told.to_vec();
    sorted.sort_by_key(|told| told.start);
    for pair in sorted.windows(2) {
        assert!(pair[0].start + pair[0].size <= pair[1].start, "{pair:?}");
    }
    assert!(told.iter().all(|told| told.size > 0));
    let names: HashSet<&str> = told.iter().map(|told| told.name.as_str()).collect();
    for name in NAMES.into_iter().chain(ADAPTERS) {
        assert!(names.contains(name), "{name}");
    }
    for name in ["turning [baseline]", "turning", "turning [loop]"] {
        assert!(names.contains(name), "{name}");
    }
    assert!(concurrent.iter().all(|name| names.contains(&**name)));
}

/// Where the functions of [`NAMED`] lie in the module's code, in order.
fn ranges(told: &[Told]) -> Vec<std::ops::Range<usize>> {
    let place = |name| told.iter().find(|told| told.name == name).unwrap();
    let base = place(NAMES[0]).start;
    let range = |name| {
        let told = place(name);
        let start = (told.start - base) as usize;
        start..start + told.size as usize
    };
    NAMES.into_iter().map(range).collect()
}
