//! Which functions of a module run often, and how far their second compilation is.
//!
//! Whenever a program has executed some code of the baseline compiler, one *sample* is noted for the function in which it is. A function
//! with many samples is compiled once more, and callers run the new code from then on. A function that still has samples at a
//! loop runs long without being called, so code is compiled that begins at this loop, and the program goes on there.

use crate::progress::Stopwatch;
use crate::tuning;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The functions of a module.
#[derive(Debug)]
pub struct Promotions {
    /// Samples of each function.
    heat: Box<[AtomicU16]>,
    functions: Mutex<BTreeMap<u32, Promotion>>,
    counts: Counts,
    /// Whether somebody is going to write the new code when no other is compiled.
    to_be_written: AtomicBool,
}

/// How many compilations ended how.
#[derive(Debug, Default)]
struct Counts {
    functions: AtomicUsize,
    loops: AtomicUsize,
    failures: AtomicUsize,
    replaced: AtomicUsize,
    expected: AtomicUsize,
    time: Stopwatch,
}

/// What has become of the functions of a module that were compiled once more.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PromotionCounts {
    /// Functions that were compiled once more.
    pub functions: usize,
    /// Loops for which code was compiled that begins there.
    pub loops: usize,
    /// Compilations that failed. The function still runs as before.
    pub failures: usize,
    /// How often a running function went on in code that begins at a loop.
    pub replaced: usize,
    /// Calls through references that go on in the bodies of functions that are expected.
    pub expected: usize,
    /// How long the compilations took.
    pub time: Duration,
}

/// How far a function is.
#[derive(Debug, Default)]
struct Promotion {
    whole: Step<()>,
    /// By their offsets: those for which something was compiled or is to be.
    loops: BTreeMap<u32, Step<LoopCode>>,
    /// Samples at other loops, by their offsets.
    warm: BTreeMap<u32, u16>,
}

impl Promotion {
    /// Counts a sample at a loop that has no code yet.
    fn warm_up(&mut self, offset: u32) -> u16 {
        let samples = self.warm.entry(offset).or_default();
        *samples = samples.saturating_add(1);
        let samples = *samples;
        if self.warm.len() > tuning::MAX_WARM_LOOPS {
            let coldest = self.warm.iter().filter(|&(&other, _)| other != offset);
            let coldest = coldest
                .min_by_key(|&(_, samples)| *samples)
                .map(|(&offset, _)| offset);
            self.warm.remove(&coldest.unwrap_or(offset));
        }
        samples
    }
}

#[derive(Clone, Copy, Debug, Default)]
enum Step<T> {
    #[default]
    Open,
    Queued,
    Done(T),
    Failed,
}

/// Code that begins at a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoopCode {
    /// Its address.
    pub address: usize,
    /// Bytes of its frame.
    pub frame_size: usize,
    /// How many operands it loads.
    pub operands: u32,
}

/// What is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The function, for its callers.
    Whole,
    /// The function from a loop on, whose offset in the module is given.
    Loop(u32),
}

/// What follows from a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing.
    Stay,
    /// The function goes on in other code.
    GoOn(LoopCode),
    /// Something is to be compiled, and then the other thing, too.
    Compile(Target, Option<Target>),
}

/// Where a sample was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// The function's position among those of the module.
    pub function: usize,
    /// Bytes of its body.
    pub body: usize,
    /// The offset of the loop, unless it was at the function's entry.
    pub at: Option<u32>,
    /// Whether the last sample was in the same activation, as it seems.
    pub again: bool,
}

