//! The target of events for the `log` crate.

/// All events are of level `debug`: an entry that is not used or not written, and files that are removed.
pub const LOG_TARGET: &str = "transom::cache";
