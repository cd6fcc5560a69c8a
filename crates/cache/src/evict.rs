//! Which entries a writer removes: those that were not used for long, then the least recently used until the rest is within the limits.

use crate::limits::{Limits, MAX_ENTRIES, USE_INTERVAL};
use crate::name::Name;
use crate::scan::Found;
use std::cmp::Reverse;
use std::time::SystemTime;

/// Chooses the entries to be removed after an entry of a size was written, which stays.
pub fn victims(
    mut entries: Vec<Found>,
    written: (&Name, u64),
    limits: &Limits,
    now: SystemTime,
) -> Vec<Name> {
    let (written, mut total) = written;
    let mut count = 1;
    entries.retain(|entry| entry.name != *written);
    entries.sort_by_key(|entry| Reverse(order(entry, now)));
    let expired = |entry: &Found| {
        now.duration_since(entry.used)
            .is_ok_and(|age| age > limits.max_age)
    };
    let mut full = false;
    entries.retain(|entry| {
        let with = total.saturating_add(entry.bytes);
        full |= with > limits.max_bytes || count == MAX_ENTRIES;
        let stays = !full && !expired(entry);
        if stays {
            total = with;
            count += 1;
        }
        !stays
    });
    entries.into_iter().map(|entry| entry.name).collect()
}

/// The last use. A time in the future tells nothing: the clock was corrected. A use corrects the time, so an entry that still
/// has one was not used since, and comes before all others.
fn order(entry: &Found, now: SystemTime) -> SystemTime {
    match entry.used.duration_since(now) {
        Ok(ahead) if ahead > USE_INTERVAL => SystemTime::UNIX_EPOCH,
        _ => entry.used,
    }
}

#[cfg(test)]
mod tests;