impl Promotions {
    /// No samples of any of so many functions.
    pub fn new(functions: usize) -> Promotions {
        Promotions {
            heat: (0..functions).map(|_| AtomicU16::new(0)).collect(),
            functions: Mutex::default(),
            counts: Counts::default(),
            to_be_written: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Promotion>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Samples of a function.
    pub fn heat(&self, function: usize) -> u16 {
        self.heat[function].load(Ordering::Relaxed)
    }

    /// Notes a sample. What it says to compile counts as queued. It takes `patience` times as many samples as usual, and
    /// the first one if that is 0.
    pub fn sample(&self, sample: Sample, patience: u16) -> Verdict {
        let needed = tuning::samples(sample.body).saturating_mul(patience);
        let heat = self.heat(sample.function).saturating_add(1);
        // Threads may lose each other's samples.
        self.heat[sample.function].store(heat, Ordering::Relaxed);
        if heat < needed {
            return Verdict::Stay;
        }
        // The next sample comes soon. And in the child of a fork, a thread that holds the lock may be gone.
        let Ok(mut functions) = self.functions.try_lock() else {
            return Verdict::Stay;
        };
        let promotion = functions.entry(sample.function as u32).or_default();
        // Each further compilation of a function takes as many samples more, so compiling takes no longer than the program ran.
        let targets = promotion.loops.len() + usize::from(!matches!(promotion.whole, Step::Open));
        let due = usize::from(heat) >= usize::from(needed) * (1 + targets);
        let mut wanted = None;
        if let Some(offset) = sample.at {
            match promotion.loops.get(&offset) {
                Some(Step::Done(code)) => return Verdict::GoOn(*code),
                Some(_) => {}
                None => {
                    // The new code of a function that is called often is enough for its loops, and that of one loop for what is
                    // inside and around it. Others are worth it if they alone have run as long.
                    let lasts = match promotion.whole {
                        _ if patience == 0 => true,
                        Step::Open => sample.again,
                        Step::Queued => promotion.warm_up(offset) >= needed && sample.again,
                        Step::Done(()) | Step::Failed => promotion.warm_up(offset) >= needed,
                    };
                    if due && lasts && promotion.loops.len() < tuning::MAX_LOOPS {
                        promotion.warm.remove(&offset);
                        promotion.loops.insert(offset, Step::Queued);
                        wanted = Some(Target::Loop(offset));
                    }
                }
            }
        }
        let mut whole = None;
        if let Step::Open = promotion.whole {
            promotion.whole = Step::Queued;
            whole = Some(Target::Whole);
        }
        match wanted.or(whole) {
            Some(target) => Verdict::Compile(target, whole.filter(|&whole| whole != target)),
            None => Verdict::Stay,
        }
    }

    /// The code that begins at a loop, if there is any.
    pub fn loop_code(&self, function: usize, offset: u32) -> Option<LoopCode> {
        match self
            .functions
            .try_lock()
            .ok()?
            .get(&(function as u32))?
            .loops
            .get(&offset)?
        {
            Step::Done(code) => Some(*code),
            _ => None,
        }
    }

    /// An earlier process has compiled code that begins at loops of a function, whose body has so many bytes: its first sample is to ask for
    /// that.
    pub fn expect(&self, function: usize, body: usize) {
        self.heat[function].store(tuning::samples(body), Ordering::Relaxed);
    }

    /// A function begins with samples, because of those in earlier processes.
    pub fn restore_heat(&self, function: usize, heat: u16) {
        self.heat[function].store(heat, Ordering::Relaxed);
    }

    /// Notes whether somebody is going to write new code; whether that was so before.
    pub fn note_to_be_written(&self, is: bool) -> bool {
        self.to_be_written.swap(is, Ordering::Relaxed)
    }

    /// A function begins in the code that an earlier process has compiled once more.
    pub fn restored(&self, function: usize) {
        self.lock().entry(function as u32).or_default().whole = Step::Done(());
    }

    /// The function has new code.
    pub fn promoted(&self, function: usize) {
        self.lock().entry(function as u32).or_default().whole = Step::Done(());
        self.counts.functions.fetch_add(1, Ordering::Relaxed);
    }

    /// There is code for a loop.
    pub fn entered(&self, function: usize, offset: u32, code: LoopCode) {
        let mut functions = self.lock();
        let promotion = functions.entry(function as u32).or_default();
        promotion.loops.insert(offset, Step::Done(code));
        self.counts.loops.fetch_add(1, Ordering::Relaxed);
    }

    /// Nothing was queued: a later sample asks again.
    pub fn postponed(&self, function: usize, target: Target) {
        let mut functions = self.lock();
        let promotion = functions.entry(function as u32).or_default();
        match target {
            Target::Whole => promotion.whole = Step::Open,
            Target::Loop(offset) => {
                promotion.loops.remove(&offset);
            }
        }
    }

    /// There will be no code.
    pub fn failed(&self, function: usize, target: Target) {
        let mut functions = self.lock();
        let promotion = functions.entry(function as u32).or_default();
        match target {
            Target::Whole => promotion.whole = Step::Failed,
            Target::Loop(offset) => {
                promotion.loops.insert(offset, Step::Failed);
            }
        }
        self.counts.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// A function goes on in other code.
    pub fn count_replaced(&self) {
        self.counts.replaced.fetch_add(1, Ordering::Relaxed);
    }

    /// New code has so many calls that go on in the bodies of functions that are expected.
    pub fn count_expected(&self, calls: u32) {
        self.counts.expected.fetch_add(calls as usize, Ordering::Relaxed);
    }

    /// The time that compilations take.
    pub fn time(&self) -> &Stopwatch {
        &self.counts.time
    }

    /// How many compilations ended how.
    pub fn counts(&self) -> PromotionCounts {
        let counts = &self.counts;
        PromotionCounts {
            functions: counts.functions.load(Ordering::Relaxed),
            loops: counts.loops.load(Ordering::Relaxed),
            failures: counts.failures.load(Ordering::Relaxed),
            replaced: counts.replaced.load(Ordering::Relaxed),
            expected: counts.expected.load(Ordering::Relaxed),
            time: counts.time.total(),
        }
    }
}

#[cfg(test)]
mod tests;
