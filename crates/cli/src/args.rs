//! The command line: what can be asked for, and the help that teaches it.

mod comparing;
mod quantity;

pub use comparing::{Compare, Comparing, Engines, Reduce, Report};

use crate::features::Features;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand};
use quantity::{parse_duration, parse_size};
use std::path::{Path, PathBuf};
use std::time::Duration;
use transom::ProfilingStrategy;

const EXAMPLES: &str = "\
Examples:
  transom run hello.wasm                     run a WASI program
  transom run --dir data::/data app.wasm -v  … with a folder, and `-v` for the program
  transom run --invoke add add.wat 2 3       call an exported function, print its results
  transom validate *.wasm                    check modules without running them
  transom print app.wasm | less              read one
  transom wast i32.wast                      run a script of the specification
  transom completion bash                    print what makes the Tab key work

`transom app.wasm` is short for `transom run app.wasm`, and
`transom help COMMAND` says more about each command.

Exit codes of every command; some have more:
  0    success
  1    failure, for example if the output could not be written
  124  the time of --timeout is over
  141  nobody reads the output any more, as in `transom print a.wasm | head`";

const RUN_EXAMPLES: &str = "\
Examples:
  transom run hello.wasm Ada Grace           two arguments for the program
  transom run --env LANG --env DEBUG=1 a.wasm
  transom run --dir . --timeout 10s a.wasm   the current folder, ten seconds at most
  transom run --dir ./in::/data a.wasm       ./in, which the program calls /data
  transom run --invoke fac fac.wat 20
  transom run --preload math=math.wasm a.wasm   a.wasm imports from `math`
  transom run --tcplisten 127.0.0.1:8080 server.wasm
  transom run -W threads=n,wide-arithmetic a.wasm

Options for transom come before the file; what follows the file is the
program's. A program sees nothing of the host but its streams and what these
options give it.

Profiles, with perf of Linux:
  perf record -g transom run --profile=perfmap a.wasm      names of functions
  perf report
  perf record -k mono transom run --profile=jitdump a.wasm   and their code
  perf inject --jit -i perf.data -o jit.data; perf annotate -i jit.data

Exit codes:
    the program's own
  1    it could not be run: the file, an option, an import
  124  its time was over
  134  it trapped; to be out of fuel is a trap
  141  it wrote to a standard stream that nobody reads any more";

/// Runs WebAssembly, and tells what modules are.
#[derive(Debug, Parser)]
#[command(name = "transom", bin_name = "transom", version, after_help = EXAMPLES)]
pub struct Cli {
    /// Stop the command after this time, with exit code 124: 10s, 500ms, 2m
    // `run`, `compare`, `reduce` and `report` have options of this name with a meaning of their own.
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// How long the command may take. `run` keeps its own time, since it ends programs in an orderly way.
    pub fn time(&self) -> Option<Duration> {
        match &self.command {
            Command::Run(_) => None,
            Command::Compare(Compare { comparing, .. })
            | Command::Reduce(Reduce { comparing, .. })
            | Command::Report(Report { comparing, .. }) => comparing.engines.total_timeout,
            _ => self.timeout,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a WASI program, or call one function of a module
    Run(Box<Run>),
    /// Run scripts of the specification (.wast)
    Wast(Wast),
    /// Check modules, in binary or text form
    Validate(Validate),
    /// Tell what a module looks like from outside: imports, exports, types, features
    Inspect(Stats),
    /// Show what lies where in a binary: sections, instructions, bytes
    Objdump(Objdump),
    /// Check whether modules fit together: imports against exports
    Link(Link),
    /// Check that a text means one thing to all assemblers, and that a binary is what its text says
    Roundtrip(Roundtrip),
    /// Give the same module to many engines, and say where they part and why
    Compare(Compare),
    /// Shrink a module while engines still part, or whatever else holds
    Reduce(Reduce),
    /// Write down what engines disagree about, so that their makers can act on it
    Report(Report),
    /// Turn text into a binary
    Parse(Parse),
    /// Print a module as text
    Print(Print),
    /// Tell what a module is made of: sections, sizes of functions, instructions
    Stats(Stats),
    /// Leave out custom sections: names, debug information
    Strip(Strip),
    /// Print a script that completes this command's options in a shell
    Completion(Completion),
}

/// `transom run`
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES, override_usage = "transom run [OPTIONS] <FILE> [ARGS]...")]
pub struct Run {
    /// Call this exported function with the arguments that follow the file, and print its results
    #[arg(long, value_name = "NAME")]
    pub invoke: Option<String>,

