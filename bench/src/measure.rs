//! Taking turns: each round runs every side of a row once, so that a machine that slows down slows them all.

use anyhow::{Result, ensure};
use rustix::time::{ClockId, clock_gettime};

/// The time that this thread has been running, in seconds: on a machine with others on it, steadier than the time
/// of day. Only for what runs on one thread.
pub fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The time of day, for what an engine may leave to other threads, such as files.
fn wall_seconds() -> f64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

impl Unit {
    /// The clock that a row is measured by: some engines leave files to other threads.
    pub fn clock(self) -> fn() -> f64 {
        match self {
            Unit::MegabytesPerSecond => wall_seconds,
            _ => thread_seconds,
        }
    }

    /// The row's value if so many bytes, or so many of anything else, took so many seconds.
    pub fn each(self, seconds: f64, amount: u64) -> f64 {
        match self {
            Unit::MegabytesPerSecond => self.of(amount as f64 / seconds),
            _ => self.of(seconds / amount as f64),
        }
    }
}

/// What a run has given: how long it took, in the row's unit, and what the program computed.
pub struct Sample {
    pub value: f64,
    pub check: u64,
}

/// What is hoped for.
#[derive(Clone, Copy)]
pub enum Target {
    /// Nothing: the row is there to be compared with.
    None,
    /// At most so much, in the row's unit.
    AtMost(f64),
    /// As good as wasmtime, or nearly: a ratio of at least this.
    Level(f64),
    /// At most so many times the row of this name.
    Times(f64, &'static str),
    /// So many times as fast as each of these sides that is there.
    Ahead(&'static [(&'static str, f64)]),
}

/// How the value of a row is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    /// More is better.
    MegabytesPerSecond,
    /// Of memory.
    Megabytes,
}

impl Unit {
    pub fn text(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Microseconds => "µs",
            Unit::Milliseconds => "ms",
            Unit::MegabytesPerSecond => "MB/s",
            Unit::Megabytes => "MB",
        }
    }

    /// Seconds, bytes or bytes per second in this unit.
    pub fn of(self, value: f64) -> f64 {
        match self {
            Unit::Nanoseconds => value * 1e9,
            Unit::Microseconds => value * 1e6,
            Unit::Milliseconds => value * 1e3,
            Unit::MegabytesPerSecond | Unit::Megabytes => value / 1e6,
        }
    }
}

/// A thing to measure on one engine; `run` is told whether to be quick.
pub struct Case {
    pub name: String,
    pub unit: Unit,
    pub target: Target,
    pub run: Box<dyn FnMut(bool) -> Result<Sample>>,
}

impl Case {
    pub fn new(
        name: impl Into<String>,
        unit: Unit,
        target: Target,
        run: impl FnMut(bool) -> Result<Sample> + 'static,
    ) -> Case {
        Case {
            name: name.into(),
            unit,
            target,
            run: Box::new(run),
        }
    }
}

/// The same thing on several engines.
pub struct Row {
    pub name: String,
    pub unit: Unit,
    pub target: Target,
    pub sides: Vec<Side>,
}

/// A row on one engine.
pub struct Side {
    pub name: &'static str,
    run: Box<dyn FnMut(bool) -> Result<Sample>>,
}

/// How long to measure.
pub struct Options {
    pub rounds: usize,
    pub quick: bool,
}

/// The values of all rounds of one side, sorted.
pub struct Series {
    pub side: &'static str,
    pub values: Vec<f64>,
}

/// What came of a row.
pub struct Outcome {
    pub name: String,
    pub unit: Unit,
    pub target: Target,
    /// Of the sides that did what they had to.
    pub series: Vec<Series>,
    /// Of the others.
    pub failures: Vec<Failure>,
}

/// Why a side has no values.
#[derive(Clone)]
pub struct Failure {
    pub side: &'static str,
    pub reason: String,
}

impl Row {
    /// Rows of the cases of both engines, which are the same.
    pub fn pair(transom: Vec<Case>, wasmtime: Vec<Case>) -> Vec<Row> {
        let row = |case: Case| Row {
            name: case.name,
            unit: case.unit,
            target: case.target,
            sides: vec![Side {
                name: "transom",
                run: case.run,
            }],
        };
        let mut rows: Vec<Row> = transom.into_iter().map(row).collect();
        Row::also("wasmtime", &mut rows, wasmtime);
        rows
    }

    /// Adds a column.
    pub fn also(name: &'static str, rows: &mut [Row], cases: Vec<Case>) {
        assert_eq!(rows.len(), cases.len(), "both sides have the same cases");
        for (row, case) in rows.iter_mut().zip(cases) {
            row.sides.push(Side { name, run: case.run });
        }
    }

    /// Runs all sides in turns, after one round that does not count.
    ///
    /// # Errors
    ///
    /// A program failed, or the sides do not agree about what it computes.
    pub fn measure(mut self, options: &Options) -> Result<Outcome> {
        let mut series: Vec<Series> = self
            .sides
            .iter()
            .map(|side| Series {
                side: side.name,
                values: Vec::new(),
            })
            .collect();
        for round in 0..=options.rounds {
            let mut expected = None;
            // Every other round in the opposite order: nobody always comes after the same neighbour.
            let count = self.sides.len();
            for position in 0..count {
                let index = if round % 2 == 0 {
                    position
                } else {
                    count - 1 - position
                };
                let sample = (self.sides[index].run)(options.quick)?;
                let check = *expected.get_or_insert(sample.check);
                ensure!(
                    check == sample.check,
                    "{}: the engines do not agree: {check:#x} and {:#x}",
                    self.name,
                    sample.check
                );
                if round > 0 {
                    series[index].values.push(sample.value);
                }
            }
        }
        series
            .iter_mut()
            .for_each(|series| series.values.sort_by(f64::total_cmp));
        Ok(Outcome {
            name: self.name,
            unit: self.unit,
            target: self.target,
            series,
            failures: Vec::new(),
        })
    }
}

impl Series {
    pub fn median(&self) -> f64 {
        self.values[self.values.len() / 2]
    }

    /// Half the distance between the quartiles, as a part of the median.
    pub fn spread(&self) -> f64 {
        let quarter = self.values.len() / 4;
        (self.values[self.values.len() - 1 - quarter] - self.values[quarter]) / 2.0 / self.median()
    }
}

impl Outcome {
    /// The values of a side, if it has any.
    pub fn of(&self, side: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.side == side)
    }

    /// How many times as good as another side Transom is.
    pub fn ratio(&self, other: &str) -> Option<f64> {
        let (own, other) = (self.of("transom")?.median(), self.of(other)?.median());
        Some(if self.unit == Unit::MegabytesPerSecond {
            own / other
        } else {
            other / own
        })
    }
}
