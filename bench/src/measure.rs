//! Taking turns: each round runs a job once on every peer, so that a machine that slows down slows them all.

use crate::peers::Peer;
use crate::results::{Cell, Row as ResultRow};
use crate::run::run;
use crate::subject::{Known, Run, Subject};
use crate::world::World;
use anyhow::{Result, bail, ensure};
use std::time::Duration;

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Options {
    pub rounds: usize,
    /// A run that takes longer is ended, and is none.
    pub limit: Duration,
}

/// All runs of one peer.
struct Side<'a> {
    peer: &'a Peer,
    runs: Vec<Run>,
    /// Why there are no more.
    reason: Option<String>,
    /// Whether that must not be: it began to run, and failed.
    failed: bool,
}

/// What came of a subject.
pub struct Measured {
    pub rows: Vec<ResultRow>,
    /// The peers that ran, and what they say they are.
    pub versions: Vec<(&'static str, String)>,
    /// What must not be: a wrong result, or Transom without one.
    pub failures: Vec<String>,
}

/// Runs a subject on all peers.
pub fn measure(subject: &Subject, peers: &[&'static Peer], world: &World, options: Options) -> Measured {
    let mut sides: Vec<Side<'_>> = peers
        .iter()
        .map(|&peer| Side {
            peer,
            runs: Vec::new(),
            reason: None,
            failed: false,
        })
        .collect();
    let mut expected = Expected::new(subject);
    let rounds = options.rounds.min(subject.rounds) + subject.rehearsals;
    for round in 0..rounds {
        for position in 0..sides.len() {
            // Every other round in the opposite order: nobody always comes after the same neighbour.
            let index = if round % 2 == 0 {
                position
            } else {
                sides.len() - 1 - position
            };
            let side = &mut sides[index];
            if side.reason.is_some() {
                continue;
            }
            match side.once(subject, world, options, &mut expected) {
                Ok(run) if round >= subject.rehearsals => side.runs.push(run),
                Ok(_) => {}
                Err(reason) => side.reason = Some(reason),
            }
        }
    }
    Measured {
        rows: subject.rows.iter().map(|row| result(row, &sides)).collect(),
        versions: sides
            .iter()
            .filter_map(|side| Some((side.peer.id, side.runs.first()?.report.engine.clone())))
            .collect(),
        failures: failures(subject, &sides),
    }
}

impl Side<'_> {
    fn once(
        &mut self,
        subject: &Subject,
        world: &World,
        options: Options,
        expected: &mut Expected<'_>,
    ) -> Result<Run, String> {
        let job = subject.job(self.peer)?;
        let command = self.peer.command(&job, world)?;
        let run = run(command, options.limit).map_err(|error| {
            // Other engines lack things; Transom says before what it lacks.
            self.failed = self.peer.id == "transom";
            world.shortened(&format!("{error:#}"))
        })?;
        expected.check(&run, self.peer).map_err(|error| {
            self.failed = true;
            error.to_string()
        })?;
        Ok(run)
    }
}

fn result(row: &crate::subject::Row, sides: &[Side<'_>]) -> ResultRow {
    let cell = |side: &Side<'_>| {
        // A peer that failed once has no values at all: half of its rounds say nothing.
        let mut values: Vec<f64> = match side.reason {
            None => side.runs.iter().map(|run| row.value.of(run)).collect(),
            Some(_) => Vec::new(),
        };
        values.sort_by(f64::total_cmp);
        Cell {
            peer: side.peer.id.to_owned(),
            values,
            reason: side.reason.clone(),
        }
    };
    ResultRow {
        name: row.name.clone(),
        about: row.about.to_owned(),
        quantity: row.quantity,
        goal: row.goal.clone(),
        cells: sides.iter().map(cell).collect(),
    }
}

fn failures(subject: &Subject, sides: &[Side<'_>]) -> Vec<String> {
    let failed = sides.iter().filter(|side| side.failed);
    let reason = |side: &Side<'_>| {
        format!(
            "{} on {}: {}",
            subject.name,
            side.peer.title,
            side.reason.as_deref().unwrap_or_default()
        )
    };
    failed.map(reason).collect()
}

/// What calls return: some results are known, the others are those of the first peer.
struct Expected<'a> {
    known: &'a Known,
    first: Option<(&'static str, Vec<Vec<i32>>)>,
}

impl Expected<'_> {
    fn new(subject: &Subject) -> Expected<'_> {
        Expected {
            known: &subject.known,
            first: None,
        }
    }

    fn check(&mut self, run: &Run, peer: &Peer) -> Result<()> {
        let calls = &run.report.calls;
        ensure!(
            calls.iter().all(|call| !call.values.is_empty()),
            "it has measured nothing"
        );
        if let Some((result, known)) = self.known.broken_by(calls) {
            bail!("WRONG RESULT: {result} in place of {known}");
        }
        let results = || calls.iter().map(|call| call.results.clone()).collect();
        let (first, expected) = self.first.get_or_insert_with(|| (peer.title, results()));
        ensure!(
            *expected == results(),
            "WRONG RESULT: it is not what {first} returned"
        );
        Ok(())
    }
}
