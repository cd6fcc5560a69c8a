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
    ValType, ty => ty.lower();
    RefType, ty => ty.lower();
    HeapType, ty => ty.lower();
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
