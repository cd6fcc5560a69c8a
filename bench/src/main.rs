//! Transom beside its peers: the same bytes, the same machine, the same run, every engine.
//!
//! `suites` says what is measured, `peers` how an engine is started for it. `measure` takes the turns: each run is a
//! process of its own, told a job and answering with a report (`transom-bench-protocol`). What comes of it are
//! `results`, which `table`, `page`, `document` and `compare` show.

mod compare;
mod document;
mod machine;
mod measure;
mod notes;
mod own;
mod page;
mod peers;
mod programs;
mod results;
mod run;
mod setup;
mod subject;
mod suites;
mod table;
mod world;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use measure::{Options, measure};
use peers::{PEERS, Peer};
use results::Results;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use suites::Suite;
use world::World;

/// Measures Transom beside other engines.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// Suites to run; all of them if none is named.
    suites: Vec<Suite>,
    /// Engines to measure beside Transom, separated by commas; `none` measures Transom alone.
    #[arg(long, value_name = "LIST", default_value = "all")]
    peers: String,
    /// Few rounds and short programs: three minutes.
    #[arg(long)]
    quick: bool,
    /// Rounds, in place of those of each suite.
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Only subjects whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// The folder for results.json and results.html.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Earlier results: shows what has changed since, beyond noise.
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Brings what is measured: engines, native programs, larger programs. Takes about half an hour, once.
    Setup {
        /// Only these steps.
        steps: Vec<setup::Step>,
    },
    /// Makes docs/performance.md and its picture of results.
    Document {
        /// Results, as a run has written them.
        #[arg(value_name = "RESULTS.json")]
        results: PathBuf,
        /// The folder for both.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Makes the page of results once more.
    Page {
        /// Results, as a run has written them.
        #[arg(value_name = "RESULTS.json")]
        results: PathBuf,
        /// The file of HTML.
        #[arg(value_name = "FILE")]
        out: PathBuf,
    },
    /// Does one job and prints a report; the benchmark starts such processes.
    #[command(hide = true)]
    Child {
        #[arg(allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> Result<()> {
    let args = Args::parse();
    match &args.command {
        Some(Command::Child { arguments }) => own::child(arguments.iter().cloned()),
        Some(Command::Setup { steps }) => setup::setup(&World::new(false)?, steps),
        Some(Command::Document { results, out }) => {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            document::write(&Results::read(results)?, out.as_deref().unwrap_or(&docs))
        }
        Some(Command::Page { results, out }) => std::fs::write(out, page::html(&Results::read(results)?))
            .with_context(|| format!("{}", out.display())),
        None => run(&args),
    }
}

fn run(args: &Args) -> Result<()> {
    let old = args.compare.as_deref().map(Results::read).transpose()?;
    let suites = match &args.suites[..] {
        [] => Suite::value_variants(),
        named => named,
    };
    let start = Instant::now();
    let mut session = Session::new(args)?;
    let folder = session.world.target.join("bench/results");
    let folder = args.out.clone().unwrap_or(folder);
    std::fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    for suite in suites {
        session.measure(*suite)?;
        // Whoever ends a long run has what there is.
        if session.results.has_rows() {
            session.results.write(&folder.join("results.json"))?;
        }
    }
    let Session {
        results, failures, ..
    } = session;
    ensure!(results.has_rows(), "nothing was measured");
    print!("{}", table::text(&results));
    if let Some(old) = old {
        print!("\n{}", compare::text(&old, &results));
    }
    std::fs::write(folder.join("results.html"), page::html(&results))?;
    println!(
        "\nAfter {:.0} s, in {}",
        start.elapsed().as_secs_f64(),
        folder.display()
    );
    if !failures.is_empty() {
        bail!(
            "{} runs must not fail:\n  {}",
            failures.len(),
            failures.join("\n  ")
        );
    }
    Ok(())
}

/// The peers that an option names, Transom before all.
fn wanted(list: &str) -> Result<Vec<&'static Peer>> {
    let named = |name: &str| {
        let known = PEERS.iter().find(|peer| peer.id == name);
        known.with_context(|| {
            let names: Vec<&str> = PEERS.iter().skip(1).map(|peer| peer.id).collect();
            format!("no peer `{name}`; there are {}, all and none", names.join(", "))
        })
    };
    let mut wanted = vec![&PEERS[0]];
    match list {
        "none" => {}
        "all" => wanted.extend(&PEERS[1..]),
        list => {
            for name in list.split(',').filter(|name| *name != "transom") {
                wanted.push(named(name)?);
            }
        }
    }
    Ok(wanted)
}

/// What is measured, and what has come of it so far.
struct Session<'a> {
    args: &'a Args,
    wanted: Vec<&'static Peer>,
    world: World,
    results: Results,
    failures: Vec<String>,
}

impl Session<'_> {
    fn new(args: &Args) -> Result<Session<'_>> {
        let world = World::new(args.quick)?;
        let results = Results {
            machine: machine::machine(world.sources),
            quick: args.quick,
            peers: Vec::new(),
            suites: Vec::new(),
        };
        Ok(Session {
            args,
            wanted: wanted(&args.peers)?,
            world,
            results,
            failures: Vec::new(),
        })
    }

    /// Measures a suite and adds it to the results, even if nothing of it was asked for.
    fn measure(&mut self, suite: Suite) -> Result<()> {
        let (rounds, limit) = suite.rounds(self.args.quick);
        let options = Options {
            rounds: self.args.rounds.unwrap_or(rounds).max(1),
            limit: Duration::from_secs(limit),
        };
        let peers = suite.peers(&self.wanted);
        let mut subjects = suite.subjects(&self.world)?;
        let only = self.args.only.as_deref().unwrap_or_default();
        subjects.retain(|subject| subject.name.contains(only));
        let mut rows = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            let name = &subject.name;
            progress(&format!(
                "{} {}/{}: {name}",
                suite.name(),
                index + 1,
                subjects.len()
            ));
            let measured = measure(subject, &peers, &self.world, options);
            rows.extend(measured.rows);
            self.failures.extend(measured.failures);
            for (id, version) in measured.versions {
                self.results.note_peer(id, version);
            }
        }
        progress("");
        self.results.suites.push(results::Suite {
            name: suite.name(),
            about: suite.about().to_owned(),
            rows,
        });
        Ok(())
    }
}

/// Shows what is being done: in one line of a terminal, else in a line each.
fn progress(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = match (stderr.is_terminal(), text.is_empty()) {
        (true, _) => write!(stderr, "\r\x1b[K{text}"),
        (false, true) => Ok(()),
        (false, false) => writeln!(stderr, "{text}"),
    };
}
