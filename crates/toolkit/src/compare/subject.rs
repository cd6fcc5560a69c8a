//! What engines are given, made of what somebody has and wants.

use super::{Subject, Task, needed, script};
use crate::{Error, Result, Source, drive};
use wasmparser::{CompositeInnerType, ExternalKind, Parser, Payload, TypeRef, ValType};

/// What somebody wants to be done with a module.
#[derive(Debug, Clone)]
pub enum Wish {
    /// What is natural: run it if it is a program, else make an instance.
    Natural,
    /// Call an export with these arguments.
    Invoke {
        /// The export.
        name: String,
        /// Numbers, and `null` for references.
        arguments: Vec<String>,
    },
    /// Call all exported functions, with arguments that follow from a seed.
    AllExports {
        /// The seed.
        seed: u64,
    },
    /// Run it as a program of WASI, with these arguments.
    Program {
        /// Its arguments, without its own name.
        arguments: Vec<String>,
    },
}

/// What engines are given. A file whose name ends in `.wast` is a script, whatever the wish.
///
/// # Errors
///
/// The text is malformed, the wish is for something that the module doesn't have, or arguments don't fit.
pub fn subject(source: &Source, wish: &Wish) -> Result<Subject> {
    if source.name().ends_with(".wast") {
        let text = String::from_utf8_lossy(source.bytes());
        return Ok(plain(
            "case.wast",
            script::assembled(&text)?.into_bytes(),
            Task::Script,
        ));
    }
    let binary = source.binary()?;
    if needed(&binary).is_none() {
        let task = Task::Calls(vec!["drive0".to_owned()]);
        let mut subject = plain("case.wasm", binary.into_owned(), task);
        subject.labels.push("the module itself".to_owned());
        subject
            .notes
            .push("The module is not valid, so engines are asked whether they accept it".to_owned());
        return Ok(subject);
    }
    match wish {
        Wish::Program { arguments } => Ok(plain(
            "case.wasm",
            binary.into_owned(),
            Task::Program(arguments.clone()),
        )),
        Wish::Natural if exports(&binary, "_start")? => {
            Ok(plain("case.wasm", binary.into_owned(), Task::Program(Vec::new())))
        }
        Wish::Natural => driven(drive::instantiate(&binary)?),
        Wish::AllExports { seed } => driven(drive::drive(&binary, *seed)?),
        Wish::Invoke { name, arguments } if arguments.is_empty() && is_plain(&binary, name)? => Ok(plain(
            "case.wasm",
            binary.into_owned(),
            Task::Calls(vec![name.clone()]),
        )),
        Wish::Invoke { name, arguments } => driven(drive::invoke(&binary, name, arguments)?),
    }
}

fn plain(name: &str, bytes: Vec<u8>, task: Task) -> Subject {
    Subject {
        name: name.to_owned(),
        bytes,
        task,
        labels: Vec::new(),
        notes: Vec::new(),
    }
}

/// A module with drivers for what is to be called.
fn driven(driven: drive::Driven) -> Result<Subject> {
    if driven.calls.is_empty() {
        let skipped = driven
            .skipped
            .iter()
            .map(|skipped| format!("`{}`: {}", skipped.function, skipped.reason));
        let skipped = skipped.collect::<Vec<_>>();
        return Err(Error::new(match skipped.is_empty() {
            true => "the module exports no functions".to_owned(),
            false => format!("no exported function can be called: {}", skipped.join("; ")),
        })
        .remedy("leave --all-exports out to compare instances"));
    }
    let mut notes = vec![
        "Exports were added that call those of the module, and return what comes of it as integers; the \
                          last one stands for its globals, tables and memories"
            .to_owned(),
    ];
    for skipped in &driven.skipped {
        notes.push(format!(
            "`{}` is not called: {}",
            skipped.function, skipped.reason
        ));
    }
    Ok(Subject {
        labels: driven.calls.iter().map(ToString::to_string).collect(),
        task: Task::Calls(driven.calls.into_iter().map(|call| call.driver).collect()),
        notes,
        ..plain("case.wasm", driven.binary, Task::Script)
    })
}

fn exports(binary: &[u8], name: &str) -> Result<bool> {
    Ok(export(binary, name)?.is_some())
}

/// The function that a module exports under a name.
fn export(binary: &[u8], name: &str) -> Result<Option<u32>> {
    for payload in Parser::new(0).parse_all(binary) {
        if let Payload::ExportSection(exports) = payload? {
            for export in exports {
                let export = export?;
                if export.name == name && export.kind == ExternalKind::Func {
                    return Ok(Some(export.index));
                }
            }
        }
    }
    Ok(None)
}

/// Whether every engine can call an export as it is: it has no parameters, returns integers of 64 bits, and a name that
/// no command line takes for anything else.
fn is_plain(binary: &[u8], name: &str) -> Result<bool> {
    let function = export(binary, name)?;
    let function = function.ok_or_else(|| {
        Error::new(format!("the module exports no function `{name}`"))
            .remedy("`transom inspect` lists what it exports")
    })?;
    let (mut types, mut functions) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(binary) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group?.into_types());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) = import?.ty {
                        functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    functions.push(ty?);
                }
            }
            _ => {}
        }
    }
    let ty = functions
        .get(function as usize)
        .and_then(|ty| types.get(*ty as usize));
    let Some(CompositeInnerType::Func(ty)) = ty.map(|ty| &ty.composite_type.inner) else {
        return Ok(false);
    };
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    let long = ty.results().iter().all(|result| *result == ValType::I64);
    Ok(word && ty.params().is_empty() && !ty.results().is_empty() && long)
}
