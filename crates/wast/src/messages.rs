//! The specification's words for traps, beside ours, in one table.
//!
//! A script names a trap by a prefix of the words that the reference interpreter uses. Ours may differ, and they
//! carry a backtrace, so a trap is recognised by its code; words are compared for errors without a code only.

use transom::{Error, ThrownException, Trap};

/// What the reference interpreter calls each trap; the same trap has several names if it had them over time.
const SPEC_WORDS: &[(Trap, &[&str])] = &[
    (Trap::StackOverflow, &["call stack exhausted"]),
    (Trap::MemoryOutOfBounds, &["out of bounds memory access"]),
    (Trap::HeapMisaligned, &["unaligned atomic"]),
    (
        Trap::TableOutOfBounds,
        &["out of bounds table access", "undefined element"],
    ),
    (Trap::IndirectCallToNull, &["uninitialized element"]),
    (Trap::BadSignature, &["indirect call type mismatch"]),
    (Trap::IntegerOverflow, &["integer overflow"]),
    (Trap::IntegerDivisionByZero, &["integer divide by zero"]),
    (Trap::BadConversionToInteger, &["invalid conversion to integer"]),
    (Trap::UnreachableCodeReached, &["unreachable"]),
    (
        Trap::NullReference,
        &[
            "null reference",
            "null function reference",
            "null structure reference",
            "null array reference",
            "null i31 reference",
            "null exception reference",
        ],
    ),
    (Trap::ArrayOutOfBounds, &["out of bounds array access"]),
    (Trap::CastFailure, &["cast failure"]),
    (Trap::AtomicWaitNonSharedMemory, &["expected shared memory"]),
];

/// Whether `error` is the trap that a script calls `expected`.
pub(crate) fn is_trap(error: &Error, expected: &str) -> bool {
    let Some(trap) = error.downcast_ref::<Trap>() else {
        return says(error, expected);
    };
    match SPEC_WORDS.iter().find(|(known, _)| known == trap) {
        // Old scripts give more words than the interpreter, such as the number of an element.
        Some((_, words)) => words
            .iter()
            .any(|word| word.starts_with(expected) || expected.starts_with(word)),
        None => says(error, expected),
    }
}

/// Whether any message in the chain of `error` contains `expected`.
pub(crate) fn says(error: &Error, expected: &str) -> bool {
    error.chain().any(|cause| cause.to_string().contains(expected))
}

/// Whether `error` is an exception of the program that nothing caught.
pub(crate) fn is_exception(error: &Error) -> bool {
    error.downcast_ref::<ThrownException>().is_some()
}

/// The chain of `error` in one line, without the frames of a backtrace.
pub(crate) fn one_line(error: &Error) -> String {
    let causes = error
        .chain()
        .map(|cause| cause.to_string())
        .filter(|text| !text.contains("backtrace"));
    let lines = causes.map(|text| text.lines().next().unwrap_or_default().trim().to_owned());
    let text = lines.collect::<Vec<_>>().join(": ");
    if text.is_empty() {
        error.root_cause().to_string()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traps_are_known_by_prefix() {
        let error = Error::from(Trap::TableOutOfBounds);
        assert!(is_trap(&error, "undefined") && is_trap(&error, "out of bounds"));
        assert!(is_trap(&error, "undefined element 7"));
        assert!(!is_trap(&error, "out of bounds memory access"));
    }

    #[test]
    fn other_errors_are_known_by_their_words() {
        let error = Error::msg("incompatible import type for `a::b`").context("linking");
        assert!(says(&error, "incompatible import type"));
        assert!(!is_exception(&error));
        assert_eq!(one_line(&error), "linking: incompatible import type for `a::b`");
    }
}
