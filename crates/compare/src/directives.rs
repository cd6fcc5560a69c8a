//! The directives of a script for engines that run none themselves: what `runner.mjs` is told to do.

use crate::script::binary_of;
use serde::Serialize;
use transom_inspect::{Error, Result};
use wast::core::{NanPattern, WastArgCore, WastRetCore};
use wast::parser::{ParseBuffer, parse};
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

/// One directive.
#[derive(Debug, Serialize)]
pub(crate) struct Directive {
    line: usize,
    #[serde(flatten)]
    what: What,
}

/// What it says. Binaries are hexadecimal.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum What {
    Module {
        name: Option<String>,
        binary: String,
    },
    Register {
        module: Option<String>,
        r#as: String,
    },
    Action {
        action: Action,
    },
    Return {
        action: Action,
        results: Vec<Value>,
    },
    Trap {
        action: Option<Action>,
        binary: Option<String>,
    },
    Exhaustion {
        action: Action,
    },
    Exception {
        action: Action,
    },
    Refused {
        binary: String,
    },
    Unlinkable {
        binary: String,
    },
}

#[derive(Debug, Serialize)]
struct Action {
    get: bool,
    module: Option<String>,
    name: String,
    args: Vec<Value>,
}

/// A value, or what a result may be.
#[derive(Debug, Serialize)]
struct Value {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<Vec<Value>>,
}

impl Value {
    fn of(r#type: &'static str, bits: impl ToString) -> Self {
        Value {
            bits: Some(bits.to_string()),
            ..Value::any(r#type)
        }
    }

    fn any(r#type: &'static str) -> Self {
        Value {
            r#type,
            bits: None,
            alternatives: None,
        }
    }
}

/// The directives of a script but for those that JavaScript can't express, such as calls with vectors.
///
/// # Errors
///
/// The script is malformed.
pub(crate) fn directives(text: &str) -> Result<Vec<Directive>> {
    let wrong = |error: wast::Error| Error::in_text(text, &error);
    let buffer = ParseBuffer::new(text).map_err(wrong)?;
    let script = parse::<Wast<'_>>(&buffer).map_err(wrong)?;
    let mut directives = Vec::new();
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        directives.extend(what(directive).map(|what| Directive { line, what }));
    }
    Ok(directives)
}

fn what(directive: WastDirective<'_>) -> Option<What> {
    Some(match directive {
        WastDirective::Module(mut wat) => What::Module {
            name: wat.name().map(|id| id.name().to_owned()),
            binary: hexadecimal(&mut wat)?,
        },
        WastDirective::Register { name, module, .. } => What::Register {
            module: module.map(|id| id.name().to_owned()),
            r#as: name.to_owned(),
        },
        WastDirective::Invoke(call) => What::Action {
            action: invoke(call)?,
        },
        WastDirective::AssertReturn { exec, results, .. } => What::Return {
            action: action(exec)?,
            results: results.into_iter().map(result).collect::<Option<_>>()?,
        },
        WastDirective::AssertTrap {
            exec: WastExecute::Wat(wat),
            ..
        } => What::Trap {
            action: None,
            binary: Some(hexadecimal(&mut QuoteWat::Wat(wat))?),
        },
        WastDirective::AssertTrap { exec, .. } => What::Trap {
            action: Some(action(exec)?),
            binary: None,
        },
        WastDirective::AssertExhaustion { call, .. } => What::Exhaustion {
            action: invoke(call)?,
        },
        WastDirective::AssertException { exec, .. } => What::Exception {
            action: action(exec)?,
        },
        WastDirective::AssertInvalid { mut module, .. }
        | WastDirective::AssertMalformed { mut module, .. } => What::Refused {
            binary: hexadecimal(&mut module)?,
        },
        WastDirective::AssertUnlinkable { module, .. } => What::Unlinkable {
            binary: hexadecimal(&mut QuoteWat::Wat(module))?,
        },
        _ => return None,
    })
}

/// Nothing for a text that is malformed on purpose.
fn hexadecimal(wat: &mut QuoteWat<'_>) -> Option<String> {
    let binary = binary_of(wat)?;
    Some(binary.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn action(exec: WastExecute<'_>) -> Option<Action> {
    match exec {
        WastExecute::Invoke(call) => invoke(call),
        WastExecute::Get { module, global, .. } => Some(Action {
            get: true,
            module: module.map(|id| id.name().to_owned()),
            name: global.to_owned(),
            args: Vec::new(),
        }),
        WastExecute::Wat(_) => None,
    }
}

fn invoke(call: WastInvoke<'_>) -> Option<Action> {
    Some(Action {
        get: false,
        module: call.module.map(|id| id.name().to_owned()),
        name: call.name.to_owned(),
        args: call.args.into_iter().map(argument).collect::<Option<_>>()?,
    })
}

fn argument(argument: WastArg<'_>) -> Option<Value> {
    let WastArg::Core(argument) = argument else {
        return None;
    };
    Some(match argument {
        WastArgCore::I32(value) => Value::of("i32", value),
        WastArgCore::I64(value) => Value::of("i64", value),
        WastArgCore::F32(value) => Value::of("f32", value.bits),
        WastArgCore::F64(value) => Value::of("f64", value.bits),
        WastArgCore::RefNull(_) => Value::any("null"),
        WastArgCore::RefExtern(value) | WastArgCore::RefHost(value) => Value::of("extern", value),
        _ => return None,
    })
}

fn result(result: WastRet<'_>) -> Option<Value> {
    let WastRet::Core(result) = result else {
        return None;
    };
    core_result(result)
}

fn core_result(result: WastRetCore<'_>) -> Option<Value> {
    Some(match result {
        WastRetCore::I32(value) => Value::of("i32", value),
        WastRetCore::I64(value) => Value::of("i64", value),
        WastRetCore::F32(NanPattern::Value(value)) => Value::of("f32", value.bits),
        WastRetCore::F64(NanPattern::Value(value)) => Value::of("f64", value.bits),
        WastRetCore::F32(_) | WastRetCore::F64(_) => Value::any("nan"),
        WastRetCore::RefNull(_) => Value::any("null"),
        WastRetCore::RefExtern(Some(value)) => Value::of("extern", value),
        WastRetCore::RefExtern(None) | WastRetCore::RefI31 | WastRetCore::RefEq | WastRetCore::RefAny => {
            Value::any("ref")
        }
        WastRetCore::RefStruct | WastRetCore::RefArray => Value::any("ref"),
        WastRetCore::RefFunc(_) => Value::any("func"),
        WastRetCore::Either(alternatives) => Value {
            alternatives: Some(alternatives.into_iter().map(core_result).collect::<Option<_>>()?),
            ..Value::any("either")
        },
        _ => return None,
    })
}
