//! Instances in a pool, and in what dropped ones have left: nothing of those is seen, bounds hold, and who waits gets a place.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;
use transom::*;

/// Contents of every kind. `hunt` gives a sum over all that an instance can read; `plant` writes all over.
const EVERYTHING: &str = r#"(module
    (type $bytes (array (mut i8)))
    (type $pair (struct (field (mut i64)) (field (mut (ref null $bytes)))))
    (memory $zeros 3 40)
    (memory $image 8 40)
    (memory $late i64 2 40)
    (data (memory $image) (i32.const 70000) DATA)
    (data (memory $zeros) (i32.const 100) "few")
    (table $functions 50 90 funcref)
    (table $objects 50 90 anyref)
    (global $number (mut i64) (i64.const 5))
    (global $object (mut (ref null $pair)) (ref.null $pair))
    (func $f)
    (elem declare func $f)

    (func (export "plant") (param $seed i32)
        (local $at i32) (local $count i32) (local $pair (ref null $pair))
        (drop (memory.grow $zeros (i32.const 2)))
        (drop (memory.grow $image (i32.const 2)))
        (drop (memory.grow $late (i64.const 2)))
        (local.set $count (i32.const 100))
        (loop $again
            (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
            (local.set $at (i32.shr_u (local.get $seed) (i32.const 14)))
            (i32.store8 $zeros (i32.rem_u (local.get $at) (i32.const 327680)) (i32.const 0xaa))
            (i32.store8 $image (i32.rem_u (local.get $at) (i32.const 655360)) (i32.const 0xbb))
            (i32.store8 $late (i64.extend_i32_u (local.get $at)) (i32.const 0xcc))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (i32.store8 $zeros (i32.const 327679) (i32.const 1))
        (i32.store8 $image (i32.const 655359) (i32.const 1))
        (table.fill $functions (i32.const 0) (ref.func $f) (i32.const 50))
        (drop (table.grow $functions (ref.func $f) (i32.const 9)))
        (global.set $number (i64.const -1))
        (local.set $count (i32.const 50))
        (loop $again
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (local.set $pair (struct.new $pair (i64.const -1) (array.new $bytes (i32.const 0xdd) (i32.const 9999))))
            (global.set $object (local.get $pair))
            (table.set $objects (local.get $count) (local.get $pair))
            (br_if $again (local.get $count))))

    (func $of_bytes (param $bytes (ref $bytes)) (result i64)
        (local $sum i64) (local $at i32)
        (loop $again
            (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 7))
                (i64.extend_i32_u (array.get_u $bytes (local.get $bytes) (local.get $at)))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $at) (array.len (local.get $bytes)))))
        (local.get $sum))

    (func (export "hunt") (result i64)
        (local $sum i64) (local $at i32)
        (drop (memory.grow $zeros (i32.const 3)))
        (drop (memory.grow $image (i32.const 3)))
        (drop (memory.grow $late (i64.const 30)))
        (drop (table.grow $functions (ref.null func) (i32.const 5)))
        (loop $again
            (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 1)) (i64.load $zeros (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $again (i32.lt_u (local.get $at) (i32.shl (memory.size $zeros) (i32.const 16)))))
        (local.set $at (i32.const 0))
        (loop $again
            (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 1)) (i64.load $image (local.get $at))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $again (i32.lt_u (local.get $at) (i32.shl (memory.size $image) (i32.const 16)))))
        (local.set $at (i32.const 0))
        (loop $again
            (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 1))
                (i64.load $late (i64.extend_i32_u (local.get $at)))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $again (i32.lt_u (local.get $at) (i32.wrap_i64 (i64.shl (memory.size $late) (i64.const 16))))))
        (local.set $at (i32.const 0))
        (loop $again
            (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (i64.extend_i32_u (i32.and
                (ref.is_null (table.get $functions (local.get $at)))
                (ref.is_null (table.get $objects (local.get $at)))))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $at) (i32.const 50))))
        (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 3)) (global.get $number)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (ref.is_null (global.get $object)))))
        (local.set $sum (i64.add (local.get $sum) (call $of_bytes (array.new_default $bytes (i32.const 300000)))))
        (i64.add (local.get $sum) (call $of_bytes (array.new_default $bytes (i32.const 3000))))))"#;

