//! Values, objects and host data go through calls that wait, in every tier, and on several threads.

use crate::engines;
use crate::executor::{pending, run, run_counted, run_on_threads};
use transom::{
    Caller, Config, Engine, Func, FuncType, Instance, Linker, Module, Result, Rooted, Store, StructRef, Val,
    ValType,
};

/// A loop that waits in each turn, with all kinds of values alive.
const LOOP: &str = r#"(module
  (type $node (struct (field i32) (field (ref null $node))))
  (import "host" "wait" (func $wait (param i32 i64 f32 f64) (result i32 i64 f32 f64)))
  (import "host" "one" (func $one (param i32) (result i32)))
  (func (export "run") (param $n i32) (result i32 i64 f32 f64 i32)
    (local $list (ref null $node)) (local $a i32) (local $b i64) (local $c f32) (local $d f64) (local $sum i32) (local $v v128)
    (local.set $v (v128.const i32x4 1 2 3 4))
    (loop $next
      (local.set $list (struct.new $node (local.get $n) (local.get $list)))
      (call $wait (i32.add (local.get $a) (local.get $n)) (i64.add (local.get $b) (i64.const 0x1_0000_0000))
        (f32.add (local.get $c) (f32.const 0.5)) (f64.add (local.get $d) (f64.const 0.25)))
      (local.set $d) (local.set $c) (local.set $b) (local.set $a)
      (local.set $list (struct.new $node (call $one (local.get $n)) (local.get $list)))
      (local.set $v (i32x4.add (local.get $v) (local.get $v)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $add
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (struct.get $node 0 (local.get $list))))
      (br_if $add (i32.eqz (ref.is_null (local.tee $list (struct.get $node 1 (local.get $list)))))))
    (local.get $a) (local.get $b) (local.get $c) (local.get $d)
    (i32.add (local.get $sum) (i32x4.extract_lane 3 (local.get $v)))))"#;

type Many = (i32, i64, f32, f64);

/// A linker whose functions are pending so many times in each call.
fn linker(engine: &Engine, times: usize) -> Result<Linker<u32>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async(
        "host",
        "wait",
        move |mut caller: Caller<'_, u32>, values: Many| {
            Box::new(async move {
                *caller.data_mut() += 1;
                pending(times).await;
                *caller.data_mut() += 10;
                values
            })
        },
    )?;
    linker.func_wrap_async("host", "one", move |_: Caller<'_, u32>, (x,): (i32,)| {
        Box::new(async move {
            pending(times).await;
            Ok(x + 1)
        })
    })?;
    Ok(linker)
}

type Results = (i32, i64, f32, f64, i32);

#[test]
fn values_are_as_without_waiting() -> Result<()> {
    let mut all: Vec<Results> = Vec::new();
    for engine in engines() {
        let module = Module::new(&engine, LOOP)?;
        for times in [0, 1, 3] {
            let mut store = Store::new(&engine, 0);
            let linker = linker(&engine, times)?;
            let instance = run(linker.instantiate_async(&mut store, &module))?;
            let func = instance.get_typed_func::<i32, Results>(&mut store, "run")?;
            let (result, pending) = run_counted(func.call_async(&mut store, 7));
            assert_eq!(pending, 7 * 2 * times);
            all.push(result?);
            assert_eq!(*store.data(), 7 * 11);
            let result = run_on_threads(func.call_async(&mut store, 7))?;
            all.push(result);
        }
    }
    let (first, others) = all.split_first().unwrap();
    assert_eq!(first.0, (1..=7).sum::<i32>());
    assert!(others.iter().all(|other| other == first), "{all:?}");
    Ok(())
}

#[test]
fn calls_inside_of_calls_wait_too() -> Result<()> {
    let wat = r#"(module
      (import "host" "again" (func $again (param i32) (result i32)))
      (func (export "run") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.add (local.get 0) (call $again (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 1000)))))"#;
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "again", |mut caller: Caller<'_, ()>, (n,): (i32,)| {
            Box::new(async move {
                pending(1).await;
                let run = caller
                    .get_export("run")
                    .and_then(|item| item.into_func())
                    .unwrap();
                let run = run.typed::<i32, i32>(&caller)?;
                let result = run.call_async(&mut caller, n).await?;
                pending(1).await;
                Ok(result)
            })
        })?;
        let mut store = Store::new(&engine, ());
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, wat)?))?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        let (result, pending) = run_counted(func.call_async(&mut store, 5));
        assert_eq!((result?, pending), (1015, 10));
        assert_eq!(run_on_threads(func.call_async(&mut store, 3))?, 1006);
    }
    Ok(())
}

#[test]
fn functions_with_types_of_the_run_time_wait() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let ty = FuncType::new(
        &engine,
        [ValType::I32, ValType::F64],
        [ValType::F64, ValType::I32],
    );
    let func = Func::new_async(&mut store, ty, |_, params, results| {
        Box::new(async move {
            pending(2).await;
            results[0] = params[1];
            pending(1).await;
            results[1] = params[0];
            Ok(())
        })
    });
    let mut results = [Val::I32(0), Val::I32(0)];
    let params = [Val::I32(5), Val::F64(1.5f64.to_bits())];
    let (outcome, pending) = run_counted(func.call_async(&mut store, &params, &mut results));
    outcome?;
    assert_eq!(pending, 3);
    assert_eq!((results[0].unwrap_f64(), results[1].unwrap_i32()), (1.5, 5));
    Ok(())
}

