//! The heaps that every test runs with.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// What every program begins with. `$churn` makes garbage, and has everything collected.
pub const PRELUDE: &str = r#"
    (type $box (sub (struct (field $v i32))))
    (type $pair (struct (field $a (ref null $box)) (field $b (ref null $box)) (field $v i32)))
    (type $node (struct (field $next (mut (ref null $node))) (field $v (mut i32))))
    (type $boxes (array (mut (ref null $box))))
    (import "h" "gc" (func $gc))
    (import "h" "turns" (global $turns i32))
"#;

/// Functions that every program has.
pub const FUNCTIONS: &str = r#"
    (func $churn (export "churn") (local $i i32)
        (local.set $i (global.get $turns))
        (loop $again
            (drop (struct.new $box (i32.const -1)))
            (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (call $gc))
    (func $box (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
    (func $value (param (ref null $box)) (result i32)
        (call $churn) (struct.get $box $v (local.get 0)))
    (export "box" (func $box)) (export "value" (func $value))
"#;

/// A heap: its name, the engine's configuration, and how much garbage `$churn` makes.
pub fn heaps() -> Vec<(&'static str, Config, i32)> {
    let zeal = |tiers| {
        let mut config = config_of(tiers);
        config.gc_zeal(true);
        config
    };
    let tiny = |tiers| {
        let mut config = config_of(tiers);
        config.gc_nursery_size(64 << 10, 64 << 10);
        config
    };
    let mut quick = zeal(Tiers::Optimized);
    quick.cranelift_opt_level(OptLevel::None);
    vec![
        ("zeal", zeal(Tiers::Optimized), 2),
        ("zeal without optimisation", quick, 2),
        ("zeal, baseline", zeal(Tiers::Baseline), 2),
        ("zeal, mixed by 1", zeal(Tiers::Mixed(1)), 2),
        ("zeal, mixed by 2", zeal(Tiers::Mixed(2)), 2),
        // More than the nursery has room for.
        ("tiny nursery", tiny(Tiers::Optimized), 9000),
        ("tiny nursery, baseline", tiny(Tiers::Baseline), 9000),
        ("ordinary", Config::new(), 1),
    ]
}

/// A linker with what programs import.
pub fn linker(engine: &Engine, turns: i32) -> Result<(Store<()>, Linker<()>)> {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    linker.func_wrap("h", "gc", |mut caller: Caller<'_, ()>| caller.gc(None))?;
    let ty = GlobalType::new(ValType::I32, Mutability::Const);
    let turns = Global::new(&mut store, ty, Val::I32(turns))?;
    linker.define(&store, "h", "turns", turns)?;
    Ok((store, linker))
}

/// A program with its beginning.
pub fn program(imports: &str, body: &str) -> String {
    format!("(module {PRELUDE} {imports} {FUNCTIONS} {body})")
}

/// Lets `check` look at an instance of a program in every heap. `provide` adds what else it imports.
pub fn with_imports(
    (imports, body): (&str, &str),
    provide: impl Fn(&mut Linker<()>) -> Result<()>,
    check: impl Fn(&mut Store<()>, Instance) -> Result<()>,
) -> Result<()> {
    for (name, config, turns) in heaps() {
        let engine = Engine::new(&config)?;
        let (mut store, mut linker) = linker(&engine, turns)?;
        provide(&mut linker)?;
        let module = Module::new(&engine, program(imports, body))?;
        let outcome = linker
            .instantiate(&mut store, &module)
            .and_then(|instance| check(&mut store, instance));
        outcome.with_context(|| format!("in the heap {name}"))?;
        store.gc(None).expect("nothing prevents a collection");
    }
    Ok(())
}

/// The same, for programs without further imports.
pub fn each_heap(body: &str, check: impl Fn(&mut Store<()>, Instance) -> Result<()>) -> Result<()> {
    with_imports(("", body), |_| Ok(()), check)
}

/// Calls exported functions in every heap: their names and what they should return.
pub fn expect(body: &str, expected: &[(&str, i32)]) -> Result<()> {
    each_heap(body, |store, instance| expect_in(store, instance, expected))
}

/// The same, in one.
pub fn expect_in(store: &mut Store<()>, instance: Instance, expected: &[(&str, i32)]) -> Result<()> {
    for &(name, expected) in expected {
        let found = call(store, instance, name, &[]).with_context(|| format!("`{name}`"))?;
        ensure!(
            found[0].unwrap_i32() == expected,
            "`{name}` gave {found:?}, not {expected}"
        );
    }
    Ok(())
}

/// Text for each of some numbers.
pub fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().join(" ")
}

/// Instructions that add up so many `i32`s on the stack.
pub fn add_up(count: usize) -> String {
    "(i32.add) ".repeat(count - 1).replace(['(', ')'], "")
}

/// The sum of the numbers below `count`.
pub fn sum(count: usize) -> i32 {
    (0..count as i32).sum()
}
