//! What a component is linked to, the exports of other components, and the steps from its imports to its instance.
//!
//! Dependencies are instantiated in the order of the command line, in the store of the program. Each can import what those before it
//! export.

use crate::args::Run;
use crate::failure::Failure;
use crate::features::{self, UnknownImports};
use crate::world::World;
use crate::{ending, input};
use std::path::Path;
use transom::component::{Component, Instance, LinkProblem, Linker};
use transom::{Engine, Escaped, Store};

/// How the names of WASI's interfaces begin.
const WASI: &str = "wasi:";
/// So many imports that cannot be linked are listed.
const LISTED: usize = 20;

/// The linker of a component, and the dependencies with their names.
pub type WithDependencies = (Linker<World>, Vec<(String, Component)>);

/// What the component may import: the exports of its dependencies.
pub fn linker(store: &mut Store<World>, args: &Run) -> Result<WithDependencies, Failure> {
    let mut linker = Linker::new(store.engine());
    let mut components = Vec::new();
    for file in &args.imports.dependencies {
        let component = dependency(store.engine(), file)?;
        let instance = instantiate(store, &linker, &component, (file, args))?;
        linker.define_exports(&mut *store, &instance).map_err(|error| {
            let failure = Failure::new(format!("--with {}: {error:#}", Escaped(file.display())));
            failure.hint("each name can be defined by one dependency: leave out one of those that export it")
        })?;
        components.push((file.display().to_string(), component));
    }
    Ok((linker, components))
}

/// A file of `--with`.
fn dependency(engine: &Engine, file: &Path) -> Result<Component, Failure> {
    let source = input::read(file)?;
    input::component_of(engine, &source)?.ok_or_else(|| {
        let file = Escaped(file.display());
        let what =
            format!("--with {file}: the file is not a component, and components import from components only");
        Failure::new(what).hint(format!(
            "make a component of a module: transom component new {file} -o FILE"
        ))
    })
}

/// Fails if an option is for core modules only.
pub fn check(args: &Run) -> Result<(), Failure> {
    let file = Escaped(args.file().display());
    if let Some((name, preload)) = args.imports.preloads.first() {
        let preload = format!("--preload {}={}", Escaped(name), Escaped(preload.display()));
        let what = format!("{preload}: `{file}` is a component, and imports from components only");
        return Err(Failure::new(what).hint("provide the exports of a component: --with FILE"));
    }
    if features::unknown_imports(&args.wasm.features) == Some(UnknownImports::Default) {
        let what = format!(
            "-W unknown-imports-default: `{file}` is a component, whose functions have no default results"
        );
        return Err(Failure::new(what).hint("let them trap: -W unknown-imports-trap"));
    }
    Ok(())
}

/// Defines the imports that nobody defines, if that is asked for.
pub fn define_unknown(linker: &mut Linker<World>, component: &Component, args: &Run) -> Result<(), Failure> {
    match features::unknown_imports(&args.wasm.features) {
        Some(UnknownImports::Trap) => Ok(linker.define_unknown_imports_as_traps(component)?),
        Some(UnknownImports::Default) | None => Ok(()),
    }
}

/// Instantiates a component; the start functions of its modules run.
pub fn instantiate(
    store: &mut Store<World>,
    linker: &Linker<World>,
    component: &Component,
    (file, args): (&Path, &Run),
) -> Result<Instance, Failure> {
    let linked = linker.instantiate_pre(component);
    let linked = linked.map_err(|error| unlinked(linker, component, (file, args), &error))?;
    linked
        .instantiate(&mut *store)
        .map_err(|error| ending::of_instantiation(store, &error, file, args))
}

/// The failure of a component whose imports cannot be linked: the linker's error about the first, then the others.
fn unlinked(
    linker: &Linker<World>,
    component: &Component,
    (file, args): (&Path, &Run),
    error: &transom::Error,
) -> Failure {
    let file = Escaped(file.display());
    let failure = Failure::new(format!("cannot link `{file}`: {error:#}"));
    let problems = linker.link_problems(component);
    let uses_wasi = problems.iter().any(|problem| problem.path[0].starts_with(WASI));
    let is_missing = problems.iter().any(|problem| problem.mismatch.is_none());
    let failure = match problems.len() {
        0 | 1 => failure,
        _ => failure.details(listed(&problems, args.imports.all_imports)),
    };
    failure.hint(match (is_missing, uses_wasi) {
        (true, true) => "WASI 0.2 and later are not supported yet: compile for WASI preview 1 (wasm32-wasip1), provide the \
                         interfaces by a component: --with FILE, or let functions trap: -W unknown-imports-trap"
            .to_owned(),
        (true, false) => {
            "provide the exports of a component: --with FILE; or let functions trap: -W unknown-imports-trap".to_owned()
        }
        (false, _) => format!("print the imports with their types: transom inspect {file}"),
    })
}

/// Imports that cannot be linked, one a line.
fn listed(problems: &[LinkProblem], all: bool) -> String {
    let most = if all { problems.len() } else { LISTED };
    let line = |problem: &LinkProblem| {
        let name = problem.path.join("#");
        match &problem.mismatch {
            None => format!("  {}: not defined", Escaped(&name)),
            Some(_) => format!("  {}: another type", Escaped(&name)),
        }
    };
    let mut lines: Vec<_> = problems.iter().take(most).map(line).collect();
    if problems.len() > most {
        let more = problems.len() - most;
        lines.push(format!("  … and {more} more (--all-imports lists all)"));
    }
    format!("these imports cannot be linked:\n{}", lines.join("\n"))
}
