//! Transom beside the `wasmtime` crate: the same programs through the same API, in one process, in turns.
//!
//! What is measured stands in `suites/`, written once against the API that both crates have, and compiled twice:
//! the fact that it compiles is a test of its own. `measure` takes the turns, `report` prints what came of them.

mod files;
mod gc;
mod measure;
mod native;
mod report;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use measure::{Options, Outcome, Row};
use std::path::PathBuf;

/// The suites, compiled for one engine.
macro_rules! side {
    ($(#[$attribute:meta])* $side:ident, $engine:ident, $wasi:ident, $pipe:path) => {
        $(#[$attribute])*
        #[allow(
            clippy::clone_on_copy,
            clippy::needless_question_mark,
            reason = "types that differ between the crates"
        )]
        #[path = "suites"]
        mod $side {
            pub use ::$engine as engine;
            pub mod calls;
            pub mod compile;
            pub mod gc;
            pub mod instantiate;
            pub mod kernels;
            pub mod wasi;
            pub use $pipe as pipe;
            pub use ::$wasi as preview1;

            /// The engine's name.
            pub const NAME: &str = stringify!($engine);
        }
    };
}

side!(on_transom, transom, transom_wasi, transom_wasi::pipe);
side!(
    #[allow(clippy::duplicate_mod, reason = "the point of this program")]
    on_wasmtime,
    wasmtime,
    wasmtime_wasi,
    wasmtime_wasi::p2::pipe
);

/// Measures Transom beside wasmtime.
#[derive(Parser)]
struct Args {
    /// Suites to run; all of them if none is named.
    suites: Vec<Suite>,
    /// Few short rounds: to see that everything works.
    #[arg(long)]
    quick: bool,
    /// Rounds per row: 15, or 5 for programs with collected objects.
    #[arg(long)]
    rounds: Option<usize>,
    /// The argument of the programs with collected objects, in place of their own; see --only.
    #[arg(long, value_name = "N")]
    size: Option<i32>,
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
    /// Runs a module and prints times: an engine, a module and a plan. The suite `gc` starts such processes.
    #[arg(long, num_args = 3, hide = true)]
    child: Option<Vec<String>>,
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
    /// Programs with collected objects, on engines for JavaScript too.
    Gc,
    /// Calls of the host by programs, and their files.
    Wasi,
}

const SUITES: &[Suite] = &[
    Suite::Calls,
    Suite::Instantiate,
    Suite::Compile,
    Suite::Kernels,
    Suite::Gc,
    Suite::Wasi,
];

impl Suite {
    fn name(self) -> String {
        self.to_possible_value()
            .expect("no suite is skipped")
            .get_name()
            .to_owned()
    }

    fn run(self, args: &Args) -> Result<Vec<Outcome>> {
        let rounds = |quick, usual| args.rounds.unwrap_or(if args.quick { quick } else { usual });
        let options = |rounds| Options {
            rounds,
            quick: args.quick,
        };
        match self {
            Suite::Calls => {
                let rows = Row::pair(on_transom::calls::cases()?, on_wasmtime::calls::cases()?);
                self.measure(rows, args, &options(rounds(3, 15)))
            }
            Suite::Instantiate => {
                let rows = Row::pair(
                    on_transom::instantiate::cases()?,
                    on_wasmtime::instantiate::cases()?,
                );
                self.measure(rows, args, &options(rounds(3, 15)))
            }
            Suite::Compile => {
                let inputs = files::inputs(&args.large)?;
                let rows = Row::pair(
                    on_transom::compile::cases(&inputs)?,
                    on_wasmtime::compile::cases(&inputs)?,
                );
                self.measure(rows, args, &options(rounds(3, 15)))
            }
            Suite::Kernels => {
                let mut rows = Row::pair(
                    on_transom::kernels::cases(false)?,
                    on_wasmtime::kernels::cases(false)?,
                );
                Row::also("wasmtime+epoch", &mut rows, on_wasmtime::kernels::cases(true)?);
                self.measure(rows, args, &options(rounds(3, 15)))
            }
            Suite::Wasi => {
                let world = files::World::new(args.quick, args.alone)?;
                let mut rows = Row::pair(
                    on_transom::wasi::cases(&world)?,
                    on_wasmtime::wasi::cases(&world)?,
                );
                Row::also("native", &mut rows, native::cases(&world)?);
                self.measure(rows, args, &options(rounds(3, 9)))
            }
            Suite::Gc => gc::run(&gc::Choice {
                only: args.only.as_deref(),
                size: args.size,
                alone: args.alone,
                options: options(rounds(1, 5)),
            }),
        }
    }

    /// Measures rows in this process, and prints a table.
    fn measure(self, mut rows: Vec<Row>, args: &Args, options: &Options) -> Result<Vec<Outcome>> {
        rows.retain(|row| args.only.as_ref().is_none_or(|only| row.name.contains(only)));
        if args.alone {
            rows.iter_mut().for_each(|row| row.sides.truncate(1));
        }
        let Some(first) = rows.first() else {
            return Ok(Vec::new());
        };
        let sides: Vec<&'static str> = first.sides.iter().map(|side| side.name).collect();
        report::heading(&self.name(), &sides);
        let mut outcomes = Vec::new();
        for row in rows {
            let outcome = row.measure(options)?;
            report::line(&outcome, &sides, &outcomes);
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
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
    if let Some(arguments) = &args.child {
        return gc::child(arguments);
    }
    if let Some(path) = &args.dump {
        return dump(path);
    }
    let suites = if args.suites.is_empty() {
        SUITES
    } else {
        &args.suites
    };
    let mut outcomes = Vec::new();
    for suite in suites {
        outcomes.extend(suite.run(&args)?);
    }
    if let Some(path) = &args.json {
        report::json(path, &outcomes)?;
    }
    ensure!(!outcomes.is_empty(), "nothing was measured");
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.failures.is_empty())
        .count();
    ensure!(failed == 0, "{failed} rows lack a side that failed");
    Ok(())
}
