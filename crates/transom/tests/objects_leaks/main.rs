//! Nothing is left behind: every byte that stores with objects take from Rust's allocator, and every region that they map, is given
//! back when they are dropped, however their programs have ended.

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use transom::error::Context as _;
use transom::*;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is out: bytes, allocations, and mapped regions.
fn balance() -> Result<[isize; 3]> {
    let stats = ALLOCATOR.stats();
    let bytes = stats.bytes_allocated as isize - stats.bytes_deallocated as isize;
    let count = stats.allocations as isize - stats.deallocations as isize;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    Ok([bytes, count, maps.lines().count() as isize])
}

const PROGRAM: &str = r#"(module
    (type $node (struct (field $next (mut (ref null $node))) (field $v i32)))
    (type $refs (array (mut anyref)))
    (import "h" "f" (func $f (param anyref externref) (result externref)))
    (tag $e (param (ref null $node) externref))
    (global $first (ref $node) (struct.new $node (ref.null $node) (i32.const 1)))
    (global $kept (mut (ref null $node)) (global.get $first))
    (global (ref $refs) (array.new $refs (global.get $first) (i32.const 10000)))
    (table $t 10 100 anyref)
    (elem $items anyref (item (ref.i31 (i32.const 1))) (item (struct.new $node (ref.null $node) (i32.const 2))))
    (func $list (param $n i32) (param $x externref)
        (loop $again
            (global.set $kept (struct.new $node (global.get $kept) (local.get $n)))
            (table.set $t (i32.const 1) (array.new $refs (global.get $kept) (i32.const 5000)))
            (drop (call $f (global.get $kept) (local.get $x)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "fine") (param externref)
        (call $list (i32.const 20) (local.get 0))
        (drop (table.grow $t (global.get $kept) (i32.const 7)))
        (table.init $t $items (i32.const 2) (i32.const 0) (i32.const 2))
        (global.set $kept (ref.null $node)))
    (func (export "trap") (param externref) (call $list (i32.const 5) (local.get 0)) (unreachable))
    (func (export "throw") (param externref)
        (call $list (i32.const 5) (local.get 0)) (throw $e (global.get $kept) (local.get 0)))
    (func $deep (export "deep") (param externref)
        (drop (array.new $refs (ref.null any) (i32.const 10))) (call $deep (local.get 0)) (drop (i32.const 0)))
    (func (export "full") (param externref) (local $l (ref null $refs))
        (loop $again
            (local.set $l (array.new $refs (local.get $l) (i32.const 1000)))
            (br $again))))"#;

const EXPORTS: [&str; 5] = ["fine", "trap", "throw", "deep", "full"];

/// A store whose program ends in some way, with handles and errors that outlive it or do not.
fn round(engine: &Engine, module: &Module, (index, limit): (usize, usize)) -> Result<()> {
    let limits = StoreLimitsBuilder::new().memory_size(limit).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    let mut linker = Linker::new(engine);
    linker.func_wrap(
        "h",
        "f",
        |mut caller: Caller<'_, StoreLimits>,
         x: Option<Rooted<AnyRef>>,
         y: Option<Rooted<ExternRef>>|
         -> Result<_> {
            let x = x.context("not null")?.to_owned_rooted(&mut caller)?;
            let made = ExternRef::new(&mut caller, vec![1_u8; 1000])?;
            let mut scope = RootScope::new(&mut caller);
            x.to_rooted(&mut scope).unwrap_struct(&scope)?;
            Ok(Some(y.unwrap_or(made)))
        },
    )?;
    let instance = linker.instantiate(&mut store, module)?;
    let value = ExternRef::new(&mut store, String::from("a value of the host's"))?;
    let name = EXPORTS[index % EXPORTS.len()];
    let func = instance.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, name)?;
    let outcome = func.call(&mut store, Some(value));
    ensure!(outcome.is_ok() == (name == "fine"), "{name}: {outcome:?}");
    let owned = value.to_owned_rooted(&mut store)?;
    if index % 2 == 0 {
        store.gc(None).expect("nothing prevents a collection");
    }
    if index % 3 == 0 {
        store.take_pending_exception();
    }
    drop(store);
    drop((outcome, owned));
    Ok(())
}

/// One thread only: others would allocate in between.
#[test]
fn stores_leave_nothing_behind() -> Result<()> {
    for zeal in [false, true] {
        let before = balance()?;
        {
            let mut config = Config::new();
            config
                .gc_zeal(zeal)
                .max_wasm_stack(if zeal { 8 << 10 } else { 256 << 10 });
            // Code that is compiled in the background is kept with its module.
            config
                .parallel_compilation(false)
                .compilation(Strategy::Optimized);
            let engine = Engine::new(&config)?;
            let module = Module::new(&engine, PROGRAM)?;
            // What is made once and kept: adapters, the engine's reservations, a thread's stack for signals.
            let limit = if zeal { 1200 << 10 } else { 2 << 20 };
            for index in 0..2 * EXPORTS.len() {
                round(&engine, &module, (index, limit))?;
            }
            let warm = balance()?;
            let rounds = if zeal { 10 } else { 1000 };
            for index in 0..rounds {
                round(&engine, &module, (index, limit))?;
            }
            assert_eq!(
                balance()?,
                warm,
                "bytes, allocations and mappings after {rounds} stores"
            );
        }
        let after = balance()?;
        // Of the engine and its module, what the process has one of stays.
        assert!(after[1] - before[1] < 300, "{before:?} {after:?}");
    }
    Ok(())
}
