//! `transom validate`: says of each file whether it is a valid module, and if not, where it goes wrong.

use crate::args::Validate;
use crate::report::{Failure, say};
use crate::{features, input};
use std::path::Path;
use transom::{Engine, Module};

/// Checks each file; the exit code is 1 if one of them is not valid.
pub fn run(args: &Validate) -> Result<u8, Failure> {
    let Some(config) = features::config(&args.wasm.features) else {
        say(features::help());
        return Ok(0);
    };
    let engine = Engine::new(&config).map_err(|error| Failure::new(format!("{error:#}")))?;
    let mut code = 0;
    for file in &args.files {
        match check(&engine, file) {
            Ok(()) => say(format_args!("{}: ok\n", file.display())),
            Err(failure) => {
                failure.report();
                code = 1;
            }
        }
    }
    Ok(code)
}

fn check(engine: &Engine, path: &Path) -> Result<(), Failure> {
    let source = input::read(path)?;
    let binary = source.binary().map_err(|error| input::wrong(&source, &error))?;
    Module::validate(engine, &binary).map_err(|error| input::invalid(&source, &binary, &error))
}
