//! Transom beside the `wasmtime` crate: the same programs through the same API, in one process, in turns.
//!
//! What is measured stands in `suites/`, written once against the API that both crates have, and compiled twice:
//! the fact that it compiles is a test of its own. `measure` takes the turns, `report` prints what came of them.

mod files;
mod measure;
mod report;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use measure::{Options, Row};
use std::path::PathBuf;

/// The suites, compiled for one engine.
macro_rules! side {
    ($(#[$attribute:meta])* $side:ident, $engine:ident) => {
        $(#[$attribute])*
        #[path = "suites"]
        mod $side {
            pub use ::$engine as engine;
            pub mod calls;
            pub mod compile;
            pub mod instantiate;
            pub mod kernels;

            /// The engine's name.
            pub const NAME: &str = stringify!($engine);
        }
    };
}

side!(on_transom, transom);
side!(
    #[allow(clippy::duplicate_mod, reason = "the point of this program")]
    on_wasmtime,
    wasmtime
);

/// Measures Transom beside wasmtime.
#[derive(Parser)]
struct Args {
    /// Suites to run; all of them if none is named.
    suites: Vec<Suite>,
    /// Few short rounds: to see that everything works.
    #[arg(long)]
    quick: bool,
    /// Rounds per row.
    #[arg(long)]
    rounds: Option<usize>,
    /// Only rows whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Only Transom, to look at it with other tools.
    #[arg(long)]
    alone: bool,
    /// A further module to compile; may be repeated.
    #[arg(long, value_name = "FILE")]
    large: Vec<PathBuf>,
    /// Where to write the results, in JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the machine code of FILE as both engines make it to FILE.transom and FILE.wasmtime, and measures
    /// nothing.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// Calls across every boundary.
    Calls,
    /// Instances of small modules.
    Instantiate,
    /// Throughput of the compilers.
    Compile,
    /// Programs that compute.
    Kernels,
}

fn rows(suite: Suite, large: &[PathBuf]) -> Result<Vec<Row>> {
    Ok(match suite {
        Suite::Calls => Row::pair(on_transom::calls::cases()?, on_wasmtime::calls::cases()?),
        Suite::Instantiate => Row::pair(on_transom::instantiate::cases()?, on_wasmtime::instantiate::cases()?),
        Suite::Compile => {
            let inputs = files::inputs(large)?;
            Row::pair(on_transom::compile::cases(&inputs)?, on_wasmtime::compile::cases(&inputs)?)
        }
        Suite::Kernels => {
            let mut rows = Row::pair(on_transom::kernels::cases(false)?, on_wasmtime::kernels::cases(false)?);
            Row::also("wasmtime+epoch", &mut rows, on_wasmtime::kernels::cases(true)?);
            rows
        }
    })
}

fn dump(path: &std::path::Path) -> Result<()> {
    let bytes = wat::parse_file(path)?;
    let write = |engine: &str, text: &[u8]| std::fs::write(format!("{}.{engine}", path.display()), text);
    write(on_transom::NAME, &on_transom::compile::machine_code(&bytes)?)?;
    write(on_wasmtime::NAME, &on_wasmtime::compile::machine_code(&bytes)?)?;
    Ok(())
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(path) = &args.dump {
        return dump(path);
    }
    let all = [Suite::Calls, Suite::Instantiate, Suite::Compile, Suite::Kernels];
    let suites = if args.suites.is_empty() { &all[..] } else { &args.suites };
    let options = Options { rounds: args.rounds.unwrap_or(if args.quick { 3 } else { 15 }), quick: args.quick };
    let mut results = Vec::new();
    for &suite in suites {
        let name = suite.to_possible_value().expect("no suite is skipped").get_name().to_owned();
        let mut rows = rows(suite, &args.large)?;
        rows.retain(|row| args.only.as_ref().is_none_or(|only| row.name.contains(only)));
        if args.alone {
            rows.iter_mut().for_each(|row| row.sides.truncate(1));
        }
        report::heading(&name);
        for row in rows {
            let result = row.measure(&options)?;
            report::line(&result, &results);
            results.push(result);
        }
    }
    if let Some(path) = &args.json {
        report::json(path, &results)?;
    }
    ensure!(!results.is_empty(), "nothing was measured");
    Ok(())
}
