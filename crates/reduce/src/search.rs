//! Which of a pass's changes to make: as many at a time as the predicate lets pass.
//!
//! This is delta debugging over a list of changes rather than over what is left: all at once, then halves of the list,
//! quarters, and so on to single ones. What was accepted stays accepted, and everything is encoded from one unchanged module,
//! so no change has to be told what others have renumbered. A candidate is asked about only if it is valid, smaller, and new.

use crate::encode::encode;
use crate::measure::{Measure, measure};
use crate::module::Module;
use crate::passes::{PASSES, Pass};
use crate::plan::{Change, Plan};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;
use transom_inspect::{Result, needs};
use wasmparser::WasmFeatures;

/// How many candidates that the predicate isn't asked about cost as much as one that it is.
const UNASKED: u64 = 16;

/// What is tried, told while it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What kind of change is tried, in a word or two.
    pub pass: &'static str,
    /// How many bytes the smallest module so far has.
    pub size: usize,
    /// How many instructions its functions have; `else` and `end` belong to their blocks.
    pub instructions: usize,
    /// How often the predicate was asked.
    pub tried: u64,
}

/// When to stop though more might be possible.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// How often the predicate may be asked. Candidates that it isn't asked about, as they are invalid or no smaller, count
    /// for a sixteenth.
    pub attempts: u64,
    /// When to stop.
    pub until: Option<Instant>,
}

/// No bounds.
impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            attempts: u64::MAX,
            until: None,
        }
    }
}

/// The state of a search.
pub(crate) struct Search<'p> {
    features: WasmFeatures,
    bounds: &'p Bounds,
    keeps: &'p mut dyn FnMut(&[u8]) -> bool,
    progress: &'p mut dyn FnMut(&Progress),
    /// The smallest module so far.
    best: Vec<u8>,
    measure: Measure,
    seen: HashSet<u64>,
    tried: u64,
    unasked: u64,
}

impl<'p> Search<'p> {
    /// A search that begins with a valid module for which the predicate holds.
    ///
    /// # Errors
    ///
    /// The module is malformed.
    pub fn new(
        best: Vec<u8>,
        features: WasmFeatures,
        bounds: &'p Bounds,
        keeps: &'p mut dyn FnMut(&[u8]) -> bool,
        progress: &'p mut dyn FnMut(&Progress),
    ) -> Result<Self> {
        Ok(Search {
            features,
            bounds,
            keeps,
            progress,
            measure: measure(&best)?,
            best,
            seen: HashSet::new(),
            tried: 1,
            unasked: 0,
        })
    }

    /// Goes through all passes until none leads anywhere; false if a bound ended it.
    ///
    /// # Errors
    ///
    /// None but for what would be a mistake of our own.
    pub fn run(&mut self) -> Result<bool> {
        loop {
            let before = self.measure;
            for pass in PASSES {
                while self.sweep(pass)? && pass.again {}
                if self.is_over() {
                    return Ok(false);
                }
            }
            if self.measure == before {
                return Ok(true);
            }
        }
    }

    /// What was found: the module, how many instructions it has, and how often the predicate was asked.
    pub fn finish(self) -> (Vec<u8>, usize, u64) {
        (self.best, self.measure.instructions, self.tried)
    }

    fn is_over(&self) -> bool {
        self.tried + self.unasked / UNASKED >= self.bounds.attempts
            || self.bounds.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Makes as many of a pass's changes as possible; says whether it made any.
    fn sweep(&mut self, pass: &Pass) -> Result<bool> {
        let base = self.best.clone();
        let module = Module::read(&base, self.features)?;
        let mut left = (pass.changes)(&module);
        let mut accepted = Plan::default();
        let mut size = left.len();
        while size > 0 {
            let mut refused = Vec::new();
            for chunk in left.chunks(size) {
                if self.is_over() {
                    return Ok(self.best != base);
                }
                match self.attempt(&module, &accepted, chunk, pass) {
                    Some(plan) => accepted = plan,
                    None => refused.extend_from_slice(chunk),
                }
            }
            left = refused;
            size = (size / 2).min(left.len().max(1));
            if left.is_empty() {
                break;
            }
        }
        Ok(self.best != base)
    }

    /// Makes more changes; the plan with them, if that is what is wanted.
    fn attempt(
        &mut self,
        module: &Module<'_>,
        accepted: &Plan,
        more: &[Change],
        pass: &Pass,
    ) -> Option<Plan> {
        let mut plan = accepted.clone();
        more.iter().for_each(|change| plan.add(*change));
        let candidate = encode(module, &plan).ok();
        let smaller = candidate.and_then(|candidate| Some((self.smaller(&candidate)?, candidate)));
        let Some((measure, candidate)) = smaller else {
            self.unasked += 1;
            return None;
        };
        self.tried += 1;
        let keeps = (self.keeps)(&candidate);
        if keeps {
            self.best = candidate;
            self.measure = measure;
        }
        (self.progress)(&Progress {
            pass: pass.name,
            size: self.best.len(),
            instructions: self.measure.instructions,
            tried: self.tried,
        });
        keeps.then_some(plan)
    }

    /// The measure of a candidate that is worth asking about.
    fn smaller(&mut self, candidate: &[u8]) -> Option<Measure> {
        let mut hasher = DefaultHasher::new();
        candidate.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return None;
        }
        needs::validate(candidate, self.features).ok()?;
        measure(candidate).ok().filter(|measure| *measure < self.measure)
    }
}
