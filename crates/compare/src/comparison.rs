//! What engines did with one subject: the steps of each, and the verdict.
//!
//! Each engine has one entry, in the order of the comparer, and each entry has the same steps, those of the task.

use crate::engine::{Case, Engine, Identity, Task};
use crate::outcome::{Outcome, Step};
use crate::verdict::Verdict;
use serde::Serialize;

/// What came of a subject.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// What was asked.
    pub task: Task,
    /// What each step does, for people.
    pub labels: Vec<String>,
    /// What people should know about how the bytes were made of what they gave.
    pub notes: Vec<String>,
    /// The features that the module needs, if it is a valid one.
    pub needs: Option<Vec<String>>,
    /// What each engine did, in the order of the engines.
    pub observed: Vec<Observed>,
    /// What that means.
    pub verdict: Verdict,
}

/// What one engine did.
#[derive(Debug, Clone, Serialize)]
pub struct Observed {
    /// Who it is.
    pub engine: Identity,
    /// What came of each step.
    pub steps: Vec<Step>,
    /// What to type to see each step again.
    pub commands: Vec<String>,
}

impl Comparison {
    /// How many engines could be asked at least a part of it. Fewer than two agree with nobody.
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
