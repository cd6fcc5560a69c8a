//! A fresh store and instance of a module that is known, and their end.

use super::engine::{Config, Engine, InstancePre, Linker, Module, Store};
use crate::measure::{Case, Sample, Target, Unit, thread_seconds};
use anyhow::Result;

const WITH_MEMORY: &str = r#"
    (module
      (import "host" "note" (func $note (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 1024) "what a program has to say when it begins")
      (table 4 funcref)
      (elem (i32.const 0) func $add $double $touch)
      (global $count (mut i32) (i32.const 0))
      (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
      (func $touch (param i32) (call $note (local.get 0)))
      (func (export "run") (param i32) (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (call $add (call $double (local.get 0)) (i32.load8_u (i32.const 1024)))))
"#;

const WITHOUT_MEMORY: &str = r#"
    (module
      (import "host" "note" (func $note (param i32)))
      (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
      (func $touch (param i32) (call $note (local.get 0)))
      (func (export "run") (param i32) (result i32)
        (i32.add (call $double (local.get 0)) (i32.const 119))))
"#;

pub fn cases() -> Result<Vec<Case>> {
    let engine = Engine::new(&Config::new())?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "note", |_: i32| {})?;
    let pre = |text: &str| -> Result<InstancePre<()>> {
        Ok(linker.instantiate_pre(&Module::new(&engine, wat::parse_str(text)?)?)?)
    };
    let (small, tiny) = (pre(WITH_MEMORY)?, pre(WITHOUT_MEMORY)?);
    let target = Target::AtMost(5.0);
    let mut cases = Vec::new();
    for (what, pre, call) in [
        ("store alone", None, false),
        ("no memory", Some(&tiny), false),
        ("memory and table", Some(&small), false),
        ("memory and table, and a call", Some(&small), true),
    ] {
        let (engine, pre) = (engine.clone(), pre.cloned());
        cases.push(Case::new(what, Unit::Microseconds, target, move |quick| {
            measure(&engine, pre.as_ref(), call, if quick { 200 } else { 5000 })
        }));
    }
    Ok(cases)
}

fn measure(engine: &Engine, pre: Option<&InstancePre<()>>, call: bool, count: u64) -> Result<Sample> {
    let start = thread_seconds();
    let mut check = 0;
    for _ in 0..count {
        let mut store = Store::new(engine, ());
        let Some(pre) = pre else { continue };
        let instance = pre.instantiate(&mut store)?;
        if call {
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            check += run.call(&mut store, 7)? as u64;
        }
    }
    Ok(Sample { value: (thread_seconds() - start) * 1e6 / count as f64, check })
}
