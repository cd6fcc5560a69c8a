//! Programs with collected objects on four engines. Each run is a process of its own, so that no heap is in another's
//! way, a crash is a row, and the time and the memory of the whole process are known; in the process the program is
//! timed as any caller would. Engines take turns, and have to agree on every result.

mod engines;
mod programs;
pub mod protocol;

use crate::measure::{Failure, Options, Outcome, Series};
use crate::{on_transom, on_wasmtime, report};
use anyhow::{Context, Result, bail};
use engines::{Engine, Run};
use programs::{PROGRAMS, Program, Row, Value};
use protocol::{Called, Planned};
use std::path::{Path, PathBuf};

/// What to run.
pub struct Choice<'a> {
    pub only: Option<&'a str>,
    /// In place of the programs' own arguments.
    pub size: Option<i32>,
    pub alone: bool,
    pub options: Options,
}

/// Runs the programs and prints a table.
///
/// # Errors
///
/// A program is no module, or can't be written to a file for the engines.
pub fn run(choice: &Choice<'_>) -> Result<Vec<Outcome>> {
    let folder = std::env::current_exe()?.with_file_name("gc");
    std::fs::create_dir_all(&folder)?;
    let runner = folder.join("runner.mjs");
    std::fs::write(&runner, include_str!("../gc/runner.mjs"))?;
    let engines = engines::engines(choice.alone, &runner)?;
    let names: Vec<&str> = engines.iter().map(|engine| engine.name).collect();
    report::heading("gc", &names);
    let mut outcomes = Vec::new();
    for program in PROGRAMS.iter().filter(|program| chosen(program, choice.only)) {
        let module = written(program, &folder)?;
        let measured = Measured::new(program, &module, &engines, choice);
        for row in program
            .rows
            .iter()
            .filter(|row| row_chosen(program, row, choice.only))
        {
            let outcome = measured.outcome(row, program, &engines);
            report::line(&outcome, &names, &outcomes);
            outcomes.push(outcome);
        }
        for failure in &measured.failures {
            println!(
                "  FAILED: {} on {}: {}",
                program.name, failure.side, failure.reason
            );
        }
    }
    for engine in &engines {
        println!("{}: {}", engine.name, engine.version());
    }
    Ok(outcomes)
}

fn row_name(program: &Program, row: &Row) -> String {
    format!("{}, {}", program.name, row.name)
}

fn row_chosen(program: &Program, row: &Row, only: Option<&str>) -> bool {
    only.is_none_or(|only| row_name(program, row).contains(only))
}

fn chosen(program: &Program, only: Option<&str>) -> bool {
    program.rows.iter().any(|row| row_chosen(program, row, only))
}

/// The program as a binary module, in a file.
fn written(program: &Program, folder: &Path) -> Result<PathBuf> {
    let path = folder.join(program.name.replace(' ', "-")).with_extension("wasm");
    let binary = wat::parse_str(program.text).with_context(|| program.name)?;
    std::fs::write(&path, binary)?;
    Ok(path)
}

/// Runs one program in this process, as one of the crates does it, and prints the report.
///
/// # Errors
///
/// There is no such module, plan or crate, or the program failed.
pub fn child(arguments: &[String]) -> Result<()> {
    let [engine, module, plan] = arguments else {
        bail!("a child is told an engine, a module and a plan")
    };
    let binary = std::fs::read(module)?;
    let plan = protocol::read_plan(plan)?;
    let report = match engine.as_str() {
        "transom" => on_transom::gc::run(&binary, &plan)?,
        "wasmtime" => on_wasmtime::gc::run(&binary, &plan)?,
        _ => bail!("no crate is called {engine}"),
    };
    println!("{}", report.text());
    Ok(())
}

/// All runs of a program.
struct Measured {
    /// By engine.
    runs: Vec<Vec<Run>>,
    arguments: Vec<i32>,
    failures: Vec<Failure>,
}

