//! What a module is linked to, WASI and preloaded modules, and the steps from its imports to its instance.
//!
//! A module is compiled only if all of its imports are there.

mod unlinked;

use crate::args::Run;
use crate::failure::Failure;
use crate::features::{self, UnknownImports};
use crate::world::World;
use crate::{call, ending, entry, input};
use std::collections::HashSet;
use std::path::Path;
use transom::{Escaped, ExternType, ImportType, Instance, Linker, Module, ParsedModule, Store};

/// The linker of a program, and the preloaded modules with their names.
pub type WithPreloads = (Linker<World>, Vec<(String, Module)>);

/// What the program may import: WASI, and the exports of preloaded modules.
pub fn linker(store: &mut Store<World>, args: &Run) -> Result<WithPreloads, Failure> {
    let mut modules = Vec::new();
    let mut linker = Linker::new(store.engine());
    transom_wasi::add_to_linker(&mut linker, |world: &mut World| &mut world.wasi)?;
    for (name, file) in &args.imports.preloads {
        let module = input::parsed_module(store.engine(), file)?;
        let initialize = entry::initialize(&module, file)?;
        let linking = Linking {
            file,
            all_imports: args.imports.all_imports,
            unknown: None,
        };
        let module = compile(store, &mut linker, module, &linking)?;
        let instance = instantiate(store, &linker, &module, (file, args))?;
        linker.instance(&mut *store, name, instance).map_err(|error| {
            Failure::new(format!(
                "--preload {}={}: {error:#}",
                Escaped(name),
                Escaped(file.display())
            ))
        })?;
        if let Some(initialize) = initialize {
            call::call(store, instance, (initialize, &[]), args)?;
        }
        modules.push((name.clone(), module));
    }
    Ok((linker, modules))
}

/// How a file is linked.
pub struct Linking<'a> {
    file: &'a Path,
    /// Whether all imports that cannot be linked are listed.
    all_imports: bool,
    /// What becomes of imports that nobody defines.
    unknown: Option<UnknownImports>,
}

impl<'a> Linking<'a> {
    /// The program. Imports of preloaded modules have to be defined.
    pub fn of(args: &'a Run) -> Self {
        Linking {
            file: args.file(),
            all_imports: args.imports.all_imports,
            unknown: features::unknown_imports(&args.wasm.features),
        }
    }
}

/// Compiles a module if the linker has all of its imports, so that a missing one is reported without delay.
pub fn compile(
    store: &mut Store<World>,
    linker: &mut Linker<World>,
    module: ParsedModule,
    linking: &Linking<'_>,
) -> Result<Module, Failure> {
    let file = Escaped(linking.file.display());
    let wrong = |error: transom::Error| Failure::new(format!("{file}: {error:#}"));
    let mut problems = linker.link_problems(&*store, &module)?;
    if let Some(unknown) = linking.unknown {
        // Whether an import is defined then.
        let known = |import: &ImportType<'_>| {
            unknown == UnknownImports::Default || matches!(import.ty(), ExternType::Func(_))
        };
        let imports = module.imports().filter(known);
        let known: HashSet<_> = imports.map(|import| (import.module(), import.name())).collect();
        problems.retain(|problem| {
            problem.mismatch.is_some() || !known.contains(&(&*problem.module, &*problem.name))
        });
    }
    if !problems.is_empty() {
        return Err(unlinked::failure(linking.file, &problems, linking.all_imports));
    }
    let module = module.compile().map_err(wrong)?;
    match linking.unknown {
        None => {}
        Some(UnknownImports::Trap) => linker.define_unknown_imports_as_traps(&module).map_err(wrong)?,
        Some(UnknownImports::Default) => linker
            .define_unknown_imports_as_default_values(&mut *store, &module)
            .map_err(wrong)?,
    }
    Ok(module)
}

/// Instantiates a module; its start function runs.
pub fn instantiate(
    store: &mut Store<World>,
    linker: &Linker<World>,
    module: &Module,
    (file, args): (&Path, &Run),
) -> Result<Instance, Failure> {
    linker
        .instantiate(&mut *store, module)
        .map_err(|error| ending::of_instantiation(store, &error, file, args))
}
