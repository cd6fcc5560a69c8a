//! What a program can make grow has a limit, and what takes long can be interrupted and costs fuel.

use std::time::{Duration, Instant};
use transom::*;

#[test]
fn a_store_without_a_limiter_has_limits() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text = format!(
        "(module (table (export \"t\") {DEFAULT_TABLE_ELEMENTS} funcref)
        (func (export \"f\") (result i32) (table.grow (ref.null func) (i32.const 1))))"
    );
    let instance = Instance::new(&mut store, &Module::new(&engine, &text)?, &[])?;
    let grow = instance.get_typed_func::<(), i32>(&mut store, "f")?;
    assert_eq!(grow.call(&mut store, ())?, -1);
    let larger = format!("(module (table {} funcref))", DEFAULT_TABLE_ELEMENTS + 1);
    assert!(Instance::new(&mut store, &Module::new(&engine, larger)?, &[]).is_err());

    let module = Module::new(&engine, "(module)")?;
    let mut store = Store::new(&engine, ());
    for _ in 0..DEFAULT_INSTANCE_LIMIT {
        Instance::new(&mut store, &module, &[])?;
    }
    let error = Instance::new(&mut store, &module, &[]).expect_err("one too many");
    assert!(format!("{error:?}").contains("instance count"), "{error:?}");
    Ok(())
}

/// Grows whatever there is by turns, and says how much of each there is in the end.
const GREEDY: &str = r#"(module
    (type $node (struct (field (ref null $node)) (field i64) (field i64)))
    (memory $a 0) (memory $b i64 0) (table $t 0 externref)
    (global $list (mut (ref null $node)) (ref.null $node))
    (func (export "grow") (result i32) (local $grown i32) (local $n i32)
        (local.set $grown (i32.ne (memory.grow $a (i32.const 1)) (i32.const -1)))
        (local.set $grown (i32.or (local.get $grown) (i64.ne (memory.grow $b (i64.const 2)) (i64.const -1))))
        (i32.or (local.get $grown)
            (i32.ne (table.grow $t (ref.null extern) (i32.const 1000)) (i32.const -1))))
    (func (export "make") (param $n i32)
        (loop $again
            (global.set $list (struct.new $node (global.get $list) (i64.const 0) (i64.const 0)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

#[test]
fn the_total_of_a_store_is_kept() -> Result<()> {
    const TOTAL: usize = 32 << 20;
    let engine = Engine::default();
    let module = Module::new(&engine, GREEDY)?;
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().total_memory(TOTAL).build());
    store.limiter(|limits| limits);
    let instance = Instance::new(&mut store, &module, &[])?;
    let grow = instance.get_typed_func::<(), i32>(&mut store, "grow")?;
    let make = instance.get_typed_func::<i32, ()>(&mut store, "make")?;
    make.call(&mut store, 100_000)?;
    while grow.call(&mut store, ())? != 0 {}
    let error = make.call(&mut store, 10_000_000).expect_err("there is a limit");
    assert_eq!(error.downcast_ref(), Some(&Trap::HeapOutOfMemory), "{error:?}");
    let held = store.statistics();
    assert!(
        held.memory_bytes > TOTAL as u64 / 4 && held.table_elements >= 1000,
        "{held:?}"
    );
    assert!(
        held.memory_bytes + 8 * held.table_elements < TOTAL as u64,
        "{held:?}"
    );
    Ok(())
}

/// Instructions that take long, each on as much as it can have.
const LONG: [(&str, &str); 6] = [
    (
        "memory.fill",
        "(memory.fill (i32.const 0) (i32.const 7) (i32.const 0x30000000))",
    ),
    (
        "memory.copy",
        "(memory.copy (i32.const 1) (i32.const 0) (i32.const 0x30000000))",
    ),
    (
        "table.fill",
        "(table.fill $t (i32.const 0) (ref.null func) (i32.const 9000000))",
    ),
    (
        "table.copy",
        "(table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 9000000))",
    ),
    (
        "array.fill",
        "(array.fill $bytes (global.get $array) (i32.const 0) (i32.const 7) (i32.const 0x20000000))",
    ),
    (
        "array.copy",
        "(array.copy $bytes $bytes (global.get $array) (i32.const 1) (global.get $array) (i32.const 0)
        (i32.const 0x1fffffff))",
    ),
];

fn long(name: &str, instruction: &str, config: &Config) -> Result<(Store<u64>, TypedFunc<(), ()>)> {
    let engine = Engine::new(config)?;
    let array = if name.starts_with("array") { 0x2000_0000 } else { 1 };
    let module = Module::new(
        &engine,
        format!(
            r#"(module (type $bytes (array (mut i8))) (memory 0x4000) (table $t 9000001 funcref)
                (global $array (ref $bytes) (array.new_default $bytes (i32.const {array})))
                (func (export "f") (loop $again {instruction} (br $again))))"#
        ),
    )?;
    let mut store = Store::new(&engine, 0);
    if config_counts_fuel(&store) {
        store.set_fuel(1000)?;
    }
    let instance = Instance::new(&mut store, &module, &[])?;
    let function = instance.get_typed_func(&mut store, "f")?;
    Ok((store, function))
}

fn config_counts_fuel(store: &Store<u64>) -> bool {
    store.get_fuel().is_ok()
}

#[test]
fn long_instructions_are_interrupted() -> Result<()> {
    for (name, instruction) in LONG {
        let (mut store, function) = long(name, instruction, &Config::new())?;
        let handle = store.interrupt_handle();
        let stopped = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            handle.interrupt();
            Instant::now()
        });
        let error = function.call(&mut store, ()).expect_err("it has no end");
        let late = stopped.join().expect("it only sleeps").elapsed();
        assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt), "{name}: {error:?}");
        // A whole one takes far longer on pages that are there; a busy machine delays both.
        println!("{name}: {late:?} late");
    }
    Ok(())
}

