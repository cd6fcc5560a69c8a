//! One memory in several stores.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use transom::error::Context as _;
use transom::*;

fn assert_shareable<T: Send + Sync + 'static>() {}

#[test]
fn what_threads_share_can_be_sent() {
    assert_shareable::<Engine>();
    assert_shareable::<Module>();
    assert_shareable::<SharedMemory>();
    assert_shareable::<Extern>();
    assert_shareable::<Linker<()>>();
    assert_shareable::<InstancePre<()>>();
    assert_shareable::<InterruptHandle>();
    assert_shareable::<Store<()>>();
}

/// Two threads of two stores count under a mutex that the program makes of `cmpxchg`, `wait` and `notify`.
#[test]
fn a_mutex_between_two_stores() -> Result<()> {
    const TURNS: i32 = 20_000;
    let engine = Engine::default();
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
    let module = Module::new(
        &engine,
        r#"(module (import "" "m" (memory 1 1 shared))
            (func $lock
                (loop $again
                    (if (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1))
                        (then
                            (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const 1000000)))
                            (br $again)))))
            (func $unlock
                (i32.atomic.store (i32.const 0) (i32.const 0))
                (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
            (func (export "run") (param i32)
                (loop $next
                    (call $lock)
                    ;; Not atomic: only the lock keeps it right.
                    (i64.store (i32.const 64) (i64.add (i64.load (i32.const 64)) (i64.const 1)))
                    (call $unlock)
                    (drop (i64.atomic.rmw.add (i32.const 128) (i64.const 3)))
                    (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
    )?;
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (module, memory) = (module.clone(), memory.clone());
            thread::spawn(move || -> Result<()> {
                let mut store = Store::new(module.engine(), ());
                let instance = Instance::new(&mut store, &module, &[memory.into()])?;
                call(&mut store, instance, "run", &[Val::I32(TURNS)]).map(drop)
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| format_err!("a thread panicked"))??;
    }
    let mut bytes = [0; 8];
    memory.read(64, &mut bytes)?;
    assert_eq!(u64::from_le_bytes(bytes), 2 * TURNS as u64);
    memory.read(128, &mut bytes)?;
    assert_eq!(u64::from_le_bytes(bytes), 6 * TURNS as u64);
    Ok(())
}

const GROWING: &str = r#"(module (import "" "m" (memory 1 200 shared))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "touch") (param i32) (result i32)
        (i32.load8_u (i32.sub (i32.mul (local.get 0) (i32.const 65536)) (i32.const 1))))
    (func (export "past") (result i32) (i32.load8_u (i32.mul (memory.size) (i32.const 65536)))))"#;

/// Threads grow one memory by one page at a time, and whatever size one of them sees can be accessed.
#[test]
fn threads_grow_a_memory() -> Result<()> {
    for reservation in [4 << 30, 1 << 16] {
        let engine = Engine::new(Config::new().memory_reservation(reservation))?;
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 200))?;
        let module = Module::new(&engine, GROWING)?;
        let over = Arc::new(AtomicBool::new(false));
        let watcher = {
            let (module, memory, over) = (module.clone(), memory.clone(), over.clone());
            thread::spawn(move || -> Result<()> {
                let mut store = Store::new(module.engine(), ());
                let instance = Instance::new(&mut store, &module, &[memory.into()])?;
                let mut last = 0;
                while !over.load(Ordering::Relaxed) {
                    let size = number(&mut store, instance, "size", &[])?;
                    assert!(size >= last, "a memory shrinks");
                    last = size;
                    number(&mut store, instance, "touch", &[Val::I32(size as i32)])?;
                }
                Ok(())
            })
        };
        let growers: Vec<_> = (0..2)
            .map(|_| {
                let (module, memory) = (module.clone(), memory.clone());
                thread::spawn(move || -> Result<usize> {
                    let mut store = Store::new(module.engine(), ());
                    let instance = Instance::new(&mut store, &module, &[memory.into()])?;
                    let mut grown = 0;
                    while number(&mut store, instance, "grow", &[Val::I32(1)])? != u64::from(u32::MAX) {
                        grown += 1;
                    }
                    expect_trap(call(&mut store, instance, "past", &[]), Trap::MemoryOutOfBounds);
                    Ok(grown)
                })
            })
            .collect();
        let mut grown = 0;
        for grower in growers {
            grown += grower.join().map_err(|_| format_err!("a thread panicked"))??;
        }
        over.store(true, Ordering::Relaxed);
        watcher
            .join()
            .map_err(|_| format_err!("the watcher panicked"))??;
        assert_eq!((grown, memory.size(), memory.data_size()), (199, 200, 200 << 16));
        assert!(memory.grow(1).is_err());
        assert_eq!(memory.grow(0)?, 200);
        assert_eq!((memory.ty().minimum(), memory.ty().maximum()), (1, Some(200)));
    }
    Ok(())
}

