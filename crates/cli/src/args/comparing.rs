//! The options of the commands that compare engines.

use super::quantity::parse_duration;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The subject of a comparison, and the engines.
#[derive(Debug, Args)]
pub struct Comparing {
    /// Call this exported function with the arguments after the file; of a component, write a call: 'f(1, "a")'
    #[arg(long, value_name = "NAME", conflicts_with_all = ["all_exports", "wasi"])]
    pub invoke: Option<String>,

    /// Call every exported function with arguments generated from --seed; compare results, and memories and globals of modules
    #[arg(long, conflicts_with = "wasi")]
    pub all_exports: bool,

    /// Run a WASI program with the arguments after the file (the default if the module exports `_start`)
    #[arg(long)]
    pub wasi: bool,

    #[command(flatten)]
    pub engines: Engines,

    /// The module or component (.wasm or .wat) or the script (.wast), then arguments
    #[arg(trailing_var_arg = true, value_names = ["FILE", "ARGS"])]
    pub program: Vec<String>,
}

impl Comparing {
    /// The module or script, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.program.first().map(Path::new)
    }

    /// The arguments after the file.
    pub fn args(&self) -> &[String] {
        self.program.get(1..).unwrap_or_default()
    }
}

/// The engines, and their limits.
#[derive(Debug, Clone, Args)]
pub struct Engines {
    /// Engines, as NAME or NAME=COMMAND; `--engines help` lists them [default: all on the PATH]
    #[arg(long = "engines", value_name = "LIST", value_delimiter = ',')]
    pub list: Vec<String>,

    /// Limit the time of each engine for each call: 10s, 500ms
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "10s")]
    pub timeout: Duration,

    /// Stop the whole command after this time, with exit code 124 [default: no limit]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub total_timeout: Option<Duration>,

    /// Enable the features that the module needs on engines that have a flag for them
    #[arg(long)]
    pub enable_features: bool,

    /// Seed for generated arguments and modules
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
}

/// `transom compare`
#[derive(Debug, Args)]
#[command(after_help = COMPARE_EXAMPLES, override_usage = "transom compare [OPTIONS] <FILE> [ARGS]...\n       transom compare --generate <N> [--seed <NUMBER>] [OPTIONS]")]
pub struct Compare {
    #[command(flatten)]
    pub comparing: Comparing,

    /// Compare N generated modules instead of a file; resumes the campaign in --folder
    #[arg(long, value_name = "N", conflicts_with_all = ["invoke", "all_exports", "wasi", "program"])]
    pub generate: Option<u64>,

    /// The folder for the journal and the findings of a campaign
    #[arg(long, value_name = "FOLDER", default_value = "transom-campaign")]
    pub folder: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  transom compare app.wasm                       run a WASI program on all engines
  transom compare --invoke fac fac.wat 20
  transom compare --all-exports lib.wasm
  transom compare --invoke 'a:b/c.f(1, \"x\")' component.wasm
  transom compare script.wast                    the first directive with different results
  transom compare --engines transom,wasmtime,node app.wasm
  transom compare --engines wasmtime,wasmtime-45=/opt/wasmtime45/wasmtime app.wasm
  transom compare --generate 10000 --seed 7      search for unknown divergences

Every engine receives the same bytes; text is assembled once. The verdicts are
agreement, feature divergence (a feature is disabled or missing), limit
divergence (one engine reached a limit first), host divergence (different
imports or WASI), semantic divergence (different behaviour), and crash.

Exit codes:
  0    engines agree
  1    engines diverge
  2    no verdict: no engine, no module, or unrecognised output
  124  the time limit of --total-timeout expired";

/// `transom reduce`
#[derive(Debug, Args)]
#[command(after_help = REDUCE_EXAMPLES, override_usage = "transom reduce [OPTIONS] <FILE> [ARGS]...")]
pub struct Reduce {
    #[command(flatten)]
    pub comparing: Comparing,

    /// The property to keep: `divergence` (of engines), `trap` (in transom), or a command that succeeds; `{}` is the file
    #[arg(long, value_name = "PROPERTY", default_value = "divergence")]
    pub keep: String,

    /// The output file, .wasm or .wat [default: text on standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Stop after this many attempts
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000)]
    pub attempts: u64,
}

const REDUCE_EXAMPLES: &str = "\
Examples:
  transom reduce --all-exports big.wasm                  keep the divergence
  transom reduce --invoke run --keep trap -o small.wat app.wasm
  transom reduce --keep './interesting.sh {}' app.wasm   keep the command successful

The result is a valid module that still has the property of --keep.";

/// `transom report`
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES, override_usage = "transom report [OPTIONS] <FILE> [ARGS]...")]
pub struct Report {
    #[command(flatten)]
    pub comparing: Comparing,

    /// The output folder
    #[arg(short, long, value_name = "FOLDER", default_value = "transom-report")]
    pub output: PathBuf,

    /// Report the module without reducing it
    #[arg(long)]
    pub no_reduce: bool,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  transom report --all-exports bug.wasm
  transom report --engines transom,wasmtime --invoke run -o wasmtime-bug bug.wat

The folder contains report.md (for an issue tracker), report.html, the reduced
module as text and as binary, and the original bytes. Components are not reduced.";
