//! Hooks see every transition between the host and programs, may do what they like there, and end calls by errors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use transom::CallHook::{CallingHost, CallingWasm, ReturningFromHost, ReturningFromWasm};
use transom::*;

/// Functions that call the host with values in registers and in memory, with references, and recursively.
const PROGRAM: &str = r#"(module
  (type $box (struct (field i32)))
  (import "host" "nothing" (func $nothing))
  (import "host" "sum" (func $sum (param externref i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "host" "pass" (func $pass (param anyref externref) (result externref anyref)))
  (import "host" "again" (func $again))
  (func (export "nothing") (call $nothing))
  (func (export "pure") (param i32) (result i32) (local.get 0))
  (func (export "sum") (param externref) (result i32)
    (call $sum (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)))
  (func (export "pass") (param i32 externref) (result externref i32)
    (call $pass (struct.new $box (local.get 0)) (local.get 1))
    (struct.get $box 0 (ref.cast (ref $box))))
  (func (export "again") (call $again))
  (func (export "trap") (call $nothing) unreachable))"#;

#[derive(Default)]
struct Data {
    seen: Vec<CallHook>,
    instance: Option<Instance>,
}

/// Engines whose code is compiled in each way, with a collection at every allocation.
fn engines() -> impl Iterator<Item = Engine> {
    let tiers = [Tiers::Optimized, Tiers::Baseline, Tiers::Replaced(0)];
    tiers.into_iter().map(|tiers| {
        let mut config = Config::new();
        config.tiers(tiers).gc_zeal(true);
        Engine::new(&config).expect("the machine is supported")
    })
}

fn start(engine: &Engine) -> Result<(Store<Data>, Instance)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "nothing", || ())?;
    type Eight = (i32, i32, i32, i32, i32, i32, i32, i32);
    let sum = |caller: Caller<'_, Data>, text: Option<Rooted<ExternRef>>, numbers: Eight| -> Result<i32> {
        let text = text
            .expect("not null")
            .data(&caller)?
            .expect("data")
            .downcast_ref::<String>()
            .expect("a text")
            .len();
        let (a, b, c, d, e, f, g, h) = numbers;
        Ok(text as i32 + a + b + c + d + e + f + g + h)
    };
    linker.func_wrap(
        "host",
        "sum",
        move |caller: Caller<'_, Data>,
              text: Option<Rooted<ExternRef>>,
              a: i32,
              b: i32,
              c: i32,
              d: i32,
              e: i32,
              f: i32,
              g: i32,
              h: i32| { sum(caller, text, (a, b, c, d, e, f, g, h)) },
    )?;
    let externref = ValType::EXTERNREF;
    let anyref = ValType::ANYREF;
    let ty = FuncType::new(engine, [anyref.clone(), externref.clone()], [externref, anyref]);
    linker.func_new("host", "pass", ty, |_, params, results| {
        (results[0], results[1]) = (params[1], params[0]);
        Ok(())
    })?;
    linker.func_wrap("host", "again", |mut caller: Caller<'_, Data>| {
        let instance = caller.data().instance.expect("it was set");
        let nothing = instance.get_typed_func::<(), ()>(&mut caller, "nothing")?;
        nothing.call(&mut caller, ())
    })?;
    let mut store = Store::new(engine, Data::default());
    let instance = linker.instantiate(&mut store, &Module::new(engine, PROGRAM)?)?;
    store.data_mut().instance = Some(instance);
    Ok((store, instance))
}

/// Notes the transition.
fn note(mut store: StoreContextMut<'_, Data>, transition: CallHook) -> Result<()> {
    store.data_mut().seen.push(transition);
    Ok(())
}

/// Notes the transition, collects garbage and makes some.
fn note_and_collect(mut store: StoreContextMut<'_, Data>, transition: CallHook) -> Result<()> {
    store.gc(None)?;
    for _ in 0..3 {
        ExternRef::new(&mut store, 1_u8)?;
    }
    note(store, transition)
}

fn call(store: &mut Store<Data>, instance: Instance, name: &str) -> Result<()> {
    instance
        .get_typed_func::<(), ()>(&mut *store, name)?
        .call(store, ())
}