/// A memory that an instance defines and exports is as shared as one that the host makes.
#[test]
fn an_instance_defines_a_shared_memory() -> Result<()> {
    let engine = Engine::default();
    let data = "ab".repeat(100_000);
    let module = Module::new(
        &engine,
        format!(
            r#"(module
                (import "" "see" (func $see))
                (memory $own (export "own") 1) (memory $m (export "m") 4 9 shared)
                (data (memory $m) (i32.const 10) "{data}") (data $passive "xyz")
                (func (export "init") (memory.init $m $passive (i32.const 0) (i32.const 0) (i32.const 3)))
                (func (export "copy")
                    (memory.copy $own $m (i32.const 100) (i32.const 0) (i32.const 12))
                    (memory.copy $m $own (i32.const 0) (i32.const 101) (i32.const 1))
                    (memory.fill $m (i32.const 5) (i32.const 33) (i32.const 2)))
                (func (export "see") (call $see)))"#
        ),
    )?;
    let mut store = Store::new(&engine, ());
    let see = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| {
        let memory = caller.get_export("m").and_then(Extern::into_shared_memory);
        memory
            .context("the caller exports it")
            .map(|memory| assert_eq!(memory.size(), 4))
    });
    let instance = Instance::new(&mut store, &module, &[see.into()])?;
    call(&mut store, instance, "see", &[])?;
    assert!(
        instance.get_memory(&mut store, "m").is_none(),
        "it has no slices of bytes"
    );
    let memory = instance.get_shared_memory(&mut store, "m").context("exported")?;
    assert!(instance.get_shared_memory(&mut store, "own").is_none());
    let mut bytes = [0; 4];
    memory.read(10 + 199_998, &mut bytes)?;
    assert_eq!(&bytes, b"ab\0\0");
    call(&mut store, instance, "init", &[])?;
    call(&mut store, instance, "copy", &[])?;
    memory.read(0, &mut bytes)?;
    assert_eq!(&bytes, b"yyz\0");
    let own = instance.get_memory(&mut store, "own").context("exported")?;
    assert_eq!(&own.data(&store)[100..112], b"xyz\0\0\0\0\0\0\0ab");
    memory.read(4, &mut bytes)?;
    assert_eq!(&bytes, b"\0!!\0");

    // It outlives its store, and a second store finds it as it was left.
    drop(store);
    let user = Module::new(
        &engine,
        r#"(module (import "" "m" (memory 4 9 shared)) (export "again" (memory 0))
            (func (export "load") (result i32) (i32.load8_u (i32.const 5))))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &user, &[memory.clone().into()])?;
    assert_eq!(number(&mut store, instance, "load", &[])?, 33);
    let again = instance
        .get_shared_memory(&mut store, "again")
        .context("exported")?;
    assert_eq!(again.data().as_ptr(), memory.data().as_ptr());
    assert_eq!(again.grow(2)?, 4);
    assert_eq!(memory.size(), 6);
    // A module that wants five pages gets them now.
    let five = Module::new(&engine, "(module (import \"\" \"m\" (memory 5 9 shared)))")?;
    Instance::new(&mut store, &five, &[memory.into()])?;
    Ok(())
}

