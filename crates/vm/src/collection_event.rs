//! What is logged of collections.

use std::time::Duration;
use transom_gc::{Extent, Heap, HeapStatistics};
use transom_ops::events;

/// A collection that is going on, and that is logged.
pub struct Event {
    extent: Extent,
    before: HeapStatistics,
}

/// A collection that is done.
pub struct EndedEvent {
    extent: Extent,
    pause: Duration,
    /// Bytes of objects outside of the nursery, before and after.
    old: [u64; 2],
}

impl Event {
    /// Nothing if nobody reads the event.
    pub fn begin(heap: &Heap, extent: Extent) -> Option<Event> {
        let level = EndedEvent::level(extent);
        log::log_enabled!(target: events::GC, level).then(|| Event {
            extent,
            before: heap.statistics(),
        })
    }

    /// The collection is over.
    pub fn end(self, heap: &Heap) -> EndedEvent {
        let after = heap.statistics();
        let total = |statistics: &HeapStatistics| statistics.minor.total + statistics.full.total;
        EndedEvent {
            extent: self.extent,
            pause: total(&after).saturating_sub(total(&self.before)),
            old: [&self.before, &after].map(|statistics| statistics.old_bytes + statistics.large_bytes),
        }
    }
}

impl EndedEvent {
    /// Collections of the nursery may be many.
    fn level(extent: Extent) -> log::Level {
        match extent {
            Extent::Minor => log::Level::Debug,
            Extent::Full => log::Level::Info,
        }
    }

    /// Logs it: this may run the host's own code.
    pub fn log(&self) {
        let place = match self.extent {
            Extent::Minor => "the nursery",
            Extent::Full => "the whole heap",
        };
        let ([before, after], pause) = (self.old, self.pause);
        log::log!(target: events::GC, EndedEvent::level(self.extent),
            "{place} was collected in {pause:.1?}: {before} bytes of old objects before, {after} after");
    }
}
