//! Builds the input of engines from a module and the user's wish.

use crate::engine::Task;
use crate::probes::needed;
use transom::Escaped;
use transom_generate::drive::{self, Driven};
use transom_inspect::parts::Parts;
use transom_inspect::{Error, Result, Source};
use wasmparser::ValType;

/// The subject of a comparison.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The name of the file.
    pub name: String,
    /// The input of all engines.
    pub bytes: Vec<u8>,
    /// The task.
    pub task: Task,
    /// A description of each step; if empty, the name of the called export.
    pub labels: Vec<String>,
    /// Notes about how the bytes were derived from the user's input.
    pub notes: Vec<String>,
}

/// The requested task for a module or a component.
#[derive(Debug, Clone)]
pub enum Wish {
    /// The default: run a program, or instantiate another module.
    Natural,
    /// Call an export with these arguments.
    Invoke {
        /// The export; of a component, the whole call in WAVE.
        name: String,
        /// Numbers, and `null` for references; of a component's function there are none.
        arguments: Vec<String>,
    },
    /// Call all exported functions, with arguments generated from a seed.
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

/// The subject for a module.
pub(crate) fn of_module(source: &Source, wish: &Wish) -> Result<Subject> {
    let binary = match source.binary() {
        // Engines are asked whether they refuse it, too.
        Err(error) if source.is_binary() && error.place.is_some() => source.bytes().into(),
        binary => binary?,
    };
    if needed(&binary).is_none() {
        let mut subject = Subject::undriven(binary.into_owned());
        subject.labels.push("the module itself".to_owned());
        subject
            .notes
            .push("The module is not valid, so this compares whether engines accept it".to_owned());
        return Ok(subject);
    }
    let parts = || Parts::parse(&binary);
    let as_it_is = |task| Ok(Subject::new("case.wasm", binary.to_vec(), task));
    match wish {
        Wish::Program { arguments } => as_it_is(Task::Program(arguments.clone())),
        Wish::Natural if parts()?.exported_function("_start").is_ok() => as_it_is(Task::Program(Vec::new())),
        Wish::Natural => driven(drive::instantiate(&binary)?),
        Wish::AllExports { seed } => driven(drive::drive(&binary, *seed)?),
        Wish::Invoke { name, arguments } if arguments.is_empty() && is_plain(&parts()?, name)? => {
            as_it_is(Task::Calls(vec![name.clone()]))
        }
        Wish::Invoke { name, arguments } => driven(drive::invoke(&binary, name, arguments)?),
    }
}

impl Subject {
    /// Bytes as they are.
    pub fn new(name: &str, bytes: Vec<u8>, task: Task) -> Self {
        Subject {
            name: name.to_owned(),
            bytes,
            task,
            labels: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A module whose drivers are called.
    pub fn driven(driven: Driven) -> Self {
        let calls = driven.calls.iter();
        let task = Task::Calls(calls.clone().map(|call| call.driver.clone()).collect());
        Subject {
            labels: calls.map(ToString::to_string).collect(),
            ..Subject::new("case.wasm", driven.binary, task)
        }
    }

    /// A module that can't be driven: engines are asked for a driver that isn't there, which they say if they get so far.
    pub fn undriven(binary: Vec<u8>) -> Self {
        Subject::new("case.wasm", binary, Task::Calls(vec!["drive0".to_owned()]))
    }
}

/// A module with drivers for what is to be called.
fn driven(driven: Driven) -> Result<Subject> {
    if driven.calls.is_empty() {
        let skipped = driven
            .skipped
            .iter()
            .map(|skipped| format!("`{}`: {}", Escaped(&skipped.function), skipped.reason));
        let skipped = skipped.collect::<Vec<_>>();
        return Err(Error::new(match skipped.is_empty() {
            true => "the module does not export functions".to_owned(),
            false => format!("cannot call any exported function: {}", skipped.join("; ")),
        })
        .remedy("omit --all-exports to compare instances"));
    }
    let mut notes = vec![
        "Drivers were added: exports that call those of the module and return the results as integers; the \
                          last one stands for its globals, tables and memories"
            .to_owned(),
    ];
    for skipped in &driven.skipped {
        notes.push(format!(
            "`{}` is not called: {}",
            Escaped(&skipped.function),
            skipped.reason
        ));
    }
    Ok(Subject {
        notes,
        ..Subject::driven(driven)
    })
}

/// Whether every engine can call an export as it is: it has no parameters, returns integers of 64 bits, and a name that
/// no command line takes for anything else.
fn is_plain(parts: &Parts, name: &str) -> Result<bool> {
    let ty = parts.signature(parts.exported_function(name)?);
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    let long = ty.results().iter().all(|result| *result == ValType::I64);
    Ok(word && ty.params().is_empty() && !ty.results().is_empty() && long)
}