/// The same, with initial contents of two pages and some bytes.
fn everything(engine: &Engine) -> Result<Module> {
    let data: String = (0..131_100)
        .map(|at| char::from(b'a' + (at % 23) as u8))
        .collect();
    Module::new(engine, EVERYTHING.replace("DATA", &format!("\"{data}\"")))
}

/// A pool with room for everything, which keeps so many bytes of a memory.
fn pool(resident: usize, scan: Enabled) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.max_memories_per_module(9)
        .max_tables_per_module(9)
        .linear_memory_keep_resident(resident)
        .async_stack_keep_resident(resident)
        .pagemap_scan(scan);
    pool
}

fn configs() -> Vec<(String, Config)> {
    let mut configs = vec![("on demand".to_owned(), Config::new())];
    for scan in [Enabled::Auto, Enabled::No] {
        for resident in [0, 4096, 100_000, 10 << 20] {
            let mut config = Config::new();
            config.allocation_strategy(pool(resident, scan));
            configs.push((format!("{resident} bytes kept, {scan:?}"), config));
        }
    }
    for (_, config) in &mut configs {
        config.wasm_multi_memory(true);
    }
    configs
}

fn instantiate(module: &Module) -> Result<(Store<()>, Instance)> {
    let mut store = Store::new(module.engine(), ());
    let instance = Instance::new(&mut store, module, &[])?;
    Ok((store, instance))
}

/// What a new instance finds; `plant` says whether it is to leave something.
fn hunt(module: &Module, plant: Option<u32>) -> Result<i64> {
    let (mut store, instance) = instantiate(module)?;
    let hunt = instance.get_typed_func::<(), i64>(&mut store, "hunt")?;
    let found = hunt.call(&mut store, ())?;
    if let Some(seed) = plant {
        let (mut store, instance) = instantiate(module)?;
        let plant = instance.get_typed_func::<u32, ()>(&mut store, "plant")?;
        plant.call(&mut store, seed)?;
    }
    Ok(found)
}

#[test]
fn nothing_is_left() -> Result<()> {
    let expected = hunt(&everything(&Engine::default())?, None)?;
    for (name, config) in configs() {
        let engine = Engine::new(&config)?;
        let module = everything(&engine)?;
        // What is planted is noticed.
        let (mut store, instance) = instantiate(&module)?;
        let plant = instance.get_typed_func::<u32, ()>(&mut store, "plant")?;
        plant.call(&mut store, 1)?;
        let noticed = instance.get_typed_func::<(), i64>(&mut store, "hunt")?;
        assert_ne!(noticed.call(&mut store, ())?, expected);
        drop(store);
        for seed in 0..5 {
            assert_eq!(hunt(&module, Some(seed))?, expected, "{name}, {seed}");
        }
        // Another module finds zeros where this one had something.
        let other = Module::new(
            &engine,
            r#"(module (memory 40) (func (export "sum") (result i64) (local i32 i64)
                (loop (local.set 1 (i64.or (local.get 1) (i64.load (local.get 0))))
                    (local.set 0 (i32.add (local.get 0) (i32.const 8)))
                    (br_if 0 (i32.lt_u (local.get 0) (i32.const 2621440))))
                (local.get 1)))"#,
        )?;
        for _ in 0..4 {
            let (mut store, instance) = instantiate(&other)?;
            let sum = instance.get_typed_func::<(), i64>(&mut store, "sum")?;
            assert_eq!(sum.call(&mut store, ())?, 0, "{name}");
        }
        drop(module);
        for _ in 0..4 {
            let (mut store, instance) = instantiate(&other)?;
            let sum = instance.get_typed_func::<(), i64>(&mut store, "sum")?;
            assert_eq!(
                sum.call(&mut store, ())?,
                0,
                "{name}, when the first module is gone"
            );
        }
    }
    Ok(())
}

