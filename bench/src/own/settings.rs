//! How Transom is set. What is not named here is as it is by default.

use super::engine::{
    Config, Engine, FuncType, Instance, InstancePre, Linker, Module, OptLevel, Store, ValType,
};
use anyhow::Result;
use transom_bench_protocol::{Job, Limits, Tier};

/// The engine for a job.
pub fn engine(_: &str, job: &Job, limits: Limits) -> Result<Engine> {
    let mut config = Config::new();
    config.parallel_compilation(job.threads > 1);
    config.epoch_interruption(limits == Limits::Interruptible);
    config.consume_fuel(limits == Limits::Fuel);
    if job.tier == Tier::Quickest {
        // There is no baseline compiler yet: this is what is done first.
        config.cranelift_opt_level(OptLevel::None);
    }
    Ok(Engine::new(&config)?)
}

/// Sets the store's limits: none that is reached.
pub fn limit<T>(store: &mut Store<T>, limits: Limits) -> Result<()> {
    match limits {
        Limits::Default => {}
        Limits::Interruptible => store.set_epoch_deadline(1 << 40),
        Limits::Fuel => store.set_fuel(1 << 60)?,
    }
    Ok(())
}

/// The type `[i32] -> [i32]`.
pub fn i32_to_i32(engine: &Engine) -> FuncType {
    FuncType::new(engine, [ValType::I32], [ValType::I32])
}

/// A module with its imports.
pub type Prepared = InstancePre<()>;

/// Links a module, as far as that can be done once for all instances.
pub fn prepare(linker: Linker<()>, module: &Module) -> Result<Prepared> {
    Ok(linker.instantiate_pre(module)?)
}

/// Makes an instance.
pub fn instantiate(prepared: &Prepared, store: &mut Store<()>) -> Result<Instance> {
    Ok(prepared.instantiate(store)?)
}