#[test]
fn long_instructions_poll_while_they_run() -> Result<()> {
    for (name, instruction) in LONG {
        let (mut store, function) = long(name, instruction, &Config::new())?;
        store.epoch_deadline_callback(|mut store| {
            *store.data_mut() += 1;
            match *store.data() {
                200 => Ok(UpdateDeadline::Interrupt),
                _ => Ok(UpdateDeadline::Continue(0)),
            }
        });
        store.set_epoch_deadline(0);
        function.call(&mut store, ()).expect_err("the callback ends it");
        // Each poll calls back: at most three of function and loop, so all others are in the first instructions.
        assert_eq!(*store.data(), 200, "{name}");
    }
    Ok(())
}

#[test]
fn long_instructions_cost_fuel() -> Result<()> {
    for (name, instruction) in LONG {
        let (mut store, function) = long(name, instruction, Config::new().consume_fuel(true))?;
        let error = function.call(&mut store, ()).expect_err("there is not so much");
        assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel), "{name}: {error:?}");
    }
    Ok(())
}

#[test]
fn large_structures_cost_fuel() -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    for (fields, cost) in [(1, 1), (7, 1), (8, 2), (10_000, 1251)] {
        let fields = "(field i32)".repeat(fields);
        let text = format!(
            "(module (type $s (struct {fields})) (func (export \"f\") (drop (struct.new_default $s))))"
        );
        let module = Module::new(&engine, text)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        store.set_fuel(10_000)?;
        let function = instance.get_typed_func::<(), ()>(&mut store, "f")?;
        function.call(&mut store, ())?;
        assert_eq!(10_000 - store.get_fuel()?, 1 + cost);
    }
    Ok(())
}

/// A host that moves what a long instruction works on, in the middle of it.
#[test]
fn a_callback_that_grows_a_moving_memory_or_table_in_the_middle_harms_nothing() -> Result<()> {
    let engine = Engine::new(Config::new().memory_reservation(0).memory_guard_size(0))?;
    let module = Module::new(
        &engine,
        r#"(module (memory (export "m") 1000) (table (export "t") 300000 funcref) (elem declare func $f)
            (func $f)
            (func (export "fill")
                (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536000))
                (memory.copy (i32.const 3) (i32.const 0) (i32.const 65535997))
                (table.fill (i32.const 0) (ref.func $f) (i32.const 300000))
                (table.copy (i32.const 1) (i32.const 0) (i32.const 299999))))"#,
    )?;
    type Held = (Option<(Memory, Table)>, u32);
    let mut store: Store<Held> = Store::new(&engine, (None, 0));
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance.get_memory(&mut store, "m").expect("it is exported");
    let table = instance.get_table(&mut store, "t").expect("it is exported");
    *store.data_mut() = (Some((memory, table)), 0);
    store.epoch_deadline_callback(|mut store| {
        let (memory, table) = store.data().0.expect("set above");
        let old = memory.data_size(&store);
        memory.grow(&mut store, 600)?;
        assert!(memory.data_size(&store) > old);
        table.grow(&mut store, 400_000, Ref::Func(None))?;
        store.data_mut().1 += 1;
        // Three times in the middle of each instruction, perhaps.
        Ok(UpdateDeadline::Continue(u64::from(store.data().1 >= 12)))
    });
    store.set_epoch_deadline(0);
    instance
        .get_typed_func::<(), ()>(&mut store, "fill")?
        .call(&mut store, ())?;
    assert!(store.data().1 >= 12);
    assert!(memory.data(&store)[..65_536_000].iter().all(|&byte| byte == 7));
    assert!(memory.data(&store)[65_536_000..].iter().all(|&byte| byte == 0));
    for index in [0, 1, 150_000, 299_999] {
        assert!(
            !table.get(&mut store, index).expect("it is there").is_null(),
            "{index}"
        );
    }
    assert!(table.get(&mut store, 300_000).expect("it is there").is_null());
    Ok(())
}

/// Looking for a handler takes as long as there are frames and clauses.
#[test]
fn throwing_polls_at_each_frame() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module (import "" "stop" (func $stop)) (tag $a (export "tag")) (tag $other)
            (func $deep (param i32)
                (block $h (try_table (catch $other $h)
                    (if (local.get 0)
                        (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
                        (else (call $stop) (throw $a))))))
            (func (export "f") (block $h (try_table (catch $a $h) (call $deep (i32.const 1000))))))"#,
    )?;
    for last in [u64::MAX, 100] {
        let mut store = Store::new(&engine, 0);
        store.epoch_deadline_callback(move |mut store| {
            *store.data_mut() += 1;
            match *store.data() == last {
                true => Ok(UpdateDeadline::Interrupt),
                false => Ok(UpdateDeadline::Continue(0)),
            }
        });
        store.set_epoch_deadline(1);
        let stop = Func::wrap(&mut store, |mut caller: Caller<'_, u64>| {
            caller.as_context_mut().set_epoch_deadline(0);
        });
        let instance = Instance::new(&mut store, &module, &[stop.into()])?;
        let function = instance.get_typed_func::<(), ()>(&mut store, "f")?;
        let ended = function
            .call(&mut store, ())
            .map_err(|error| error.downcast_ref().copied());
        // Nothing else polls after the call of the host.
        if last == 100 {
            assert_eq!((ended, *store.data()), (Err(Some(Trap::Interrupt)), 100));
        } else {
            assert_eq!(ended, Ok(()));
            assert!(*store.data() >= 500, "{} calls", store.data());
        }
    }
    Ok(())
}
