//! Every threshold of the collector, with its unit and its reason.

/// Bytes of the nursery of a new heap. A program that makes few objects never touches more; one that makes many has a larger one soon.
pub const NURSERY_START_SIZE: u32 = 256 << 10;

/// Bytes of the smallest nursery: any object that is not large fits several times.
pub const NURSERY_MIN: u32 = 64 << 10;

/// Bytes that the nursery may grow to. Collections of a nursery cost what survives, so a larger one costs less in all, until
/// allocating in it misses every cache.
pub const NURSERY_MAX_SIZE: u32 = 20 << 20;

/// Bytes that it may grow to whatever there is outside.
pub const NURSERY_SMALL: u64 = 3 << 20;

/// Beyond that, it is never larger than so many percent of what is outside, so that a heap is not mostly nursery.
pub const NURSERY_PERCENT: u64 = 75;

/// If more than one byte in so many survives a collection of the nursery, the nursery doubles: its objects were not given
/// the time to die.
pub const NURSERY_GROW_SURVIVAL: u64 = 16;

/// Bytes of old and large objects before the whole heap is collected for the first time, or again where less is alive. It costs what is
/// alive, so that programs with few live objects hardly notice, and need little memory however much they make.
pub const FULL_MIN_BYTES: u64 = 1 << 20;

/// The whole heap is collected when it has so many percent of the bytes that were alive the last time. Copying
/// needs room for what is alive once more, so the heap's pages are three times the live bytes at most.
pub const FULL_GROWTH_PERCENT: u64 = 180;

/// Percent of the live bytes that free blocks may keep their pages for: what is going to be made until the next collection of
/// everything, and its copy then, so that the system need not clear new pages each time.
pub const KEPT_FREE_PERCENT: u64 = FULL_GROWTH_PERCENT;

/// Bytes of free blocks that always keep their pages.
pub const KEPT_FREE_MIN: u64 = FULL_MIN_BYTES * 3 / 2;

/// A freed run of more blocks than this gives its pages back at once: clearing them for the next object would take as long as
/// getting new ones, which only those pay that use them.
pub const DISCARD_BLOCKS: u32 = 64;

/// Objects whose fields are still to be visited that the collector remembers: 4 bytes each.
pub const STACK_LIMIT: usize = 1 << 20;

/// The most blocks that old objects take at once: what is left over at the end of a run is lost, so runs should be long.
pub const RUN_BLOCKS: u32 = 16;