#[test]
fn kinds_of_memories_do_not_mix() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    assert!(Memory::new(&mut store, MemoryType::shared(1, 2)).is_err());
    assert!(SharedMemory::new(&engine, MemoryType::new(1, Some(2))).is_err());
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 2))?;
    let ty = Extern::from(memory.clone()).ty(&store);
    assert!(ty.memory().is_some_and(MemoryType::is_shared));
    let mut import = |text: &str| {
        let module = Module::new(&engine, format!("(module (import \"\" \"m\" (memory {text})))"))?;
        Instance::new(&mut store, &module, &[memory.clone().into()])
    };
    assert!(import("1 2 shared").is_ok() && import("1 3 shared").is_ok() && import("0 2 shared").is_ok());
    for wrong in ["1 2", "1 1 shared", "2 2 shared", "i64 1 2 shared"] {
        let error = import(wrong).expect_err(wrong);
        assert!(
            error.to_string().contains("incompatible import type"),
            "{wrong}: {error:#}"
        );
    }
    let mut others = Store::new(&Engine::default(), ());
    let module = Module::new(
        others.engine(),
        "(module (import \"\" \"m\" (memory 1 2 shared)))",
    )?;
    let error = Instance::new(&mut others, &module, &[memory.clone().into()]).expect_err("another engine");
    assert!(error.to_string().contains("engine"), "{error:#}");
    let mut linker = Linker::new(others.engine());
    assert!(linker.define(&others, "", "m", memory).is_err());
    Ok(())
}

/// One linker gives one memory to instances of many stores.
#[test]
fn a_linker_holds_a_shared_memory() -> Result<()> {
    let engine = Engine::default();
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 200))?;
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.define(Store::new(&engine, ()), "", "m", memory.clone())?;
    let module = Module::new(&engine, GROWING)?;
    let pre = linker.instantiate_pre(&module)?;
    for turn in 0..4 {
        let mut store = Store::new(&engine, ());
        let (a, b) = (
            pre.instantiate(&mut store)?,
            linker.instantiate(&mut store, &module)?,
        );
        assert_eq!(number(&mut store, a, "grow", &[Val::I32(1)])?, 1 + turn);
        assert_eq!(number(&mut store, b, "size", &[])?, 2 + turn);
        let found = linker.get(&mut store, "", "m").map(Extern::into_shared_memory)?;
        assert_eq!(found.context("defined")?.size(), 2 + turn);
    }
    assert_eq!(memory.size(), 5);
    Ok(())
}

struct Asked(Arc<AtomicUsize>);

impl ResourceLimiter for Asked {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        assert_eq!(maximum, Some(200 << 16));
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(desired <= 3 << 16)
    }

    fn table_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

/// The limiter of the store whose program grows a shared memory is asked; the host's own growing asks nobody.
#[test]
fn limits_hold_for_the_store_that_grows() -> Result<()> {
    let engine = Engine::default();
    let asked = Arc::new(AtomicUsize::new(0));
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 200))?;
    let module = Module::new(&engine, GROWING)?;
    let mut store = Store::new(&engine, Asked(asked.clone()));
    store.limiter(|asked| asked);
    let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
    assert_eq!(asked.load(Ordering::Relaxed), 0, "an import is nothing new");
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
    assert_eq!(grow.call(&mut store, 2)?, 1);
    assert_eq!(grow.call(&mut store, 1)?, -1);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(memory.grow(10)?, 3);
    let own = Module::new(&engine, "(module (memory 4 200 shared))")?;
    assert!(
        Instance::new(&mut store, &own, &[]).is_err(),
        "four pages are too many"
    );
    Ok(())
}

#[test]
fn sizes_that_can_not_be_had_are_errors() -> Result<()> {
    let engine = Engine::default();
    let build = |min: u64, max: u64| {
        MemoryTypeBuilder::default()
            .memory64(true)
            .shared(true)
            .min(min)
            .max(Some(max))
            .build()
    };
    // As much is reserved as a process may ask for.
    let memory = SharedMemory::new(&engine, build(1, 1 << 48)?)?;
    assert_eq!(memory.grow(1)?, 1);
    assert!(memory.grow(1 << 30).is_err());
    assert_eq!(memory.size(), 2);
    assert!(SharedMemory::new(&engine, build(1 << 40, 1 << 48)?).is_err());
    let (mut store, instance) = instance(
        r#"(module (memory i64 1 0x1000000000000 shared)
            (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
            (func (export "load") (param i64) (result i32) (i32.load (local.get 0))))"#,
    )?;
    assert_eq!(
        number(&mut store, instance, "grow", &[Val::I64(1 << 40)])?,
        u64::MAX
    );
    assert_eq!(number(&mut store, instance, "grow", &[Val::I64(3)])?, 1);
    assert_eq!(
        number(&mut store, instance, "load", &[Val::I64((4 << 16) - 4)])?,
        0
    );
    expect_trap(
        call(&mut store, instance, "load", &[Val::I64((4 << 16) - 3)]),
        Trap::MemoryOutOfBounds,
    );
    Ok(())
}
