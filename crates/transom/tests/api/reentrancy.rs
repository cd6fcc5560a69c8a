//! Host functions that change the store while programs are in the middle of something.

use crate::support::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom::error::Context as _;
use transom::*;

/// Engines whose memories stay where they are, and ones whose memories move when they grow.
fn engines() -> Result<[Engine; 2]> {
    let mut config = Config::new();
    config.memory_reservation(0).memory_guard_size(0);
    Ok([Engine::default(), Engine::new(&config)?])
}

/// The host grows a memory, and with it moves it, while its owner and an importer are in a loop over it.
#[test]
fn a_memory_may_move_while_programs_use_it() -> Result<()> {
    for engine in engines()? {
        for index in ["i32", "i64"] {
            let mut store = Store::new(&engine, ());
            let grow = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
                let memory = caller
                    .get_export("m")
                    .and_then(Extern::into_memory)
                    .context("exported")?;
                memory.grow(&mut caller, 3)?;
                let last = memory.data_size(&caller) - 1;
                memory.write(&mut caller, last, &[77])?;
                Ok(())
            });
            let body = format!(
                r#"(func (export "run") (param $n i32) (result i32)
                    (loop $l
                        (i32.store ({index}.const 64) (i32.add (i32.load ({index}.const 64)) (i32.const 1)))
                        (call $grow)
                        (i32.store ({index}.const 68) (i32.add (i32.load ({index}.const 64)) (i32.const 1)))
                        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                    (i32.add (i32.load8_u (IDX_SUB)) (i32.load ({index}.const 68))))
                (func (export "grow_here") (result i32)
                    (i32.store ({index}.const 64) (i32.const 5))
                    (drop (memory.grow ({index}.const 40)))
                    (i32.load ({index}.const 64)))"#
            );
            let last =
                format!("({index}.sub ({index}.mul (memory.size) ({index}.const 65536)) ({index}.const 1))");
            let body = body.replace("(IDX_SUB)", &last);
            let owner = instantiate(
                &mut store,
                &format!(
                    r#"(module (import "" "grow" (func $grow)) (memory (export "m") {index} 1) {body})"#
                ),
                &[grow.into()],
            )?;
            let memory = owner.get_memory(&store, "m").context("exported")?;
            let importer = instantiate(
                &mut store,
                &format!(
                    r#"(module (import "" "grow" (func $grow)) (import "" "m" (memory {index} 1)) (export "m" (memory 0)) {body})"#
                ),
                &[grow.into(), memory.into()],
            )?;
            let mut count = 0;
            for (round, instance) in [owner, importer, owner, importer, importer]
                .into_iter()
                .enumerate()
            {
                let n = 5 + round as u64;
                count += n;
                assert_eq!(
                    number(&mut store, instance, "run", &[Val::I32(n as i32)])?,
                    77 + count + 1
                );
                if round == 3 {
                    for instance in [importer, owner] {
                        assert_eq!(number(&mut store, instance, "grow_here", &[])?, 5);
                    }
                    count = 5;
                }
            }
        }
    }
    Ok(())
}

/// The host grows a table, and with it moves it, between two calls through it.
#[test]
fn a_table_may_move_while_programs_use_it() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let grow = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
        let table = caller
            .get_export("t")
            .and_then(Extern::into_table)
            .context("exported")?;
        let first = table.get(&mut caller, 0).context("inside")?;
        table.grow(&mut caller, 1000, first)?;
        Ok(())
    });
    let instance = instantiate(
        &mut store,
        r#"(module (import "" "grow" (func $grow)) (table (export "t") 1 funcref) (elem (i32.const 0) $f)
            (func $f (result i32) (i32.const 1))
            (func (export "run") (param i32) (result i32) (local $sum i32)
                (loop
                    (local.set $sum (i32.add (local.get $sum) (call_indirect (result i32) (i32.const 0))))
                    (call $grow)
                    (local.set $sum (i32.add (local.get $sum)
                        (call_indirect (result i32) (i32.sub (table.size) (i32.const 1)))))
                    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get $sum)))"#,
        &[grow.into()],
    )?;
    assert_eq!(number(&mut store, instance, "run", &[Val::I32(40)])?, 80);
    Ok(())
}

