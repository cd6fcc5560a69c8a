//! `?` in each direction.

use crate::{Error, Result, ToWasmtimeResult};
use std::error::Error as StdError;
use std::num::ParseIntError;

fn parsed(text: &str) -> Result<i32> {
    Ok(text.parse::<i32>()?)
}

#[test]
fn standard_errors_convert() {
    assert_eq!(parsed("7").ok(), Some(7));
    let error = parsed("x").expect_err("no number");
    assert!(error.is::<ParseIntError>() && error.chain().len() == 1);
    let error: Error = std::fmt::Error.into();
    assert!(error.downcast_ref::<std::fmt::Error>().is_some());
}

#[test]
fn errors_convert_to_those_of_anyhow_with_all_layers() {
    fn run(error: Error) -> anyhow::Result<()> {
        Err(error)?;
        Ok(())
    }
    let ours = parsed("x").expect_err("no number").context("ours");
    let passed = Error::from_anyhow(anyhow::Error::new("x".parse::<i32>().unwrap_err())).context("ours");
    for error in [ours, passed] {
        let error = run(error).expect_err("it fails").context("theirs");
        assert!(error.is::<ParseIntError>() && error.is::<&str>());
        assert_eq!(
            format!("{error:#}"),
            "theirs: ours: invalid digit found in string"
        );
    }
}

#[test]
fn anyhow_results_convert() {
    fn theirs(text: &str) -> anyhow::Result<i32> {
        Ok(parsed(text)?)
    }
    fn ours(text: &str) -> Result<i32> {
        Ok(theirs(text).to_wasmtime_result()? + parsed(text).to_wasmtime_result()?)
    }
    assert_eq!(ours("7").ok(), Some(14));
    let error = ours("x").expect_err("no number");
    assert!(error.is::<anyhow::Error>() && error.is::<ParseIntError>());
    // There and back again, the error has as many layers as before.
    let error = Error::from_anyhow(error.into());
    assert_eq!(error.chain().len(), 1);
    assert!(!error.to_string().is_empty() && error.is::<ParseIntError>());
}

#[test]
fn errors_convert_to_boxes() {
    fn sendable() -> Result<i32, Box<dyn StdError + Send + Sync>> {
        Ok(parsed("x")?)
    }
    fn to_send() -> Result<i32, Box<dyn StdError + Send>> {
        Ok(parsed("x")?)
    }
    fn any() -> Result<i32, Box<dyn StdError>> {
        Ok(parsed("x")?)
    }
    let message = "invalid digit found in string";
    assert_eq!(sendable().unwrap_err().to_string(), message);
    assert_eq!(to_send().unwrap_err().to_string(), message);
    assert_eq!(any().unwrap_err().to_string(), message);
}

#[test]
fn errors_lend_themselves_as_standard_errors() {
    let error = Error::from_anyhow(anyhow::anyhow!("root").context("context"));
    let lent: &(dyn StdError + Send + Sync) = error.as_ref();
    assert_eq!(lent.to_string(), "context");
    let lent: &dyn StdError = error.as_ref();
    assert_eq!(lent.source().map(ToString::to_string).as_deref(), Some("root"));
}

#[test]
fn a_program_can_convert_from_both() {
    #[derive(Debug)]
    enum Failure {
        Ours,
        Theirs,
    }
    impl From<Error> for Failure {
        fn from(_: Error) -> Failure {
            Failure::Ours
        }
    }
    impl From<anyhow::Error> for Failure {
        fn from(_: anyhow::Error) -> Failure {
            Failure::Theirs
        }
    }
    fn run(ours: bool) -> Result<(), Failure> {
        if ours {
            parsed("x")?;
        }
        Err(anyhow::anyhow!("theirs"))?;
        Ok(())
    }
    assert!(matches!(run(true), Err(Failure::Ours)));
    assert!(matches!(run(false), Err(Failure::Theirs)));
}
