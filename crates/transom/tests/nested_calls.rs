//! Programs that call the host, which calls programs.

#[path = "support/mod.rs"]
mod support;

use support::{engine_of, expect_trap, in_tiers};
use transom::{
    Caller, Engine, Extern, Func, FuncType, Instance, Module, Result, Store, Tiers, Trap, Val, ValType,
};

const MODULE: &str = r#"
    (module
      (import "" "typed" (func $typed (param i32) (result i32)))
      (import "" "untyped" (func $untyped (param i32) (result i32)))
      (func (export "typed") (param $n i32) (result i32)
        (if (result i32) (i32.eqz (local.get $n))
          (then (i32.const 100))
          (else (i32.add (local.get $n) (call $typed (i32.sub (local.get $n) (i32.const 1)))))))
      (func (export "untyped") (param $n i32) (result i32)
        (if (result i32) (i32.eqz (local.get $n))
          (then (i32.const 100))
          (else (i32.add (local.get $n) (call $untyped (i32.sub (local.get $n) (i32.const 1)))))))
      (func (export "trap") (param i32) (result i32) unreachable)
      (func (export "trap inside") (param $n i32) (result i32) (call $typed (i32.const -1))))
"#;

fn export(caller: &mut Caller<'_, ()>, name: &str) -> Func {
    caller
        .get_export(name)
        .and_then(Extern::into_func)
        .expect("the module exports it")
}

fn program(tiers: Tiers) -> Result<(Store<()>, Instance)> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let typed = Func::wrap(&mut store, |mut caller: Caller<'_, ()>, n: i32| -> Result<i32> {
        let name = if n < 0 { "trap" } else { "typed" };
        export(&mut caller, name)
            .typed::<i32, i32>(&mut caller)?
            .call(&mut caller, n)
    });
    let ty = FuncType::new(&engine, [ValType::I32], [ValType::I32]);
    let untyped = Func::new(&mut store, ty, |mut caller, params, results| {
        export(&mut caller, "untyped").call(&mut caller, params, results)?;
        // A buffer that both calls had would show the inner one's values here.
        results[0] = Val::I32(results[0].unwrap_i32() + params[0].unwrap_i32());
        Ok(())
    });
    let module = Module::new(&engine, MODULE)?;
    let instance = Instance::new(&mut store, &module, &[typed.into(), untyped.into()])?;
    Ok((store, instance))
}

fn calls_come_back_from_every_depth(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = program(tiers)?;
    let typed = instance.get_typed_func::<i32, i32>(&mut store, "typed")?;
    let untyped = instance.get_typed_func::<i32, i32>(&mut store, "untyped")?;
    for depth in [0, 1, 2, 20, 0] {
        assert_eq!(typed.call(&mut store, depth)?, 100 + depth * (depth + 1) / 2);
        assert_eq!(
            untyped.call(&mut store, depth)?,
            100 + depth * (depth + 1) / 2 + depth * (depth - 1) / 2
        );
    }
    Ok(())
}

fn a_trap_in_a_nested_call_ends_both_and_no_more(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = program(tiers)?;
    let inside = instance.get_typed_func::<i32, i32>(&mut store, "trap inside")?;
    let outside = instance.get_typed_func::<i32, i32>(&mut store, "trap")?;
    let typed = instance.get_typed_func::<i32, i32>(&mut store, "typed")?;
    for _ in 0..3 {
        for run in [&inside, &outside] {
            let error = run.call(&mut store, 0).expect_err("the program traps");
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        }
        assert_eq!(typed.call(&mut store, 4)?, 110);
    }
    Ok(())
}

in_tiers!(
    calls_come_back_from_every_depth,
    a_trap_in_a_nested_call_ends_both_and_no_more,
    faults_are_noted_in_their_stores,
);