/// Elements that do not fit end an instantiation before its data are copied. A function that came into another instance's table sees the memory.
#[test]
fn contents_of_a_failed_instance_are_not_there() -> Result<()> {
    let engine = Engine::default();
    let data = "x".repeat(100_000);
    let good = format!(
        r#"(module (import "" "t" (table 2 funcref)) (memory 2) (data (i32.const 0) "{data}")
            (func $peek (result i32) (i32.load8_u (i32.const 9)))
            (elem (i32.const 0) $peek) (elem (i32.const OFFSET) $peek))"#
    );
    // The same module, but for the place of its last element: an imported global.
    let good = good.replace("(i32.const OFFSET)", "(global.get 0)").replace(
        r#"(import "" "t" "#,
        r#"(import "" "offset" (global i32)) (import "" "t" "#,
    );
    let module = Module::new(&engine, good)?;
    for round in 0..3 {
        for (offset, seen) in [(1, i32::from(b'x')), (7, 0)] {
            let mut store = Store::new(&engine, ());
            let table = Table::new(
                &mut store,
                TableType::new(RefType::FUNCREF, 2, None),
                Ref::Func(None),
            )?;
            let global = Global::new(
                &mut store,
                GlobalType::new(ValType::I32, Mutability::Const),
                Val::I32(offset),
            )?;
            let made = Instance::new(&mut store, &module, &[global.into(), table.into()]);
            assert_eq!(made.is_ok(), offset == 1);
            let Some(Ref::Func(Some(peek))) = table.get(&mut store, 0) else {
                panic!("the first element was written");
            };
            let peek = peek.typed::<(), i32>(&store)?;
            assert_eq!(peek.call(&mut store, ())?, seen, "round {round}");
        }
    }
    Ok(())
}

fn with_pool(change: impl FnOnce(&mut PoolingAllocationConfig)) -> Result<(Engine, PoolingAllocatorMetrics)> {
    let mut pool = PoolingAllocationConfig::new();
    change(&mut pool);
    let engine = Engine::new(Config::new().allocation_strategy(pool))?;
    let metrics = engine.pooling_allocator_metrics().expect("a pool");
    Ok((engine, metrics))
}

#[test]
fn every_kind_is_bounded() -> Result<()> {
    let (engine, metrics) = with_pool(|pool| {
        pool.total_core_instances(3)
            .total_memories(2)
            .total_tables(2)
            .total_gc_heaps(1)
            .total_stacks(1);
    })?;
    let module = |text: &str| Module::new(&engine, text);
    let (bare, memory, table, heap) = (
        module("(module)")?,
        module("(module (memory 1))")?,
        module("(module (table 1 funcref))")?,
        module("(module (type (struct)))")?,
    );
    let full = |result: Result<Instance>, setting: &str| {
        let error = result.expect_err("there is no place");
        assert!(error.is::<PoolConcurrencyLimitError>(), "{error:?}");
        assert!(error.to_string().contains(setting), "{error}");
    };
    let mut store = Store::new(&engine, ());
    for _ in 0..2 {
        Instance::new(&mut store, &memory, &[])?;
    }
    full(Instance::new(&mut store, &memory, &[]), "total_memories");
    // A failed instantiation takes nothing.
    assert_eq!((metrics.core_instances(), metrics.memories()), (2, 2));
    assert!(
        Memory::new(&mut store, MemoryType::new(1, None))
            .unwrap_err()
            .is::<PoolConcurrencyLimitError>()
    );
    let shared = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap_err();
    assert!(shared.is::<PoolConcurrencyLimitError>(), "{shared}");
    Instance::new(&mut store, &bare, &[])?;
    full(Instance::new(&mut store, &bare, &[]), "total_core_instances");
    drop(store);
    assert_eq!(
        (
            metrics.core_instances(),
            metrics.memories(),
            metrics.unused_warm_memories()
        ),
        (0, 0, 2)
    );

    let mut store = Store::new(&engine, ());
    Instance::new(&mut store, &table, &[])?;
    let ty = TableType::new(RefType::FUNCREF, 1, None);
    Table::new(&mut store, ty.clone(), Ref::Func(None))?;
    assert!(
        Table::new(&mut store, ty, Ref::Func(None))
            .unwrap_err()
            .is::<PoolConcurrencyLimitError>()
    );
    full(Instance::new(&mut store, &table, &[]), "total_tables");
    Instance::new(&mut store, &heap, &[])?;
    assert_eq!((metrics.tables(), metrics.gc_heaps()), (2, 1));
    let mut other = Store::new(&engine, ());
    full(Instance::new(&mut other, &heap, &[]), "total_gc_heaps");
    assert!(
        ExternRef::new(&mut other, 1)
            .unwrap_err()
            .is::<PoolConcurrencyLimitError>()
    );
    drop(store);
    ExternRef::new(&mut other, 1)?;
    assert_eq!(
        (
            metrics.tables(),
            metrics.gc_heaps(),
            metrics.component_instances()
        ),
        (0, 1, 0)
    );
    let shared = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
    assert_eq!(metrics.memories(), 1);
    drop(shared);
    assert_eq!(metrics.memories(), 0);
    Ok(())
}