    /// Instantiate another module first, and let its exports be imported from NAME; may be repeated, in order
    #[arg(long = "preload", value_name = "NAME=FILE", value_parser = parse_preload)]
    pub preloads: Vec<(String, PathBuf)>,

    /// When the program has ended, print to standard error what took how long, and how much memory
    #[arg(long)]
    pub stats: bool,

    /// Tell `perf` what the program's functions are called, or their code as well: see below
    #[arg(long, value_name = "STRATEGY", value_parser = parse_profiling())]
    pub profile: Option<ProfilingStrategy>,

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
    #[arg(short = 'W', long = "wasm-features", value_name = "FEATURE[=y|n],…")]
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

    /// Let the program's structs and arrays take no more memory than this, room for collecting them included
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub max_gc_heap: Option<usize>,

    /// Let no table of the program grow beyond so many elements
    #[arg(long, value_name = "NUMBER", default_value_t = transom::DEFAULT_TABLE_ELEMENTS)]
    pub max_table_elements: usize,

    /// Let all memories, tables and objects of the program take no more than this together
    #[arg(long, value_name = "BYTES", value_parser = parse_size, default_value = "16G")]
    pub max_total_memory: usize,

    /// Stop the program after so many instructions, roughly; the same number in each run, on each machine
    #[arg(long, value_name = "NUMBER")]
    pub fuel: Option<u64>,
}

/// What a program sees of the host.
#[derive(Debug, Args)]
pub struct World {
    /// Open a folder for the program, under its own name or another one
    #[arg(long = "dir", value_name = "HOST[::GUEST]")]
    pub dirs: Vec<String>,

    /// Open a folder that the program can read, but not change
    #[arg(long = "read-only-dir", value_name = "HOST[::GUEST]")]
    pub read_only_dirs: Vec<String>,

    /// Listen at an address for the program, which accepts connections from descriptor 3; further ones follow
    #[arg(long = "tcplisten", value_name = "ADDRESS:PORT")]
    pub listeners: Vec<String>,

    /// Set a variable of the program's environment, or pass on the host's
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,

    /// What the program sees as its own name, instead of the file's
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<String>,

    /// Make the run repeatable: clocks that begin in 2020 and count, random numbers from SEED, NaNs in one form
    #[arg(long, value_name = "SEED", require_equals = true, num_args = 0..=1, default_missing_value = "0")]
    pub deterministic: Option<u64>,
}

/// `transom wast`
#[derive(Debug, Args)]
#[command(after_help = "Exit code 1 if a directive fails or is not supported.")]
pub struct Wast {
    /// Scripts, `-` for standard input; each runs by itself, with all features of WebAssembly 3.0
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// `transom validate`
#[derive(Debug, Args)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub struct Validate {
    #[command(flatten)]
    pub wasm: Wasm,

    /// Say which features each module needs, and what needs them first
    #[arg(long)]
    pub needs: bool,

    /// Check against a set of features instead of those of transom: wasm1, wasm2, wasm3, or names of features
    #[arg(long, value_name = "SET,…", conflicts_with = "features")]
    pub against: Option<String>,

    /// Write JSON
    #[arg(long)]
    pub json: bool,

    /// Modules: .wasm or .wat; `-` for standard input
    #[arg(required_unless_present = "features")]
    pub files: Vec<PathBuf>,
}

const VALIDATE_EXAMPLES: &str = "\
Examples:
  transom validate *.wasm
  transom validate --needs app.wasm          which features, and where first
  transom validate --against wasm2 app.wasm  would an older engine take it?
  transom validate -W gc=n app.wat

Exit code 1 if one of the modules is not valid.";

/// A module to read, and where what comes of it goes.
#[derive(Debug, Args)]
pub struct Conversion {
    /// The module: .wasm or .wat; `-` for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,

    /// Where to write; standard output if it isn't given
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `transom parse`
#[derive(Debug, Args)]
pub struct Parse {
    #[command(flatten)]
    pub conversion: Conversion,
}

/// `transom print`
#[derive(Debug, Args)]
pub struct Print {
    #[command(flatten)]
    pub conversion: Conversion,

