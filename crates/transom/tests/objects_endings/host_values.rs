//! Values of the host's: each is dropped once, when nothing refers to it any more or when its store is.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use transom::error::Context as _;
use transom::*;

/// Counts how often it is dropped.
struct Counted {
    drops: Arc<AtomicUsize>,
    panics: bool,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "dropped on purpose");
    }
}

struct Drops(Arc<AtomicUsize>);

impl Drops {
    fn new() -> Drops {
        Drops(Arc::default())
    }

    fn value(&self) -> Counted {
        Counted {
            drops: self.0.clone(),
            panics: false,
        }
    }

    fn panicking(&self) -> Counted {
        Counted {
            drops: self.0.clone(),
            panics: true,
        }
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

const KEEPS: &str = r#"(module
    (type $holder (struct (field (mut externref)) (field (mut (ref null $holder)))))
    (global $kept (mut (ref null $holder)) (ref.null $holder))
    (table (export "t") 10 externref)
    (func (export "keep") (param externref)
        (global.set $kept (struct.new $holder (local.get 0) (global.get $kept))))
    (func (export "forget") (global.set $kept (ref.null $holder)))
    (func (export "churn") (param i32)
        (loop $again
            (drop (struct.new_default $holder))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;

#[test]
fn a_collection_drops_what_is_unreachable() -> Result<()> {
    for zeal in [false, true] {
        let drops = Drops::new();
        let engine = Engine::new(Config::new().gc_zeal(zeal))?;
        let (mut store, instance) = instance_in(&engine, KEEPS)?;
        let keep = instance.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, "keep")?;
        for index in 0..30 {
            let mut scope = RootScope::new(&mut store);
            let value = ExternRef::new(&mut scope, drops.value())?;
            // A third is kept by the program, a third by nobody, a third by a table, of which ten stay.
            match index % 3 {
                0 => keep.call(&mut scope, Some(value))?,
                1 => {}
                _ => {
                    let table = instance.get_table(&mut scope, "t").context("exported")?;
                    table.set(&mut scope, index / 3 % 5, value.into())?;
                }
            }
        }
        store.gc(None).expect("nothing prevents a collection");
        assert_eq!(drops.count(), 10 + 5);
        store.gc(None).expect("nothing prevents a collection");
        assert_eq!(drops.count(), 10 + 5);
        call(&mut store, instance, "forget", &[])?;
        store.gc(None).expect("nothing prevents a collection");
        assert_eq!(drops.count(), 10 + 10 + 5);
        drop(store);
        assert_eq!(drops.count(), 30);
    }
    Ok(())
}

/// A collection of the nursery drops the young ones, while a program runs.
#[test]
fn values_that_die_young_are_dropped_by_the_program() -> Result<()> {
    let drops = Drops::new();
    let mut config = Config::new();
    config.gc_nursery_size(64 << 10, 64 << 10);
    let (mut store, instance) = instance_in(&Engine::new(&config)?, KEEPS)?;
    let kept = ExternRef::new(&mut store, drops.value())?;
    for _ in 0..1000 {
        let mut scope = RootScope::new(&mut store);
        ExternRef::new(&mut scope, drops.value())?;
    }
    call(&mut store, instance, "churn", &[Val::I32(20_000)])?;
    assert_eq!(drops.count(), 1000);
    let statistics = store.heap_statistics().context("there is a heap")?;
    assert_eq!(statistics.full.count, 0);
    assert!(kept.data(&store)?.is_some());
    drop(store);
    assert_eq!(drops.count(), 1001);
    Ok(())
}

/// Values are dropped with their store, whatever holds them; also if a program has ended badly.
#[test]
fn stores_are_dropped_with_live_objects() -> Result<()> {
    let drops = Drops::new();
    let engine = Engine::default();
    for round in 0..20 {
        let (mut store, instance) = instance_in(&engine, KEEPS)?;
        let owned = ExternRef::new(&mut store, drops.value())?.to_owned_rooted(&mut store)?;
        let value = ExternRef::new(&mut store, drops.value())?;
        call(&mut store, instance, "keep", &[value.into()])?;
        let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Const);
        Global::new(&mut store, ty, value.into())?;
        let fails = Func::wrap(&mut store, |_: Option<Rooted<ExternRef>>| -> Result<()> {
            bail!("on purpose")
        });
        let last = ExternRef::new(&mut store, drops.value())?;
        let last = Some(last);
        assert!(
            fails
                .typed::<Option<Rooted<ExternRef>>, ()>(&store)?
                .call(&mut store, last)
                .is_err()
        );
        match round % 3 {
            0 => drop(store),
            1 => store.into_data(),
            _ => std::thread::spawn(move || drop(store))
                .join()
                .map_err(|_| Error::msg("panicked"))?,
        }
        drop(owned);
        assert_eq!(drops.count(), 3 * (round + 1));
    }
    Ok(())
}

/// A `drop` that panics goes on where it came from; the store is whole, and nothing is dropped twice.
#[test]
fn a_drop_that_panics() -> Result<()> {
    let drops = Drops::new();
    let (mut store, instance) = instance(KEEPS)?;
    let kept = ExternRef::new(&mut store, drops.value())?;
    let make = |store: &mut Store<()>| -> Result<()> {
        let mut scope = RootScope::new(store);
        for index in 0..5 {
            // Several at once: a panic while another one goes on would end the process.
            let value = if index % 2 == 0 {
                drops.panicking()
            } else {
                drops.value()
            };
            ExternRef::new(&mut scope, value)?;
        }
        Ok(())
    };
    make(&mut store)?;
    let outcome = quietly(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.gc(None))));
    assert_eq!(
        panic_message(outcome.expect_err("it panics")),
        "dropped on purpose"
    );
    assert_eq!(drops.count(), 5);
    store.gc(None).expect("nothing prevents a collection");
    assert_eq!(drops.count(), 5);
    // In a collection that a program asks for, the panic goes through the program.
    make(&mut store)?;
    let churn = instance.get_typed_func::<i32, ()>(&mut store, "churn")?;
    let outcome = quietly(|| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| churn.call(&mut store, 1_000_000)))
    });
    assert_eq!(
        panic_message(outcome.expect_err("it panics")),
        "dropped on purpose"
    );
    assert_eq!(drops.count(), 10);
    churn.call(&mut store, 1_000_000)?;
    assert!(kept.data(&store)?.is_some());
    drop(store);
    assert_eq!(drops.count(), 11);
    Ok(())
}

