//! The types of references that can only be null.
//!
//! They have no values, so null is the only value of a reference to one.

use crate::value::{Ref, Val};

macro_rules! empty {
    ($($(#[$doc:meta])* $name:ident $reference:ident $value:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name {}

        impl $name {
            /// The null reference.
            pub fn null() -> Option<$name> {
                None
            }

            /// The null reference.
            pub fn null_ref() -> Ref {
                Ref::$reference(None)
            }

            /// The null reference.
            pub fn null_val() -> Val {
                Val::$value(None)
            }
        })*
    };
}

empty! {
    /// The type without functions. `Option<NoFunc>` can only be null. It may be passed wherever a nullable function
    /// reference is expected.
    NoFunc Func FuncRef;
    /// The type without host values. `Option<NoExtern>` can only be null. It may be passed wherever a nullable reference to a host
    /// value is expected.
    NoExtern Extern ExternRef;
    /// The type without internal values. `Option<NoneRef>` can only be null. It may be passed wherever a nullable reference to an
    /// internal value is expected.
    NoneRef Any AnyRef;
}
