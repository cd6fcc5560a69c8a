//! Contexts of results and options.

use crate::{Context, Error, Result};
use std::num::ParseIntError;

fn failed() -> Result<i32> {
    Err(Error::msg(String::from("root")))
}

#[test]
fn contexts_are_added_to_all_results() {
    let standard = "x".parse::<i32>().context("context").expect_err("no number");
    assert!(standard.is::<ParseIntError>() && standard.is::<&str>());
    let lazy = "x".parse::<i32>().with_context(|| 7).expect_err("no number");
    assert!(lazy.is::<ParseIntError>() && lazy.downcast_ref() == Some(&7));
    let ours = failed().context("context").expect_err("it fails");
    assert!(ours.is::<String>() && ours.is::<&str>());
    let lazy = failed().with_context(|| 7).expect_err("it fails");
    assert_eq!(format!("{lazy:#}"), "7: root");
}

#[test]
fn an_absent_value_is_an_error_that_is_the_context() {
    let error = None::<i32>.context("absent").expect_err("it is absent");
    assert!(error.is::<&str>() && error.chain().len() == 1);
    let error = None::<i32>.with_context(|| 7).expect_err("it is absent");
    assert_eq!(error.downcast_ref(), Some(&7));
}

#[test]
fn no_context_is_computed_without_an_error() {
    let never = || -> &str { unreachable!("there is no error") };
    assert_eq!("7".parse::<i32>().with_context(never).ok(), Some(7));
    assert_eq!(Result::<i32>::Ok(7).with_context(never).ok(), Some(7));
    assert_eq!(Some(7).with_context(never).ok(), Some(7));
}
