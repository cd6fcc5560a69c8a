//! How far a run got and what came of it, in one vocabulary for all engines.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The parts of a module's life, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Reading and checking the binary, and compiling it. Engines do these in different orders, or at once.
    Validate,
    /// Finding what it imports.
    Link,
    /// Making the instance, with its segments and its start function.
    Instantiate,
    /// Calling an export.
    Execute,
}

/// Why a program was stopped by its own instruction; names are those of the specification's suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// `unreachable`.
    Unreachable,
    /// Division or remainder by zero.
    IntegerDivideByZero,
    /// A quotient, or a float, that has no place among the integers of its type.
    IntegerOverflow,
    /// A NaN that was to become an integer.
    InvalidConversionToInteger,
    /// An access beyond a memory, or a segment that doesn't fit into it.
    OutOfBoundsMemory,
    /// An access beyond a table, or a segment that doesn't fit into it.
    OutOfBoundsTable,
    /// `call_indirect` of an element that the table doesn't have.
    UndefinedElement,
    /// `call_indirect` of null.
    UninitializedElement,
    /// `call_indirect` of a function of another type.
    IndirectCallTypeMismatch,
    /// Null where an instruction needs an object or a function.
    NullReference,
    /// `ref.cast` of something else.
    CastFailure,
    /// An access beyond an array.
    OutOfBoundsArray,
    /// An atomic access to an address that isn't aligned.
    UnalignedAtomic,
    /// Waiting on a memory that nobody shares.
    ExpectedSharedMemory,
}

/// What an engine, rather than the program, ran out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The stack of calls.
    Stack,
    /// Memory.
    Memory,
    /// Time, ours.
    Time,
    /// Something else that an engine bounds, such as the size of a function.
    Size,
}

/// Why a module can't be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unlinkable {
    /// There is nothing of that name.
    MissingImport,
    /// There is something of another type.
    ImportType,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A call returned these, 64 bits each, as signed decimal numbers.
    Results(Vec<i64>),
    /// A program ended.
    Exit {
        /// Its exit code.
        code: i32,
        /// A hash of what it wrote to its standard output.
        stdout: String,
    },
    /// A script went well, or the first line of which something did not.
    Script(Option<usize>),
    /// It was accepted, and has nothing of the name that was to be called.
    Accepted,
    /// A trap. Some engines say one thing of several kinds, so these are the ones that it may be.
    Trap(Vec<Trap>),
    /// An exception that nothing caught.
    Exception,
    /// The engine's limit, not the program's fault.
    Limit(Limit),
    /// The module is malformed or invalid.
    Refused,
    /// The module uses a feature that the engine lacks, or that is off.
    Unsupported(String),
    /// Its imports can't be satisfied.
    Unlinkable(Unlinkable),
    /// This engine can't be asked this: it has no WASI, say, or doesn't run scripts.
    Impossible(String),
    /// The engine itself failed.
    Crash(String),
    /// Something that no table knows.
    Unknown(String),
}

impl Outcome {
    /// Whether two engines that say this and that agree.
    pub fn agrees(&self, other: &Outcome) -> bool {
        match (self, other) {
            (Outcome::Trap(ours), Outcome::Trap(theirs)) => ours.iter().any(|trap| theirs.contains(trap)),
            (Outcome::Crash(_), Outcome::Crash(_)) => true,
            // Some engines say nothing about an export that isn't there, and return nothing.
            (Outcome::Accepted, Outcome::Results(values)) | (Outcome::Results(values), Outcome::Accepted) => {
                values.is_empty()
            }
            _ => self == other,
        }
    }

