//! Why code could not be published.

use crate::profiler::ProfileError;
use std::io;

/// Why code could not be made executable.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// There is no room.
    #[error("cannot allocate {bytes} bytes for machine code")]
    Room {
        /// How much was asked for.
        bytes: usize,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The engine's limit on machine code is reached.
    #[error("cannot allocate {bytes} bytes for machine code: {used} of {limit} bytes are in use")]
    Limit {
        /// How much was asked for.
        bytes: usize,
        /// Bytes in use.
        used: usize,
        /// The limit.
        limit: usize,
    },
    /// A profiler could not be told.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}