/// Objects move while the program waits inside of it: host functions that wait allocate, and have handles.
#[test]
fn objects_are_found_wherever_the_program_waits() -> Result<()> {
    let wat = r#"(module
      (type $node (struct (field i32)))
      (import "host" "swap" (func $swap (param structref) (result structref)))
      (func (export "run") (param i32) (result i32)
        (local $kept (ref null $node))
        (local.set $kept (struct.new $node (i32.const 7)))
        (i32.add
          (struct.get $node 0 (ref.cast (ref $node) (call $swap (struct.new $node (local.get 0)))))
          (struct.get $node 0 (local.get $kept)))))"#;
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async(
            "host",
            "swap",
            |mut caller: Caller<'_, ()>, (object,): (Option<Rooted<StructRef>>,)| {
                Box::new(async move {
                    caller.gc_async(None).await?;
                    pending(1).await;
                    caller.gc(None)?;
                    let value = object.unwrap().field(&mut caller, 0)?.unwrap_i32();
                    pending(1).await;
                    assert_eq!(value, 30);
                    Ok(object)
                })
            },
        )?;
        let mut store = Store::new(&engine, ());
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, wat)?))?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        assert_eq!(run_on_threads(func.call_async(&mut store, 30))?, 37);
    }
    Ok(())
}

#[test]
fn start_functions_and_initializers_wait() -> Result<()> {
    let engine = Engine::default();
    let wat = r#"(module
      (import "host" "one" (func $one (param i32) (result i32)))
      (global $sum (mut i32) (i32.const 0))
      (func $start (global.set $sum (call $one (i32.const 10))))
      (start $start)
      (func (export "_initialize") (global.set $sum (i32.mul (global.get $sum) (call $one (i32.const 1)))))
      (func (export "sum") (result i32) (global.get $sum)))"#;
    let module = Module::new(&engine, wat)?;
    let mut store = Store::new(&engine, 0);
    let mut linker = linker(&engine, 2)?;
    let pre = linker.instantiate_pre(&module)?;
    let (instance, pending) = run_counted(pre.instantiate_async(&mut store));
    assert_eq!(pending, 2);
    let sum = instance?.get_typed_func::<(), i32>(&mut store, "sum")?;
    assert_eq!(run(sum.call_async(&mut store, ()))?, 11);
    let one = linker.get(&mut store, "host", "one")?;
    let instance = run(Instance::new_async(&mut store, &module, &[one]))?;
    assert!(instance.get_func(&mut store, "sum").is_some());
    let (outcome, pending) = run_counted(linker.module_async(&mut store, "m", &module));
    outcome?;
    assert_eq!(pending, 4);
    let sum = linker.get(&mut store, "m", "sum").unwrap().into_func().unwrap();
    let sum = sum.typed::<(), i32>(&store)?;
    assert_eq!(run(sum.call_async(&mut store, ()))?, 22);
    Ok(())
}

#[test]
fn commands_wait_in_instances_of_their_own() -> Result<()> {
    let engine = Engine::default();
    let wat = r#"(module
      (import "host" "one" (func $one (param i32) (result i32)))
      (global $sum (mut i32) (i32.const 5))
      (func (export "_start"))
      (func (export "next") (param i32) (result i32)
        (global.set $sum (i32.add (global.get $sum) (call $one (local.get 0)))) (global.get $sum)))"#;
    let mut store = Store::new(&engine, 0);
    let mut linker = linker(&engine, 1)?;
    run(linker.module_async(&mut store, "command", &Module::new(&engine, wat)?))?;
    let next = linker
        .get(&mut store, "command", "next")
        .unwrap()
        .into_func()
        .unwrap();
    let next = next.typed::<i32, i32>(&store)?;
    for _ in 0..3 {
        let (result, pending) = run_counted(next.call_async(&mut store, 3));
        assert_eq!((result?, pending), (9, 1));
    }
    Ok(())
}

/// Many stores wait at the same time; each is gone on with in turn.
#[test]
fn many_programs_wait_at_once() -> Result<()> {
    let engine = Engine::new(&Config::new())?;
    let module = Module::new(&engine, LOOP)?;
    let linker = linker(&engine, 1)?;
    let calls = (0..300).map(|index| {
        let (linker, module, engine) = (&linker, &module, &engine);
        async move {
            let mut store = Store::new(engine, 0);
            let instance = linker.instantiate_async(&mut store, module).await?;
            let func = instance.get_typed_func::<i32, Results>(&mut store, "run")?;
            func.call_async(&mut store, 1 + index % 5).await
        }
    });
    let mut waiting: Vec<_> = calls.map(Box::pin).collect();
    let mut done = Vec::new();
    while !waiting.is_empty() {
        waiting.retain_mut(|call| match crate::executor::poll_once(call.as_mut()) {
            std::task::Poll::Ready(result) => {
                done.push(result);
                false
            }
            std::task::Poll::Pending => true,
        });
    }
    let mut sums: Vec<i32> = done
        .into_iter()
        .map(|result| result.map(|values| values.0))
        .collect::<Result<_>>()?;
    sums.sort_unstable();
    let expected = [1, 3, 6, 10, 15].into_iter().flat_map(|sum| [sum; 60]);
    assert!(sums.into_iter().eq(expected));
    Ok(())
}
