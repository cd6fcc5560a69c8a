//! Runs subjects on all engines in parallel, and computes the verdict.
//!
//! All engines get the same file. A refusal becomes a missing feature only after the probes of that engine confirm it.

use crate::comparison::{Comparison, Observed};
use crate::engine::{Case, Engine, Task};
use crate::outcome::{Outcome, Phase, Step};
use crate::probes::{Probes, needed};
use crate::process::Bounds;
use crate::subjects::Subject;
use crate::{script, verdict};
use std::io::Result;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Engines, and a folder for their input files.
pub struct Comparer {
    engines: Vec<Box<dyn Engine>>,
    folder: TempDir,
    probes: Probes,
    bounds: Bounds,
    /// Whether to enable features that a module needs on engines that disable them by default.
    enable: bool,
}

impl Comparer {
    /// A comparer for these engines, with limits for each step.
    ///
    /// # Errors
    ///
    /// The folder for temporary files cannot be created.
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

    /// The engines, in the order of the observations in comparisons.
    pub fn engines(&self) -> impl Iterator<Item = &dyn Engine> {
        self.engines.iter().map(|engine| &**engine)
    }

    /// Compares all engines on a subject.
    ///
    /// # Errors
    ///
    /// Its file can't be written.
    pub fn compare(&self, subject: Subject) -> Result<Comparison> {
        self.compare_some(subject, &self.all(), self.bounds)
    }

    /// The limits of each step.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Compares some engines, by index, on a subject, with other limits.
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

    /// Compares all engines on several subjects. The engines run in parallel.
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
                step.outcome = Outcome::Unsupported(feature);
            }
        }
    }
}
