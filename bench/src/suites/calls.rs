//! Calls across every boundary. Inside WebAssembly a loop makes them, and a row's value is the time of one turn of
//! the loop; what the loop itself takes is the first row. Neither engine inlines.

use super::engine::{
    Caller, Config, Engine, Func, FuncType, Instance, Module, Store, TypedFunc, Val, ValType,
};
use crate::measure::{Case, Sample, Target, Unit, thread_seconds};
use anyhow::Result;

const LOOPS: &str = r#"
    (module
      (rec (type $open (sub (func (param i32) (result i32)))))
      (rec (type $special (sub $open (func (param i32) (result i32)))))
      (rec (type $more_special (sub $special (func (param i32) (result i32)))))
      (type $final (func (param i32) (result i32)))
      (import "" "wrapped" (func $wrapped (type $final)))
      (import "" "with caller" (func $with_caller (type $final)))
      (import "" "untyped" (func $untyped (type $final)))
      (import "" "other" (func $other (type $final)))
      (table $table 8 8 funcref)
      (table $typed 8 8 (ref null $final))
      (elem (table $table) (i32.const 0) func $of_final $of_open $of_special $of_more_special)
      (elem (table $typed) (i32.const 0) (ref null $final) (ref.func $of_final))
      (elem declare func $of_final)

      (func $of_final (type $final) (i32.add (local.get 0) (i32.const 3)))
      (func $of_open (type $open) (i32.add (local.get 0) (i32.const 3)))
      (func $of_special (type $special) (i32.add (local.get 0) (i32.const 3)))
      (func $of_more_special (type $more_special) (i32.add (local.get 0) (i32.const 3)))

      (func (export "add") (type $final) (i32.add (local.get 0) (i32.const 3)))
      LOOPS)
"#;

/// Name of a row, its target, how often it is called less than a million times, and what a turn of the loop does
/// with `$x`.
const BODIES: &[(&str, Target, i32, &str)] = &[
    ("loop alone", Target::None, 10, "(local.set $x (i32.add (local.get $x) (i32.const 3)))"),
    ("direct call", Target::Level(0.97), 10, "(local.set $x (call $of_final (local.get $x)))"),
    (
        "call_indirect, exact final type",
        Target::Level(0.97),
        10,
        "(local.set $x (call_indirect $table (type $final) (local.get $x) (local.get $zero)))",
    ),
    (
        "call_indirect, exact open type",
        Target::Times(1.3, "call_indirect, exact final type"),
        10,
        "(local.set $x (call_indirect $table (type $open) (local.get $x) (i32.add (local.get $zero) (i32.const 1))))",
    ),
    (
        "call_indirect, subtype",
        Target::Times(1.3, "call_indirect, exact final type"),
        10,
        "(local.set $x (call_indirect $table (type $open) (local.get $x) (i32.add (local.get $zero) (i32.const 2))))",
    ),
    (
        "call_indirect, subtype of a subtype",
        Target::Times(1.3, "call_indirect, exact final type"),
        10,
        "(local.set $x (call_indirect $table (type $special) (local.get $x) (i32.add (local.get $zero) (i32.const 3))))",
    ),
    (
        "call_indirect, typed table",
        Target::Level(0.97),
        10,
        "(local.set $x (call_indirect $typed (type $final) (local.get $x) (local.get $zero)))",
    ),
    ("call_ref", Target::Level(0.97), 10, "(local.set $x (call_ref $final (local.get $x) (local.get $reference)))"),
    ("other instance's function", Target::Level(0.97), 10, "(local.set $x (call $other (local.get $x)))"),
    ("wasm to Func::wrap", Target::AtMost(3.0), 5, "(local.set $x (call $wrapped (local.get $x)))"),
    ("wasm to Func::wrap, Caller", Target::AtMost(3.0), 5, "(local.set $x (call $with_caller (local.get $x)))"),
    ("wasm to Func::new", Target::Level(1.0), 1, "(local.set $x (call $untyped (local.get $x)))"),
];

