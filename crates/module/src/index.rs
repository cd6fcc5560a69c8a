//! Positions in the index spaces of a module (specification §2.5.1), one type for each space.

use serde::{Deserialize, Serialize};

macro_rules! index_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[repr(transparent)]
        pub struct $name(u32);

        impl $name {
            /// The index of this number.
            pub const fn from_u32(index: u32) -> Self {
                $name(index)
            }

            /// The index of this position.
            ///
            /// # Panics
            /// If it doesn't fit in 32 bits, which no valid module reaches.
            pub fn new(index: usize) -> Self {
                $name(u32::try_from(index).expect("validation limits every index space"))
            }

            /// The number.
            pub const fn as_u32(self) -> u32 {
                self.0
            }

            /// The position in a slice.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<u32> for $name {
            fn from(index: u32) -> Self {
                $name(index)
            }
        }
    )*};
}

index_types! {
    /// A type definition.
    TypeIdx;
    /// A function, imported or defined.
    FuncIdx;
    /// A function that the module defines, from 0.
    DefinedFuncIdx;
    /// A table, imported or defined.
    TableIdx;
    /// A memory, imported or defined.
    MemoryIdx;
    /// A global, imported or defined.
    GlobalIdx;
    /// A tag, imported or defined.
    TagIdx;
    /// An element segment.
    ElemIdx;
    /// A data segment.
    DataIdx;
    /// A local of a function, parameters first.
    LocalIdx;
    /// A field of a structure type.
    FieldIdx;
}
