//! The options that change how code is made, or show it: for whoever looks for the cause of a wrong result.

use crate::optimize::Optimize;
use clap::Args;
use std::path::PathBuf;

/// How code is made.
#[derive(Debug, Args)]
pub struct Codegen {
    /// Set how functions are compiled: `-O opt-level=0`, `-O functions=3..7`; `-O help` lists the settings
    #[arg(short = 'O', long = "optimize", value_name = "KEY[=VALUE],…")]
    pub optimize: Vec<Optimize>,

    /// Collect garbage at every allocation and verify the heap each time; slow
    #[arg(long)]
    pub zeal: bool,

    /// Let gdb or lldb step through the program by its source, which was compiled with -g; see docs/debugging.md
    #[arg(long)]
    pub debug_info: bool,
}

/// Where code is shown.
#[derive(Debug, Args)]
pub struct Emission {
    /// Write the Cranelift IR, a listing and the machine code of each function to files in this folder
    #[arg(long = "emit", value_name = "FOLDER")]
    pub folder: Option<PathBuf>,

    /// Emit this function only, by index or name; may be repeated [default: all functions]
    #[arg(long = "emit-function", value_name = "INDEX|NAME", requires = "folder")]
    pub functions: Vec<String>,
}

/// The end of `transom bisect --help`.
pub const BISECT_EXAMPLES: &str = "\
Examples:
  transom bisect --invoke run case.wat 1000
  transom bisect --deterministic --dir . app.wasm input.txt
  transom bisect --timeout 60s --invoke run slow.wasm

The module runs in processes of their own, with all functions optimised and with
none. If exit code, standard output or standard error differ, bisection over the
functions finds the one whose optimisation makes the difference.

Each run gets the options of `transom run` except those that write files or times,
empty standard input, and 10 seconds if --timeout says nothing else.

Exit codes:
  0    both do the same
  1    a difference was found
  2    no verdict: the runs cannot be repeated, or do not end in time";
