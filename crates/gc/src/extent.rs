//! How much a collection is about.

/// How much is collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// The nursery.
    Minor,
    /// Everything.
    Full,
}
