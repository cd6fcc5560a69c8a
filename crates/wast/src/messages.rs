//! The specification's words for traps, beside ours, in one table.
//!
//! A script names a trap by a prefix of the words that the reference interpreter uses, or by a part of Wasmtime's
//! words, which are ours. So a trap is recognised by its code and the table, or by our words; other errors by
//! our words only.

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
    (
        Trap::IndirectCallToNull,
        &["uninitialized element", "null function reference"],
    ),
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
    let trap = error.downcast_ref::<Trap>();
    let words = SPEC_WORDS.iter().find(|(known, _)| Some(known) == trap);
    // Old scripts give more words than the interpreter, such as the number of an element.
    let is_named = |word: &&str| word.starts_with(expected) || expected.starts_with(word);
    words.is_some_and(|(_, words)| words.iter().any(is_named)) || says(error, expected)
}

/// Whether `error` is the link error that a script calls `expected`.
///
/// Wasmtime's scripts also name the types in which an import and its definition differ, in words of Wasmtime. These stand
/// for any mismatch of types here.
pub(crate) fn is_link_error(error: &Error, expected: &str) -> bool {
    let has_types = [", found ", "doesn't match provided"]
        .iter()
        .any(|words| expected.contains(words));
    let names_types =
        expected.starts_with("expected ") && has_types || expected.contains("types incompatible");
    says(error, expected) || names_types && says(error, "incompatible import type")
}

/// Whether any message in the chain of `error` contains `expected`.
fn says(error: &Error, expected: &str) -> bool {
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
        let null = Error::from(Trap::IndirectCallToNull);
        assert!(is_trap(&null, "uninitialized element 2") && is_trap(&null, "null function"));
    }

    #[test]
    fn traps_are_known_by_the_words_of_wasmtime() {
        let error = Error::from(Trap::UnreachableCodeReached).context("error while executing");
        assert!(is_trap(
            &error,
            "wasm trap: wasm `unreachable` instruction executed"
        ));
        assert!(is_trap(&error, "unreachable") && !is_trap(&error, "null reference"));
        let error = Error::from(Trap::TableOutOfBounds);
        assert!(is_trap(&error, "undefined element: out of bounds table access"));
        let error = Error::from(Trap::AtomicWaitNonSharedMemory);
        assert!(is_trap(&error, "atomic wait on non-shared memory"));
    }

    #[test]
    fn link_errors_are_known_by_types_in_other_words() {
        let error =
            Error::msg("incompatible import type for `m::g`: expected (global i64), found (global i32)");
        for words in [
            "incompatible import type",
            "incompatible import type for `m::g`",
            "expected global of type `i64`, found global of type `i32`",
            "memory types incompatible",
        ] {
            assert!(is_link_error(&error, words), "{words}");
            assert!(!is_link_error(&Error::msg("unknown import"), words), "{words}");
        }
        assert!(!is_link_error(&error, "unknown import"));
    }

    #[test]
    fn other_errors_are_known_by_their_words() {
        let error = Error::msg("incompatible import type for `a::b`").context("linking");
        assert!(says(&error, "incompatible import type"));
        assert!(!is_exception(&error));
        assert_eq!(one_line(&error), "linking: incompatible import type for `a::b`");
    }
}
