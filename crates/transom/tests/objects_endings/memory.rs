//! Programs without memory: whatever could not be made, the store goes on.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

const LISTS: &str = r#"(module
    (type $node (struct (field $next (mut (ref null $node))) (field $v i64)))
    (type $bytes (array (mut i8)))
    (type $longs (array (mut i64)))
    (type $refs (array (mut (ref null $node))))
    (global $kept (mut (ref null $node)) (ref.null $node))
    (global $arrays (mut (ref null $refs)) (ref.null $refs))
    ;; A list that is kept in a local.
    (func $list (export "list") (param $n i32) (result i32) (local $l (ref null $node))
        (loop $again
            (local.set $l (struct.new $node (local.get $l) (i64.const 1)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (call $length (local.get $l)))
    (func $length (param $l (ref null $node)) (result i32) (local $n i32)
        (block $done
            (loop $again
                (br_if $done (ref.is_null (local.get $l)))
                (local.set $l (struct.get $node $next (local.get $l)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br $again)))
        (local.get $n))
    ;; Makes `$n` nodes, and keeps the last `$live`.
    (func (export "churn") (param $n i32) (param $live i32) (result i32) (local $l (ref null $node)) (local $i i32)
        (loop $again
            (local.set $l (struct.new $node (local.get $l) (i64.const 1)))
            (if (i32.ge_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $live))
                (then (local.set $i (i32.const 0)) (global.set $kept (local.get $l)) (local.set $l (ref.null $node))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (call $length (global.get $kept)))
    (func (export "keep") (param $n i32)
        (loop $again
            (global.set $kept (struct.new $node (global.get $kept) (i64.const 1)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "kept") (result i32) (call $length (global.get $kept)))
    (func (export "forget") (global.set $kept (ref.null $node)))
    (func (export "bytes") (param i32) (result i32) (array.len (array.new_default $bytes (local.get 0))))
    (func (export "longs") (param i32) (result i32) (array.len (array.new_default $longs (local.get 0))))
    (func (export "filled") (param i32) (result i32) (array.len (array.new $longs (i64.const 1) (local.get 0))))
    (type $anys (array (mut anyref)))
    (func (export "many_bytes") (param $n i32) (param $size i32) (result i32) (local $a (ref null $anys))
        (local.set $a (array.new_default $anys (local.get $n)))
        (loop $again
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (array.set $anys (local.get $a) (local.get $n) (array.new_default $bytes (local.get $size)))
            (br_if $again (local.get $n)))
        (array.len (local.get $a)))
    (func $deep (export "deep") (param $l (ref null $node)) (result i32)
        (i32.add (i32.const 1) (call $deep (struct.new $node (local.get $l) (i64.const 2)))))
    (func (export "catch_all") (param $which i32) (result i32) (local $l (ref null $node))
        (block $caught
            (try_table (catch_all $caught)
                (if (i32.eq (local.get $which) (i32.const 0)) (then (drop (call $deep (ref.null $node)))))
                (if (i32.eq (local.get $which) (i32.const 1)) (then (drop (call $list (i32.const 0x7fffffff)))))
                (if (i32.eq (local.get $which) (i32.const 2)) (then (drop (struct.get $node $v (local.get $l)))))
                (if (i32.eq (local.get $which) (i32.const 3)) (then (drop (ref.cast (ref $bytes) (ref.i31 (i32.const 1))))))
                (if (i32.eq (local.get $which) (i32.const 4)) (then (unreachable)))
                (if (i32.eq (local.get $which) (i32.const 5))
                    (then (drop (array.get_u $bytes (array.new_default $bytes (i32.const 5)) (i32.const 5)))))))
        (i32.const 1)))"#;

const MIB: usize = 1 << 20;

fn limited(config: &Config, bytes: usize) -> Result<(Store<StoreLimits>, Instance)> {
    let engine = Engine::new(config)?;
    let limits = StoreLimitsBuilder::new().memory_size(bytes).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let module = Module::new(&engine, LISTS)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    Ok((store, instance))
}

fn run<T: 'static, P: WasmParams>(
    store: &mut Store<T>,
    instance: Instance,
    name: &str,
    params: P,
) -> Result<i32> {
    instance
        .get_typed_func::<P, i32>(&mut *store, name)?
        .call(store, params)
}

fn heap_bytes<T>(store: &Store<T>) -> u64 {
    let statistics = store.heap_statistics().unwrap_or_default();
    statistics.nursery_bytes + statistics.old_bytes + statistics.large_bytes
}

/// Configurations of heaps: as it is, with a small nursery, and with one that is as large as the limit.
fn configurations(tiers: Tiers) -> [Config; 3] {
    let mut tiny = config_of(tiers);
    tiny.gc_nursery_size(64 << 10, 64 << 10);
    let mut wide = config_of(tiers);
    wide.gc_nursery_size(1 << 20, 64 << 20);
    [config_of(tiers), tiny, wide]
}

fn beyond_the_limit_programs_end_and_the_store_goes_on(tiers: Tiers) -> Result<()> {
    for config in configurations(tiers) {
        let (mut store, instance) = limited(&config, 6 * MIB)?;
        for _ in 0..5 {
            expect_trap(
                run(&mut store, instance, "list", 1_000_000),
                Trap::HeapOutOfMemory,
            );
            // The smallest nursery is all that may be too much.
            assert!(
                heap_bytes(&store) <= (6 * MIB + (64 << 10)) as u64,
                "{:?}",
                store.heap_statistics()
            );
            store.gc(None).expect("nothing prevents a collection");
            assert_eq!(run(&mut store, instance, "list", 20_000)?, 20_000);
        }
        // What a global keeps is still whole after the failure, and goes when it is forgotten.
        let keep = instance.get_typed_func::<i32, ()>(&mut store, "keep")?;
        expect_trap(keep.call(&mut store, 1_000_000), Trap::HeapOutOfMemory);
        let kept = run(&mut store, instance, "kept", ())?;
        assert!(kept > 100_000, "{kept} nodes of 24 bytes");
        expect_trap(keep.call(&mut store, 1_000_000), Trap::HeapOutOfMemory);
        assert!(run(&mut store, instance, "kept", ())? >= kept);
        instance
            .get_typed_func::<(), ()>(&mut store, "forget")?
            .call(&mut store, ())?;
        assert_eq!(run(&mut store, instance, "list", 100_000)?, 100_000);
        expect_trap(run(&mut store, instance, "bytes", 6 << 20), Trap::HeapOutOfMemory);
        assert_eq!(run(&mut store, instance, "bytes", 1 << 20)?, 1 << 20);
    }
    Ok(())
}

/// A program whose live objects fit the limit easily never ends for want of memory, however much it throws away: the nursery
/// takes what is left, not what is needed.
fn garbage_needs_no_more_than_its_nursery(tiers: Tiers) -> Result<()> {
    for (index, config) in configurations(tiers).into_iter().enumerate() {
        for live in [100, 5_000, 40_000] {
            let (mut store, instance) = limited(&config, 6 * MIB)?;
            let kept = run(&mut store, instance, "churn", (2_000_000, live));
            let kept = kept.with_context(|| {
                format!(
                    "{live} nodes in configuration {index}, {:?}",
                    store.heap_statistics()
                )
            })?;
            assert_eq!(kept, live);
            assert!(
                heap_bytes(&store) <= 6 * MIB as u64,
                "{:?}",
                store.heap_statistics()
            );
        }
    }
    Ok(())
}

/// A limiter that ends programs which go beyond their limit is not asked for what they could do without.
fn what_the_heap_could_do_without_ends_no_program(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let limits = StoreLimitsBuilder::new()
        .memory_size(6 * MIB)
        .trap_on_grow_failure(true);
    let mut store = Store::new(&engine, limits.build());
    store.limiter(|limits| limits);
    let instance = Instance::new(&mut store, &Module::new(&engine, LISTS)?, &[])?;
    assert_eq!(run(&mut store, instance, "churn", (2_000_000, 20_000))?, 20_000);
    assert_eq!(run(&mut store, instance, "bytes", 4 << 20)?, 4 << 20);
    let error = run(&mut store, instance, "bytes", 6 << 20).expect_err("beyond the limit");
    assert!(format!("{error:#}").contains("forcing trap"), "{error:#}");
    assert_eq!(run(&mut store, instance, "churn", (2_000_000, 20_000))?, 20_000);
    Ok(())
}

/// A limit of the heap's own, from the builder or the configuration; memories have another.
fn limits_on_the_heap_alone(tiers: Tiers) -> Result<()> {
    let mut config = config_of(tiers);
    config.gc_heap_max_size(3 << 20);
    let builder = StoreLimitsBuilder::new().memory_size(64 * MIB);
    let cases = [
        (config, builder.clone()),
        (config_of(tiers), builder.gc_heap_size(3 << 20)),
    ];
    for (config, limits) in cases {
        let engine = Engine::new(&config)?;
        let mut store = Store::new(&engine, limits.build());
        store.limiter(|limits| limits);
        let instance = Instance::new(&mut store, &Module::new(&engine, LISTS)?, &[])?;
        Memory::new(&mut store, MemoryType::new(1000, None))?;
        expect_trap(
            run(&mut store, instance, "list", 1_000_000),
            Trap::HeapOutOfMemory,
        );
        expect_trap(run(&mut store, instance, "bytes", 3 << 20), Trap::HeapOutOfMemory);
        assert_eq!(run(&mut store, instance, "churn", (1_000_000, 10_000))?, 10_000);
    }
    Ok(())
}

/// Large arrays that are dropped at once are no reason to refuse the next.
fn garbage_of_large_arrays_is_collected_before_anything_is_refused(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = limited(&config_of(tiers), 6 * MIB)?;
    for _ in 0..300 {
        assert_eq!(run(&mut store, instance, "bytes", 2 << 20)?, 2 << 20);
        assert_eq!(run(&mut store, instance, "filled", 1 << 17)?, 1 << 17);
    }
    Ok(())
}

/// At the end of the region no limiter is needed.
fn at_the_end_of_the_region(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = limited(&config_of(tiers), usize::MAX)?;
    expect_trap(
        run(&mut store, instance, "many_bytes", (40, 100 << 20)),
        Trap::HeapOutOfMemory,
    );
    store.gc(None).expect("nothing prevents a collection");
    assert_eq!(run(&mut store, instance, "many_bytes", (3, 100 << 20))?, 3);
    // The longest array is longer than the heap can be.
    expect_trap(
        run(&mut store, instance, "bytes", i32::MAX - 7),
        Trap::HeapOutOfMemory,
    );
    expect_trap(
        run(&mut store, instance, "bytes", i32::MAX - 6),
        Trap::AllocationTooLarge,
    );
    expect_trap(run(&mut store, instance, "bytes", -1), Trap::AllocationTooLarge);
    expect_trap(
        run(&mut store, instance, "longs", 1 << 28),
        Trap::AllocationTooLarge,
    );
    expect_trap(run(&mut store, instance, "longs", -1), Trap::AllocationTooLarge);
    expect_trap(run(&mut store, instance, "filled", -1), Trap::AllocationTooLarge);
    assert_eq!(run(&mut store, instance, "list", 100)?, 100);
    Ok(())
}

/// The same without a heap of any other objects, from constant expressions and from the host.
fn what_makes_an_array_makes_no_difference(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let limits = StoreLimitsBuilder::new().memory_size(4 * MIB).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let instantiate = |store: &mut Store<StoreLimits>, length: &str| {
        let text = format!(
            r#"(module (type $a (array (mut i64))) (global (ref $a) (array.new_default $a (i32.const {length})))
                (func (export "f") (result i32) (i32.const 3)))"#
        );
        Instance::new(&mut *store, &Module::new(&engine, text)?, &[])
    };
    expect_trap(instantiate(&mut store, "0x7fffffff"), Trap::AllocationTooLarge);
    expect_trap(instantiate(&mut store, "1000000"), Trap::HeapOutOfMemory);
    let instance = instantiate(&mut store, "1000")?;
    assert_eq!(run(&mut store, instance, "f", ())?, 3);
    let ty = ArrayType::new(&engine, FieldType::new(Mutability::Var, ValType::I64.into()));
    let pre = ArrayRefPre::new(&mut store, ty);
    let make = |store: &mut Store<StoreLimits>, length| ArrayRef::new(store, &pre, &Val::I64(1), length);
    expect_trap(make(&mut store, u32::MAX), Trap::AllocationTooLarge);
    expect_trap(make(&mut store, 1_000_000), Trap::HeapOutOfMemory);
    let array = make(&mut store, 1000)?;
    assert_eq!(array.len(&store)?, 1000);
    // Host references until there is no more room; those that exist stay what they are.
    let mut references = Vec::new();
    let error = loop {
        match ExternRef::new(&mut store, references.len()) {
            Ok(reference) => references.push(reference),
            Err(error) => break error,
        }
    };
    assert_eq!(trap(&error), Some(Trap::HeapOutOfMemory));
    assert!(references.len() > 100_000);
    for (index, reference) in references.iter().enumerate().step_by(997) {
        let data = reference
            .data(&store)?
            .and_then(|data| data.downcast_ref::<usize>());
        assert_eq!(data, Some(&index));
    }
    Ok(())
}

/// A limiter that counts what it is asked, and says no or fails from some size on.
#[derive(Default)]
struct Counting {
    asked: Vec<(usize, usize)>,
    refuse: Option<usize>,
    fail: Option<usize>,
}

impl ResourceLimiter for Counting {
    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        bail!("there is no memory here")
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }

    fn gc_heap_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        ensure!(
            maximum.is_some_and(|maximum| desired <= maximum),
            "{desired} is too much"
        );
        self.asked.push((current, desired));
        ensure!(self.fail.is_none_or(|limit| desired < limit), "no more of this");
        Ok(self.refuse.is_none_or(|limit| desired < limit))
    }
}

fn the_limiter_is_asked_before_every_growth(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let module = Module::new(&engine, LISTS)?;
    let mut store = Store::new(&engine, Counting::default());
    store.limiter(|counting| counting);
    let instance = Instance::new(&mut store, &module, &[])?;
    assert_eq!(store.data().asked.len(), 1);
    assert_eq!(store.data().asked[0].0, 0);
    assert_eq!(run(&mut store, instance, "list", 500_000)?, 500_000);
    let asked = std::mem::take(&mut store.data_mut().asked);
    let mut granted = 0;
    for (current, desired) in asked {
        assert!(
            current == granted && desired > current,
            "{current} {desired}, after {granted}"
        );
        granted = desired;
    }
    assert!(heap_bytes(&store) <= granted as u64);
    // A limiter that fails ends the program with its own error, and one that fails at first makes no instance.
    store.data_mut().fail = Some(granted + 1);
    let error = run(&mut store, instance, "list", 50_000_000).expect_err("the limiter fails");
    assert!(format!("{error:#}").contains("no more of this"), "{error:#}");
    assert_eq!(run(&mut store, instance, "list", 1000)?, 1000);
    for (refuse, fail, text) in [
        (Some(1), None, "exceed the host's limits"),
        (None, Some(1), "no more of this"),
    ] {
        let asked = Vec::new();
        let mut store = Store::new(&engine, Counting { asked, refuse, fail });
        store.limiter(|counting| counting);
        let error = Instance::new(&mut store, &module, &[]).expect_err("no heap");
        assert!(format!("{error:#}").contains(text), "{error:#}");
        assert!(ExternRef::new(&mut store, 1).is_err());
        // Once it may, it can.
        *store.data_mut() = Counting::default();
        let instance = Instance::new(&mut store, &module, &[])?;
        assert_eq!(run(&mut store, instance, "list", 10)?, 10);
    }
    Ok(())
}

/// Frames that hold references are as deep as the stack allows, also where each collects.
fn recursion_ends_with_the_stack(tiers: Tiers) -> Result<()> {
    let mut zeal = config_of(tiers);
    zeal.gc_zeal(true).max_wasm_stack(16 << 10);
    let mut tiny = config_of(tiers);
    tiny.gc_nursery_size(64 << 10, 64 << 10);
    for config in [zeal, tiny, config_of(tiers)] {
        let (mut store, instance) = limited(&config, usize::MAX)?;
        let keep = instance.get_typed_func::<i32, ()>(&mut store, "keep")?;
        keep.call(&mut store, 50)?;
        for _ in 0..3 {
            let deep = run(&mut store, instance, "deep", None::<Rooted<StructRef>>);
            expect_trap(deep, Trap::StackOverflow);
            store.gc(None).expect("nothing prevents a collection");
            assert_eq!(run(&mut store, instance, "kept", ())?, 50);
            assert_eq!(run(&mut store, instance, "list", 20)?, 20);
        }
    }
    Ok(())
}

fn traps_are_not_caught(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = limited(&config_of(tiers), 4 * MIB)?;
    let traps = [
        Trap::StackOverflow,
        Trap::HeapOutOfMemory,
        Trap::NullReference,
        Trap::CastFailure,
        Trap::UnreachableCodeReached,
        Trap::ArrayOutOfBounds,
    ];
    for (which, expected) in traps.into_iter().enumerate() {
        expect_trap(run(&mut store, instance, "catch_all", which as i32), expected);
        assert!(!store.has_pending_exception());
        assert_eq!(run(&mut store, instance, "list", 1000)?, 1000);
    }
    Ok(())
}

in_tiers!(
    beyond_the_limit_programs_end_and_the_store_goes_on,
    garbage_needs_no_more_than_its_nursery,
    what_the_heap_could_do_without_ends_no_program,
    limits_on_the_heap_alone,
    garbage_of_large_arrays_is_collected_before_anything_is_refused,
    at_the_end_of_the_region,
    what_makes_an_array_makes_no_difference,
    the_limiter_is_asked_before_every_growth,
    recursion_ends_with_the_stack,
    traps_are_not_caught;
    mixed: what_the_heap_could_do_without_ends_no_program,
    limits_on_the_heap_alone,
    garbage_of_large_arrays_is_collected_before_anything_is_refused,
    what_makes_an_array_makes_no_difference,
    the_limiter_is_asked_before_every_growth,
    recursion_ends_with_the_stack,
    traps_are_not_caught
);