/// A host function makes instances, memories, tables and functions, while the one that called it waits.
#[test]
fn instances_can_be_made_below_a_running_program() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module (import "" "make" (func $make (param i32) (result i32)))
            (memory (export "m") 1) (global $g (mut i32) (i32.const 0)) (table 3 funcref) (elem (i32.const 1) $run)
            (func $run (export "run") (param i32) (result i32)
                (i32.store (i32.const 8) (local.get 0))
                (global.set $g (local.get 0))
                (if (local.get 0) (then
                    (global.set $g (i32.add (global.get $g) (call $make (i32.sub (local.get 0) (i32.const 1)))))))
                (i32.add (global.get $g) (i32.load (i32.const 8)))))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let again = module.clone();
    let nested = linker.clone();
    linker.func_wrap(
        "",
        "make",
        move |mut caller: Caller<'_, ()>, depth: i32| -> Result<i32> {
            for _ in 0..20 {
                Memory::new(&mut caller, MemoryType::new(1, None))?;
                Table::new(
                    &mut caller,
                    TableType::new(RefType::FUNCREF, 9, None),
                    Ref::Func(None),
                )?;
                Func::wrap(&mut caller, |x: i32| x);
                ExternRef::new(&mut caller, 1)?;
            }
            let mut inner = nested.clone();
            // The innermost has no function to go on with, and needs none.
            inner.func_wrap("", "make", |_: i32| 0)?;
            let instance = inner.instantiate(&mut caller, &again)?;
            instance
                .get_typed_func::<i32, i32>(&mut caller, "run")?
                .call(&mut caller, depth)
        },
    )?;
    let instance = linker.instantiate(&mut store, &module)?;
    for _ in 0..10 {
        assert_eq!(number(&mut store, instance, "run", &[Val::I32(3)])?, 3 + 4 + 3);
    }
    Ok(())
}

/// Panics in the host's callbacks come out as panics too, through two layers of programs.
#[test]
fn panics_cross_from_everything_that_the_host_is_asked() -> Result<()> {
    struct Panicking;
    impl ResourceLimiter for Panicking {
        fn memory_growing(&mut self, current: usize, _: usize, _: Option<usize>) -> Result<bool> {
            assert!(current == 0, "memory");
            Ok(true)
        }

        fn table_growing(&mut self, current: usize, _: usize, _: Option<usize>) -> Result<bool> {
            assert!(current == 0, "table");
            Ok(true)
        }
    }
    let engine = Engine::default();
    let mut store = Store::new(&engine, Panicking);
    store.limiter(|limiter| limiter);
    store.epoch_deadline_callback(|_| panic!("epoch"));
    let again = Func::wrap(
        &mut store,
        |mut caller: Caller<'_, Panicking>, name: i32| -> Result<()> {
            let name = ["memory", "table", "epoch"][name as usize];
            let func = caller
                .get_export(name)
                .and_then(Extern::into_func)
                .context("exported")?;
            if name == "epoch" {
                caller.as_context_mut().set_epoch_deadline(0);
            }
            func.call(&mut caller, &[], &mut [])
        },
    );
    let module = Module::new(
        &engine,
        r#"(module (import "" "again" (func $again (param i32))) (memory 1) (table 1 funcref)
            (func (export "memory") (drop (memory.grow (i32.const 1))))
            (func (export "table") (drop (table.grow (ref.null func) (i32.const 1))))
            (func (export "epoch") (loop))
            (func (export "outer") (param i32) (call $again (local.get 0)))
            (func (export "fine") (param i32)))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[again.into()])?;
    let outer = instance.get_typed_func::<i32, ()>(&mut store, "outer")?;
    let fine = instance.get_typed_func::<i32, ()>(&mut store, "fine")?;
    let outcomes = [0, 1, 2].map(|which| {
        let panic = quietly(|| catch_unwind(AssertUnwindSafe(|| outer.call(&mut store, which))));
        (panic.err().map(panic_message), fine.call(&mut store, 0).is_ok())
    });
    let messages = outcomes.map(|(message, fine)| (message.unwrap_or_default(), fine));
    assert_eq!(
        messages,
        ["memory", "table", "epoch"].map(|message| (message.to_owned(), true))
    );
    Ok(())
}

/// An epoch callback may use the store, and run programs on it.
#[test]
fn an_epoch_callback_may_use_the_store() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, None::<TypedFunc<(), i32>>);
    store.epoch_deadline_callback(|mut context| {
        context.set_epoch_deadline(1_000_000);
        let bump = context.data().context("set")?;
        let value = bump.call(&mut context, ())?;
        Ok(if value < 3 {
            UpdateDeadline::Continue(0)
        } else {
            UpdateDeadline::Interrupt
        })
    });
    let module = Module::new(
        &engine,
        r#"(module (global $g (mut i32) (i32.const 0))
            (func $bump (export "bump") (result i32)
                (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
            (func (export "run") (loop (br 0))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    *store.data_mut() = Some(instance.get_typed_func::<(), i32>(&mut store, "bump")?);
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.set_epoch_deadline(0);
    expect_trap(run.call(&mut store, ()), Trap::Interrupt);
    store.set_epoch_deadline(1_000_000);
    let bump = store.data().context("set")?;
    assert_eq!(bump.call(&mut store, ())?, 4);
    Ok(())
}
