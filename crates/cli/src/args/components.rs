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
    /// Compose components into one: exports of some become imports of others
    Compose(Compose),
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

/// `transom component compose`
#[derive(Debug, Args)]
#[command(
    after_help = COMPOSE_EXAMPLES,
    override_usage = "transom component compose [OPTIONS] <FILE> <DEPENDENCY>...\n       \
                      transom component compose [OPTIONS] --script <FILE> --dep <PACKAGE=FILE>..."
)]
pub struct Compose {
    /// The main component, whose exports are those of the result, then components that it imports from, in any order (.wasm or .wat; `-`: standard input)
    #[arg(required_unless_present = "script", conflicts_with = "script", value_names = ["FILE", "DEPENDENCY"])]
    pub files: Vec<PathBuf>,

    /// Compose as this file in the language WAC says
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,

    /// Use FILE as the package that the script names so: my:math=math.wasm, or my:math@1.0.0=math.wasm; repeatable
    #[arg(short, long = "dep", value_name = "PACKAGE=FILE", value_parser = package)]
    pub dependencies: Vec<(String, PathBuf)>,

    /// A dependency, as `wac plug` takes it
    #[arg(long = "plug", value_name = "FILE", hide = true, conflicts_with = "script")]
    pub plugs: Vec<PathBuf>,

    /// The output file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A name of a package and a file.
fn package(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err(
            "expected a package of the script and a file, such as my:math=math.wasm; without a script, dependencies have no option: \
             compose main.wasm math.wasm"
                .to_owned(),
        ),
    }
}

const COMPOSE_EXAMPLES: &str = "\
Examples:
  transom component compose shop.wasm stock.wasm -o app.wasm
                                 shop.wasm imports what stock.wasm exports
  transom run --invoke total app.wasm
                                 call a function that shop.wasm exports
  transom component compose shop.wasm stock.wasm log.wasm -o app.wasm
  transom component compose --script app.wac --dep my:shop=shop.wasm \\
      --dep my:stock=stock.wasm -o app.wasm

An import gets the export of the same name, else the latest compatible version:
a:b/c@0.2.6 for a:b/c@0.2.0. Each dependency is instantiated once, and can
import from the others. What no dependency exports is an import of the result.
`transom run --with stock.wasm shop.wasm` does the same without a new file.

A script decides itself what is instantiated, connected and exported. app.wac:
  package my:app;
  let stock = new my:stock { ... };          `...`: import what is missing
  let shop = new my:shop { ...stock, ... };  connect the exports of `stock`
  export shop...;                            export all that `shop` exports";

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
  transom component wit calc.component.wasm                 its interface
  transom component compose main.wasm dep.wasm -o app.wasm  make one component of two";
