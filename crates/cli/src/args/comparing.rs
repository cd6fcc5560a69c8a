//! The options of the commands that compare engines.

use super::quantity::parse_duration;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is compared, and by whom.
#[derive(Debug, Args)]
pub struct Comparing {
    /// Call this exported function with the arguments that follow the file
    #[arg(long, value_name = "NAME", conflicts_with_all = ["all_exports", "wasi"])]
    pub invoke: Option<String>,

    /// Call every exported function, with arguments that follow from --seed, and look at memories and globals after it
    #[arg(long, conflicts_with = "wasi")]
    pub all_exports: bool,

    /// Run it as a program of WASI, with the arguments that follow the file; so it is if it exports `_start`
    #[arg(long)]
    pub wasi: bool,

    #[command(flatten)]
    pub engines: Engines,

    /// The module (.wasm or .wat) or the script (.wast), and arguments
    #[arg(trailing_var_arg = true, value_names = ["FILE", "ARGS"])]
    pub program: Vec<String>,
}

impl Comparing {
    /// The module or script, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.program.first().map(Path::new)
    }

    /// What follows it.
    pub fn args(&self) -> &[String] {
        self.program.get(1..).unwrap_or_default()
    }
}

/// Who compares, and within which bounds.
#[derive(Debug, Clone, Args)]
pub struct Engines {
    /// Which engines, by name or as NAME=COMMAND; all that are on the PATH if this isn't given; `--engines help` lists them
    #[arg(long = "engines", value_name = "LIST", value_delimiter = ',')]
    pub list: Vec<String>,

    /// How long each engine may take for each call: 10s, 500ms
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "10s")]
    pub timeout: Duration,

    /// Stop the whole command after this time, with exit code 124
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub total_timeout: Option<Duration>,

    /// Switch features on that the module needs, where an engine has them off and has a flag for them
    #[arg(long)]
    pub enable_features: bool,

    /// What arguments are made from, and generated modules
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
}

/// `transom compare`
#[derive(Debug, Args)]
#[command(after_help = COMPARE_EXAMPLES, override_usage = "transom compare [OPTIONS] <FILE> [ARGS]...\n       transom compare --generate <N> [--seed <NUMBER>] [OPTIONS]")]
pub struct Compare {
    #[command(flatten)]
    pub comparing: Comparing,

    /// Compare so many generated modules instead of a file; goes on where a campaign in the same folder was stopped
    #[arg(long, value_name = "N", conflicts_with_all = ["invoke", "all_exports", "wasi", "program"])]
    pub generate: Option<u64>,

    /// Where a campaign keeps its journal, and what it finds
    #[arg(long, value_name = "FOLDER", default_value = "transom-campaign")]
    pub folder: PathBuf,

    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  transom compare app.wasm                       does it run alike everywhere?
  transom compare --invoke fac fac.wat 20
  transom compare --all-exports lib.wasm
  transom compare script.wast                    the first directive on which engines part
  transom compare --engines transom,wasmtime,node app.wasm
  transom compare --engines wasmtime,wasmtime-45=/opt/wasmtime45/wasmtime app.wasm
  transom compare --generate 10000 --seed 7      look for differences nobody knows

Every engine is given the same bytes; text is assembled once. The verdict is one
of: agreement; a feature, which is off or not there; a limit, which one engine
reached first; the host, which gives other surroundings; semantic, where they do
different things; a crash.

Exit code 0 if engines agree, 1 if they part, 2 if that can't be told: for want
of engines or a module, or since nobody understands what one of them says; 124
if the time of --total-timeout is over.";

/// `transom reduce`
#[derive(Debug, Args)]
#[command(after_help = REDUCE_EXAMPLES, override_usage = "transom reduce [OPTIONS] <FILE> [ARGS]...")]
pub struct Reduce {
    #[command(flatten)]
    pub comparing: Comparing,

    /// What has to stay: `divergence` of the engines, `trap` of transom, or a command that succeeds; `{}` stands for the file
    #[arg(long, value_name = "WHAT", default_value = "divergence")]
    pub keep: String,

    /// Where to write the smaller module: .wasm, or .wat; its text goes to standard output if this isn't given
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Stop after so many tries
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000)]
    pub attempts: u64,
}

const REDUCE_EXAMPLES: &str = "\
Examples:
  transom reduce --all-exports big.wasm                  engines still part in the same way
  transom reduce --invoke run --keep trap app.wasm -o small.wat
  transom reduce --keep './interesting.sh {}' app.wasm   for whatever else

What is left is a valid module that does the same as the large one, as far as
--keep can see.";

/// `transom report`
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES, override_usage = "transom report [OPTIONS] <FILE> [ARGS]...")]
pub struct Report {
    #[command(flatten)]
    pub comparing: Comparing,

    /// The folder that is written
    #[arg(short, long, value_name = "FOLDER", default_value = "transom-report")]
    pub output: PathBuf,

    /// Report the module as it is, however large
    #[arg(long)]
    pub no_reduce: bool,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  transom report --all-exports bug.wasm
  transom report --engines transom,wasmtime --invoke run -o wasmtime-bug bug.wat

The folder has report.md, ready to be pasted, report.html, the reduced module as
text and as binary, and the bytes that were given.";
