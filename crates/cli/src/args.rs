//! The command line: commands, options and their help texts.

mod caching;
mod codegen;
mod comparing;
mod components;
mod conversion;
mod profile;
mod quantity;
mod tools;
mod wasm;

pub use caching::{CacheAction, CacheCommand, Caching, Precompile};
pub use codegen::{Codegen, Emission};
pub use comparing::{Compare, Comparing, Engines, Reduce, Report};
pub use components::{ComponentAction, ComponentCommand, Compose, Embed, NewComponent, Wit};
pub use conversion::Conversion;

use clap::{Args, CommandFactory, Parser, Subcommand};
use codegen::BISECT_EXAMPLES;
use profile::Profiles;
pub use profile::{Guest, Profile};
use quantity::parse_duration;
pub use quantity::parse_size;
use std::path::{Path, PathBuf};
use std::time::Duration;
pub use tools::{Addr2line, JsonFromWast};
pub use wasm::Wasm;

const EXAMPLES: &str = "\
Examples:
  transom run hello.wasm                     run a WASI program
  transom run --dir data::/data app.wasm -v  … with a folder; `-v` goes to the program
  transom run --invoke add add.wat 2 3       call an exported function and print its results
  transom validate *.wasm                    check modules without running them
  transom print app.wasm | less              print a module as text
  transom wast i32.wast                      run a script of the specification
  transom completion bash                    print a script for Tab completion

`transom app.wasm` is short for `transom run app.wasm`, and
`transom help COMMAND` describes a command.

Exit codes of every command (`transom help COMMAND` lists further codes):
  0    success
  1    failure, for example if the output cannot be written
  124  the time limit of --timeout expired
  141  the reader of the output exited, as in `transom print a.wasm | head`";

const RUN_EXAMPLES: &str = "\
Examples:
  transom run hello.wasm Ada Grace           pass two arguments to the program
  transom run --env LANG --env DEBUG=1 a.wasm
  transom run --dir . --timeout 10s a.wasm   open this folder; stop after ten seconds
  transom run --dir ./in::/data a.wasm       open ./in as /data
  transom run --invoke fac fac.wat 20
  transom run --invoke f f.wat 0x1.8p-1 nan:0x200000 i32x4:1,2,3,4 null
  transom run --preload math=math.wasm a.wasm   a.wasm imports from `math`
  transom run --invoke 'f(1, \"a\", [2, 3], {x: true})' component.wasm
  transom run --invoke 'a:b/c#f' component.wasm  a function of an interface
  transom run --with dep.wasm --invoke f c.wasm  c.wasm imports from dep.wasm
  transom run --tcplisten 127.0.0.1:8080 server.wasm
  transom run -W threads=n,wide-arithmetic a.wasm

Options of transom come before the file. Words after the file are arguments of
the program; an option there is an error if the program reads no arguments.
A component's functions are called, and their results printed, as WAVE has it:
numbers, 'c', \"text\", [lists], (tuples), {records: 1}, case(payload), {flags},
some(x), none, ok(x), err(x). Programs for WASI 0.2 do not run yet.

A program exports `_start`. Of a library, `_initialize` is called. A start
function of the module runs in any case.

The program can access its standard streams and what these options name, and
nothing else of the host.

Profiling with perf on Linux:
  perf record -g transom run --profile=perfmap a.wasm        function names
  perf report
  perf record -k mono transom run --profile=jitdump a.wasm   names and code
  perf inject --jit -i perf.data -o jit.data; perf annotate -i jit.data

Profiling without perf: samples of the program's stack, for profiler.firefox.com
  transom run --profile=guest a.wasm         to transom-guest-profile.json, every 10ms
  transom run --profile=guest,a.json,1ms a.wasm

Exit codes:
       the program's own exit code
  1    the program could not run: a bad file, option or import, or nothing to run
  124  the time limit expired
  134  the program trapped; running out of fuel is a trap
  141  the program wrote to a standard stream without a reader";