    /// What kind of outcome it is, without values: what the outcomes of alike bugs share.
    pub fn kind(&self) -> String {
        match self {
            Outcome::Results(_) => "results".to_owned(),
            Outcome::Exit { .. } => "exit".to_owned(),
            Outcome::Script(None) => "script passes".to_owned(),
            Outcome::Script(Some(_)) => "script fails".to_owned(),
            Outcome::Crash(_) => "crash".to_owned(),
            Outcome::Unknown(_) => "unknown".to_owned(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Results(values) if values.is_empty() => write!(f, "returns"),
            Outcome::Results(values) => write!(f, "returns {}", list(values, " ")),
            Outcome::Exit { code, stdout } => write!(f, "exits with {code}, output {stdout}"),
            Outcome::Script(None) => write!(f, "passes"),
            Outcome::Script(Some(line)) => write!(f, "fails at line {line}"),
            Outcome::Accepted => write!(f, "accepts the module"),
            Outcome::Trap(traps) => write!(f, "traps: {}", list(traps, " or ")),
            Outcome::Exception => write!(f, "throws an exception"),
            Outcome::Limit(Limit::Stack) => write!(f, "runs out of stack"),
            Outcome::Limit(Limit::Memory) => write!(f, "runs out of memory"),
            Outcome::Limit(Limit::Time) => write!(f, "runs out of time"),
            Outcome::Limit(Limit::Size) => write!(f, "exceeds a limit of the engine"),
            Outcome::Refused => write!(f, "refuses the module"),
            Outcome::Unsupported(feature) => write!(f, "lacks {feature}"),
            Outcome::Unlinkable(Unlinkable::MissingImport) => write!(f, "lacks an import"),
            Outcome::Unlinkable(Unlinkable::ImportType) => write!(f, "rejects the type of an import"),
            Outcome::Impossible(why) => write!(f, "not tested: {why}"),
            Outcome::Crash(how) => write!(f, "crashes: {how}"),
            Outcome::Unknown(what) => write!(f, "says `{}`", what.replace('`', "'")),
        }
    }
}

fn list<T: fmt::Display>(items: &[T], between: &str) -> String {
    let items = items.iter().map(ToString::to_string);
    items.collect::<Vec<_>>().join(between)
}

/// The name as it stands in files.
impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One thing that an engine was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How far it got.
    pub phase: Phase,
    /// What came of it.
    pub outcome: Outcome,
    /// What the engine itself said about it, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Step {
    /// A step at a phase.
    pub fn new(phase: Phase, outcome: Outcome) -> Self {
        Step {
            phase,
            outcome,
            message: String::new(),
        }
    }

    /// The step with what the engine said.
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Whether two engines that came to this and that agree. A trap while instantiating is not one of a call, but where
    /// engines reach their limits is their own affair, and who is stopped or falls doesn't tell how far it got.
    pub fn agrees(&self, other: &Step) -> bool {
        let silent = matches!(self.outcome, Outcome::Limit(_) | Outcome::Crash(_));
        (silent || self.phase == other.phase) && self.outcome.agrees(&other.outcome)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome)?;
        match self.phase {
            Phase::Instantiate => write!(f, ", during instantiation"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_engine_tells_apart_agrees_with_what_another_does_not() {
        let mismatch = Outcome::Trap(vec![Trap::IndirectCallTypeMismatch]);
        let either = Outcome::Trap(vec![Trap::UninitializedElement, Trap::IndirectCallTypeMismatch]);
        assert!(mismatch.agrees(&either) && either.agrees(&mismatch));
        assert!(!mismatch.agrees(&Outcome::Trap(vec![Trap::Unreachable])));
        assert!(!Outcome::Results(vec![1]).agrees(&Outcome::Results(vec![2])));
        let trap = |phase| Step::new(phase, mismatch.clone());
        assert!(!trap(Phase::Instantiate).agrees(&trap(Phase::Execute)));
        let time = |phase| Step::new(phase, Outcome::Limit(Limit::Time));
        assert!(time(Phase::Instantiate).agrees(&time(Phase::Execute)));
    }

    #[test]
    fn names_are_those_of_files() {
        assert_eq!(Trap::IntegerDivideByZero.to_string(), "integer-divide-by-zero");
        let text = serde_json::to_string(&Outcome::Trap(vec![Trap::Unreachable])).expect("plain");
        assert_eq!(text, r#"{"trap":["unreachable"]}"#);
    }
}
