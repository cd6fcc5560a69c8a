//! What is measured: a job, and the rows that are made of its reports.

#[cfg(test)]
mod tests;

use crate::peers::Peer;
use crate::results::{Goal, Quantity};
use std::path::PathBuf;
use transom_bench_protocol::{Call, Called, Job, Limits, Program, Report, Task};

/// Each peer's job, or why the peer can't do it.
type JobOf = Box<dyn Fn(&Peer) -> Result<Job, String>>;

/// One job for every peer, and its rows.
pub struct Subject {
    pub name: String,
    job: JobOf,
    /// What calls return, as far as that is known; the rest is what the first peer returns.
    pub known: Known,
    pub rows: Vec<Row>,
    /// How many rounds at most, for what takes minutes.
    pub rounds: usize,
    /// Runs that do not count, for what leaves something behind on purpose.
    pub rehearsals: usize,
}

/// What is known of the results of calls, by their place in the report.
pub enum Known {
    Nothing,
    /// Of the first time.
    First(Vec<i32>),
    /// Of every time.
    Always(Vec<i32>),
}

impl Known {
    /// A result that is not what is known, and what is.
    pub fn broken_by(&self, calls: &[Called]) -> Option<(i32, i32)> {
        let (known, times) = match self {
            Known::Nothing => return None,
            Known::First(known) => (known, 1),
            Known::Always(known) => (known, usize::MAX),
        };
        let pairs = known.iter().zip(calls).flat_map(|(known, call)| {
            call.results
                .iter()
                .take(times)
                .map(move |result| (*result, *known))
        });
        pairs.into_iter().find(|(result, known)| result != known)
    }
}

/// A row: a value of each report.
pub struct Row {
    pub name: String,
    /// What it stresses, where the name does not say it.
    pub about: &'static str,
    pub value: Value,
    pub quantity: Quantity,
    pub goal: Option<Goal>,
}

/// How a row's value comes from a run. Calls are known by their place in the report.
#[derive(Clone, Copy)]
pub enum Value {
    /// The median time of the later half of the calls: the first ones warm the engine up.
    Warm(usize),
    /// How many times as long as another call's.
    WarmBy(usize, usize),
    /// The median time of all calls.
    Each(usize),
    /// The same, as bytes per second, for so many bytes.
    Rate(usize, u64),
    /// How many bytes per second, if a time is that of one byte.
    PerSecond(usize),
    /// From bytes to the end of the first call.
    Answer,
    /// The whole process, less the calls after the first one.
    Process,
    /// The most memory that the process had.
    Peak,
    /// The warm time of a call by so many turns of the loop in it.
    Turn(usize, i32),
    /// The same, less the time of another call by its turns.
    TurnLess(usize, usize, i32),
    /// Of all times of a call, the one that so many in a thousand are below.
    Quantile(usize, usize),
    /// The median of what calls that took more than twice the median took beyond it: a pause, where there are any.
    Pause(usize),
}

/// A report, and how long the whole process took.
pub struct Run {
    pub report: Report,
    pub process: f64,
}

/// Nothing takes less: the difference of two times may be less than nothing, which has no ratio. A tenth of a
/// nanosecond is less than half a cycle.
const LEAST_TIME: f64 = 1e-10;

impl Value {
    /// The value, in seconds, bytes, bytes per second, or times.
    pub fn of(self, run: &Run) -> f64 {
        let calls = &run.report.calls;
        match self {
            Value::Warm(call) => warm(&calls[call]),
            Value::WarmBy(call, other) => warm(&calls[call]) / warm(&calls[other]),
            Value::Each(call) => quantile(&calls[call].values, 500),
            Value::Rate(call, bytes) => bytes as f64 / quantile(&calls[call].values, 500),
            Value::PerSecond(call) => 1.0 / quantile(&calls[call].values, 500),
            Value::Answer => run.report.compile + calls[0].values[0],
            Value::Process => run.process - calls[0].values[1..].iter().sum::<f64>(),
            Value::Peak => run.report.peak as f64,
            Value::Turn(call, turns) => warm(&calls[call]) / f64::from(turns),
            Value::TurnLess(call, other, turns) => {
                ((warm(&calls[call]) - warm(&calls[other])) / f64::from(turns)).max(LEAST_TIME)
            }
            Value::Quantile(call, per_thousand) => quantile(&calls[call].values, per_thousand),
            Value::Pause(call) => pause(&calls[call].values),
        }
    }
}