/// Runs and analyses WebAssembly modules.
#[derive(Debug, Parser)]
#[command(name = "transom", bin_name = "transom", version, after_help = EXAMPLES)]
pub struct Cli {
    /// Stop the command after this time, with exit code 124: 10s, 500ms, 2m [default: no limit]
    // `run`, `compare`, `reduce` and `report` have options of this name with a meaning of their own.
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Print events of the runtime to standard error: `--log compile,gc=debug`; `--log help` lists them
    #[arg(long, global = true, value_name = "NAME[=LEVEL],…", value_delimiter = ',')]
    pub log: Vec<crate::logging::Filter>,

    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The time limit of the command. `run` has its own timer, because it ends programs in an orderly way.
    pub fn time(&self) -> Option<Duration> {
        match &self.command {
            Command::Run(_) => None,
            Command::Bisect(bisect) => bisect.total_timeout,
            Command::Compare(Compare { comparing, .. })
            | Command::Reduce(Reduce { comparing, .. })
            | Command::Report(Report { comparing, .. }) => comparing.engines.total_timeout,
            _ => self.timeout,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a WASI program, or call an exported function
    Run(Box<Run>),
    /// Run scripts of the specification (.wast)
    Wast(Wast),
    /// Convert a script of the specification to JSON and modules
    JsonFromWast(JsonFromWast),
    /// Validate modules and components in binary or text form
    Validate(Validate),
    /// List the imports, exports, types and features of a module
    Inspect(Stats),
    /// Print the layout of a binary: sections, instructions, bytes
    Objdump(Objdump),
    /// Print what a module says about itself: producers, licenses, debug information
    Metadata(Stats),
    /// Print the functions and source lines of addresses
    Addr2line(Addr2line),
    /// Check the imports of modules against the exports of other modules
    Link(Link),
    /// Check that all assemblers agree about a text, and that a binary matches its text
    Roundtrip(Roundtrip),
    /// Run a module on several engines, and classify divergences
    Compare(Compare),
    /// Reduce a module while it keeps a property, such as a divergence
    Reduce(Reduce),
    /// Find the function whose optimisation changes what a module does
    Bisect(Box<Bisect>),
    /// Write a bug report about a divergence
    Report(Report),
    /// Convert a module from text to binary
    Parse(Parse),
    /// Print a module as text
    Print(Print),
    /// Print statistics of a module: sections, function sizes, instructions
    Stats(Stats),
    /// Remove custom sections, such as names and debug information
    Strip(Strip),
    /// Make components of core modules, compose components, print their interfaces
    Component(ComponentCommand),
    /// Compile a module to a file
    Compile(Precompile),
    /// List or remove the compiled code that `run` keeps
    Cache(CacheCommand),
    /// Print a shell completion script
    Completion(Completion),
}

/// `transom run`
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES, override_usage = "transom run [OPTIONS] <FILE> [ARGS]...")]
pub struct Run {
    /// Call this exported function with the arguments after the file, and print its results; of a component, write a call: 'f(1, "a")'
    #[arg(long, value_name = "NAME")]
    pub invoke: Option<String>,

    #[command(flatten)]
    pub imports: Imports,

    /// Print times and memory use to standard error when the program ends
    #[arg(long)]
    pub stats: bool,

    /// Write the state of the program to FILE if it ends with an error, as a core dump for debuggers
    #[arg(long, value_name = "FILE")]
    pub coredump: Option<PathBuf>,

    /// Write function names (perfmap) or names and machine code (jitdump) for `perf`, or a profile of the program (guest); see below
    #[arg(long, value_name = "STRATEGY", value_parser = Profiles)]
    pub profile: Option<Profile>,

    #[command(flatten)]
    pub wasm: Wasm,

    #[command(flatten)]
    pub codegen: Codegen,

    #[command(flatten)]
    pub caching: Caching,

    #[command(flatten)]
    pub emission: Emission,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub world: World,

    /// The module or component (.wasm or .wat), then arguments of the program, or of the module's function of --invoke
    #[arg(required_unless_present_any = ["features", "optimize"], trailing_var_arg = true, value_names = ["FILE", "ARGS"])]
    pub program: Vec<String>,
}

impl Run {
    /// The module or component.
    pub fn file(&self) -> &Path {
        Path::new(self.program.first().map_or("", |file| file))
    }

