//! The limits of a folder: those that the user of the crate chooses, and those that bound the work on a folder.

use std::time::Duration;

const MIB: u64 = 1 << 20;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many entries a writer leaves in a folder. It looks at each of them, which takes a few milliseconds for this many.
pub const MAX_ENTRIES: usize = 4096;

/// How many names of a folder are read; further ones are left alone. Far more than our own files can be.
pub const MAX_NAMES: usize = 16 * MAX_ENTRIES;

/// How exact the time of the last use is. Readers write it no more often.
pub const USE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Limits of a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of all files of entries. 512 MiB by default.
    pub max_bytes: u64,
    /// Time since the last use after which an entry is removed. 30 days by default.
    pub max_age: Duration,
    /// Bytes of one entry. 64 MiB by default.
    pub max_entry: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 512 * MIB,
            max_age: 30 * DAY,
            max_entry: 64 * MIB,
        }
    }
}
