//! What is the same in Transom and Wasmtime, and not in wasmi.

use super::engine::{Engine, FuncType, Instance, InstancePre, Linker, Module, Store, ValType};
use anyhow::Result;
use transom_bench_protocol::Limits;

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