    /// The profile of the program's own functions that is asked for.
    pub fn guest_profile(&self) -> Option<&Guest> {
        match &self.profile {
            Some(Profile::Guest(guest)) => Some(guest),
            _ => None,
        }
    }

    /// The arguments after the file.
    pub fn args(&self) -> &[String] {
        self.program.get(1..).unwrap_or_default()
    }
}

/// `transom bisect`
#[derive(Debug, Args)]
#[command(after_help = BISECT_EXAMPLES, override_usage = "transom bisect [OPTIONS] <FILE> [ARGS]...")]
pub struct Bisect {
    #[command(flatten)]
    pub run: Run,

    /// Stop the whole command after this time, with exit code 124
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub total_timeout: Option<Duration>,
}

/// Where imports come from.
#[derive(Debug, Args)]
pub struct Imports {
    /// Instantiate FILE first, and provide its exports as module NAME; repeatable, in this order
    #[arg(long = "preload", value_name = "NAME=FILE", value_parser = parse_preload)]
    pub preloads: Vec<(String, PathBuf)>,

    /// Instantiate the component FILE first, and provide its exports to a component; repeatable, in this order
    #[arg(long = "with", value_name = "FILE")]
    pub dependencies: Vec<PathBuf>,

    /// List all imports that cannot be linked [default: the first 20, and their number by module]
    #[arg(long)]
    pub all_imports: bool,
}

/// Resource limits of a program.
#[derive(Debug, Args)]
pub struct Limits {
    /// Stop the program after this time, with exit code 124: 10s, 500ms, 2m [default: no limit]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Limit each memory to this many bytes: 1000000, 64M, 2G [default: the limit of its type]
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub max_memory_size: Option<usize>,

    /// Limit the GC heap (structs and arrays, including the space for collections) to this many bytes
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    pub max_gc_heap: Option<usize>,

    /// Limit each table to this many elements
    #[arg(long, value_name = "NUMBER", default_value_t = transom::DEFAULT_TABLE_ELEMENTS)]
    pub max_table_elements: usize,

    /// Limit all memories, tables and objects together to this many bytes
    #[arg(long, value_name = "BYTES", value_parser = parse_size, default_value = "16G")]
    pub max_total_memory: usize,

    /// Trap after roughly this many instructions, deterministically on every machine [default: no limit]
    #[arg(long, value_name = "NUMBER")]
    pub fuel: Option<u64>,
}

/// Host resources of a program.
#[derive(Debug, Args)]
pub struct World {
    /// Open a folder for the program, under the name GUEST [default: the name HOST]
    #[arg(long = "dir", value_name = "HOST[::GUEST]")]
    pub dirs: Vec<String>,

    /// Open a folder that the program can read but not change
    #[arg(long = "read-only-dir", value_name = "HOST[::GUEST]")]
    pub read_only_dirs: Vec<String>,

    /// Listen on an address; the first listener is descriptor 3 of the program, further ones follow
    #[arg(long = "tcplisten", value_name = "ADDRESS:PORT")]
    pub listeners: Vec<String>,

    /// Set an environment variable of the program [default value: the host's]; the last value of a name counts
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,

    /// Give the program all environment variables of the host; --env changes some
    #[arg(long)]
    pub inherit_env: bool,

    /// Set the program's name, its argument 0 [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<String>,

    /// Make the run repeatable: simulated clocks that start in 2020, random numbers from SEED (0 if omitted), canonical NaNs
    #[arg(long, value_name = "SEED", require_equals = true, num_args = 0..=1, default_missing_value = "0")]
    pub deterministic: Option<u64>,
}

/// The end of `transom wast --help`.
const WAST_NOTES: &str = "\
Lines `;;! KEY = true|false` at the head of a script configure features, as in
Wasmtime's scripts.

Exit code 1 if a directive fails or is not supported.";

/// `transom wast`
#[derive(Debug, Args)]
#[command(after_help = WAST_NOTES)]
pub struct Wast {
    #[command(flatten)]
    pub codegen: Codegen,

    /// Resolve imports to registered names only, as the specification says [default: also to `$NAME` of modules]
    #[arg(long)]
    pub strict_names: bool,

