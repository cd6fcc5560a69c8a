//! Downcasts through layers, texts, and what an error is for the compiler.

use crate::{Error, OutOfMemory, Result};
use std::error::Error as StdError;
use std::fmt;
use std::num::ParseIntError;

/// A context that is not a string.
#[derive(Debug, PartialEq)]
struct Line(u32);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.0)
    }
}

fn parse_error() -> ParseIntError {
    "x".parse::<i32>().unwrap_err()
}

/// An error, and the same by way of `anyhow`, with two contexts each.
fn layered() -> [Error; 2] {
    let passed = Error::from_anyhow(anyhow::Error::new(parse_error()));
    [Error::new(parse_error()), passed].map(|error| error.context(Line(3)).context("bad file"))
}

#[test]
fn downcasts_find_the_error_and_each_context() {
    for mut error in layered() {
        assert!(error.is::<ParseIntError>() && error.is::<Line>() && error.is::<&str>());
        assert!(!error.is::<String>() && !error.is::<OutOfMemory>());
        assert_eq!(error.downcast_ref(), Some(&parse_error()));
        assert_eq!(error.downcast_ref::<String>(), None);
        error.downcast_mut::<Line>().expect("it is one").0 = 4;
        assert_eq!(error.downcast_mut::<String>(), None);
        assert_eq!(error.to_string(), "bad file");
        let error = error.downcast::<String>().expect_err("there is no `String`");
        assert_eq!(
            format!("{error:#}"),
            "bad file: line 4: invalid digit found in string"
        );
        assert_eq!(error.downcast::<Line>().ok(), Some(Line(4)));
    }
    for error in layered() {
        assert_eq!(error.downcast::<ParseIntError>().ok(), Some(parse_error()));
    }
}

#[test]
fn the_outermost_of_two_is_found() {
    let mut error = Error::msg("root").context("context");
    assert_eq!(error.downcast_ref(), Some(&"context"));
    *error.downcast_mut::<&str>().expect("it is one") = "changed";
    assert_eq!(error.downcast::<&str>().ok(), Some("changed"));
}

#[test]
fn only_what_came_from_anyhow_is_an_anyhow_error() {
    let [mut ours, mut theirs] = layered();
    assert!(!ours.is::<anyhow::Error>() && ours.downcast_mut::<anyhow::Error>().is_none());
    assert!(ours.downcast::<anyhow::Error>().is_err());
    assert!(theirs.is::<anyhow::Error>());
    let itself = theirs.downcast_mut::<anyhow::Error>().expect("it is one");
    itself.downcast_mut::<Line>().expect("it is one").0 = 5;
    let error = theirs.downcast::<anyhow::Error>().expect("it is one");
    assert_eq!(error.downcast_ref(), Some(&Line(5)));
    // A failed downcast does not change what the error is.
    let [_, theirs] = layered();
    assert!(theirs.downcast::<String>().unwrap_err().is::<anyhow::Error>());
}

#[test]
fn an_anyhow_error_as_context_is_a_context() {
    let error = Error::msg("root").context(anyhow::anyhow!("context"));
    assert_eq!(format!("{error:#}"), "context: root");
    assert!(error.is::<anyhow::Error>() && error.is::<&str>());
    let error = error.context("more");
    assert_eq!(format!("{error:#}"), "more: context: root");
}

#[test]
fn texts_are_those_of_anyhow() {
    for error in layered() {
        assert_eq!(format!("{error}"), "bad file");
        assert_eq!(
            format!("{error:#}"),
            "bad file: line 3: invalid digit found in string"
        );
        let lines = format!("{error:?}");
        let expected = "bad file\n\nCaused by:\n    0: line 3\n    1: invalid digit found in string\n";
        assert!(lines.starts_with(expected), "{lines}");
    }
    let one = format!("{:?}", Error::msg("root").context("context"));
    assert!(one.starts_with("context\n\nCaused by:\n    root\n"), "{one}");
    let long = format!(
        "{:?}",
        Error::msg("root\nof two lines\n").context("a").context("b")
    );
    let expected = "b\n\nCaused by:\n    0: a\n    1: root\n       of two lines\n";
    assert!(long.starts_with(expected), "{long}");
    let none = format!("{:?}", Error::msg("root"));
    assert!(none.starts_with("root") && !none.contains("Caused by"), "{none}");
}

#[test]
fn the_chain_leads_from_the_outermost_context_to_the_root() {
    for error in layered() {
        let messages = |error: &Error| error.chain().map(ToString::to_string).collect::<Vec<_>>();
        let expected = ["bad file", "line 3", "invalid digit found in string"];
        assert_eq!(messages(&error), expected);
        assert_eq!(error.chain().len(), 3);
        assert!(
            error
                .chain()
                .next_back()
                .is_some_and(|root| root.is::<ParseIntError>())
        );
        assert!(error.root_cause().is::<ParseIntError>());
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("line 3"));
    }
}

#[test]
fn boxes_keep_messages() {
    for error in layered() {
        let boxed = error.into_boxed_dyn_error();
        assert_eq!(boxed.source().map(ToString::to_string).as_deref(), Some("line 3"));
        let error = Error::from_boxed(boxed);
        assert_eq!(
            format!("{error:#}"),
            "bad file: line 3: invalid digit found in string"
        );
        assert!(error.is::<Box<dyn StdError + Send + Sync>>());
    }
}

#[test]
fn an_error_is_one_word_and_may_go_anywhere() {
    fn anywhere<T: Send + Sync + Unpin + std::panic::UnwindSafe + std::panic::RefUnwindSafe + 'static>() {}
    anywhere::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Error>>(), size_of::<usize>());
}
