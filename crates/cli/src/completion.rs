//! `transom completion`: shell completion scripts.

use crate::args::{Cli, Completion};
use crate::failure::Failure;
use crate::output::say_bytes;
use clap::CommandFactory;

/// Prints the script of a shell.
pub fn run(args: &Completion) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "transom", &mut script);
    say_bytes(&script)?;
    Ok(0)
}
