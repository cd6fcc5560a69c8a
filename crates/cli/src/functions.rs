//! The functions that a component exports, itself or in instances, and which one `--invoke` means.
//!
//! A function is named alone, or with its interface: `f`, `a:b/c#f`, `a:b/c.f`. The version and the package of the interface may be left
//! out. The most exact spelling counts, and it must mean one function.

use crate::args::Run;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::words;
use std::path::Path;
use transom::component::types::{ComponentExtern, ComponentFunc, ComponentItem};
use transom::component::{Component, Val};
use transom::{Engine, Escaped, nearest};

/// The interface of programs in WASI 0.2 and later.
const PROGRAM: &str = "wasi:cli/run";
/// So many functions are listed.
const LISTED: usize = 10;

/// A function that is exported.
pub struct Function {
    /// The names of the instances that it is in, outermost first.
    pub instances: Vec<String>,
    pub name: String,
    pub ty: ComponentFunc,
}

/// A function with its arguments.
pub struct Call {
    pub function: Function,
    pub arguments: Vec<Val>,
}

impl Function {
    /// The name with that of the interface.
    pub fn full_name(&self) -> String {
        let names = self.instances.iter().chain([&self.name]).map(|name| &**name);
        names.collect::<Vec<_>>().join("#")
    }

    /// How exactly a text names the function, the smaller the better; `None` if it does not.
    fn rank(&self, text: &str) -> Option<usize> {
        let whole = self.instances.join("#");
        let (base, version) = whole.rsplit_once('@').unwrap_or((&whole, ""));
        let last = base.rsplit('/').next().unwrap_or(base);
        let interfaces = match self.instances.is_empty() {
            true => &[][..],
            false => &[&*whole, base, last],
        };
        let named = |interface: &&str| {
            let rest = text.strip_prefix(interface);
            let rest = rest.and_then(|rest| rest.strip_prefix(['#', '.']));
            rest.is_some_and(|rest| {
                // WAVE has the version at the end.
                let versioned = |rest: &str| rest.strip_prefix('@') == Some(version);
                rest == self.name || rest.strip_prefix(&*self.name).is_some_and(versioned)
            })
        };
        if self.instances.is_empty() && text == self.name {
            return Some(0);
        }
        let by_interface = interfaces.iter().position(named);
        by_interface.or_else(|| (text == self.name).then_some(interfaces.len()))
    }
}

/// All functions that a component exports, in order.
fn functions(component: &Component) -> Vec<Function> {
    let ty = component.component_type();
    let mut found = Vec::new();
    let engine = component.engine();
    collect(engine, &mut ty.exports(engine), &[], &mut found);
    found
}

fn collect<'a>(
    engine: &'a Engine,
    exports: &mut dyn Iterator<Item = (&'a str, ComponentExtern<'a>)>,
    instances: &[String],
    found: &mut Vec<Function>,
) {
    for (name, export) in exports {
        match export.ty {
            ComponentItem::ComponentFunc(ty) => found.push(Function {
                instances: instances.to_vec(),
                name: name.to_owned(),
                ty,
            }),
            ComponentItem::ComponentInstance(instance) => {
                let instances = [instances, &[name.to_owned()]].concat();
                collect(engine, &mut instance.exports(engine), &instances, found);
            }
            _ => {}
        }
    }
}

/// Decides what to call.
///
/// # Errors
///
/// No function is named, it is not there or has other parameters, or there are words that nothing reads.
pub fn call(component: &Component, args: &Run) -> Result<Call, Failure> {
    let misplaced = || match args.args() {
        [] => None,
        _ => words::misplaced("run", &args.program),
    };
    let functions = functions(component);
    let Some(text) = &args.invoke else {
        return Err(misplaced().unwrap_or_else(|| nothing_to_run(component, &functions, args.file())));
    };
    if !args.args().is_empty() {
        let failure = || {
            let what = format!(
                "`{}` follows the file, but the arguments of a component's function are in --invoke",
                Escaped(&args.args()[0])
            );
            Failure::new(what).hint("call the function as WAVE has it: --invoke 'NAME(1, \"text\")'")
        };
        return Err(misplaced().unwrap_or_else(failure));
    }
    let invocation = Invocation::parse(text)?;
    let function = find(functions, invocation.name(), args.file())?;
    let arguments = invocation.arguments(&function.ty)?;
    Ok(Call { function, arguments })
}

