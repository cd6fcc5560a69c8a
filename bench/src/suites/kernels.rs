//! Programs that compute, compiled before the clock starts.

use super::engine::{Config, Engine, Instance, Module, Store, TypedFunc};
use crate::files::{KERNELS, Kernel};
use crate::measure::{Case, Sample, Target, Unit, thread_seconds};
use anyhow::Result;

enum Run {
    Narrow(TypedFunc<i32, i32>),
    Wide(TypedFunc<i32, i64>),
}

pub fn cases(epoch: bool) -> Result<Vec<Case>> {
    KERNELS.iter().map(|kernel| case(kernel, epoch)).collect()
}

fn case(kernel: &'static Kernel, epoch: bool) -> Result<Case> {
    let mut config = Config::new();
    config.epoch_interruption(epoch);
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    if epoch {
        store.set_epoch_deadline(1 << 40);
    }
    let module = Module::new(&engine, kernel.binary)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = if kernel.wide {
        Run::Wide(instance.get_typed_func(&mut store, "run")?)
    } else {
        Run::Narrow(instance.get_typed_func(&mut store, "run")?)
    };
    Ok(Case::new(kernel.name, Unit::Milliseconds, Target::Level(0.97), move |quick| {
        let n = if quick { 1 + kernel.n / 10 } else { kernel.n };
        let start = thread_seconds();
        let check = match &run {
            Run::Narrow(run) => run.call(&mut store, n)? as u64,
            Run::Wide(run) => run.call(&mut store, n)? as u64,
        };
        Ok(Sample { value: (thread_seconds() - start) * 1e3, check })
    }))
}
