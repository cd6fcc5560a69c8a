//! Single steps: commands that must succeed, and folders.

use crate::folders;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a command that must print these lines.
pub fn expect(lines: &str, command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", words(command)))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && printed.trim_end() == lines {
        return Ok(());
    }
    Err(format!(
        "`{}` printed `{}` instead of `{lines}`; {}\n{}",
        words(command),
        printed.trim_end(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}`: {status}", words(command))),
        Err(error) => Err(format!("`{}`: {error}", words(command))),
    }
}

/// Makes a folder, or empties it.
pub fn fresh(folder: &Path) -> Result<(), String> {
    folders::fresh(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))
}

pub fn size(file: &Path) -> String {
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// A command with its arguments, for messages.
fn words(command: &Command) -> String {
    let arguments = command.get_args().map(|word| word.to_string_lossy());
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    [program.to_string_lossy()]
        .into_iter()
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
