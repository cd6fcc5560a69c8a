//! The functions that a component exports, itself or in instances, and which one the text of a call means.
//!
//! A function is named alone, or with its interface: `f`, `a:b/c#f`, `a:b/c.f`. The version and the package of the interface may be left
//! out. The most exact spelling counts, and it must mean one function.

use crate::invocation::Invocation;
use crate::{Error, Result};
use transom::component::types::{ComponentExtern, ComponentFunc, ComponentItem};
use transom::component::{Component, Val};
use transom::{Engine, Escaped, nearest};

/// The interface of programs in WASI 0.2 and later.
pub const PROGRAM: &str = "wasi:cli/run";
/// So many functions are listed.
const LISTED: usize = 10;

/// A function that is exported.
#[derive(Clone, Debug)]
pub struct Function {
    /// The names of the instances that it is in, outermost first.
    pub instances: Vec<String>,
    /// Its name in the innermost of them.
    pub name: String,
    /// Its type.
    pub ty: ComponentFunc,
}

/// A function with its arguments.
#[derive(Debug)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// A value for each of its parameters.
    pub arguments: Vec<Val>,
}

/// The command that reads the text of a call, and its file, for hints.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The command without its options: `transom run`.
    pub command: &'a str,
    /// The name of the file.
    pub file: &'a str,
}

impl Function {
    /// The name with that of the interface.
    pub fn full_name(&self) -> String {
        let names = self.instances.iter().chain([&self.name]).map(|name| &**name);
        names.collect::<Vec<_>>().join("#")
    }

    /// The name as WAVE has it, with the version of the interface at the end: `a:b/c.f@1.0.0`.
    pub fn wave_name(&self) -> String {
        let Some((last, outer)) = self.instances.split_last() else {
            return self.name.clone();
        };
        let outer: String = outer.iter().map(|name| format!("{name}#")).collect();
        match last.rsplit_once('@') {
            Some((base, version)) => format!("{outer}{base}.{}@{version}", self.name),
            None => format!("{outer}{last}.{}", self.name),
        }
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

/// The name with which a component exports [`PROGRAM`], if it is a program.
pub fn program(component: &Component) -> Option<String> {
    let ty = component.component_type();
    let mut names = ty.exports(component.engine()).map(|(name, _)| name);
    let program = names.find(|name| {
        let rest = name.strip_prefix(PROGRAM);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    });
    program.map(str::to_owned)
}

/// All functions that a component exports, in order.
pub fn functions(component: &Component) -> Vec<Function> {
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

/// Reads the text of a call: `f(1, "x")`.
///
/// # Errors
///
/// The text is not WAVE; or the function is not there, or has other parameters.
pub fn call(component: &Component, text: &str, asker: Asker<'_>) -> Result<Call> {
    let invocation = Invocation::parse(text)?;
    let function = find(functions(component), invocation.name(), asker)?;
    let arguments = invocation.arguments(&function.ty)?;
    Ok(Call { function, arguments })
}

/// The one function that a text names.
fn find(functions: Vec<Function>, name: &str, asker: Asker<'_>) -> Result<Function> {
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
        return Err(with_functions(Error::new(what), &functions, asker));
    };
    let (mut named, others): (Vec<_>, Vec<_>) = functions
        .into_iter()
        .partition(|function| function.rank(name) == Some(best));
    drop(others);
    match named.len() {
        1 => Ok(named.remove(0)),
        _ => {
            let what = format!("several exported functions are named `{}`", Escaped(name));
            Err(with_functions(Error::new(what), &named, asker))
        }
    }
}

/// An error with some exported functions, and how to call one.
pub fn with_functions(error: Error, functions: &[Function], asker: Asker<'_>) -> Error {
    let file = Escaped(asker.file);
    if functions.is_empty() {
        return error
            .details("the component does not export functions".to_owned())
            .remedy(format!("print its interface: transom inspect {file}"));
    }
    let line =
        |function: &Function| format!("  {}: {}", Escaped(function.full_name()), Escaped(&function.ty));
    let mut lines: Vec<_> = functions.iter().take(LISTED).map(line).collect();
    if functions.len() > LISTED {
        let more = functions.len() - LISTED;
        lines.push(format!("  … and {more} more; `transom inspect {file}` lists all"));
    }
    error
        .details(format!("its exported functions:\n{}", lines.join("\n")))
        .remedy(format!(
            "call a function: {} --invoke 'NAME(ARGUMENTS)' {file}",
            asker.command
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
        let asker = Asker {
            command: "transom run",
            file: "c.wasm",
        };
        let found = find(functions(&component), name, asker);
        found
            .map(|function| function.full_name())
            .map_err(|error| error.message)
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
    fn the_name_of_wave_means_the_function() {
        let component = Component::new(&Engine::default(), TEXT).expect("it is valid");
        let names: Vec<_> = functions(&component).iter().map(Function::wave_name).collect();
        assert_eq!(
            names,
            [
                "run",
                "a:b/c.run@1.2.0",
                "a:b/c.go@1.2.0",
                "a:b/d.go@1.0.0",
                "a:b/d.stop-it@1.0.0"
            ]
        );
        for (name, function) in names.iter().zip(functions(&component)) {
            assert_eq!(found(name), Ok(function.full_name()));
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
