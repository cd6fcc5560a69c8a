//! Programs that are asked to stop, and go on.

#[path = "support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use support::{call, config_of, engine_of, in_tiers, trap};
use transom::*;

/// A loop that keeps more values alive than there are registers: sixteen integers, floats and vectors each.
fn crowded_loop() -> String {
    let each = |line: &dyn Fn(usize) -> String| (0..16).map(line).collect::<String>();
    let locals = each(&|i| format!("(local $i{i} i64) (local $f{i} f64) (local $v{i} v128)\n"));
    let begin = each(&|i| {
        format!(
            "(local.set $i{i} (i64.const {i})) (local.set $f{i} (f64.const {i}.5))
             (local.set $v{i} (i32x4.splat (i32.const {i})))\n"
        )
    });
    let step = each(&|i| {
        let next = (i + 1) % 16;
        format!(
            "(local.set $i{i} (i64.add (i64.mul (local.get $i{i}) (i64.const 31)) (local.get $i{next})))
             (local.set $f{i} (f64.add (f64.mul (local.get $f{i}) (f64.const 0.5)) (local.get $f{next})))
             (local.set $v{i} (i32x4.add (i32x4.mul (local.get $v{i}) (local.get $v{next})) (local.get $v{i})))\n"
        )
    });
    let sum = each(&|i| {
        format!(
            "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 7)) (i64.add (local.get $i{i})
               (i64.add (i64.reinterpret_f64 (local.get $f{i})) (i64x2.extract_lane 1 (local.get $v{i}))))))\n"
        )
    });
    format!(
        r#"(module (func (export "run") (param $n i32) (result i64) (local $sum i64) {locals} {begin}
             (loop $again {step}
               (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
             {sum} (local.get $sum)))"#
    )
}

fn a_program_that_goes_on_has_lost_nothing(tiers: Tiers) -> Result<()> {
    const TURNS: i32 = 300_000;
    let engine = engine_of(tiers)?;
    let module = Module::new(&engine, crowded_loop())?;
    let run = |store: &mut Store<u64>| -> Result<i64> {
        let instance = Instance::new(&mut *store, &module, &[])?;
        instance
            .get_typed_func::<i32, i64>(&mut *store, "run")?
            .call(store, TURNS)
    };
    let expected = run(&mut Store::new(&engine, 0))?;

    let mut store = Store::new(&engine, 0);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        // Whatever the host does with its registers, the program has its own back.
        std::hint::black_box((0..64).map(f64::from).map(f64::sqrt).sum::<f64>());
        Ok(UpdateDeadline::Continue(1))
    });
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| -> Result<()> {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                engine.increment_epoch();
                std::thread::yield_now();
            }
        });
        // Until the program was asked often enough for the test to mean something.
        while *store.data() < 100 {
            let sum = run(&mut store);
            if sum.as_ref().ok() != Some(&expected) {
                over.store(true, Ordering::Relaxed);
                assert_eq!(sum?, expected);
            }
        }
        over.store(true, Ordering::Relaxed);
        Ok(())
    })
}

fn loops_and_recursion_are_interrupted(tiers: Tiers) -> Result<()> {
    let engine = Engine::new(config_of(tiers).max_wasm_stack(1 << 20))?;
    let module = Module::new(
        &engine,
        r#"(module
             (func (export "loop") (loop $again (br $again)))
             (func (export "loop in loop") (local i32)
               (loop $again
                 (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                 (block (loop $once (br_if $once (i32.const 0))))
                 (br $again)))
             (func (export "three loops") (local i32)
               (loop $again (loop $and_again (loop (nop)) (br_if $again (local.tee 0 (i32.const 1))) (br $and_again))))
             (func (export "loop that may be left out") (local i32)
               (loop $again (block $out (br_if $out (i32.const 1)) (loop)) (br $again)))
             (func (export "loop of calls") (loop $again (call $large) (br $again)))
             (func (export "loop of small functions") (loop $again (call $small) (br $again)))
             (func (export "loop of leaves") (loop $again (call $leaf) (br $again)))
             (func (export "call that may be left out")
               (loop $again (block $out (br_if $out (i32.const 1)) (call $large)) (br $again)))
             (func $small (call $leaf))
             (func $leaf NOPS)
             (func $large (call $leaf) NOPS)
             (func $tail (export "tail call") (call $nothing) (return_call $tail))
             (func $nothing))"#
            // Longer than what is inlined.
            .replace("NOPS", &"(nop)".repeat(40)),
    )?;
    for export in [
        "loop",
        "loop in loop",
        "three loops",
        "loop that may be left out",
        "loop of calls",
        "loop of small functions",
        "loop of leaves",
        "call that may be left out",
        "tail call",
    ] {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func::<(), ()>(&mut store, export)?;
        let handle = store.interrupt_handle();
        let interrupter = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            handle.interrupt();
        });
        let error = run
            .call(&mut store, ())
            .expect_err("the program never ends by itself");
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt), "{export}");
        interrupter.join().expect("the thread does not panic");
    }
    Ok(())
}

