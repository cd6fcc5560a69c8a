//! The modules that scripts import from: `spectest` for those of the specification, `wasmtime` for Wasmtime's.
//!
//! The functions are the host's; the rest is a module like any other, which needs nothing from the host's API.

use transom::{Caller, Engine, Linker, Module, Result, Store};

/// What every script may import.
const CORE: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (memory (export "memory") 1 2))"#;

/// What scripts of some features import. An engine without the feature refuses the module, and no script
/// that it can run will ask for it.
const BY_FEATURE: [&str; 2] = [
    r#"(module (table (export "table64") i64 10 20 funcref))"#,
    r#"(module (memory (export "shared_memory") 1 2 shared))"#,
];

/// Defines `spectest`, and `gc` of `wasmtime`.
pub(crate) fn define(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<()> {
    linker.func_wrap("spectest", "print", || {})?;
    linker.func_wrap("spectest", "print_i32", |_: i32| {})?;
    linker.func_wrap("spectest", "print_i64", |_: i64| {})?;
    linker.func_wrap("spectest", "print_f32", |_: f32| {})?;
    linker.func_wrap("spectest", "print_f64", |_: f64| {})?;
    linker.func_wrap("spectest", "print_i32_f32", |_: i32, _: f32| {})?;
    linker.func_wrap("spectest", "print_f64_f64", |_: f64, _: f64| {})?;
    linker.func_wrap("wasmtime", "gc", |mut caller: Caller<'_, ()>| caller.gc(None))?;
    let core = module(store.engine(), CORE)?;
    provide(linker, store, &core)?;
    for text in BY_FEATURE {
        let module = module(store.engine(), text);
        let _ = module.and_then(|module| provide(linker, store, &module));
    }
    Ok(())
}

fn module(engine: &Engine, text: &str) -> Result<Module> {
    let buffer = wast::parser::ParseBuffer::new(text)?;
    Module::new(
        engine,
        transom::encode_wat(&mut wast::parser::parse::<wast::Wat<'_>>(&buffer)?)?,
    )
}

fn provide(linker: &mut Linker<()>, store: &mut Store<()>, module: &Module) -> Result<()> {
    let instance = linker.instantiate(&mut *store, module)?;
    linker.instance(store, "spectest", instance)?;
    Ok(())
}