impl Measured {
    fn new(program: &Program, module: &Path, engines: &[Engine], choice: &Choice<'_>) -> Measured {
        let plan = plan(program, choice);
        let mut measured = Measured {
            runs: engines.iter().map(|_| Vec::new()).collect(),
            arguments: plan.iter().map(|line| line.1).collect(),
            failures: Vec::new(),
        };
        let mut expected = Expected::new(program, &plan);
        for round in 0..choice.options.rounds {
            for position in 0..engines.len() {
                // Every other round in the opposite order: nobody always comes after the same neighbour.
                let index = if round % 2 == 0 {
                    position
                } else {
                    engines.len() - 1 - position
                };
                let side = engines[index].name;
                if measured.failures.iter().any(|failure| failure.side == side) {
                    continue;
                }
                let run = engines[index].run(module, &plan);
                match run.and_then(|run| expected.check(&run, side).map(|()| run)) {
                    Ok(run) => measured.runs[index].push(run),
                    Err(error) => measured.failures.push(Failure {
                        side,
                        reason: format!("{error:#}"),
                    }),
                }
            }
        }
        measured
    }

    fn outcome(&self, row: &Row, program: &Program, engines: &[Engine]) -> Outcome {
        let succeeded = |index: usize| {
            !self.runs[index].is_empty()
                && self
                    .failures
                    .iter()
                    .all(|failure| failure.side != engines[index].name)
        };
        let series = (0..engines.len()).filter(|&index| succeeded(index)).map(|index| {
            let value = |run: &Run| row.unit.of(value(row.value, run, &self.arguments));
            let mut values: Vec<f64> = self.runs[index].iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            Series {
                side: engines[index].name,
                values,
            }
        });
        Outcome {
            name: row_name(program, row),
            unit: row.unit,
            target: row.target,
            series: series.collect(),
            failures: self.failures.clone(),
        }
    }
}

/// What is called, and how often. In quick runs everything once more than it has to be.
fn plan(program: &Program, choice: &Choice<'_>) -> Vec<Planned> {
    let planned = |call: &programs::Call| {
        let times = if choice.options.quick {
            call.times.min(2)
        } else {
            call.times
        };
        (
            call.export.to_owned(),
            choice.size.unwrap_or(call.argument),
            times,
        )
    };
    program.calls.iter().map(planned).collect()
}

/// What the calls return: some results are known, the others are those of the first engine.
struct Expected {
    known: Vec<Option<i32>>,
    first: Option<(&'static str, Vec<Vec<i32>>)>,
}

impl Expected {
    fn new(program: &Program, plan: &[Planned]) -> Expected {
        let known = program.calls.iter().zip(plan);
        let known = known.map(|(call, line)| (call.argument == line.1).then_some(call.known));
        Expected {
            known: known.collect(),
            first: None,
        }
    }

    fn check(&mut self, run: &Run, side: &'static str) -> Result<()> {
        for (known, call) in self.known.iter().zip(&run.report.calls) {
            if let (Some(known), Some(&result)) = (known, call.results.first())
                && *known != result
            {
                bail!("WRONG RESULT: {result} in place of {known}");
            }
        }
        let results = || run.report.calls.iter().map(|call| call.results.clone()).collect();
        let (first, expected) = self.first.get_or_insert_with(|| (side, results()));
        if *expected != results() {
            bail!("WRONG RESULT: it is not what {first} returned");
        }
        Ok(())
    }
}

/// A row's value, in seconds or bytes.
fn value(value: Value, run: &Run, arguments: &[i32]) -> f64 {
    let calls = &run.report.calls;
    let turn = |call: usize| warm(&calls[call]) / f64::from(arguments[call]);
    match value {
        Value::Warm(call) => warm(&calls[call]),
        Value::Cold => run.report.compile + calls[0].seconds[0],
        Value::Process => run.process - calls[0].seconds[1..].iter().sum::<f64>(),
        Value::Peak => run.report.peak as f64,
        Value::Turn(call) => turn(call),
        // Never less than nothing, which has no ratio.
        Value::TurnLess(call, other) => (turn(call) - turn(other)).max(1e-11),
        Value::Quantile(call, per_thousand) => quantile(&calls[call].seconds, per_thousand),
        Value::Pause(call) => {
            let median = quantile(&calls[call].seconds, 500);
            let long: Vec<f64> = calls[call]
                .seconds
                .iter()
                .filter(|&&time| time > 2.0 * median)
                .copied()
                .collect();
            if long.is_empty() {
                1e-11
            } else {
                quantile(&long, 500) - median
            }
        }
    }
}

/// The median time after the first call, or of the only call.
fn warm(call: &Called) -> f64 {
    let from = usize::from(call.seconds.len() > 1);
    quantile(&call.seconds[from..], 500)
}

fn quantile(seconds: &[f64], per_thousand: usize) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * per_thousand / 1000).min(sorted.len() - 1)]
}
