//! The result of a comparison: the steps of each engine, and the verdict.
//!
//! Each engine has one entry, in the order of the comparer, and each entry has the same steps, those of the task.

use crate::engine::{Case, Engine, Identity, Task};
use crate::outcome::{Outcome, Step};
use crate::verdict::Verdict;
use serde::Serialize;

/// The result of comparing a subject.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The task.
    pub task: Task,
    /// A description of each step.
    pub labels: Vec<String>,
    /// Notes about how the bytes were derived from the user's input.
    pub notes: Vec<String>,
    /// The features that the module needs, if it is a valid one.
    pub needs: Option<Vec<String>>,
    /// The observations of each engine, in the order of the engines.
    pub observed: Vec<Observed>,
    /// The verdict.
    pub verdict: Verdict,
}

/// The observations of one engine.
#[derive(Debug, Clone, Serialize)]
pub struct Observed {
    /// The engine.
    pub engine: Identity,
    /// The outcome of each step.
    pub steps: Vec<Step>,
    /// The command line that reproduces each step.
    pub commands: Vec<String>,
}

impl Comparison {
    /// The number of engines that ran at least one step. A comparison needs two.
    pub fn asked(&self) -> usize {
        let impossible = |step: &Step| matches!(step.outcome, Outcome::Impossible(_));
        let asked = self.observed.iter();
        asked
            .filter(|observed| !observed.steps.iter().all(impossible))
            .count()
    }
}

impl Observed {
    pub(crate) fn new(engine: &dyn Engine, case: &Case, steps: Vec<Step>) -> Self {
        Observed {
            engine: engine.identity().clone(),
            commands: (0..steps.len())
                .map(|step| engine.command_line(case, step))
                .collect(),
            steps,
        }
    }

    /// Whether it is Transom in this process, in one of its configurations.
    pub(crate) fn is_configuration(&self) -> bool {
        self.engine.version.contains("in this process")
    }
}