fn module_text() -> String {
    let loops: String = BODIES
        .iter()
        .map(|(name, _, _, body)| {
            format!(
                r#"(func (export "{name}") (param $n i32) (param $zero i32) (result i32)
                     (local $x i32) (local $reference (ref null $final))
                     (local.set $reference (ref.func $of_final))
                     (loop $again
                       {body}
                       (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                     (local.get $x))
                "#
            )
        })
        .collect();
    LOOPS.replace("LOOPS", &loops)
}

/// A store with an instance that has the loops; each case has one to itself.
struct Program {
    store: Store<i32>,
    instance: Instance,
}

fn program(engine: &Engine, module: &Module, other: &Module) -> Result<Program> {
    let mut store = Store::new(engine, 3);
    let ty = FuncType::new(engine, [ValType::I32], [ValType::I32]);
    let wrapped = Func::wrap(&mut store, |x: i32| x.wrapping_add(3));
    let with_caller =
        Func::wrap(&mut store, |caller: Caller<'_, i32>, x: i32| x.wrapping_add(*caller.data()));
    let untyped = Func::new(&mut store, ty, |_, params, results| {
        results[0] = Val::I32(params[0].unwrap_i32().wrapping_add(3));
        Ok(())
    });
    let other = Instance::new(&mut store, other, &[])?;
    let other = other.get_func(&mut store, "add").expect("the module exports it");
    let imports = [wrapped.into(), with_caller.into(), untyped.into(), other.into()];
    let instance = Instance::new(&mut store, module, &imports)?;
    Ok(Program { store, instance })
}

pub fn cases() -> Result<Vec<Case>> {
    let mut config = Config::new();
    config.wasm_gc(true);
    config.wasm_function_references(true);
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, wat::parse_str(module_text())?)?;
    let other = wat::parse_str(r#"(module (func (export "add") (param i32) (result i32)
        (i32.add (local.get 0) (i32.const 3))))"#)?;
    let other = Module::new(&engine, other)?;
    let mut cases = vec![
        typed_case(program(&engine, &module, &other)?)?,
        untyped_case(program(&engine, &module, &other)?)?,
    ];
    for &(name, target, millions, _) in BODIES {
        let Program { mut store, instance } = program(&engine, &module, &other)?;
        let run: TypedFunc<(i32, i32), i32> = instance.get_typed_func(&mut store, name)?;
        cases.push(Case::new(name, Unit::Nanoseconds, target, move |quick| {
            let count = millions * if quick { 100_000 } else { 1_000_000 };
            let start = thread_seconds();
            let check = run.call(&mut store, (count, 0))? as u64;
            Ok(Sample { value: (thread_seconds() - start) * 1e9 / f64::from(count), check })
        }));
    }
    Ok(cases)
}

fn typed_case(program: Program) -> Result<Case> {
    let Program { mut store, instance } = program;
    let add: TypedFunc<i32, i32> = instance.get_typed_func(&mut store, "add")?;
    Ok(Case::new("TypedFunc::call", Unit::Nanoseconds, Target::AtMost(8.0), move |quick| {
        let count = if quick { 100_000 } else { 3_000_000 };
        let start = thread_seconds();
        let mut x = 0;
        for _ in 0..count {
            x = add.call(&mut store, x)?;
        }
        Ok(Sample { value: (thread_seconds() - start) * 1e9 / f64::from(count), check: x as u64 })
    }))
}

fn untyped_case(program: Program) -> Result<Case> {
    let Program { mut store, instance } = program;
    let add = instance.get_func(&mut store, "add").expect("the module exports it");
    Ok(Case::new("Func::call", Unit::Nanoseconds, Target::AtMost(40.0), move |quick| {
        let count = if quick { 50_000 } else { 500_000 };
        let start = thread_seconds();
        let mut values = [Val::I32(0)];
        for _ in 0..count {
            let params = [values[0].clone()];
            add.call(&mut store, &params, &mut values)?;
        }
        let x = values[0].unwrap_i32();
        Ok(Sample { value: (thread_seconds() - start) * 1e9 / f64::from(count), check: x as u64 })
    }))
}