    /// Leave out the bodies of functions and the contents of segments
    #[arg(long)]
    pub skeleton: bool,

    /// Say at the end of each line where in the binary it comes from
    #[arg(long)]
    pub offsets: bool,

    /// Write instructions with their operands in parentheses
    #[arg(long)]
    pub folded: bool,

    /// Give a name to whatever has none
    #[arg(long)]
    pub names: bool,
}

/// `transom stats` and `transom inspect`
#[derive(Debug, Args)]
pub struct Stats {
    /// The module: .wasm or .wat; `-` for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,

    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// `transom objdump`
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Objdump {
    /// The module: .wasm or .wat; `-` for standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,

    /// The table of sections; this is what is shown if nothing else is asked for
    #[arg(short = 'h', long)]
    pub headers: bool,

    /// What is declared, beside offsets and bytes
    #[arg(short = 'x', long)]
    pub details: bool,

    /// The instructions of functions, beside offsets and bytes
    #[arg(short = 'd', long)]
    pub disassemble: bool,

    /// The bytes of sections
    #[arg(short = 's', long)]
    pub contents: bool,

    /// Only the sections of this name
    #[arg(short = 'j', long, value_name = "NAME")]
    pub section: Option<String>,

    /// Print help
    #[arg(long, action = clap::ArgAction::Help)]
    pub help: Option<bool>,
}

/// `transom link`
#[derive(Debug, Args)]
#[command(after_help = LINK_EXAMPLES)]
pub struct Link {
    /// Modules; each is imported by the name of its file without the ending, or by NAME
    #[arg(required = true, value_name = "[NAME=]FILE")]
    pub files: Vec<String>,

    /// Leave out imports from this module, which the host provides; may be repeated
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,

    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

const LINK_EXAMPLES: &str = "\
Examples:
  transom link lib.wasm main.wasm
  transom link env=runtime.wasm main.wasm --host wasi_snapshot_preview1

Exit code 1 if an import is missing or doesn't match.";

/// `transom roundtrip`
#[derive(Debug, Args)]
#[command(after_help = ROUNDTRIP_EXAMPLES)]
pub struct Roundtrip {
    /// The text; `-` for standard input
    pub text: PathBuf,

    /// A binary that is said to be the text's
    pub binary: Option<PathBuf>,

    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

const ROUNDTRIP_EXAMPLES: &str = "\
Examples:
  transom roundtrip module.wat
  transom roundtrip module.wat module.wasm

Besides transom's own, the tools of wabt (wat2wasm, wasm2wat), of binaryen
(wasm-as, wasm-dis) and wasm-tools are asked if they are on the PATH.

Exit code 1 if something differs but for encodings and custom sections, 2 if a
comparison could not be made.";

/// `transom strip`
#[derive(Debug, Args)]
pub struct Strip {
    #[command(flatten)]
    pub conversion: Conversion,

    /// Leave out only custom sections whose names begin so; may be repeated
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,

    /// Keep custom sections whose names begin so; may be repeated
    #[arg(long, value_name = "NAME")]
    pub keep: Vec<String>,
}

/// `transom completion`
#[derive(Debug, Args)]
#[command(after_help = COMPLETION_EXAMPLES)]
pub struct Completion {
    /// Which shell
    pub shell: clap_complete::Shell,
}

const COMPLETION_EXAMPLES: &str = "\
Examples:
  source <(transom completion bash)                                       in ~/.bashrc
  transom completion zsh > \"${fpath[1]}/_transom\"
  transom completion fish > ~/.config/fish/completions/transom.fish";

/// Whether a word is the name of a command, rather than of a file to run.
pub fn is_command(word: &str) -> bool {
    word == "help"
        || Cli::command()
            .get_subcommands()
            .any(|command| command.get_name() == word)
}

/// A name and a file.
fn parse_preload(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("write the name that is imported from, and a file: math=math.wasm".to_owned()),
    }
}

/// The strategies of profiling, by the names that the `wasmtime` command has for them.
fn parse_profiling() -> impl TypedValueParser<Value = ProfilingStrategy> {
    PossibleValuesParser::new(["perfmap", "jitdump"]).map(|name| match name.as_str() {
        "perfmap" => ProfilingStrategy::PerfMap,
        _ => ProfilingStrategy::JitDump,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
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
