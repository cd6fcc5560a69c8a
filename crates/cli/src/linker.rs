//! What a module is linked to, WASI and preloaded modules, and the steps from its imports to its instance.
//!
//! A module is compiled only if all of its imports are there.

mod unlinked;

use crate::args::{Limits, Run};
use crate::failure::Failure;
use crate::world::World;
use crate::{call, entry, input, report};
use std::path::Path;
use transom::{Escaped, Instance, Linker, Module, ParsedModule, Store};

/// What the program may import: WASI, and the exports of preloaded modules.
pub fn linker(store: &mut Store<World>, args: &Run) -> Result<Linker<World>, Failure> {
    let mut linker = Linker::new(store.engine());
    transom_wasi::add_to_linker(&mut linker, |world: &mut World| &mut world.wasi)?;
    for (name, file) in &args.preloads {
        let module = input::parsed_module(store.engine(), file)?;
        let initialize = entry::initialize(&module, file)?;
        let module = compile(store, &linker, module, file, args.all_imports)?;
        let instance = instantiate(store, &linker, &module, file, &args.limits)?;
        linker.instance(&mut *store, name, instance).map_err(|error| {
            Failure::new(format!(
                "--preload {}={}: {error:#}",
                Escaped(name),
                Escaped(file.display())
            ))
        })?;
        if let Some(initialize) = initialize {
            call::call(store, instance, (initialize, &[]), &args.limits)?;
        }
    }
    Ok(linker)
}

/// Compiles a module if the linker has all of its imports, so that a missing one is reported without delay.
pub fn compile(
    store: &mut Store<World>,
    linker: &Linker<World>,
    module: ParsedModule,
    file: &Path,
    all_imports: bool,
) -> Result<Module, Failure> {
    let problems = linker.link_problems(&*store, &module)?;
    if !problems.is_empty() {
        return Err(unlinked::failure(file, &problems, all_imports));
    }
    module
        .compile()
        .map_err(|error| Failure::new(format!("{}: {error:#}", Escaped(file.display()))))
}

/// Instantiates a module; its start function runs.
pub fn instantiate(
    store: &mut Store<World>,
    linker: &Linker<World>,
    module: &Module,
    file: &Path,
    limits: &Limits,
) -> Result<Instance, Failure> {
    linker.instantiate(&mut *store, module).map_err(|error| {
        let failure = report::ended(&error, limits).of(file);
        let too_small = limits.max_memory_size.is_some() && failure.what.contains("memory");
        if too_small {
            failure.hint("a larger --max-memory-size")
        } else {
            failure
        }
    })
}
