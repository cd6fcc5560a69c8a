//! Whether engines agree about a module: the same bytes go to all of them, what they do is put into one vocabulary,
//! and a verdict says where they part and what kind of parting that is.
//!
//! Command lines of engines differ in what values they take and how they print them. So modules are given a
//! [driver](crate::drive) for each call, which takes nothing and returns integers, and that is all that an engine is asked
//! for. What is known of each engine stands in `engines/*.toml`, and is tested on what they were recorded to say.
//!
//! ```
//! use transom_toolkit::compare::{Comparer, Kind, Wish, engines, subject};
//! use transom_toolkit::{Source, process::Bounds};
//!
//! let text = r#"(module (func (export "double") (param f32) (result f32) (f32.add (local.get 0) (local.get 0))))"#;
//! let source = Source::new("demo.wat", text.as_bytes().to_vec());
//! let subject = subject(&source, &Wish::AllExports { seed: 1 })?;
//! let engines = engines(&["transom".to_owned()], None, Bounds::default())?;
//! let comparer = Comparer::new(engines.found, Bounds::default(), false)?;
//! assert_eq!(comparer.compare(subject)?.verdict.kind, Kind::Agreement);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod command;
mod directives;
mod divergence;
mod engine;
mod find;
pub mod outcome;
mod probes;
pub mod script;
mod subject;
mod table;
mod text;
mod transom;
mod verdict;

pub use answer::Answer;
pub use command::CommandEngine;
pub use divergence::reduce_divergence;
pub use engine::{Case, Engine, Identity, Task};
pub use find::{Engines, engines};
pub use outcome::{Limit, Outcome, Phase, Step, Trap, Unlinkable};
pub use probes::{Support, needed};
pub use subject::{Wish, subject};
pub use table::{Table, table, tables};
pub use transom::{CONFIGURATIONS, InProcess};
pub use verdict::{Group, Kind, Verdict};

pub(crate) use engine::quoted;

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
    /// What each step does, for people; the name of what is called where this is empty.
    pub labels: Vec<String>,
    /// What people should know about how it was made of what they gave.
    pub notes: Vec<String>,
}

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
    fn new(engine: &dyn Engine, case: &Case, steps: Vec<Step>) -> Self {
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
            probes: Probes::new(folder.path(), bounds),
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
        self.compare_some(subject, &self.all(), self.bounds)
    }

    /// The bounds of each step.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Gives a subject to some engines, by their places, within other bounds.
    ///
    /// # Errors
    ///
    /// Its file can't be written.
    pub fn compare_some(&self, subject: Subject, engines: &[usize], bounds: Bounds) -> Result<Comparison> {
        let mut compared = self.compare_by(vec![subject], engines, bounds)?;
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
        self.compare_by(subjects, &self.all(), self.bounds)
    }

    fn all(&self) -> Vec<usize> {
        (0..self.engines.len()).collect()
    }

    fn compare_by(
        &self,
        subjects: Vec<Subject>,
        engines: &[usize],
        bounds: Bounds,
    ) -> Result<Vec<Comparison>> {
        let engines = engines
            .iter()
            .map(|index| &*self.engines[*index])
            .collect::<Vec<_>>();
        let mut cases = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            let folder = self.folder.path().join(index.to_string());
            std::fs::create_dir_all(&folder)?;
            let file = folder.join(&subject.name);
            std::fs::write(&file, &subject.bytes)?;
            let needs = match subject.task {
                Task::Script => script::needed(&String::from_utf8_lossy(&subject.bytes)),
                _ => needed(&subject.bytes),
            };
            let case = Case {
                file,
                task: subject.task.clone(),
                features: needs.clone().filter(|_| self.enable).unwrap_or_default(),
            };
            cases.push((case, needs));
        }
        let (cases, needs): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let mut observed = self.observe(&engines, &cases, &needs, bounds);
        let mut comparisons = Vec::new();
        // The last first, so that steps can be taken off the ends.
        for ((subject, case), needs) in subjects.into_iter().zip(cases).zip(needs).rev() {
            let steps = observed
                .iter_mut()
                .map(|cases| cases.pop().unwrap_or_default())
                .collect::<Vec<_>>();
            comparisons.push(Comparison {
                verdict: verdict::verdict(&engines, &case.task, &steps, &self.probes),
                observed: engines
                    .iter()
                    .zip(steps)
                    .map(|(engine, steps)| Observed::new(*engine, &case, steps))
                    .collect(),
                task: subject.task,
                labels: subject.labels,
                notes: subject.notes,
                needs,
            });
        }
        comparisons.reverse();
        Ok(comparisons)
    }

    /// What each engine does with each case; as many engines at once as there are processors.
    fn observe(
        &self,
        engines: &[&dyn Engine],
        cases: &[Case],
        needs: &[Option<Vec<String>>],
        bounds: Bounds,
    ) -> Vec<Vec<Vec<Step>>> {
        let results = engines.iter().map(|_| Mutex::new(Vec::new())).collect::<Vec<_>>();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(index) =
                Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < engines.len())
            {
                let engine = engines[index];
                let mut steps = engine.observe(cases, bounds);
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
            for _ in 0..processors.min(engines.len()) {
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
                Outcome::Refused | Outcome::Unknown(_) | Outcome::Unsupported(_) | Outcome::Script(Some(_))
            )
        };
        for step in steps.iter_mut().filter(refused) {
            if let Some((feature, _)) = self.probes.lacking(engine, needs, self.enable) {
                step.phase = Phase::Validate;
                step.outcome = Outcome::Unsupported(feature.to_owned());
            }
        }
    }
}
