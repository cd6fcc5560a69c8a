//! Calls of cargo.

use std::process::Command;

/// The machine for which instrumented programs are built. An explicit target keeps the flags from build scripts and
/// procedural macros.
pub const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// The cargo that runs this program, or the one on the `PATH`.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
