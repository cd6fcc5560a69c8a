//! The command `transom`: runs WebAssembly programs, validates modules, runs the specification's scripts.
//!
//! It is a client of the public API like any other. Every failure is worded in [`report`], and what a failure means for
//! the exit code is decided there as well.
#![forbid(unsafe_code)]

mod args;
mod features;
mod input;
mod invoke;
mod locate;
mod report;
mod run;
mod scripts;
mod timeout;
mod validate;
mod values;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // What `--help` and `--version` print is no failure.
            let code = u8::from(error.use_stderr());
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let done = match cli.command {
        Command::Run(run) => run::run(&run),
        Command::Wast(wast) => scripts::run(&wast),
        Command::Validate(validate) => validate::run(&validate),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}
