//! How wasmi is set. What is not named here is as it is by default.

use super::engine::{CompilationMode, Config, Engine, FuncType, Instance, Linker, Module, Store, ValType};
use anyhow::{Result, bail};
use transom_bench_protocol::{Case, Job, Limits, Report, Tier};

/// The engine for a job.
pub fn engine(_: &str, job: &Job, limits: Limits) -> Result<Engine> {
    let mut config = Config::default();
    config.consume_fuel(limits == Limits::Fuel);
    match (limits, job.tier) {
        (Limits::Interruptible, _) => bail!("it can't be stopped from another thread, except by fuel"),
        (_, Tier::Optimising) => bail!("wasmi is an interpreter"),
        (_, Tier::Quickest) if job.threads > 1 => bail!("it translates on one thread"),
        // Each function when it is called first, as it is without being asked.
        (_, Tier::Default) => {}
        (_, Tier::Quickest) => {
            config.compilation_mode(CompilationMode::Eager);
        }
    }
    Ok(Engine::new(&config))
}

/// Sets the store's limits: none that is reached.
pub fn limit<T>(store: &mut Store<T>, limits: Limits) -> Result<()> {
    if limits == Limits::Fuel {
        store.set_fuel(1 << 60)?;
    }
    Ok(())
}

/// The type `[i32] -> [i32]`.
pub fn i32_to_i32(_: &Engine) -> FuncType {
    FuncType::new([ValType::I32], [ValType::I32])
}

/// A module with its imports.
pub type Prepared = (Linker<()>, Module);

/// Links a module, as far as that can be done once for all instances.
pub fn prepare(linker: Linker<()>, module: &Module) -> Result<Prepared> {
    Ok((linker, module.clone()))
}

/// Makes an instance.
pub fn instantiate((linker, module): &Prepared, store: &mut Store<()>) -> Result<Instance> {
    Ok(linker.instantiate_and_start(store, module)?)
}

/// A case of the suite `calls` at the edges of the interface.
pub fn edges(_: &str, _: &Job, _: &Case) -> Result<Report> {
    bail!("it has neither unchecked nor asynchronous calls")
}

/// A case of the suite `wasi`.
pub fn wasi(_: &str, _: &Job, _: &Case) -> Result<Report> {
    bail!("the benchmark has no host for it")
}

/// A case of the suite `components`.
pub fn components(_: &str, _: &Job, _: &Case) -> Result<Report> {
    bail!("it has no components")
}