fn warm(call: &Called) -> f64 {
    quantile(&call.values[call.values.len() / 2..], 500)
}

fn pause(seconds: &[f64]) -> f64 {
    let median = quantile(seconds, 500);
    let long: Vec<f64> = seconds
        .iter()
        .filter(|&&time| time > 2.0 * median)
        .copied()
        .collect();
    if long.is_empty() {
        LEAST_TIME
    } else {
        quantile(&long, 500) - median
    }
}

fn quantile(seconds: &[f64], per_thousand: usize) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * per_thousand / 1000).min(sorted.len() - 1)]
}

impl Row {
    pub fn new(name: impl Into<String>, value: Value) -> Row {
        let quantity = match value {
            Value::Peak => Quantity::Memory,
            Value::Rate(..) | Value::PerSecond(_) => Quantity::Rate,
            Value::WarmBy(..) => Quantity::Factor,
            _ => Quantity::Time,
        };
        Row {
            name: name.into(),
            about: "",
            value,
            quantity,
            goal: None,
        }
    }

    /// For a value that is about memory though it was noted like a time.
    pub fn memory(mut self) -> Row {
        self.quantity = Quantity::Memory;
        self
    }

    /// Says what it stresses.
    pub fn about(mut self, about: &'static str) -> Row {
        self.about = about;
        self
    }

    /// Aims at a value of at most this.
    pub fn most(mut self, most: f64) -> Row {
        self.goal = Some(Goal::Most(most));
        self
    }

    /// Aims at being so many times as good as these.
    pub fn ahead(mut self, peers: &[(&str, f64)]) -> Row {
        let peers = peers.iter().map(|&(peer, ratio)| (peer.to_owned(), ratio));
        self.goal = Some(Goal::Ahead(peers.collect()));
        self
    }
}

impl Subject {
    /// The same job for all.
    pub fn new(name: impl Into<String>, job: impl Into<Job>, rows: Vec<Row>) -> Subject {
        let job = job.into();
        Subject::each(name, move |_| Ok(job.clone()), rows)
    }

    /// A job that each peer does in its own way.
    pub fn each(
        name: impl Into<String>,
        job: impl Fn(&Peer) -> Result<Job, String> + 'static,
        rows: Vec<Row>,
    ) -> Subject {
        Subject {
            name: name.into(),
            job: Box::new(job),
            known: Known::Nothing,
            rows,
            rounds: usize::MAX,
            rehearsals: 0,
        }
    }

    pub fn job(&self, peer: &Peer) -> Result<Job, String> {
        (self.job)(peer)
    }

    /// Says what each call returns, whenever it is called.
    pub fn known(mut self, known: impl IntoIterator<Item = i32>) -> Subject {
        self.known = Known::Always(known.into_iter().collect());
        self
    }

    /// Says what each call returns the first time.
    pub fn known_first(mut self, known: impl IntoIterator<Item = i32>) -> Subject {
        self.known = Known::First(known.into_iter().collect());
        self
    }

    pub fn rounds(mut self, rounds: usize) -> Subject {
        self.rounds = rounds;
        self
    }

    pub fn rehearsals(mut self, rehearsals: usize) -> Subject {
        self.rehearsals = rehearsals;
        self
    }
}

/// A program of one module, once, without limits.
pub fn program(module: PathBuf, calls: Vec<Call>) -> Task {
    Task::Program(Program {
        modules: vec![module],
        limits: vec![Limits::Default],
        calls,
    })
}

/// So many calls of an export.
pub fn call(export: &str, argument: i32, times: usize) -> Call {
    Call {
        export: export.to_owned(),
        argument,
        times,
    }
}
