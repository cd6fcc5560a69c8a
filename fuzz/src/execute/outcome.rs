//! What a call does, and what the host sees afterwards, in words that engines have in common.

use std::collections::BTreeMap;

/// What a call does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returns these numbers.
    Values(Vec<i64>),
    /// It traps.
    Trap(&'static str),
    /// It throws an exception that nothing catches.
    Exception,
    /// It ends at a limit of the engine, where engines differ.
    Limit,
    /// The engine says something else.
    Other(String),
}

impl Outcome {
    /// Whether the outcome is up to the engine.
    pub fn is_limit(&self) -> bool {
        *self == Outcome::Limit
    }

    /// Whether the specification allows both for the same call.
    pub fn agrees(&self, other: &Outcome) -> bool {
        self.is_limit() || other.is_limit() || self == other
    }
}

/// Exported memories and globals by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct State {
    /// A memory's length, and a hash of its bytes.
    pub memories: BTreeMap<String, (usize, u64)>,
    /// The bits of globals that are numbers.
    pub globals: BTreeMap<String, u128>,
}

impl State {
    /// Panics where two states differ.
    pub fn compare(&self, other: &State, after: &str) {
        assert_eq!(self.memories, other.memories, "memories after {after}");
        assert_eq!(self.globals, other.globals, "globals after {after}");
    }
}

/// FNV-1a, word by word.
pub fn hash(bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    for chunk in &mut chunks {
        mix(chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    chunks.remainder().iter().for_each(|byte| mix((*byte).into()));
    hash
}
