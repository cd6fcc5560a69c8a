//! The C programs of `tests/programs`: each does under `transom run` what the same source does when it is compiled
//! natively.
//!
//! A case is a shell script, the same for both; only which programs its words stand for differs. What it prints, how it
//! ends and what it leaves in its folder is held against `NAME.expected`, which `BLESS=1` records from the native
//! programs, and against the native programs themselves where there is a C compiler.
#![allow(clippy::unwrap_used)]

mod case;
mod endings;
mod native;
mod plain;
mod talking;