/// One that panics while its store is dropped takes no other with it.
#[test]
fn a_drop_that_panics_with_its_store() -> Result<()> {
    let drops = Drops::new();
    let (mut store, _) = instance(KEEPS)?;
    for index in 0..7 {
        let value = if index == 3 {
            drops.panicking()
        } else {
            drops.value()
        };
        ExternRef::new(&mut store, value)?;
    }
    let outcome = quietly(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(store))));
    assert_eq!(
        panic_message(outcome.expect_err("it panics")),
        "dropped on purpose"
    );
    assert_eq!(drops.count(), 7);
    Ok(())
}

/// A value can be changed in place, and takes its time to be dropped.
#[test]
fn values_are_the_hosts_own() -> Result<()> {
    struct Slow(Arc<AtomicUsize>);
    impl Drop for Slow {
        fn drop(&mut self) {
            std::thread::sleep(std::time::Duration::from_millis(20));
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let (mut store, instance) = instance(KEEPS)?;
    let numbers = ExternRef::new(&mut store, vec![1, 2])?;
    {
        let mut scope = RootScope::new(&mut store);
        ExternRef::new(&mut scope, Slow(count.clone()))?;
    }
    let data = numbers
        .data_mut(&mut store)?
        .and_then(|data| data.downcast_mut::<Vec<i32>>());
    data.context("a vector")?.push(3);
    call(&mut store, instance, "churn", &[Val::I32(1_000_000)])?;
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let data = numbers
        .data(&store)?
        .and_then(|data| data.downcast_ref::<Vec<i32>>());
    assert_eq!(data, Some(&vec![1, 2, 3]));
    assert!(
        numbers
            .data(&store)?
            .is_some_and(|data| data.downcast_ref::<String>().is_none())
    );
    Ok(())
}
