//! Builds the input of engines from a component and the user's wish.
//!
//! No drivers are added: a call is a text in WAVE, which engines read and whose result they print. Nothing but the result is compared,
//! since a component shows nothing else.

use crate::engine::{FunctionCall, Task};
use crate::in_process::bounded;
use crate::subjects::{Subject, Wish};
use transom::component::{Component, Val};
use transom::{Engine, Escaped};
use transom_generate::values;
use transom_inspect::functions::{self, Asker, Function};
use transom_inspect::invocation::Invocation;
use transom_inspect::{Error, Result, needs};

/// So often is a function called that has parameters, each time with other arguments.
const ROUNDS: u64 = 3;

/// The subject for a component. `file` is its name, for messages.
///
/// # Errors
///
/// The component lacks the function, arguments do not fit, or it is a program.
pub(crate) fn of_component(binary: &[u8], file: &str, wish: &Wish) -> Result<Subject> {
    if needs::of_component(binary).is_err() {
        let why = "The component is not valid, so this compares whether engines accept it";
        return Ok(accepted(binary, why.to_owned()));
    }
    let engine = engine()?;
    let component = match Component::from_binary(&engine, binary) {
        Ok(component) => component,
        Err(error) => {
            let why = format!(
                "Transom cannot read the types of the component, so this compares whether engines accept it: {error:#}"
            );
            return Ok(accepted(binary, why));
        }
    };
    let task = |task| Subject::new("case.wasm", binary.to_vec(), task);
    match wish {
        Wish::Natural if functions::program(&component).is_some() => Err(program(&component, file)),
        Wish::Natural => Ok(task(Task::Instantiate)),
        Wish::Program { .. } => Err(program(&component, file)),
        Wish::Invoke { name, arguments } if arguments.is_empty() => {
            let asker = Asker {
                command: COMMAND,
                file,
            };
            let call = functions::call(&component, name, asker)?;
            Ok(task(Task::Functions(vec![FunctionCall::new(
                &call.function,
                &call.arguments,
            )])))
        }
        Wish::Invoke { arguments, .. } => Err(Error::new(format!(
            "`{}` follows the file, but the arguments of a component's function are in --invoke",
            Escaped(&arguments[0])
        ))
        .remedy("call the function as WAVE has it: --invoke 'NAME(1, \"text\")'")),
        Wish::AllExports { seed } => {
            let (calls, notes) = all(&component, *seed)?;
            Ok(Subject {
                notes,
                ..task(Task::Functions(calls))
            })
        }
    }
}

/// The command of hints.
const COMMAND: &str = "transom compare";

/// A component of which nothing but whether it is accepted can be compared, and why.
fn accepted(binary: &[u8], why: String) -> Subject {
    let mut subject = Subject::new("case.wasm", binary.to_vec(), Task::Instantiate);
    subject.labels.push("the component itself".to_owned());
    subject.notes.push(why);
    subject
}

/// An engine for types: nothing runs in it.
fn engine() -> Result<Engine> {
    bounded::engine(|_| {}).map_err(|error| Error::new(format!("{error:#}")))
}

/// A call or some of each exported function, and notes about those that cannot be called.
fn all(component: &Component, seed: u64) -> Result<(Vec<FunctionCall>, Vec<String>)> {
    let (mut calls, mut skipped) = (Vec::new(), Vec::new());
    for (index, function) in functions::functions(component).iter().enumerate() {
        let rounds = if function.ty.params().len() == 0 {
            1
        } else {
            ROUNDS
        };
        for round in 0..rounds {
            let number = (index as u64).wrapping_mul(ROUNDS).wrapping_add(round);
            match generated(function, seed.wrapping_mul(1_000_003).wrapping_add(number)) {
                Ok(call) if calls.contains(&call) => {}
                Ok(call) => calls.push(call),
                Err(why) => {
                    skipped.push(format!(
                        "`{}` is not called: {why}",
                        Escaped(function.full_name())
                    ));
                    break;
                }
            }
        }
    }
    match (calls.is_empty(), skipped.is_empty()) {
        (false, _) => Ok((calls, skipped)),
        (true, true) => Err(Error::new("the component does not export functions").remedy(OMIT)),
        (true, false) => {
            let skipped = skipped.join("; ");
            Err(Error::new(format!("cannot call any exported function: {skipped}")).remedy(OMIT))
        }
    }
}

const OMIT: &str = "omit --all-exports to compare instances";

/// A call with arguments from a seed; or why there is none.
fn generated(function: &Function, seed: u64) -> Result<FunctionCall, String> {
    let arguments: Vec<Val> = values::arguments(&function.ty, seed)?;
    let call = FunctionCall::new(function, &arguments);
    // Names of fields may be words of WAVE, which reads them as something else.
    let read = Invocation::parse(&call.text).and_then(|read| read.arguments(&function.ty));
    match read {
        Ok(_) => Ok(call),
        Err(error) => Err(format!(
            "its arguments cannot be written in WAVE: {}",
            error.message
        )),
    }
}

/// The error of a component that is to be run as a program.
fn program(component: &Component, file: &str) -> Error {
    let functions = functions::functions(component);
    let file_name = Escaped(file);
    let what = match functions::program(component).is_some() {
        true => format!(
            "`{file_name}` is a program for WASI 0.2 or later, which transom does not support yet, so there is nothing to compare with"
        ),
        false => format!("`{file_name}` is a component, and not a program of WASI preview 1"),
    };
    let asker = Asker {
        command: COMMAND,
        file,
    };
    functions::with_functions(Error::new(what), &functions, asker)
}