    /// Scripts (`-`: standard input); each runs separately, with all features of WebAssembly 3.0
    #[arg(required_unless_present = "optimize")]
    pub files: Vec<PathBuf>,
}

/// `transom validate`
#[derive(Debug, Args)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub struct Validate {
    #[command(flatten)]
    pub wasm: Wasm,

    /// Print the features that each module needs, and the first use of each
    #[arg(long)]
    pub needs: bool,

    /// Also compile each module, because a function can exceed a limit of the compiler
    #[arg(long, conflicts_with = "against")]
    pub compile: bool,

    /// Validate with this set of features: wasm1, wasm2, wasm3, or feature names [default: those of transom]
    #[arg(long, value_name = "SET,…", conflicts_with = "features")]
    pub against: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Modules or components (.wasm or .wat; `-`: standard input)
    #[arg(required_unless_present = "features")]
    pub files: Vec<PathBuf>,
}

const VALIDATE_EXAMPLES: &str = "\
Examples:
  transom validate *.wasm
  transom validate --needs app.wasm          list features and their first uses
  transom validate --compile app.wasm        and compile it
  transom validate --against wasm2 app.wasm  would an older engine accept it?
  transom validate -W gc=n app.wat

Exit code 1 if a module is not valid.";

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

    /// Omit function bodies and the contents of segments
    #[arg(long)]
    pub skeleton: bool,

    /// Append the offset in the binary to each line
    #[arg(long)]
    pub offsets: bool,

    /// Print folded instructions: operands in parentheses
    #[arg(long)]
    pub folded: bool,

    /// Generate names for items without a name
    #[arg(long)]
    pub names: bool,
}

/// `transom stats`, `transom inspect` and `transom metadata`
#[derive(Debug, Args)]
pub struct Stats {
    /// The module (.wasm or .wat; `-`: standard input)
    #[arg(default_value = "-")]
    pub file: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `transom objdump`
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Objdump {
    /// The module (.wasm or .wat; `-`: standard input)
    #[arg(default_value = "-")]
    pub file: PathBuf,

    /// Print the table of sections (the default)
    #[arg(short = 'h', long)]
    pub headers: bool,

    /// Print declarations with offsets and bytes; custom sections of linkers and compilers are decoded
    #[arg(short = 'x', long)]
    pub details: bool,

    /// Print the relocations of an object file, with the symbols that they refer to
    #[arg(short = 'r', long, alias = "relocations")]
    pub reloc: bool,

    /// Print the instructions of functions with offsets and bytes
    #[arg(short = 'd', long)]
    pub disassemble: bool,

    /// Print the bytes of sections
    #[arg(short = 's', long)]
    pub contents: bool,

    /// Print only the sections with this name
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
    /// Modules, or components; each module has the import name NAME [default: the file name without extension]
    #[arg(required = true, value_name = "[NAME=]FILE")]
    pub files: Vec<String>,

    /// Skip imports from this module, which the host provides; repeatable
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,

    /// Print JSON
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
    /// The module in text form (`-`: standard input); of a binary, the printed text is checked
    pub text: PathBuf,

    /// A binary to compare with the module
    pub binary: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

const ROUNDTRIP_EXAMPLES: &str = "\
Examples:
  transom roundtrip module.wat
  transom roundtrip module.wasm
  transom roundtrip module.wat module.wasm

Besides transom, the tools of wabt (wat2wasm, wasm2wat), of binaryen (wasm-as,
wasm-dis) and wasm-tools run if they are on the PATH.

Exit code 1 if modules differ in more than encodings and custom sections, 2 if a
comparison was not possible.";

/// `transom strip`
#[derive(Debug, Args)]
pub struct Strip {
    #[command(flatten)]
    pub conversion: Conversion,

    /// Remove only custom sections whose names start with NAME; repeatable
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,

    /// Keep custom sections whose names start with NAME; repeatable
    #[arg(long, value_name = "NAME")]
    pub keep: Vec<String>,
}

/// `transom completion`
#[derive(Debug, Args)]
#[command(after_help = COMPLETION_EXAMPLES)]
pub struct Completion {
    /// The shell
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
        _ => Err("expected a module name and a file, such as math=math.wasm".to_owned()),
    }
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
