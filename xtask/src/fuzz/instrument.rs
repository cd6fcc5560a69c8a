//! Compiling with instrumentation in some crates only: Cargo calls this program in place of `rustc`.
//!
//! Flags in the environment apply to all crates. Cargo does not know these, so a change of the list below needs an empty target
//! folder.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The variable that holds the flags, and makes this program a wrapper of `rustc`.
pub const VARIABLE: &str = "TRANSOM_FUZZ_FLAGS";

/// Beginnings of the names of crates whose branches say something about an input.
const CRATES: [&str; 6] = [
    "transom",
    "wasmparser",
    "wast",
    "wasmprinter",
    "wasm_smith",
    "cap_primitives",
];

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

/// Whether it is one of these crates, and not a program or a macro that runs while others are compiled.
pub fn is_instrumented(arguments: &[String]) -> bool {
    let after = |name: &str| {
        let mut arguments = arguments.iter().skip_while(|argument| *argument != name);
        arguments.nth(1).map(String::as_str)
    };
    let ours = |name: &str| CRATES.iter().any(|begin| name.starts_with(begin));
    let program = after("--crate-type") == Some("bin");
    after("--target").is_some() && (program || after("--crate-name").is_some_and(ours))
}
