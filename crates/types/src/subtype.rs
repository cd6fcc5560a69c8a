//! THE subtype relation (specification 3.0, §3.3): the only place that decides it.
//!
//! It is written once over any kind of reference to a defined type, and asks [`Definitions`] only two things:
//! what a defined type expands to, and whether one was declared below another. Types that live in a registry and
//! types of a rec group that is being put together are compared by the same lines.
//!
//! Between defined types the relation is *declared*: the structure of a type was held against its supertype's
//! when its group was interned, and is never looked at again.

use crate::{CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, TypeKind, ValType};

/// What the relation must know about defined types.
pub(crate) trait Definitions<R: Copy> {
    /// What `ty` expands to. `None` if there is no such type.
    fn kind(&self, ty: R) -> Option<TypeKind>;
    /// Whether `sub` is `sup`, or was declared below it.
    fn is_declared_subtype(&self, sub: R, sup: R) -> bool;
}

/// Heap types (§3.3.3).
pub(crate) fn heap<R: Copy>(defs: &impl Definitions<R>, a: HeapType<R>, b: HeapType<R>) -> bool {
    use HeapType::*;
    match (a, b) {
        (Concrete(a), Concrete(b)) => defs.is_declared_subtype(a, b),
        (Concrete(a), b) => defs
            .kind(a)
            .is_some_and(|kind| abstract_heap::<R>(kind.heap_type(), b)),
        (NoFunc, Concrete(b)) => defs.kind(b) == Some(TypeKind::Func),
        (None, Concrete(b)) => matches!(defs.kind(b), Some(TypeKind::Struct | TypeKind::Array)),
        (_, Concrete(_)) => false,
        (a, b) => abstract_heap(a, b),
    }
}

/// Heap types of which neither is a defined one.
fn abstract_heap<R>(a: HeapType<R>, b: HeapType<R>) -> bool {
    use HeapType::*;
    match b {
        Func => matches!(a, Func | NoFunc),
        NoFunc => matches!(a, NoFunc),
        Extern => matches!(a, Extern | NoExtern),
        NoExtern => matches!(a, NoExtern),
        Any => matches!(a, Any | Eq | I31 | Struct | Array | None),
        Eq => matches!(a, Eq | I31 | Struct | Array | None),
        I31 => matches!(a, I31 | None),
        Struct => matches!(a, Struct | None),
        Array => matches!(a, Array | None),
        None => matches!(a, None),
        Exn => matches!(a, Exn | NoExn),
        NoExn => matches!(a, NoExn),
        Concrete(_) => false,
    }
}

/// Reference types (§3.3.4).
pub(crate) fn reference<R: Copy>(defs: &impl Definitions<R>, a: RefType<R>, b: RefType<R>) -> bool {
    (b.nullable || !a.nullable) && heap(defs, a.heap, b.heap)
}

/// Value types (§3.3.5).
pub(crate) fn val<R: Copy>(defs: &impl Definitions<R>, a: ValType<R>, b: ValType<R>) -> bool {
    use ValType::*;
    match (a, b) {
        (I32, I32) | (I64, I64) | (F32, F32) | (F64, F64) | (V128, V128) => true,
        (Ref(a), Ref(b)) => reference(defs, a, b),
        _ => false,
    }
}

/// Result types: one by one (§3.3.6).
fn vals<R: Copy>(defs: &impl Definitions<R>, a: &[ValType<R>], b: &[ValType<R>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| val(defs, a, b))
}

/// Function types by structure: parameters the other way round (§3.3.8).
pub(crate) fn func<R: Copy>(defs: &impl Definitions<R>, a: &FuncType<R>, b: &FuncType<R>) -> bool {
    vals(defs, &b.params, &a.params) && vals(defs, &a.results, &b.results)
}

/// Storage types (§3.3.9).
pub(crate) fn storage<R: Copy>(defs: &impl Definitions<R>, a: StorageType<R>, b: StorageType<R>) -> bool {
    match (a, b) {
        (StorageType::I8, StorageType::I8) | (StorageType::I16, StorageType::I16) => true,
        (StorageType::Val(a), StorageType::Val(b)) => val(defs, a, b),
        _ => false,
    }
}

/// Field types: invariant where they can be assigned to (§3.3.9).
pub(crate) fn field<R: Copy>(defs: &impl Definitions<R>, a: FieldType<R>, b: FieldType<R>) -> bool {
    a.mutable == b.mutable
        && storage(defs, a.storage, b.storage)
        && (!a.mutable || storage(defs, b.storage, a.storage))
}

/// Composite types by structure: a structure may have more fields than one above it (§3.3.10).
pub(crate) fn composite<R: Copy>(
    defs: &impl Definitions<R>,
    a: &CompositeType<R>,
    b: &CompositeType<R>,
) -> bool {
    match (a, b) {
        (CompositeType::Func(a), CompositeType::Func(b)) => func(defs, a, b),
        (CompositeType::Struct(a), CompositeType::Struct(b)) => {
            a.len() >= b.len() && a.iter().zip(b).all(|(&a, &b)| field(defs, a, b))
        }
        (CompositeType::Array(a), CompositeType::Array(b)) => field(defs, *a, *b),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