#[test]
fn sizes_are_bounded() -> Result<()> {
    let (engine, _) = with_pool(|pool| {
        pool.max_memory_size(3 << 16)
            .table_elements(10)
            .max_memories_per_module(2)
            .max_core_instance_size(2000);
    })?;
    let refused = |text: &str, setting: &str| {
        let error = Module::new(&engine, text).expect_err(text);
        let text = format!("{error:#}");
        assert!(
            text.contains("does not fit into the engine's pool") && text.contains(setting),
            "{text}"
        );
    };
    refused("(module (memory 4))", "max_memory_size");
    refused(
        "(module (import \"\" \"m\" (memory 9)) (memory 4))",
        "memory 1 begins with 262144 bytes, and 196608",
    );
    refused("(module (memory i64 0x1000000000000))", "max_memory_size");
    refused("(module (table 11 funcref))", "table_elements");
    refused(
        "(module (table 1 funcref) (table 1 funcref))",
        "max_tables_per_module",
    );
    refused(
        "(module (memory 1) (memory 1) (memory 1))",
        "max_memories_per_module",
    );
    refused(
        &format!("(module {})", "(global i64 (i64.const 0))".repeat(300)),
        "max_core_instance_size",
    );
    // What is imported is not the module's own.
    let module = Module::new(
        &engine,
        r#"(module (import "" "m" (memory 1)) (memory (export "n") 1) (table (export "t") 9 funcref)
            (func (export "grow") (result i32 i32 i32 i32)
                (memory.grow 1 (i32.const 3)) (memory.grow 1 (i32.const 2))
                (table.grow (ref.null func) (i32.const 2)) (table.grow (ref.null func) (i32.const 1))))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let error = Memory::new(&mut store, MemoryType::new(4, None)).unwrap_err();
    assert!(format!("{error:#}").contains("max_memory_size"), "{error:#}");
    let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
    let instance = Instance::new(&mut store, &module, &[memory.into()])?;
    let grow = instance.get_typed_func::<(), (i32, i32, i32, i32)>(&mut store, "grow")?;
    assert_eq!(grow.call(&mut store, ())?, (-1, 1, -1, 9));
    assert!(memory.grow(&mut store, 2).is_err());
    assert_eq!(memory.grow(&mut store, 1)?, 2);
    let table = TableType::new(RefType::FUNCREF, 11, None);
    assert!(Table::new(&mut store, table, Ref::Func(None)).is_err());
    let shared = SharedMemory::new(&engine, MemoryType::shared(1, 9))?;
    assert!(shared.grow(3).is_err());
    assert_eq!(shared.grow(2)?, 1);
    Ok(())
}

