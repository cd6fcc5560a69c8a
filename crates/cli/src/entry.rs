//! What `transom run` will call, decided before anything is compiled: a module without it is no success.

use crate::args::Run;
use crate::failure::Failure;
use crate::{values, words};
use std::path::Path;
use transom::{Escaped, ExternType, FuncType, ParsedModule, Val};

/// The function that a program starts with.
const START: &str = "_start";
/// The function that sets up a library of WASI, before any other one is called.
const INITIALIZE: &str = "_initialize";
/// So many exported functions are listed.
const LISTED: usize = 10;

/// What to call once the module is instantiated, in this order.
#[derive(Default)]
pub struct Entry {
    /// A function without parameters and results.
    pub first: Option<&'static str>,
    /// The function of `--invoke`, with its arguments.
    pub invoked: Option<(String, Vec<Val>)>,
}

/// Decides what to call.
///
/// # Errors
///
/// The module has nothing to run, a function to call has another type, an option is for components only, or an option of this
/// command is among arguments that nothing reads.
pub fn entry(module: &ParsedModule, command: &str, args: &Run) -> Result<Entry, Failure> {
    if let Some(file) = args.imports.dependencies.first() {
        let (file, main) = (Escaped(file.display()), Escaped(args.file().display()));
        let what = format!("--with {file}: `{main}` is a core module, and imports from modules only");
        return Err(Failure::new(what).hint("provide the exports of a module: --preload NAME=FILE"));
    }
    let entry = match &args.invoke {
        Some(name) => invoked(module, name, args),
        None => program(module, args),
    };
    let misplaced = || match args.args() {
        [] => None,
        _ => words::misplaced(command, &args.program),
    };
    match entry {
        Ok(entry) if args.invoke.is_some() || reads_arguments(module, args) => Ok(entry),
        Ok(entry) => misplaced().map_or(Ok(entry), Err),
        Err(failure) => Err(misplaced().unwrap_or(failure)),
    }
}

/// Whether the module reads its arguments, or a preloaded one may.
fn reads_arguments(module: &ParsedModule, args: &Run) -> bool {
    let mut imports = module.imports();
    !args.imports.preloads.is_empty() || imports.any(|import| words::reads_arguments(import.name()))
}

/// Without `--invoke`: a program, or a library that is set up and does no more.
fn program(module: &ParsedModule, args: &Run) -> Result<Entry, Failure> {
    let first = match is_callable(module, START, args.file())? {
        true => Some(START),
        false => initialize(module, args.file())?,
    };
    // A start function runs when the module is instantiated.
    if first.is_none() && module.start().is_none() {
        return Err(nothing_to_run(module, args));
    }
    Ok(Entry { first, invoked: None })
}

/// With `--invoke`.
fn invoked(module: &ParsedModule, name: &str, args: &Run) -> Result<Entry, Failure> {
    let ty = match module
        .exports()
        .find(|export| export.name() == name)
        .map(|export| export.ty())
    {
        Some(ExternType::Func(ty)) => ty,
        other => {
            let name = Escaped(name);
            let what = match other {
                Some(other) => format!("`{name}` is {}, not a function", kind(&other)),
                None => format!("the module does not export a function `{name}`"),
            };
            return Err(with_functions(Failure::new(what), module, args));
        }
    };
    let arguments = arguments(&ty, name, args.args())?;
    // The function may be the one that sets up the library.
    let first = match name {
        INITIALIZE => None,
        _ => initialize(module, args.file())?,
    };
    Ok(Entry {
        first,
        invoked: Some((name.to_owned(), arguments)),
    })
}

/// The function that sets up a library, if the module exports it.
pub fn initialize(module: &ParsedModule, file: &Path) -> Result<Option<&'static str>, Failure> {
    Ok(is_callable(module, INITIALIZE, file)?.then_some(INITIALIZE))
}

/// Whether a module exports a function without parameters and results; fails if the name is that of anything else.
fn is_callable(module: &ParsedModule, name: &str, file: &Path) -> Result<bool, Failure> {
    let export = module.exports().find(|export| export.name() == name);
    let what = match export.map(|export| export.ty()) {
        None => return Ok(false),
        Some(ExternType::Func(ty)) if ty.params().len() + ty.results().len() == 0 => return Ok(true),
        Some(ExternType::Func(ty)) => format!("has the type {}", values::signature(&ty)),
        Some(other) => format!("is {}", kind(&other)),
    };
    let what = format!(
        "cannot call `{name}` of `{}`: it {what}, but must be a function of the type () -> ()",
        Escaped(file.display())
    );
    let hint = format!(
        "call a function with arguments: transom run --invoke NAME {} [ARGS]...",
        Escaped(file.display())
    );
    Err(Failure::new(what).hint(hint))
}

fn nothing_to_run(module: &ParsedModule, args: &Run) -> Failure {
    let file = Escaped(args.file().display());
    with_functions(
        Failure::new(format!(
            "nothing to run: `{file}` does not export `{START}`, so it is not a program"
        )),
        module,
        args,
    )
}

/// A failure with some exported functions, and how to call one.
fn with_functions(failure: Failure, module: &ParsedModule, args: &Run) -> Failure {
    let file = Escaped(args.file().display());
    let functions = module.exports().filter_map(|export| match export.ty() {
        ExternType::Func(ty) => Some(format!("  {} {}", Escaped(export.name()), values::signature(&ty))),
        _ => None,
    });
    let mut lines = functions.collect::<Vec<_>>();
    if lines.is_empty() {
        return failure
            .details("the module does not export functions".to_owned())
            .hint(format!("list its imports and exports: transom inspect {file}"));
    }
    if lines.len() > LISTED {
        let more = lines.len() - LISTED;
        lines.truncate(LISTED);
        lines.push(format!("  … and {more} more; `transom inspect {file}` lists all"));
    }
    failure
        .details(format!("its exported functions:\n{}", lines.join("\n")))
        .hint(format!(
            "call a function: transom run --invoke NAME {file} [ARGS]..."
        ))
}

/// The words after the file as arguments of a function.
fn arguments(ty: &FuncType, name: &str, texts: &[String]) -> Result<Vec<Val>, Failure> {
    let signature = || format!("`{}` has the type {}", Escaped(name), values::signature(ty));
    if ty.params().len() != texts.len() {
        let what = format!(
            "`{}` takes {} argument(s), not {}",
            Escaped(name),
            ty.params().len(),
            texts.len()
        );
        return Err(Failure::new(what).hint(signature()));
    }
    let parsed = texts
        .iter()
        .zip(ty.params())
        .map(|(text, ty)| values::parse(text, &ty));
    parsed
        .collect::<Result<_, _>>()
        .map_err(|what| Failure::new(what).hint(signature()))
}

fn kind(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Func(_) => "a function",
        ExternType::Global(_) => "a global",
        ExternType::Table(_) => "a table",
        ExternType::Memory(_) => "a memory",
        ExternType::Tag(_) => "a tag",
    }
}