/// Loops without end, of every shape: `$n` counts turns where a shape needs a number, and `$x` is 5.
const SHAPES: &[(&str, &str)] = &[
    ("empty", "(loop $again (br $again))"),
    ("conditional", "(loop $again (br_if $again (i32.const 1)))"),
    ("counting", "(loop $again (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $again))"),
    (
        "below operands",
        "(i64.const 1) (local.get $x) (i64.mul (local.get $x) (local.get $x)) (f64.convert_i64_s (local.get $x))
         (loop $again (br_if $again (i32.ge_s (local.get $n) (i32.const 0)))) (drop) (drop) (drop) (drop)",
    ),
    (
        "with parameters",
        "(i64.const 1) (local.get $x) (loop $again (param i64 i64) (local.set $x) (local.get $x) (br $again))",
    ),
    (
        "with a parameter and a float",
        "(f64.const 1) (loop $again (param f64) (f64.add (f64.const 1)) (br $again))",
    ),
    ("by a table", "(loop $again (br_table $again $again (local.get $n)))"),
    ("by arms", "(loop $again (if (local.get $n) (then (br $again)) (else (br $again))))"),
    ("in a block", "(loop $again (block $on (br_if $on (i32.const 1)) (return)) (br $again))"),
    (
        "in a loop that is left",
        "(loop $outer (local.set $n (i32.const 9))
           (loop $inner (br_if $inner (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
           (br $outer))",
    ),
    (
        "the innermost of three",
        "(loop (loop (loop $again (br_if $again (i32.eqz (local.get $n)))) (br 0)) (br 0))",
    ),
    (
        "the outermost of three",
        "(loop $again (loop (loop (br_if 0 (local.get $n)))) (br $again))",
    ),
    ("of calls", "(loop $again (call $leaf) (br $again))"),
    ("of indirect calls", "(loop $again (call_indirect (i32.const 0)) (br $again))"),
    ("of calls of the host", "(loop $again (call $host) (br $again))"),
    (
        "of calls that are left out",
        "(loop $again (if (local.get $n) (then (call $leaf))) (br $again))",
    ),
    (
        "of exceptions",
        "(loop $again (block $caught (try_table (catch_all $caught) (throw $tag))) (br $again))",
    ),
    (
        "of exceptions of others",
        "(loop $again (block $caught (try_table (catch_all $caught) (call $throw))) (br $again))",
    ),
    ("around a catch", "(loop $again (try_table (catch_all $again) (throw $tag)))"),
    ("of loads", "(loop $again (drop (i32.load (local.get $n))) (br $again))"),
    (
        "on null",
        "(loop $again (drop (br_on_null $again (ref.null func))) (unreachable))",
    ),
    ("of recursion", "(call $tail)"),
    ("of mutual recursion", "(call $even (i32.const 0))"),
];

/// Whatever a loop looks like, an interrupt and an epoch end it; and the backtrace has its function.
fn loops_of_every_shape_are_interrupted(tiers: Tiers) -> Result<()> {
    let functions: String = SHAPES
        .iter()
        .map(|(name, body)| {
            format!(
                r#"(func (export "{name}") (param $n i32) (local $x i64) (local.set $x (i64.const 5)) {body})"#
            )
        })
        .collect();
    let text = format!(
        r#"(module (import "" "host" (func $host)) (memory 1) (table funcref (elem $leaf)) (tag $tag)
             (func $leaf) (func $throw (throw $tag))
             (func $tail (return_call $tail))
             (func $even (param i32) (return_call $odd (local.get 0)))
             (func $odd (param i32) (return_call_ref $t (local.get 0) (ref.func $even)))
             (type $t (func (param i32))) (elem declare func $even)
             {functions})"#
    );
    let engine = engine_of(tiers)?;
    let module = Module::new(&engine, text)?;
    for (index, (name, _)) in SHAPES.iter().enumerate() {
        let mut store = Store::new(&engine, ());
        let host = Func::wrap(&mut store, || ());
        let instance = Instance::new(&mut store, &module, &[host.into()])?;
        let by_epoch = index % 2 == 0;
        let handle = store.interrupt_handle();
        store.set_epoch_deadline(1);
        let ticker = engine.clone();
        let interrupter = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(3));
            match by_epoch {
                true => ticker.increment_epoch(),
                false => handle.interrupt(),
            }
        });
        let error = call(&mut store, instance, name, &[Val::I32(0)]).expect_err("it has no end");
        assert_eq!(trap(&error), Some(Trap::Interrupt), "{name}: {error:?}");
        let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
        let outermost = trace.frames().last().map(FrameInfo::func_index);
        assert_eq!(outermost, Some(6 + index as u32), "{name}: {error:?}");
        interrupter.join().expect("the thread does not panic");
    }
    Ok(())
}

/// A callback that panics is called again at the next deadline.
fn a_callback_that_panics_is_kept(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let module = Module::new(
        &engine,
        r#"(module (func (export "f") (param i32)
            (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
    )?;
    let mut store = Store::new(&engine, 0);
    let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, ()>(&mut store, "f")?;
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        assert!(*store.data() != 1, "on purpose");
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(0);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f.call(&mut store, 9)));
    assert!(panicked.is_err() && *store.data() == 1);
    store.set_epoch_deadline(0);
    f.call(&mut store, 9)?;
    assert_eq!(*store.data(), 2);
    Ok(())
}

in_tiers!(
    a_program_that_goes_on_has_lost_nothing,
    loops_and_recursion_are_interrupted,
    loops_of_every_shape_are_interrupted,
    a_callback_that_panics_is_kept
);
