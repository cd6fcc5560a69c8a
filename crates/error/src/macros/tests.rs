//! What the macros take, and what it becomes.

use crate::{Error, Result, bail, ensure, format_err};
use std::error::Error as StdError;

#[test]
fn literals_are_formats() {
    let (number, width) = (7, 3);
    assert_eq!(format_err!("plain").downcast::<&str>().ok(), Some("plain"));
    assert_eq!(format_err!("{number:>width$}").to_string(), "  7");
    assert_eq!(format_err!("{}, {x}", number, x = 8,).to_string(), "7, 8");
    assert_eq!(format_err!("{{}}",).to_string(), "{}");
}

#[test]
fn values_are_what_they_are() {
    let message = format_err!(String::from("{not a format}"));
    assert!(message.is::<String>() && message.to_string() == "{not a format}");
    let number = 7;
    assert!(format_err!(number).is::<i32>());
    let standard = format_err!(std::fmt::Error);
    assert!(standard.is::<std::fmt::Error>());
    let ours = format_err!(Error::msg("root").context("context"));
    assert_eq!(format!("{ours:#}"), "context: root");
    let theirs = format_err!(anyhow::anyhow!("root").context("context"));
    assert!(theirs.is::<anyhow::Error>() && format!("{theirs:#}") == "context: root");
    let boxed: Box<dyn StdError + Send + Sync> = ours.into();
    assert_eq!(format!("{:#}", format_err!(boxed)), "context: root");
}

#[test]
fn bail_and_ensure_return() {
    fn half(number: i32, even: &bool) -> Result<i32> {
        ensure!(number > 0);
        ensure!(number < 100, "{number} is too large");
        ensure!(even, std::fmt::Error);
        match number {
            4 => bail!("no {}", "four"),
            6 => bail!(std::fmt::Error),
            _ => Ok(number / 2),
        }
    }
    assert_eq!(half(8, &true).ok(), Some(4));
    let message = |number| half(number, &true).unwrap_err().to_string();
    assert_eq!(message(-1), "Condition failed: `number > 0`");
    assert_eq!(message(100), "100 is too large");
    assert_eq!(message(4), "no four");
    assert!(half(6, &true).unwrap_err().is::<std::fmt::Error>());
    assert!(half(8, &false).unwrap_err().is::<std::fmt::Error>());
}

#[test]
fn ok_names_the_type_of_errors() {
    let read = |text: &str| {
        let number: i32 = text.parse()?;
        crate::Ok(number)
    };
    assert_eq!(read("7").ok(), Some(7));
    assert!(read("x").unwrap_err().is::<std::num::ParseIntError>());
}
