//! `transom validate`: validates each file, and prints the place of an error.

use crate::args::Validate;
use crate::failure::Failure;
use crate::modules::json;
use crate::output::say;
use crate::{features, input};
use serde::Serialize;
use std::path::Path;
use transom::{Engine, Escaped, Module, Strategy, WasmFeatures};
use transom_inspect::needs::{self, Need};
use transom_inspect::{Error, Source, component};

/// The result for one file, as JSON.
#[derive(Serialize)]
struct Verdict {
    file: String,
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<Vec<Need>>,
}

/// Checks each file; the exit code is 1 if one of them is not valid.
pub fn run(args: &Validate) -> Result<u8, Failure> {
    let Some(mut config) = features::config(&args.wasm.features) else {
        say(features::help())?;
        return Ok(0);
    };
    // Otherwise `--compile` would compile nothing: no function is called.
    let engine = Engine::new(config.compilation(Strategy::Optimized))?;
    let mut verdicts = Vec::new();
    for file in &args.files {
        let checked = check(&engine, file, args);
        if !args.json {
            match &checked {
                Ok(needs) => say_valid(file, needs.as_deref())?,
                Err(failure) => drop(failure.report()),
            }
        }
        let (error, needs) = match checked {
            Ok(needs) => (None, needs),
            Err(failure) => (Some(failure.what), None),
        };
        verdicts.push(Verdict {
            file: file.display().to_string(),
            valid: error.is_none(),
            error,
            needs,
        });
    }
    if args.json {
        say(json(&verdicts))?;
    }
    Ok(u8::from(verdicts.iter().any(|verdict| !verdict.valid)))
}

fn say_valid(file: &Path, needs: Option<&[Need]>) -> Result<(), Failure> {
    say(format_args!("{}: ok\n", Escaped(file.display())))?;
    let needs = needs.unwrap_or_default();
    needs
        .iter()
        .try_for_each(|need| say(format_args!("  needs {need}\n")))
}

/// Validates a component, and returns the features that it needs with `--needs`.
fn check_component(
    engine: &Engine,
    source: &Source,
    binary: &[u8],
    args: &Validate,
) -> Result<Option<Vec<Need>>, Failure> {
    let wrong = |error: &Error| input::wrong(source, error);
    let features = args
        .against
        .as_ref()
        .map_or_else(|| Ok(engine.get_wasm_features()), |names| against(names))?;
    // Which function of which module it is in is not looked for.
    component::validate(binary, features).map_err(|error| match (error.missing, &args.against) {
        (Some(_), Some(_)) => wrong(&error).hint("add the feature to the set: --against SET,FEATURE"),
        _ => wrong(&error),
    })?;
    if args.compile {
        input::component_of(engine, source)?;
    }
    let asked = args.needs.then(|| needs::needs(binary));
    asked.transpose().map_err(|error| wrong(&error))
}

fn against(names: &str) -> Result<WasmFeatures, Failure> {
    needs::set(names).map_err(|error| Failure::new(format!("--against: {error}")))
}

/// Validates a file, and returns the features that it needs with `--needs`.
fn check(engine: &Engine, path: &Path, args: &Validate) -> Result<Option<Vec<Need>>, Failure> {
    let source = input::read(path)?;
    if let Some(binary) = input::component(&source)? {
        return check_component(engine, &source, &binary, args);
    }
    if args.compile || args.against.is_none() && !args.needs {
        let parsed = input::parse(engine, &source)?;
        if args.compile {
            let compiled = parsed.compile();
            compiled.map_err(|error| Failure::new(format!("{}: {error:#}", Escaped(path.display()))))?;
        }
        if !args.needs {
            return Ok(None);
        }
    }
    let wrong = |source: &Source, error: Error| input::wrong(source, &error);
    let binary = source.binary().map_err(|error| wrong(&source, error))?;
    let located = |error| wrong(&source, source.locate(&binary, error));
    match &args.against {
        Some(names) => {
            needs::validate(&binary, against(names)?).map_err(|error| match error.missing {
                Some(_) => located(error).hint("add the feature to the set: --against SET,FEATURE"),
                None => located(error),
            })?;
        }
        None => {
            Module::validate(engine, &binary).map_err(|error| input::invalid(&source, &binary, &error))?
        }
    }
    let asked = args.needs.then(|| needs::needs(&binary));
    asked.transpose().map_err(located)
}
