//! The subtype relation on the types of a registry.
//!
//! What was declared stands in the tables; everything else is decided by [`crate::subtype`].

use super::{Tables, TypeRegistry};
use crate::subtype::{self, Definitions};
use crate::{CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, TypeId, TypeKind, ValType};

impl Definitions<TypeId> for Tables {
    fn kind(&self, ty: TypeId) -> Option<TypeKind> {
        Some(self.slot(ty)?.kind)
    }

    fn is_declared_subtype(&self, sub: TypeId, sup: TypeId) -> bool {
        if sub == sup {
            return true;
        }
        let (Some(sub), Some(sup_slot)) = (self.slot(sub), self.slot(sup)) else {
            return false;
        };
        sub.display.get(sup_slot.display.len() - 1) == Some(&sup)
    }
}

/// The relation on the types of an engine. A type that no handle keeps alive is related to itself only.
impl TypeRegistry {
    /// Whether every value of type `a` is one of type `b`.
    pub fn is_subtype_val(&self, a: ValType, b: ValType) -> bool {
        match (a, b) {
            (ValType::Ref(a), ValType::Ref(b)) => self.is_subtype_ref(a, b),
            _ => a == b,
        }
    }

    /// Whether every value of type `a` is one of type `b`.
    pub fn is_subtype_ref(&self, a: RefType, b: RefType) -> bool {
        (b.nullable || !a.nullable) && self.is_subtype_heap(a.heap, b.heap)
    }

    /// Whether everything that `a` describes, `b` describes as well.
    pub fn is_subtype_heap(&self, a: HeapType, b: HeapType) -> bool {
        a == b || subtype::heap(&*self.read(), a, b)
    }

    /// Whether the defined type `a` is `b` or was declared below it.
    pub fn is_subtype_id(&self, a: TypeId, b: TypeId) -> bool {
        a == b || self.read().is_declared_subtype(a, b)
    }

    /// Whether `a` matches `b` by structure. Not whether a function of one type may stand for one of another:
    /// that is declared, see [`Self::is_subtype_id`].
    pub fn is_subtype_func(&self, a: &FuncType, b: &FuncType) -> bool {
        subtype::func(&*self.read(), a, b)
    }

    /// Whether `a` matches `b`.
    pub fn is_subtype_storage(&self, a: StorageType, b: StorageType) -> bool {
        subtype::storage(&*self.read(), a, b)
    }

    /// Whether `a` matches `b`.
    pub fn is_subtype_field(&self, a: FieldType, b: FieldType) -> bool {
        subtype::field(&*self.read(), a, b)
    }

    /// Whether `a` matches `b` by structure.
    pub fn is_subtype_composite(&self, a: &CompositeType, b: &CompositeType) -> bool {
        subtype::composite(&*self.read(), a, b)
    }
}