#[test]
fn every_transition_in_its_order() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        store.call_hook(note);
        for _ in 0..3 {
            call(&mut store, instance, "nothing")?;
            let once = [CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm];
            assert_eq!(std::mem::take(&mut store.data_mut().seen), once);
            call(&mut store, instance, "again")?;
            let mut nested = once.to_vec();
            nested.splice(2..2, once);
            assert_eq!(std::mem::take(&mut store.data_mut().seen), nested);
            let pure = instance.get_func(&mut store, "pure").expect("it is exported");
            pure.call(&mut store, &[Val::I32(1)], &mut [Val::I32(0)])?;
            assert_eq!(
                std::mem::take(&mut store.data_mut().seen),
                [CallingWasm, ReturningFromWasm]
            );
            call(&mut store, instance, "trap").expect_err("it traps");
            assert_eq!(std::mem::take(&mut store.data_mut().seen), once);
        }
    }
    Ok(())
}

#[test]
fn start_functions() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Data::default());
    store.call_hook(note);
    let module = Module::new(&engine, "(module (func $start) (start $start))")?;
    Instance::new(&mut store, &module, &[])?;
    assert_eq!(store.data().seen, [CallingWasm, ReturningFromWasm]);
    Ok(())
}

/// References pass through all transitions while the hook moves the objects.
#[test]
fn collections_in_the_hook() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        store.call_hook(note_and_collect);
        let sum = instance.get_typed_func::<Option<Rooted<ExternRef>>, i32>(&mut store, "sum")?;
        let pass = instance
            .get_typed_func::<(i32, Option<Rooted<ExternRef>>), (Option<Rooted<ExternRef>>, i32)>(
                &mut store, "pass",
            )?;
        for round in 0..5 {
            let text = ExternRef::new(&mut store, "four".to_owned())?;
            assert_eq!(sum.call(&mut store, Some(text))?, 40);
            let (same, number) = pass.call(&mut store, (round, Some(text)))?;
            assert!(Rooted::ref_eq(&store, &text, &same.expect("not null"))?);
            assert_eq!(number, round);
            let untyped = instance.get_func(&mut store, "pass").expect("it is exported");
            let mut results = [Val::I32(0), Val::I32(0)];
            untyped.call(
                &mut store,
                &[Val::I32(round), Val::ExternRef(Some(text))],
                &mut results,
            )?;
            let Val::ExternRef(Some(same)) = results[0] else {
                panic!("{results:?}")
            };
            assert!(Rooted::ref_eq(&store, &text, &same)?);
        }
    }
    Ok(())
}

/// An error at each transition ends the call, and no more is called than there has to be.
#[test]
fn errors_end_calls() -> Result<()> {
    let expected: [(CallHook, &[CallHook]); 4] = [
        (CallingWasm, &[CallingWasm]),
        (CallingHost, &[CallingWasm, CallingHost, ReturningFromWasm]),
        (
            ReturningFromHost,
            &[CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm],
        ),
        (
            ReturningFromWasm,
            &[CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm],
        ),
    ];
    for engine in engines() {
        for name in ["nothing", "trap"] {
            for (at, transitions) in expected {
                let (mut store, instance) = start(&engine)?;
                store.call_hook(move |store, transition| {
                    note(store, transition)?;
                    ensure!(transition != at, "the hook at {at:?}");
                    Ok(())
                });
                let error = call(&mut store, instance, name).expect_err("the hook fails");
                assert!(
                    format!("{error:?}").contains(&format!("the hook at {at:?}")),
                    "{error:?}"
                );
                assert_eq!(store.data().seen, transitions, "{name} {at:?}");
            }
        }
    }
    Ok(())
}

/// A hook that panics is still there for the next call, and programs that a hook calls have no hook.
#[test]
fn panics_and_nested_calls() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        let panics = AtomicBool::new(true);
        store.call_hook(move |mut store, transition| {
            let panics = transition == CallingHost && panics.swap(false, Ordering::Relaxed);
            assert!(!panics, "as the test wants it");
            let instance = store.data().instance.expect("it was set");
            let pure = instance.get_typed_func::<i32, i32>(&mut store, "pure")?;
            assert_eq!(pure.call(&mut store, 7)?, 7);
            note(store, transition)
        });
        let panic = catch_unwind(AssertUnwindSafe(|| call(&mut store, instance, "nothing")));
        assert!(panic.is_err());
        assert_eq!(std::mem::take(&mut store.data_mut().seen), [CallingWasm]);
        call(&mut store, instance, "nothing")?;
        assert_eq!(
            store.data().seen,
            [CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm]
        );
    }
    Ok(())
}

#[test]
fn predicates() {
    for transition in [CallingWasm, ReturningFromWasm, CallingHost, ReturningFromHost] {
        let host = matches!(transition, ReturningFromWasm | CallingHost);
        assert_eq!(
            (transition.entering_host(), transition.exiting_host()),
            (host, !host)
        );
    }
}