/// The one function that a text names.
fn find(functions: Vec<Function>, name: &str, file: &Path) -> Result<Function, Failure> {
    let best = functions.iter().filter_map(|function| function.rank(name)).min();
    let Some(best) = best else {
        let what = format!("the component does not export a function `{}`", Escaped(name));
        let names = functions
            .iter()
            .flat_map(|function| [function.name.clone(), function.full_name()]);
        let what = match nearest(names, name) {
            Some(near) => format!("{what}; the nearest name is `{}`", Escaped(near)),
            None => what,
        };
        return Err(with_functions(Failure::new(what), &functions, file));
    };
    let (mut named, others): (Vec<_>, Vec<_>) = functions
        .into_iter()
        .partition(|function| function.rank(name) == Some(best));
    drop(others);
    match named.len() {
        1 => Ok(named.remove(0)),
        _ => {
            let what = format!("several exported functions are named `{}`", Escaped(name));
            Err(with_functions(Failure::new(what), &named, file))
        }
    }
}

/// The failure without `--invoke`.
fn nothing_to_run(component: &Component, functions: &[Function], file: &Path) -> Failure {
    let ty = component.component_type();
    let mut exports = ty.exports(component.engine()).map(|(name, _)| name);
    let is_program = |name: &&str| {
        name.strip_prefix(PROGRAM)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    };
    let file_name = Escaped(file.display());
    let Some(program) = exports.find(is_program) else {
        let what =
            format!("nothing to run: `{file_name}` does not export `{PROGRAM}`, so it is not a program");
        return with_functions(Failure::new(what), functions, file);
    };
    let what = format!(
        "cannot run `{file_name}`: it exports `{}`, so it is a program for WASI 0.2 or later, which transom does not support yet",
        Escaped(program)
    );
    let hint = format!(
        "compile the program for WASI preview 1 (wasm32-wasip1), or call a function: transom run --invoke 'NAME(ARGUMENTS)' {file_name}"
    );
    with_functions(Failure::new(what), functions, file).hint(hint)
}

/// A failure with some exported functions, and how to call one.
fn with_functions(failure: Failure, functions: &[Function], file: &Path) -> Failure {
    let file = Escaped(file.display());
    if functions.is_empty() {
        return failure
            .details("the component does not export functions".to_owned())
            .hint(format!("print its interface: transom inspect {file}"));
    }
    let line =
        |function: &Function| format!("  {}: {}", Escaped(function.full_name()), Escaped(&function.ty));
    let mut lines: Vec<_> = functions.iter().take(LISTED).map(line).collect();
    if functions.len() > LISTED {
        let more = functions.len() - LISTED;
        lines.push(format!("  … and {more} more; `transom inspect {file}` lists all"));
    }
    failure
        .details(format!("its exported functions:\n{}", lines.join("\n")))
        .hint(format!(
            "call a function: transom run --invoke 'NAME(ARGUMENTS)' {file}"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "run" (func $f))
        (instance (export "a:b/c@1.2.0") (export "run" (func $f)) (export "go" (func $f)))
        (instance (export "a:b/d@1.0.0") (export "go" (func $f)) (export "stop-it" (func $f))))"#;

    fn found(name: &str) -> Result<String, String> {
        let component = Component::new(&Engine::default(), TEXT).expect("it is valid");
        let found = find(functions(&component), name, Path::new("c.wasm"));
        found
            .map(|function| function.full_name())
            .map_err(|failure| failure.what)
    }

    #[test]
    fn functions_are_named_alone_or_with_their_interface() {
        for (name, full) in [
            ("run", "run"),
            ("stop-it", "a:b/d@1.0.0#stop-it"),
            ("a:b/c@1.2.0#go", "a:b/c@1.2.0#go"),
            ("a:b/c@1.2.0.go", "a:b/c@1.2.0#go"),
            ("a:b/c.go@1.2.0", "a:b/c@1.2.0#go"),
            ("a:b/c#run", "a:b/c@1.2.0#run"),
            ("d.go", "a:b/d@1.0.0#go"),
        ] {
            assert_eq!(found(name).as_deref(), Ok(full), "{name}");
        }
    }

    #[test]
    fn names_that_mean_none_or_several_are_errors() {
        let error = |name: &str| found(name).expect_err("no one function");
        assert_eq!(error("go"), "several exported functions are named `go`");
        assert_eq!(
            error("rum"),
            "the component does not export a function `rum`; the nearest name is `run`"
        );
        assert_eq!(
            error("a:b/c@1.3.0#go"),
            "the component does not export a function `a:b/c@1.3.0#go`; the nearest name is `a:b/c@1.2.0#go`"
        );
        assert_eq!(
            error("elsewhere"),
            "the component does not export a function `elsewhere`"
        );
    }
}
