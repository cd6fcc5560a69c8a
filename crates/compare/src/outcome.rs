//! The phase and the outcome of a run, in one vocabulary for all engines.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The phases of a module's life, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Reading and checking the binary, and compiling it. Engines do these in different orders, or at once.
    Validate,
    /// Resolving imports.
    Link,
    /// Instantiation, including segments and the start function.
    Instantiate,
    /// Calling an export.
    Execute,
}

/// The kind of a trap; names are those of the specification's suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// `unreachable`.
    Unreachable,
    /// Division or remainder by zero.
    IntegerDivideByZero,
    /// A quotient, or a float, that the integer type cannot represent.
    IntegerOverflow,
    /// Conversion of a NaN to an integer.
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
    /// A null operand where an instruction requires an object or a function.
    NullReference,
    /// `ref.cast` of a value of another type.
    CastFailure,
    /// An access beyond an array.
    OutOfBoundsArray,
    /// An atomic access to an address that isn't aligned.
    UnalignedAtomic,
    /// Waiting on a memory that is not shared.
    ExpectedSharedMemory,
    /// A call of a component that runs already, or that has trapped.
    CannotEnterComponent,
    /// A call out of a component that must not be left, as during `realloc`.
    CannotLeaveComponent,
    /// A `char` that is no Unicode scalar value.
    InvalidChar,
    /// A string whose bytes are not of its encoding.
    InvalidString,
    /// A string beyond the memory.
    OutOfBoundsString,
    /// A list beyond the memory.
    OutOfBoundsList,
    /// Parameters, results, or what `realloc` returned, beyond the memory.
    OutOfBoundsPointer,
    /// A pointer that isn't aligned for its type.
    UnalignedPointer,
    /// A discriminant that no case has.
    InvalidDiscriminant,
    /// An index that is none of a handle.
    UnknownHandle,
    /// A handle of another type.
    HandleTypeMismatch,
    /// A handle that is dropped or given away while it is borrowed, or a borrowed one that is kept.
    BorrowedHandle,
    /// A string or a list that is longer than the canonical ABI allows.
    TooLong,
    /// A rule of asynchronous calls, such as one about tasks that wait for each other.
    AsynchronousCall,
}

/// The exhausted resource of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The stack of calls.
    Stack,
    /// Memory.
    Memory,
    /// The time limit of the comparison.
    Time,
    /// Another limit of the engine, such as the size of a function.
    Size,
}

/// The kind of a link error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unlinkable {
    /// No import of this name is provided.
    MissingImport,
    /// The provided import has another type.
    ImportType,
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A call returned these, 64 bits each, as signed decimal numbers.
    Results(Vec<i64>),
    /// A function of a component returned this value: its canonical text, or nothing.
    Value(String),
    /// A program ended.
    Exit {
        /// Its exit code.
        code: i32,
        /// A hash of the standard output.
        stdout: String,
    },
    /// A script passed, or the line of its first failure.
    Script(Option<usize>),
    /// The module was accepted, and has no export of the called name.
    Accepted,
    /// A trap. Some engines have one message for several kinds, so this lists the possible ones.
    Trap(Vec<Trap>),
    /// An uncaught exception.
    Exception,
    /// A limit of the engine.
    Limit(Limit),
    /// The module is malformed or invalid.
    Refused,
    /// The module uses a feature that the engine lacks or disables.
    Unsupported(String),
    /// Its imports can't be satisfied.
    Unlinkable(Unlinkable),
    /// The engine cannot run the task: it lacks WASI, for example, or cannot run scripts.
    Impossible(String),
    /// The engine crashed.
    Crash(String),
    /// Output that no message table contains.
    Unknown(String),
}

impl Outcome {
    /// Whether two engines with these outcomes agree.
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

    /// The kind of the outcome, without values. Similar bugs have the same kind.
    pub fn kind(&self) -> String {
        match self {
            Outcome::Results(_) | Outcome::Value(_) => "results".to_owned(),
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
            Outcome::Value(text) if text.is_empty() => write!(f, "returns"),
            Outcome::Value(text) => write!(f, "returns {text}"),
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

/// One step of an engine, with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The phase it reached.
    pub phase: Phase,
    /// The outcome.
    pub outcome: Outcome,
    /// The engine's own message, in one line.
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

    /// Adds the engine's message.
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