/// A thread that a host function starts may have less stack than the program's, at any address.
#[test]
fn a_nested_call_on_another_thread_has_the_limit_of_its_stack() -> Result<()> {
    let wat = r#"(module
      (import "" "f" (func $f))
      (global $depth (export "depth") (mut i32) (i32.const 0))
      (func $down (export "down") (param i32) (result i32)
        (global.set $depth (local.get 0))
        (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
      (func (export "run") (call $f)))"#;
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let f = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
        let down = caller
            .get_export("down")
            .and_then(|item| item.into_func())
            .unwrap();
        for size in [1 << 20, 300 << 10] {
            let lent = &mut caller;
            let trap = std::thread::scope(|scope| {
                let call = move || down.typed::<i32, i32>(&*lent)?.call(lent, 0);
                let thread = std::thread::Builder::new().stack_size(size);
                thread.spawn_scoped(scope, call).unwrap().join().unwrap()
            });
            assert_eq!(trap.unwrap_err().downcast::<Trap>()?, Trap::StackOverflow);
            let depth = caller
                .get_export("depth")
                .and_then(|item| item.into_global())
                .unwrap();
            let depth = depth.get(&mut caller).unwrap_i32();
            assert!(depth > 100, "it could use its own stack for {depth} calls only");
        }
        // Here the limit is what it was.
        let error = down
            .call(&mut caller, &[Val::I32(0)], &mut [Val::I32(0)])
            .unwrap_err();
        assert_eq!(error.downcast::<Trap>()?, Trap::StackOverflow);
        Ok(())
    });
    let module = Module::new(&engine, wat)?;
    let run = Instance::new(&mut store, &module, &[f.into()])?.get_typed_func::<(), ()>(&mut store, "run")?;
    // Threads of the test leave stacks behind that the next ones take.
    for _ in 0..3 {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(4 << 20);
            let store = &mut store;
            thread
                .spawn_scoped(scope, move || run.call(store, ()))
                .unwrap()
                .join()
                .unwrap()
        })?;
        run.call(&mut store, ())?;
    }
    Ok(())
}

/// A store whose program calls the host and then accesses memory that is not there.
fn faulting(
    engine: &Engine,
    host: impl Fn(Caller<'_, ()>) -> Result<()> + Send + Sync + 'static,
) -> Result<(Store<()>, Func)> {
    let wat = r#"(module
      (import "" "host" (func $host))
      (memory 1)
      (func (export "run") (result i32) (call $host) (i32.load (i32.const -1))))"#;
    let mut store = Store::new(engine, ());
    let host = Func::wrap(&mut store, host);
    let module = Module::new(engine, wat)?;
    let instance = Instance::new(&mut store, &module, &[host.into()])?;
    let run = instance.get_func(&mut store, "run").expect("exported");
    Ok((store, run))
}

/// Whatever ran on the thread before, and whatever the host ran in between, the fault is noted in the store whose program it is.
fn faults_are_noted_in_their_stores(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let fails = |store: &mut Store<()>, run: Func| {
        expect_trap(run.call(store, &[], &mut [Val::I32(0)]), Trap::MemoryOutOfBounds);
    };
    let (mut one, run_one) = faulting(&engine, |_| Ok(()))?;
    let (mut other, run_other) = faulting(&engine, |_| Ok(()))?;
    for _ in 0..3 {
        fails(&mut one, run_one);
        fails(&mut other, run_other);
    }
    drop(other);
    fails(&mut one, run_one);
    // Inside: the store itself, one that is gone when the outer program goes on, and one that has run here before.
    let inner = std::sync::Mutex::new((one, run_one));
    let (mut outer, run) = faulting(&engine, move |mut caller| {
        let own = Func::wrap(&mut caller, || ());
        own.call(&mut caller, &[], &mut [])?;
        let (mut new, run_new) = faulting(caller.engine(), |_| Ok(()))?;
        fails(&mut new, run_new);
        drop(new);
        let (store, run) = &mut *inner.lock().expect("nothing has panicked");
        fails(store, *run);
        Ok(())
    })?;
    fails(&mut outer, run);
    std::thread::scope(|scope| scope.spawn(|| fails(&mut outer, run)).join()).expect("it has not panicked");
    fails(&mut outer, run);
    Ok(())
}

/// No compiled function is in between, which would see that the stack ends.
#[test]
fn a_host_function_that_calls_itself_traps() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let typed = Func::wrap(
        &mut store,
        |mut caller: Caller<'_, ()>, itself: Option<Func>| -> Result<()> {
            let next = itself.expect("it is given").typed::<Option<Func>, ()>(&caller)?;
            next.call(&mut caller, itself)
        },
    );
    let ty = FuncType::new(&engine, [ValType::FUNCREF], []);
    let untyped = Func::new(&mut store, ty, |mut caller, params, _| {
        let Val::FuncRef(Some(itself)) = params[0] else {
            panic!("{params:?}")
        };
        itself.call(&mut caller, params, &mut [])
    });
    let module = Module::new(
        &engine,
        r#"(module (import "" "f" (func $f (param funcref))) (func (export "run") (param funcref) (call $f (local.get 0))))"#,
    )?;
    for f in [typed, untyped] {
        let run = Instance::new(&mut store, &module, &[f.into()])?
            .get_func(&mut store, "run")
            .expect("exported");
        for outermost in [f, run] {
            for _ in 0..2 {
                expect_trap(
                    outermost.call(&mut store, &[Val::FuncRef(Some(f))], &mut []),
                    Trap::StackOverflow,
                );
            }
        }
    }
    Ok(())
}
