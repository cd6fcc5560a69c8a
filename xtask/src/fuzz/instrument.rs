//! Compiling with instrumentation in the checks only: Cargo calls this program in place of `rustc`.
//!
//! Flags in the environment apply to all crates, which would have to be compiled again for a run of seconds. libFuzzer needs some
//! coverage to accept an input at all.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The variable that holds the flags, and makes this program a wrapper of `rustc`.
pub const VARIABLE: &str = "TRANSOM_FUZZ_FLAGS";

/// The crate of the checks.
const CHECKS: &str = "transom_fuzz";
/// What build scripts are called.
const BUILD_SCRIPT: &str = "build_script_";

/// Runs `rustc` as Cargo wants it, with `flags` if the crate is to be instrumented.
pub fn run(flags: &str, mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let Some(rustc) = arguments.next() else {
        return ExitCode::from(2);
    };
    let arguments: Vec<String> = arguments.collect();
    let mut command = Command::new(rustc);
    if is_instrumented(&arguments) {
        command.args(flags.split_whitespace());
    }
    let error = command.args(arguments).exec();
    eprintln!("rustc: {error}");
    ExitCode::FAILURE
}

/// Whether it is the crate of the checks, or one of the targets.
pub fn is_instrumented(arguments: &[String]) -> bool {
    let after = |name: &str| {
        let mut arguments = arguments.iter().skip_while(|argument| *argument != name);
        arguments.nth(1).map_or("", String::as_str)
    };
    let name = after("--crate-name");
    name == CHECKS || after("--crate-type") == "bin" && !name.starts_with(BUILD_SCRIPT)
}
