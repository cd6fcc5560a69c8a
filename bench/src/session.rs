//! A run of the benchmark: every suite in turn, and the results so far in a file after each.

use crate::args::Args;
use crate::measure::{Options, measure};
use crate::peers::{PEERS, Peer};
use crate::results::{self, Results};
use crate::suites::Suite;
use crate::world::World;
use crate::{compare, machine, page, table};
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Measures what the command line names, prints the table, and writes the results and their page.
///
/// # Errors
///
/// Nothing was measured, a file can't be written, or a run failed that must not.
pub fn run(args: &Args) -> Result<()> {
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
            format!(
                "no peer `{name}`; the peers are {}, all and none",
                names.join(", ")
            )
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
