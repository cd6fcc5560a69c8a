//! What a host is told when a program or its instantiation ends early, and that everything that has to end does.

mod ending;
mod messages;
mod names;
mod resources;
#[path = "../support/mod.rs"]
mod support;