/// Moving memories are bounded as those are that stay.
#[test]
fn memories_that_move_are_bounded() -> Result<()> {
    let mut config = Config::new();
    config
        .memory_reservation(1 << 16)
        .allocation_strategy(PoolingAllocationConfig::new().max_memory_size(5 << 16).clone());
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    assert!(memory.grow(&mut store, 5).is_err());
    assert_eq!(memory.grow(&mut store, 4)?, 1);
    Ok(())
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Pends once.
fn once() -> impl Future<Output = ()> + Send {
    let mut done = false;
    std::future::poll_fn(move |_| {
        if std::mem::replace(&mut done, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

#[test]
fn stacks_are_bounded() -> Result<()> {
    for wait in [Duration::ZERO, Duration::from_secs(60)] {
        let (engine, metrics) = with_pool(|pool| {
            pool.total_stacks(1).max_wait(wait);
        })?;
        let mut stores = [(); 2].map(|()| Store::new(&engine, ()));
        let [first, second] = stores.each_mut();
        let waits =
            |store: &mut Store<()>| Func::wrap_async(store, |_: Caller<'_, ()>, (): ()| Box::new(once()));
        let (one, two) = (waits(first), waits(second));
        let mut call = Box::pin(one.call_async(&mut *first, &[], &mut []));
        assert!(poll(call.as_mut()).is_pending());
        assert_eq!(metrics.stacks(), 1);
        let mut other = Box::pin(two.call_async(&mut *second, &[], &mut []));
        if wait.is_zero() {
            let Poll::Ready(Err(error)) = poll(other.as_mut()) else {
                panic!("there is one stack");
            };
            assert!(error.is::<PoolConcurrencyLimitError>(), "{error:?}");
        } else {
            assert!(poll(other.as_mut()).is_pending());
        }
        assert!(poll(call.as_mut()).is_ready());
        drop(call);
        // The first store does not keep the stack.
        if !wait.is_zero() {
            assert!(poll(other.as_mut()).is_pending());
            assert_eq!(metrics.stacks(), 1);
            assert!(poll(other.as_mut()).is_ready());
        }
        drop(other);
        assert_eq!((metrics.stacks(), metrics.unused_warm_stacks()), (0, 1));
        // A future that is dropped in the middle gives its stack back.
        let mut call = Box::pin(one.call_async(&mut *first, &[], &mut []));
        assert!(poll(call.as_mut()).is_pending());
        drop(call);
        assert_eq!(metrics.stacks(), 0);
    }
    Ok(())
}

/// Whoever has an instance needs a stack to call it, so nobody keeps a stack who waits for an instance.
#[test]
fn who_waits_holds_no_stack() -> Result<()> {
    let (engine, metrics) = with_pool(|pool| {
        pool.total_core_instances(1)
            .total_stacks(1)
            .total_memories(1)
            .total_tables(1)
            .max_wait(Duration::from_secs(60));
    })?;
    let module = Module::new(
        &engine,
        r#"(module (memory 1) (table 1 funcref) (func (export "f") (result i32) (i32.const 7)))"#,
    )?;
    let mut first = Store::new(&engine, ());
    let instance = Instance::new(&mut first, &module, &[])?;
    let f = instance.get_typed_func::<(), i32>(&mut first, "f")?;
    let linker: Linker<()> = Linker::new(&engine);
    let (mut second, mut third, mut fourth) = (
        Store::new(&engine, ()),
        Store::new(&engine, ()),
        Store::new(&engine, ()),
    );
    let mut instance = Box::pin(linker.instantiate_async(&mut second, &module));
    let mut memory = Box::pin(Memory::new_async(&mut third, MemoryType::new(1, None)));
    let ty = TableType::new(RefType::FUNCREF, 1, None);
    let mut table = Box::pin(Table::new_async(&mut fourth, ty, Ref::Func(None)));
    for _ in 0..2 {
        assert!(poll(instance.as_mut()).is_pending());
        assert!(poll(memory.as_mut()).is_pending());
        assert!(poll(table.as_mut()).is_pending());
        assert_eq!(metrics.stacks(), 0);
        let mut call = pin!(f.call_async(&mut first, ()));
        assert!(matches!(poll(call.as_mut()), Poll::Ready(Ok(7))));
    }
    drop(first);
    assert!(matches!(poll(memory.as_mut()), Poll::Ready(Ok(_))));
    assert!(matches!(poll(table.as_mut()), Poll::Ready(Ok(_))));
    assert!(poll(instance.as_mut()).is_pending());
    drop((memory, table));
    drop((third, fourth));
    assert!(matches!(poll(instance.as_mut()), Poll::Ready(Ok(_))));
    drop(instance);
    assert_eq!(
        (metrics.core_instances(), metrics.memories(), metrics.tables()),
        (1, 1, 1)
    );
    drop(second);
    assert_eq!(
        (metrics.core_instances(), metrics.memories(), metrics.tables()),
        (0, 0, 0)
    );
    Ok(())
}

#[test]
fn what_was_not_made_takes_no_place() -> Result<()> {
    let (engine, metrics) = with_pool(|pool| {
        pool.max_memory_size(1 << 20);
    })?;
    let mut store = Store::new(
        &engine,
        StoreLimitsBuilder::new()
            .memory_size(100)
            .table_elements(1)
            .build(),
    );
    store.limiter(|limits| limits);
    for _ in 0..3 {
        assert!(Memory::new(&mut store, MemoryType::new(1, None)).is_err());
        let table = TableType::new(RefType::FUNCREF, 2, None);
        assert!(Table::new(&mut store, table, Ref::Func(None)).is_err());
        assert!(ExternRef::new(&mut store, 1).is_err(), "the heap is larger");
        let missing = Module::new(&engine, r#"(module (import "" "f" (func)) (memory 1))"#)?;
        assert!(Instance::new(&mut store, &missing, &[]).is_err());
    }
    let mut other = Store::new(&engine, ());
    assert!(Memory::new(&mut other, MemoryType::new(17, None)).is_err());
    assert_eq!((metrics.core_instances(), metrics.memories()), (0, 0));
    assert_eq!((metrics.tables(), metrics.gc_heaps()), (0, 0));
    Ok(())
}

/// A shared memory of a module's own counts as long as anybody has it.
#[test]
fn shared_memories_keep_their_places() -> Result<()> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_memories(1).max_wait(Duration::ZERO);
    let mut config = Config::new();
    config.wasm_threads(true).allocation_strategy(pool);
    let engine = Engine::new(&config)?;
    let metrics = engine.pooling_allocator_metrics().expect("a pool");
    let module = Module::new(&engine, r#"(module (memory (export "m") 1 1 shared))"#)?;
    let (mut store, instance) = instantiate(&module)?;
    assert_eq!(metrics.memories(), 1);
    let error = instantiate(&module).map(drop).unwrap_err();
    assert!(error.is::<PoolConcurrencyLimitError>(), "{error:?}");
    let memory = instance.get_shared_memory(&mut store, "m");
    drop(store);
    assert_eq!((metrics.core_instances(), metrics.memories()), (0, 1));
    drop(memory);
    assert_eq!(metrics.memories(), 0);
    Ok(())
}

/// With one stack, a call inside of another one gets an error instead of waiting for itself.
#[test]
fn nobody_waits_for_their_own_stack() -> Result<()> {
    let (engine, _) = with_pool(|pool| {
        pool.total_stacks(1).max_wait(Duration::from_secs(60));
    })?;
    let mut store = Store::new(&engine, ());
    let inner = Func::wrap_async(&mut store, |_: Caller<'_, ()>, (): ()| Box::new(async {}));
    let outer = Func::wrap_async(&mut store, move |mut caller: Caller<'_, ()>, (): ()| {
        Box::new(async move { inner.call_async(&mut caller, &[], &mut []).await })
    });
    let mut call = pin!(outer.call_async(&mut store, &[], &mut []));
    let Poll::Ready(Err(error)) = poll(call.as_mut()) else {
        panic!("the only stack is in use");
    };
    assert!(error.is::<PoolConcurrencyLimitError>(), "{error:?}");
    Ok(())
}

/// The same for an instance.
#[test]
fn nobody_waits_inside_of_a_call() -> Result<()> {
    let (engine, _) = with_pool(|pool| {
        pool.total_core_instances(1).max_wait(Duration::from_secs(60));
    })?;
    let module = Module::new(&engine, "(module)")?;
    let _first = instantiate(&module)?;
    let mut store = Store::new(&engine, ());
    let make = Func::wrap_async(&mut store, move |mut caller: Caller<'_, ()>, (): ()| {
        let module = module.clone();
        Box::new(async move { Instance::new_async(&mut caller, &module, &[]).await.map(drop) })
    });
    let mut call = pin!(make.call_async(&mut store, &[], &mut []));
    let Poll::Ready(Err(error)) = poll(call.as_mut()) else {
        panic!("there is one place");
    };
    assert!(error.is::<PoolConcurrencyLimitError>(), "{error:?}");
    Ok(())
}

#[test]
fn instantiations_wait_for_a_place() -> Result<()> {
    let (engine, metrics) = with_pool(|pool| {
        pool.total_core_instances(1).max_wait(Duration::from_secs(60));
    })?;
    let module = Module::new(&engine, "(module (memory 1))")?;
    // A thread.
    let (store, _) = instantiate(&module)?;
    thread::scope(|scope| {
        let waiting = scope.spawn(|| instantiate(&module).map(drop));
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(store);
        waiting.join().expect("it got the place")
    })?;
    // A task, whose thread does not wait.
    let (first, _) = instantiate(&module)?;
    let mut second = Store::new(&engine, ());
    let mut waiting = Box::pin(Instance::new_async(&mut second, &module, &[]));
    for _ in 0..3 {
        assert!(poll(waiting.as_mut()).is_pending());
    }
    drop(first);
    assert!(matches!(poll(waiting.as_mut()), Poll::Ready(Ok(_))));
    drop(waiting);
    // One that gives up takes nothing.
    let mut third = Store::new(&engine, ());
    let mut waiting = Box::pin(Instance::new_async(&mut third, &module, &[]));
    assert!(poll(waiting.as_mut()).is_pending());
    drop(waiting);
    drop(second);
    assert_eq!(
        (metrics.core_instances(), metrics.memories(), metrics.stacks()),
        (0, 0, 0)
    );
    Instance::new(&mut third, &module, &[])?;
    Ok(())
}

#[test]
fn threads_make_and_drop_ten_thousand() -> Result<()> {
    const THREADS: usize = 16;
    const EACH: usize = 625;
    /// Stores of which the thread has one more than the pool allows, so that some find it full.
    const PLACES: u32 = 12;
    let (engine, metrics) = with_pool(|pool| {
        pool.total_core_instances(PLACES)
            .total_memories(PLACES)
            .linear_memory_keep_resident(1 << 14)
            .max_wait(Duration::from_secs(60));
    })?;
    let module = Module::new(
        &engine,
        format!(
            r#"(module (memory 2) (table 3 funcref) (data (i32.const 65536) "{}")
                (func (export "run") (param i32) (result i32) (local i32)
                    (local.set 1 (i32.add (i32.load8_u (i32.const 9)) (i32.load8_u (i32.const 65536))))
                    (i32.store8 (local.get 0) (i32.const 0xff))
                    (i32.store8 (i32.const 9) (i32.const 0xff))
                    (i32.store8 (i32.const 65536) (i32.const 0xff))
                    (local.get 1)))"#,
            "z".repeat(65536)
        ),
    )?;
    let most = AtomicUsize::new(0);
    let run = |thread: usize| -> Result<()> {
        for index in 0..EACH {
            let (mut store, instance) = instantiate(&module)?;
            most.fetch_max(metrics.memories(), Ordering::Relaxed);
            let run = instance.get_typed_func::<u32, u32>(&mut store, "run")?;
            let at = (thread * EACH + index) as u32 * 7919 % (2 << 16);
            assert_eq!(run.call(&mut store, at)?, u32::from(b'z'));
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || run(thread)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().expect("no panic"))
    })?;
    assert!(most.into_inner() <= PLACES as usize);
    assert_eq!(
        (metrics.core_instances(), metrics.memories(), metrics.tables()),
        (0, 0, 0)
    );
    assert!(metrics.unused_warm_memories() <= PLACES);
    assert!(metrics.unused_memory_bytes_resident() <= PLACES as usize * (1 << 14));
    drop(module);
    // What began as the module does is given back.
    assert_eq!(metrics.unused_warm_memories(), 0);
    Ok(())
}

#[test]
fn metrics_are_those_of_a_pool() -> Result<()> {
    assert!(Engine::default().pooling_allocator_metrics().is_none());
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(1 << 16)
        .async_stack_keep_resident(1 << 13);
    let mut config = Config::new();
    config.allocation_strategy(pool.clone()).async_stack_zeroing(true);
    let engine = Engine::new(&config)?;
    assert_eq!(engine.get_pooling_config(), Some(&pool));
    let metrics = engine.pooling_allocator_metrics().expect("a pool");
    assert_eq!(metrics.unused_stack_bytes_resident(), Some(0));
    let module = Module::new(&engine, r#"(module (memory 1) (data (i32.const 0) "x"))"#)?;
    drop(instantiate(&module)?);
    let expected = if PoolingAllocationConfig::is_pagemap_scan_available() {
        4096
    } else {
        0
    };
    assert_eq!(metrics.unused_memory_bytes_resident(), expected);
    assert_eq!(
        (
            metrics.unused_warm_tables(),
            metrics.unused_table_bytes_resident()
        ),
        (0, 0)
    );
    // On demand again.
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    assert!(Engine::new(&config)?.pooling_allocator_metrics().is_none());
    Ok(())
}

/// A store can be sent to another thread while a task waits for its place there.
#[test]
fn waiting_tasks_are_send() {
    fn send<T: Send>(_: &T) {}
    let (engine, _) = with_pool(|_| ()).expect("a pool");
    let module = Module::new(&engine, "(module)").expect("valid");
    let mut store = Store::new(&engine, Arc::new(()));
    send(&Instance::new_async(&mut store, &module, &[]));
}
