//! Whether engines agree about a module: the same bytes go to all of them, what they do is put into one vocabulary,
//! and a verdict says where they part and what kind of parting that is.
//!
//! Command lines of engines differ in what values they take and how they print them. So modules are given a
//! driver for each call, which takes nothing and returns integers, and that is all that an engine is
//! asked for. What is known of each engine stands in `engines/*.toml`, and is tested on what they were recorded to say.
//!
//! [`Comparer`] finds engines and asks them.

mod answer;
mod command;
mod engine;
mod find;
pub mod outcome;
mod probes;
mod table;
mod transom;
mod verdict;

pub use answer::Answer;
pub use command::CommandEngine;
pub use engine::{Case, Engine, Identity, Task};
pub use find::{Engines, engines};
pub use outcome::{Limit, Outcome, Phase, Step, Trap, Unlinkable};
pub use probes::{Support, needed};
pub use table::{Table, table, tables};
pub use transom::{CONFIGURATIONS, InProcess};
pub use verdict::{Group, Kind, Verdict};

use crate::process::Bounds;
use probes::Probes;
use serde::Serialize;
use std::io::Result;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// What somebody wants compared.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What its file is called.
    pub name: String,
    /// The bytes that all engines are given.
    pub bytes: Vec<u8>,
    /// What is done with them.
    pub task: Task,
}

/// What came of a subject.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// What was asked.
    pub task: Task,
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

/// Engines, and a place for what they are given.
pub struct Comparer {
    engines: Vec<Box<dyn Engine>>,
    folder: TempDir,
    probes: Probes,
    bounds: Bounds,
    /// Whether features that a module needs are switched on where they are off by default.
    enable: bool,
}

impl Comparer {
    /// Compares these engines, within bounds for each step.
    ///
    /// # Errors
    ///
    /// There is no place for temporary files.
    pub fn new(engines: Vec<Box<dyn Engine>>, bounds: Bounds, enable: bool) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("transom-compare-").tempdir()?;
        Ok(Comparer {
            probes: Probes::new(folder.path()),
            engines,
            folder,
            bounds,
            enable,
        })
    }

    /// The engines, in the order of what they did in comparisons.
    pub fn engines(&self) -> impl Iterator<Item = &dyn Engine> {
        self.engines.iter().map(|engine| &**engine)
    }

    /// Gives a subject to all engines.
    ///
    /// # Errors
    ///
    /// Its file can't be written.
    pub fn compare(&self, subject: Subject) -> Result<Comparison> {
        let mut compared = self.compare_all(vec![subject])?;
        compared
            .pop()
            .ok_or_else(|| std::io::Error::other("one comparison of one subject"))
    }

    /// Gives subjects to all engines, which work side by side.
    ///
    /// # Errors
    ///
    /// Their files can't be written.
    pub fn compare_all(&self, subjects: Vec<Subject>) -> Result<Vec<Comparison>> {
        let mut cases = Vec::new();
        let mut needs = Vec::new();
        for (index, subject) in subjects.into_iter().enumerate() {
            let folder = self.folder.path().join(index.to_string());
            std::fs::create_dir_all(&folder)?;
            let file = folder.join(&subject.name);
            std::fs::write(&file, &subject.bytes)?;
            let needed = needed(&subject.bytes);
            cases.push(Case {
                file,
                task: subject.task,
                features: needed.clone().filter(|_| self.enable).unwrap_or_default(),
            });
            needs.push(needed);
        }
        let observed = self.observe(&cases, &needs);
        let cases = cases.iter().zip(needs).enumerate();
        Ok(cases
            .map(|(index, (case, needs))| self.comparison(case, needs, &observed, index))
            .collect())
    }

    fn comparison(
        &self,
        case: &Case,
        needs: Option<Vec<String>>,
        observed: &[Vec<Vec<Step>>],
        index: usize,
    ) -> Comparison {
        let engines = self.engines().collect::<Vec<_>>();
        let steps = observed
            .iter()
            .map(|cases| cases[index].clone())
            .collect::<Vec<_>>();
        let verdict = verdict::verdict(&engines, &case.task, &steps, &self.probes);
        let observed = engines.iter().zip(steps).map(|(engine, steps)| Observed {
            engine: engine.identity().clone(),
            commands: (0..steps.len())
                .map(|step| engine.command_line(case, step))
                .collect(),
            steps,
        });
        Comparison {
            task: case.task.clone(),
            needs,
            observed: observed.collect(),
            verdict,
        }
    }

    /// What each engine does with each case; as many engines at once as there are processors.
    fn observe(&self, cases: &[Case], needs: &[Option<Vec<String>>]) -> Vec<Vec<Vec<Step>>> {
        let results = self
            .engines
            .iter()
            .map(|_| Mutex::new(Vec::new()))
            .collect::<Vec<_>>();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(index) =
                Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < self.engines.len())
            {
                let engine = &*self.engines[index];
                let mut steps = engine.observe(cases, self.bounds);
                for (steps, needs) in steps.iter_mut().zip(needs) {
                    self.explain(engine, steps, needs.as_deref());
                }
                *results[index]
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = steps;
            }
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..processors.min(self.engines.len()) {
                scope.spawn(work);
            }
        });
        let steps = results.into_iter().map(|steps| {
            steps
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        });
        steps.collect()
    }

    /// A valid module that is refused is so for a feature, if the engine refuses the smallest module with that, too.
    fn explain(&self, engine: &dyn Engine, steps: &mut [Step], needs: Option<&[String]>) {
        let Some(needs) = needs else { return };
        let refused = |step: &&mut Step| {
            let outcome = &step.outcome;
            matches!(
                outcome,
                Outcome::Refused | Outcome::Unknown(_) | Outcome::Unsupported(_)
            )
        };
        for step in steps.iter_mut().filter(refused) {
            if let Some((feature, _)) = self.probes.lacking(engine, needs) {
                step.phase = Phase::Validate;
                step.outcome = Outcome::Unsupported(feature.to_owned());
            }
        }
    }
}
