//! The command line: what can be asked for, and the help that teaches it.

use crate::features::Features;
use crate::timeout::parse_duration;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  transom run hello.wasm                     run a WASI program
  transom run --dir data::/data app.wasm -v  … with a folder, and `-v` for the program
  transom run --invoke add add.wat 2 3       call an exported function, print its results
  transom validate *.wasm                    check modules without running them
  transom wast i32.wast                      run a script of the specification

`transom help COMMAND` says more about each command.";

const RUN_EXAMPLES: &str = "\
Examples:
  transom run hello.wasm Ada Grace           two arguments for the program
  transom run --env LANG --env DEBUG=1 a.wasm
  transom run --dir . --timeout 10s a.wasm   the current folder, ten seconds at most
  transom run --dir ./in::/data a.wasm       ./in, which the program calls /data
  transom run --invoke fac fac.wat 20
  transom run -W threads=n,wide-arithmetic a.wasm

Options for transom come before the file; what follows the file is the program's.

Exit code: the program's own; 134 if it trapped, 124 if its time was over, 1 for any other failure.";

/// Runs WebAssembly.
#[derive(Debug, Parser)]
#[command(name = "transom", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a WASI program, or call one function of a module
    Run(Run),
    /// Run scripts of the specification (.wast)
    Wast(Wast),
    /// Check modules, in binary or text form
    Validate(Validate),
}

/// `transom run`
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES, override_usage = "transom run [OPTIONS] <FILE> [ARGS]...")]
pub struct Run {
    /// Call this exported function with the arguments that follow the file, and print its results
    #[arg(long, value_name = "NAME")]
    pub invoke: Option<String>,

    #[command(flatten)]
    pub wasm: Wasm,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub world: World,

    /// The module (.wasm or .wat), and arguments of the program or of the function that --invoke names
    #[arg(required_unless_present = "features", trailing_var_arg = true, value_names = ["FILE", "ARGS"])]
    pub program: Vec<String>,
}

impl Run {
    /// The module.
    pub fn file(&self) -> &Path {
        Path::new(self.program.first().map_or("", |file| file))
    }

    /// What follows it.
    pub fn args(&self) -> &[String] {
        self.program.get(1..).unwrap_or_default()
    }
}

/// Features of the language.
#[derive(Debug, Args)]
pub struct Wasm {
    /// Switch features of WebAssembly: `-W gc`, `-W simd=n,threads`; `-W help` lists them
    #[arg(short = 'W', value_name = "FEATURE[=y|n],…")]
    pub features: Vec<Features>,
}

/// What a program may use up.
#[derive(Debug, Args)]
pub struct Limits {
    /// Stop the program after this time, with exit code 124: 10s, 500ms, 2m
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Let no memory of the program grow beyond this size: 1000000, 64M, 2G
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub max_memory_size: Option<usize>,
}

/// What a program sees of the host.
#[derive(Debug, Args)]
pub struct World {
    /// Open a folder for the program, under its own name or another one
    #[arg(long = "dir", value_name = "HOST[::GUEST]")]
    pub dirs: Vec<String>,

    /// Set a variable of the program's environment, or pass on the host's
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,

    /// What the program sees as its own name, instead of the file's
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<String>,
}

/// `transom wast`
#[derive(Debug, Args)]
pub struct Wast {
    /// Scripts; each runs by itself, with all features of WebAssembly 3.0
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// `transom validate`
#[derive(Debug, Args)]
pub struct Validate {
    #[command(flatten)]
    pub wasm: Wasm,

    /// Modules: .wasm or .wat
    #[arg(required_unless_present = "features")]
    pub files: Vec<PathBuf>,
}

/// A number of bytes, with a binary suffix or without.
fn parse_size(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number = digits
        .parse::<usize>()
        .map_err(|_| "write a number of bytes, such as 1000000 or 64M")?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "that is more than any memory".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("64M"), Ok(64 << 20));
        assert_eq!(parse_size("123"), Ok(123));
        assert!(parse_size("M").is_err() && parse_size("-1").is_err() && parse_size("99999999999G").is_err());
    }

    #[test]
    fn what_follows_the_file_is_the_programs() {
        let cli = Cli::try_parse_from(["transom", "run", "--env", "A", "f.wasm", "--env", "-x"]).unwrap();
        let Command::Run(run) = cli.command else {
            panic!("not run")
        };
        assert_eq!(
            (run.world.env.len(), run.args()),
            (1, &["--env".to_owned(), "-x".to_owned()][..])
        );
    }
}
