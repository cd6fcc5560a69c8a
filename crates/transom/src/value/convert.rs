//! Conversions from Rust types to values and references.
//!
//! The conversions are infallible: each Rust type represents one kind of value.

use super::{Ref, V128, Val};
use crate::{AnyRef, ArrayRef, EqRef, ExnRef, ExternRef, Func, Rooted, StructRef};

impl From<Ref> for Val {
    fn from(reference: Ref) -> Val {
        match reference {
            Ref::Func(value) => Val::FuncRef(value),
            Ref::Extern(value) => Val::ExternRef(value),
            Ref::Any(value) => Val::AnyRef(value),
            Ref::Exn(value) => Val::ExnRef(value),
        }
    }
}

macro_rules! from {
    ($($target:ident: $ty:ty, $value:ident => $convert:expr;)*) => {
        $(impl From<$ty> for $target {
            fn from($value: $ty) -> $target {
                $convert
            }
        })*
    };
}

from! {
    Val: i32, value => Val::I32(value);
    Val: i64, value => Val::I64(value);
    Val: f32, value => Val::F32(value.to_bits());
    Val: f64, value => Val::F64(value.to_bits());
    Val: u128, value => Val::V128(V128(value));
    Val: V128, value => Val::V128(value);
    Val: Func, value => Val::FuncRef(Some(value));
    Val: Option<Func>, value => Val::FuncRef(value);
    Val: Rooted<ExternRef>, value => Val::ExternRef(Some(value));
    Val: Option<Rooted<ExternRef>>, value => Val::ExternRef(value);
    Val: Rooted<AnyRef>, value => Val::AnyRef(Some(value));
    Val: Option<Rooted<AnyRef>>, value => Val::AnyRef(value);
    Val: Rooted<EqRef>, value => Val::AnyRef(Some(value.to_anyref()));
    Val: Option<Rooted<EqRef>>, value => Val::AnyRef(value.map(Rooted::<EqRef>::to_anyref));
    Val: Rooted<StructRef>, value => Val::AnyRef(Some(value.to_anyref()));
    Val: Option<Rooted<StructRef>>, value => Val::AnyRef(value.map(Rooted::<StructRef>::to_anyref));
    Val: Rooted<ArrayRef>, value => Val::AnyRef(Some(value.to_anyref()));
    Val: Option<Rooted<ArrayRef>>, value => Val::AnyRef(value.map(Rooted::<ArrayRef>::to_anyref));
    Val: Rooted<ExnRef>, value => Val::ExnRef(Some(value));
    Val: Option<Rooted<ExnRef>>, value => Val::ExnRef(value);
    Ref: Func, value => Ref::Func(Some(value));
    Ref: Option<Func>, value => Ref::Func(value);
    Ref: Rooted<ExternRef>, value => Ref::Extern(Some(value));
    Ref: Option<Rooted<ExternRef>>, value => Ref::Extern(value);
    Ref: Rooted<AnyRef>, value => Ref::Any(Some(value));
    Ref: Option<Rooted<AnyRef>>, value => Ref::Any(value);
    Ref: Rooted<EqRef>, value => Ref::Any(Some(value.to_anyref()));
    Ref: Option<Rooted<EqRef>>, value => Ref::Any(value.map(Rooted::<EqRef>::to_anyref));
    Ref: Rooted<StructRef>, value => Ref::Any(Some(value.to_anyref()));
    Ref: Option<Rooted<StructRef>>, value => Ref::Any(value.map(Rooted::<StructRef>::to_anyref));
    Ref: Rooted<ArrayRef>, value => Ref::Any(Some(value.to_anyref()));
    Ref: Option<Rooted<ArrayRef>>, value => Ref::Any(value.map(Rooted::<ArrayRef>::to_anyref));
    Ref: Rooted<ExnRef>, value => Ref::Exn(Some(value));
    Ref: Option<Rooted<ExnRef>>, value => Ref::Exn(value);
}
