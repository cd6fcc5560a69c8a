//! Options about compiled code that outlives a run.

use super::codegen::Codegen;
use super::wasm::Wasm;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Whether code of earlier runs is used, and this run's kept.
#[derive(Debug, Args)]
pub struct Caching {
    /// Use code that earlier runs have compiled, and keep this run's [default: y, or what the variable TRANSOM_CACHE says]
    #[arg(long, value_name = "y|n", value_parser = yes_or_no, num_args = 0..=1, default_missing_value = "y", require_equals = true)]
    pub cache: Option<bool>,

    /// Read the settings of the cache from this file (TOML)
    #[arg(long, value_name = "FILE")]
    pub cache_config: Option<PathBuf>,

    /// Run machine code of a file that `transom compile` has written; what it does is not checked
    #[arg(long)]
    pub allow_precompiled: bool,
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "y" | "yes" | "true" => Ok(true),
        "n" | "no" | "false" => Ok(false),
        _ => Err("try: y or n".to_owned()),
    }
}

/// `transom compile`
#[derive(Debug, Args)]
#[command(after_help = COMPILE_NOTES)]
pub struct Precompile {
    /// The module (.wasm or .wat; `-`: standard input)
    pub file: PathBuf,

    /// Write to this file; `-`: standard output [default: the module's name with the extension cwasm]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub wasm: Wasm,

    #[command(flatten)]
    pub codegen: Codegen,
}

const COMPILE_NOTES: &str = "\
Examples:
  transom compile app.wasm                   write app.cwasm, with all functions compiled
  transom run --allow-precompiled app.cwasm  run it
  transom compile -O compiler=baseline -o quick.cwasm app.wasm
  transom run --allow-precompiled -O compiler=baseline quick.cwasm

The file contains the module and machine code for this version of transom, this
processor's instruction sets, and these options: `run` needs the same -W and -O,
and the error says which setting differs. Machine code is not checked, so run only
files that you have made, or got from somebody whom you would let run any program.

`transom run` needs no such file to start quickly: it keeps code by itself, see
`transom help cache`.";

/// `transom cache`
#[derive(Debug, Args)]
#[command(after_help = CACHE_NOTES)]
pub struct CacheCommand {
    /// Read the settings of the cache from this file (TOML)
    #[arg(long, value_name = "FILE")]
    pub cache_config: Option<PathBuf>,

    /// What to do [default: list]
    #[command(subcommand)]
    pub action: Option<CacheAction>,
}

/// What `transom cache` does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Subcommand)]
pub enum CacheAction {
    /// List the entries: size, last use, and why one is not used
    List,
    /// Remove all entries
    Clear,
    /// Print the folder
    Path,
}

const CACHE_NOTES: &str = "\
Examples:
  transom cache                              list the entries
  transom cache clear                        remove them
  transom run --cache=n app.wasm             run without the cache
  TRANSOM_CACHE=n transom run app.wasm       the same

`transom run` keeps the machine code of the functions that a program has called,
so the next run of the same file compiles nothing twice. Code is kept per module,
version of transom, and options that change code. The folder is `transom` in
$XDG_CACHE_HOME or ~/.cache. It belongs to you and nobody else can open it; code
in a folder or file that others could write is never used. 512 MiB are kept, for
30 days after the last use. It can be removed at any time.

As root, give no program a folder that contains it (`--dir ~`): the superuser
may write to any file, and what is in the cache is executed.

Settings, in the file of --cache-config:
  [cache]
  directory = \"/home/ada/code\"
  files-total-size-soft-limit = \"64Mi\"";
