//! The engines, each a command that takes a module and a plan: this program itself for the crates, and what
//! `peers.sh` installs for JavaScript.

use super::protocol::{Planned, Report, plan_text};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// An engine and the command line that comes before the module.
pub struct Engine {
    pub name: &'static str,
    command: Vec<OsString>,
}

/// A report, and how long the whole process took.
pub struct Run {
    pub report: Report,
    pub process: f64,
}

/// A JavaScript engine: its column, which is its program's name, and the variable that names another program.
const PEERS: &[(&str, &str)] = &[("node", "TRANSOM_BENCH_NODE"), ("bun", "TRANSOM_BENCH_BUN")];

/// Transom, unless there is nothing else, and its peers. Whoever is missing is named on standard error.
///
/// # Errors
///
/// This program can't be found.
pub fn engines(alone: bool, runner: &Path) -> Result<Vec<Engine>> {
    let own = std::env::current_exe()?;
    let crates = if alone {
        &["transom"][..]
    } else {
        &["transom", "wasmtime"]
    };
    let mut engines: Vec<Engine> = crates
        .iter()
        .map(|&name| Engine {
            name,
            command: vec![own.clone().into(), "--child".into(), name.into()],
        })
        .collect();
    for &(name, variable) in if alone { &[] } else { PEERS } {
        match find(&own, variable, name) {
            Some(program) => {
                engines.push(Engine {
                    name,
                    command: vec![program.into(), runner.into()],
                });
            }
            None => eprintln!("SKIPPED: {name} is not there; run bench/peers.sh, or name it in {variable}"),
        }
    }
    Ok(engines)
}

/// The program that the variable names, or the one in `engines` beside the folder of the profile.
fn find(own: &Path, variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(program) = std::env::var_os(variable) {
        return Some(program.into());
    }
    let program = own.parent()?.parent()?.join("engines/bin").join(name);
    program.is_file().then_some(program)
}

impl Engine {
    /// The engine's version.
    pub fn version(&self) -> String {
        match self.name {
            "transom" => env!("CARGO_PKG_VERSION").to_owned(),
            "wasmtime" => "48.0.8, copying collector".to_owned(),
            _ => self
                .javascript_versions()
                .unwrap_or_else(|error| error.to_string()),
        }
    }

    fn javascript_versions(&self) -> Result<String> {
        let versions = "const v = process.versions; console.log(v.bun ?? `${v.node}, V8 ${v.v8}`)";
        let output = Command::new(&self.command[0]).args(["-e", versions]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Runs a module after a plan in a process of its own.
    ///
    /// # Errors
    ///
    /// The process can't be started, or failed.
    pub fn run(&self, module: &Path, plan: &[Planned]) -> Result<Run> {
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .arg(module)
            .arg(plan_text(plan))
            .env_remove("RUST_BACKTRACE");
        let start = Instant::now();
        let output = command
            .output()
            .with_context(|| format!("{} can't be started", self.name))?;
        let process = start.elapsed().as_secs_f64();
        if !output.status.success() {
            bail!(
                "{}: {}",
                output.status,
                reason(&String::from_utf8_lossy(&output.stderr))
            );
        }
        Ok(Run {
            report: Report::read(&String::from_utf8_lossy(&output.stdout))?,
            process,
        })
    }
}

/// What of a failed process's output says why: the lines that speak of an error, or else the last ones.
fn reason(output: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let telling = |line: &&&str| line.contains("rror") || line.starts_with("0:") || line.starts_with("1:");
    let errors: Vec<&str> = lines.iter().filter(telling).take(3).copied().collect();
    let told = if errors.is_empty() {
        lines[lines.len().saturating_sub(3)..].to_vec()
    } else {
        errors
    };
    told.join("; ")
}
