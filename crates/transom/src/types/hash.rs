//! Hashes of types: those of what they lower to, so equal types have equal hashes.

use super::defined::{ArrayType, FuncType, StructType};
use super::entity::{GlobalType, MemoryType, TableType, TagType};
use super::heap::HeapType;
use super::object::{FieldType, StorageType};
use super::value::{RefType, ValType};
use std::hash::{Hash, Hasher};

macro_rules! hash {
    ($($ty:ident, $value:ident => $lowered:expr;)*) => {
        $(impl Hash for $ty {
            fn hash<H: Hasher>(&self, state: &mut H) {
                let $value = self;
                $lowered.hash(state);
            }
        })*
    };
}

hash! {
    ValType, ty => ty.as_ref().is_none().then(|| ty.lower()).ok_or_else(|| ty.as_ref());
    RefType, ty => (ty.is_nullable(), ty.heap_type());
    HeapType, ty => (!ty.top().is_cont()).then(|| ty.lower()).ok_or_else(|| ty.is_bottom());
    StorageType, ty => ty.lower();
    FieldType, ty => ty.lower();
    FuncType, ty => ty.registered().id();
    StructType, ty => ty.registered().id();
    ArrayType, ty => ty.registered().id();
    GlobalType, ty => ty.lower();
    TableType, ty => ty.lower();
    MemoryType, ty => ty.lower();
    TagType, ty => ty.ty();
}
