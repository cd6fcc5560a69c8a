//! The names of a module's `name` section are there wherever a person reads about what happened.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

const TEXT: &str = r#"(module $shop
    (import "host" "fail" (func $fail))
    (type $t (func))
    (table $shelf 2 funcref)
    (memory $stock 1)
    (func $trap (unreachable))
    (func $fault (drop (i64.load (i32.const 65530))))
    (func $divide (drop (i32.div_s (i32.const 1) (i32.const 0))))
    (func $fill (memory.fill (i32.const 65530) (i32.const 0) (i32.const 9)))
    (func $get (drop (table.get $shelf (i32.const 2))))
    (func $indirect (call_indirect $shelf (type $t) (i32.const 1)))
    (func $unaligned (drop (i32.atomic.load (i32.const 2))))
    (func $wait (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
    (func $recurse (call $recurse))
    (func $loop (loop $again (br $again)))
    (func $host (call $fail))
    (func $run (export "run") (param $which i32)
        (block $11 (block $10 (block $9 (block $8 (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1
            (br_table $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 (local.get $which)))
            (call $trap)) (call $fault)) (call $divide)) (call $fill)) (call $get)) (call $indirect))
            (call $unaligned)) (call $wait)) (call $recurse)) (call $loop)) (call $host)))"#;

const CULPRITS: [&str; 11] = [
    "trap",
    "fault",
    "divide",
    "fill",
    "get",
    "indirect",
    "unaligned",
    "wait",
    "recurse",
    "loop",
    "host",
];

#[test]
fn frames_have_names_however_a_program_ends() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, TEXT)?;
    let mut store = Store::new(&engine, ());
    let fail = Func::wrap(&mut store, || -> Result<()> { bail!("on purpose") });
    let instance = Instance::new(&mut store, &module, &[fail.into()])?;
    for (which, culprit) in CULPRITS.into_iter().enumerate() {
        // Only the loop lives long enough to meet its deadline.
        store.set_epoch_deadline(if culprit == "loop" { 0 } else { 1 << 40 });
        let error = match call(&mut store, instance, "run", &[Val::I32(which as i32)]) {
            Ok(_) => bail!("{culprit} ended well"),
            Err(error) => error,
        };
        let trace = error.downcast_ref::<WasmBacktrace>().context("a backtrace")?;
        let name = |frame: &FrameInfo| {
            (
                frame.module_name().map(str::to_owned),
                frame.func_name().map(str::to_owned),
            )
        };
        let named = |function: &str| (Some("shop".to_owned()), Some(function.to_owned()));
        let innermost = trace.frames().first().map(name);
        // The loop may be stopped as it is called.
        let stopped = culprit == "loop" && innermost == Some(named("run"));
        assert!(stopped || innermost == Some(named(culprit)), "{culprit}: {trace}");
        if !matches!(culprit, "recurse" | "loop") {
            assert_eq!(
                trace.frames().get(1).map(name),
                Some(named("run")),
                "{culprit}: {trace}"
            );
        }
        let text = format!("{error:?}");
        assert!(stopped || text.contains(&format!("shop!{culprit}")), "{text}");
    }
    Ok(())
}

#[test]
fn tables_are_named_in_what_is_said_of_their_elements() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module (type $t (func)) (table 1 funcref) (table $shelf 2 funcref) (table $long i64 3 funcref)
            (func (export "other") (call_indirect $shelf (type $t) (i32.const 1)))
            (elem (table $shelf) (i32.const 1) func $other) (func $other (param i32))
            (func (export "beyond") (call_indirect 0 (type $t) (i32.const 1)))
            (func (export "get") (drop (table.get $long (i64.const 3)))))"#,
    )?;
    let mut said = |name: &str| match call(&mut store, instance, name, &[]) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    let other = said("other");
    assert!(
        other.contains("element 1 of table 1 ($shelf) is function 1 ($other)"),
        "{other}"
    );
    let beyond = said("beyond");
    assert!(beyond.contains("element 1 of table 0, which has 1"), "{beyond}");
    let get = said("get");
    assert!(get.contains("element 3 of table 2 ($long), which has 3"), "{get}");
    Ok(())
}
