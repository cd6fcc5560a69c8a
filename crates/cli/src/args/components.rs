//! The command lines that make components.

use super::conversion::Conversion;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `transom component`
#[derive(Debug, Args)]
#[command(after_help = COMPONENT_EXAMPLES)]
pub struct ComponentCommand {
    /// What to do
    #[command(subcommand)]
    pub action: ComponentAction,
}

/// What `transom component` does.
#[derive(Debug, Subcommand)]
pub enum ComponentAction {
    /// Make a component of a core module, with the adapter for WASI preview 1 if it needs one
    New(NewComponent),
    /// Add an interface to a core module: the world that it was compiled for
    Embed(Embed),
    /// Print an interface as WIT: of a component, of a core module that has one, or of WIT files in one text
    Wit(Wit),
}

/// `transom component new`
#[derive(Debug, Args)]
pub struct NewComponent {
    #[command(flatten)]
    pub conversion: Conversion,

    /// Link this core module for imports of NAME [default: the file's name without its extension]
    #[arg(long, value_name = "[NAME=]FILE")]
    pub adapt: Vec<String>,
}

/// `transom component embed`
#[derive(Debug, Args)]
pub struct Embed {
    /// A WIT file, or a folder of WIT files
    pub wit: PathBuf,

    #[command(flatten)]
    pub conversion: Conversion,

    /// The world [default: the only one]
    #[arg(short, long, value_name = "NAME")]
    pub world: Option<String>,
}

/// `transom component wit`
#[derive(Debug, Args)]
pub struct Wit {
    /// A component, a core module, a WIT file, or a folder of WIT files
    pub file: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

const COMPONENT_EXAMPLES: &str = "\
Examples:
  transom component new app.wasm -o app.component.wasm      a WASI program becomes a component
  transom component embed calc.wit calc.wasm -o core.wasm   say which world a module implements
  transom component new core.wasm -o calc.component.wasm    and make a component of it
  transom component wit calc.component.wasm                 its interface";
