//! Components: calls across their boundaries, and instances of a composition.

use super::engine::component::{Component, InstancePre, Linker, TypedFunc};
use super::engine::{Engine, Store};
use super::settings;
use anyhow::{Result, bail};
use transom_bench_protocol::{Called, Case, Job, Limits, Report};

/// Measures the case.
pub fn run(name: &str, job: &Job, case: &Case) -> Result<Report> {
    let engine = settings::engine(name, job, Limits::Default)?;
    let mut linker: Linker<()> = Linker::new(&engine);
    linker
        .root()
        .func_wrap("host-add", |_, (a, b): (u32, u32)| Ok((a.wrapping_add(b),)))?;
    let component = Component::new(&engine, &std::fs::read(&case.module)?)?;
    let made = linker.instantiate_pre(&component)?;
    let mut called = Called::default();
    if case.name == "instances" {
        for _ in 0..case.times {
            called.time_each(case.count, || instances(&engine, &made, case.count))?;
        }
        return Ok(called.into());
    }
    let mut store = Store::new(&engine, ());
    let instance = made.instantiate(&mut store)?;
    for _ in 0..case.times {
        called.time_each(case.count, || match case.name.as_str() {
            "host to component" => {
                let add = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "add")?;
                let mut x = 0;
                for _ in 0..case.count {
                    (x,) = add.call(&mut store, (x, 3))?;
                }
                Ok(x as i32)
            }
            "host to component, a list of bytes" => {
                let bytes = instance.get_typed_func::<(&[u8],), (u32,)>(&mut store, "bytes")?;
                let list = vec![97; 1 << 20];
                let mut x = 0_u32;
                for _ in 0..case.count {
                    x = x.wrapping_add(bytes.call(&mut store, (&list,))?.0);
                }
                Ok(x as i32)
            }
            "host to component, a string" => {
                let text = instance.get_typed_func::<(&str,), (u32,)>(&mut store, "text")?;
                let string = "a".repeat(1024);
                let mut x = 0_u32;
                for _ in 0..case.count {
                    x = x.wrapping_add(text.call(&mut store, (&string,))?.0);
                }
                Ok(x as i32)
            }
            export => {
                let run: TypedFunc<(u32,), (u32,)> = instance.get_typed_func(&mut store, export)?;
                Ok(run.call(&mut store, (case.count as u32,))?.0 as i32)
            }
        })?;
    }
    if called.results.is_empty() {
        bail!("nothing was called");
    }
    Ok(called.into())
}

/// Makes a store and an instance, and ends them, so many times.
fn instances(engine: &Engine, made: &InstancePre<()>, count: u64) -> Result<i32> {
    let mut sum = 0;
    for _ in 0..count {
        let mut store = Store::new(engine, ());
        let instance = made.instantiate(&mut store)?;
        let f = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "f")?;
        sum += f.call(&mut store, (7,))?.0 as i32;
    }
    Ok(sum)
}
