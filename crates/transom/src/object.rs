//! Objects that the host creates and accesses: structures, arrays and exceptions.
//!
//! A value is checked against the type of its field before it is stored.

use crate::reference::ReferenceKind;
use crate::store::StoreOpaque;
use crate::types::FieldType;
use crate::{AnyRef, Engine, Mutability, Rooted, Val};
use transom_error::{Context, Result, ensure};
use transom_types::{RegisteredType, StorageType};
use transom_vm::{Store, Value};

/// Lowers a value that is to be stored in a place of an object.
pub(crate) fn lower(store: &Store, engine: &Engine, storage: StorageType, value: &Val) -> Result<Value> {
    value.lower(store, engine, storage.unpacked())
}

/// Lowers values for fields of an object. `what` is the name of a field in messages. The values are valid until
/// the next allocation, which may move the referenced objects.
pub(crate) fn lower_all<'a>(
    store: &dyn StoreOpaque,
    what: &str,
    places: impl Iterator<Item = (StorageType, &'a Val)>,
) -> Result<Vec<Value>> {
    let lower = |(index, (storage, value))| {
        lower(store.vm(), store.engine(), storage, value).with_context(|| format!("{what} {index}"))
    };
    places.enumerate().map(lower).collect()
}

/// Fails unless a field can be assigned to.
pub(crate) fn ensure_mutable(field: &FieldType, what: &str) -> Result<()> {
    ensure!(field.mutability() == Mutability::Var, "{what} is immutable");
    Ok(())
}

/// The object that a handle refers to, and its type.
pub(crate) fn object(store: &Store, reference: impl ReferenceKind) -> Result<(u32, RegisteredType)> {
    let bits = reference.index().bits(store)?;
    let heap = store.objects().context("a reference without a heap")?;
    match heap.object_type(bits) {
        transom_vm::objects::ObjectType::Defined(ty) => Ok((bits, ty)),
        _ => unreachable!("references to structures and arrays are to such"),
    }
}

/// A handle of a new object.
pub(crate) fn root<T: ReferenceKind>(store: &mut dyn StoreOpaque, object: u32) -> Rooted<T> {
    Rooted::<AnyRef>::of_bits(store.store(), object)
        .expect("an object is not null")
        .cast()
}
