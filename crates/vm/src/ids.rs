//! Numbers by which Rust names what a store holds.

use std::sync::atomic::{AtomicU64, Ordering};

/// Tells stores apart, for the life of the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StoreId(u64);

impl StoreId {
    /// One that no other store has.
    pub(crate) fn unique() -> StoreId {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        StoreId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name(pub(crate) u32);)*
    };
}

ids! {
    /// An instance of a store.
    InstanceId;
    /// A memory of a store.
    MemoryId;
    /// A table of a store.
    TableId;
    /// A global of a store.
    GlobalId;
    /// A tag of a store.
    TagId;
}

impl InstanceId {
    /// The instance at a position of its store.
    pub fn from_index(index: usize) -> InstanceId {
        InstanceId(index as u32)
    }

    /// Its position in its store.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl TagId {
    /// The number by which objects of the store know the tag.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The tag that a number stands for.
    pub fn from_number(number: u32) -> TagId {
        TagId(number)
    }
}
