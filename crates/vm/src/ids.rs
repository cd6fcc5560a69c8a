//! Numbers by which Rust names what a store holds.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells stores apart, for the life of the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct StoreId(NonZeroU64);

impl StoreId {
    /// One that no other store has.
    pub(crate) fn unique() -> StoreId {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        StoreId(NonZeroU64::new(number).expect("no process creates 2^64 stores"))
    }

    /// The number.
    pub fn number(self) -> NonZeroU64 {
        self.0
    }

    /// The store with a number; perhaps none has it.
    pub fn of_number(number: NonZeroU64) -> StoreId {
        StoreId(number)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(transparent)]
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
