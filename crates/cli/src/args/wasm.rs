//! Options about WebAssembly.

use crate::features::Features;
use clap::Args;

/// WebAssembly features.
#[derive(Debug, Args)]
pub struct Wasm {
    /// Enable or disable WebAssembly features: `-W gc`, `-W simd=n,threads`; `-W help` lists them and more settings
    #[arg(
        short = 'W',
        long = "wasm",
        alias = "wasm-features",
        value_name = "KEY[=VALUE],…"
    )]
    pub features: Vec<Features>,
}
