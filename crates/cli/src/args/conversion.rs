//! What commands read that make one file of another.

use clap::Args;
use std::path::PathBuf;

/// An input module and an output file.
#[derive(Debug, Args)]
pub struct Conversion {
    /// The module (.wasm or .wat; `-`: standard input)
    #[arg(default_value = "-")]
    pub file: PathBuf,

    /// The output file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
