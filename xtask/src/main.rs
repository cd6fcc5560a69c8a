//! The project's own chores: `cargo xtask tidy`.
#![forbid(unsafe_code)]

fn main() {}
