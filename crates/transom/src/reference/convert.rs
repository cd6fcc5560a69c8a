//! Conversions of handles to kinds that hold more references.

use super::{AnyRef, ArrayRef, EqRef, OwnedRooted, Rooted, StructRef};

macro_rules! conversions {
    ($($from:ident $method:ident $to:ident $what:literal;)*) => {
        $(
        impl Rooted<$from> {
            #[doc = concat!("The same reference, as an `", $what, "`.")]
            pub fn $method(self) -> Rooted<$to> {
                self.cast()
            }
        }

        impl From<Rooted<$from>> for Rooted<$to> {
            fn from(reference: Rooted<$from>) -> Rooted<$to> {
                reference.$method()
            }
        }

        impl OwnedRooted<$from> {
            #[doc = concat!("The same reference, as an `", $what, "`.")]
            pub fn $method(self) -> OwnedRooted<$to> {
                self.cast()
            }
        }

        impl From<OwnedRooted<$from>> for OwnedRooted<$to> {
            fn from(reference: OwnedRooted<$from>) -> OwnedRooted<$to> {
                reference.$method()
            }
        }
        )*
    };
}

conversions! {
    EqRef to_anyref AnyRef "anyref";
    StructRef to_anyref AnyRef "anyref";
    StructRef to_eqref EqRef "eqref";
    ArrayRef to_anyref AnyRef "anyref";
    ArrayRef to_eqref EqRef "eqref";
}
