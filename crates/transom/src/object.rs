//! Objects that the host creates and accesses: structures, arrays and exceptions.
//!
//! A value is checked against the type of its field before it is stored.

use crate::reference::ReferenceKind;
use crate::store::StoreOpaque;
use crate::types::FieldType;
use crate::{AnyRef, Engine, Mutability, Rooted, Val};
use anyhow::{Context, Result, ensure};
use transom_code::{field_class, value_class};
use transom_layout::object::FieldClass;
use transom_types::{RegisteredType, StorageType};
use transom_vm::Store;
use transom_vm::layout::VmValue;

/// The value of a place of an object.
pub(crate) fn read(store: &mut Store, object: u32, offset: u32, storage: StorageType) -> Val {
    let class = field_class(store.engine().registry(), storage);
    let heap = store.objects().expect("an object has a heap").heap();
    let bits = heap.read(object, offset, class.size());
    let value = VmValue {
        bytes: bits.to_le_bytes(),
    };
    Val::lift(store, storage.unpacked(), value)
}

/// The bits of a value that is to be stored in a place of an object.
pub(crate) fn lower(store: &Store, engine: &Engine, storage: StorageType, value: &Val) -> Result<u128> {
    let value = value.lower(store, engine, storage.unpacked())?;
    Ok(u128::from_le_bytes(value.bytes))
}

/// The bits of values for fields of an object. `what` is the name of a field in messages. The bits are valid until
/// the next allocation, which may move the referenced objects.
pub(crate) fn lower_all<'a>(
    store: &dyn StoreOpaque,
    what: &str,
    places: impl Iterator<Item = (StorageType, &'a Val)>,
) -> Result<Vec<u128>> {
    let lower = |(index, (storage, value))| {
        lower(store.vm(), store.engine(), storage, value).with_context(|| format!("{what} {index}"))
    };
    places.enumerate().map(lower).collect()
}

/// Stores a value in a place of a structure or exception.
pub(crate) fn write(store: &mut Store, object: u32, offset: u32, class: FieldClass, bits: u128) {
    let heap = store.objects_mut().heap_mut();
    heap.write(object, offset, class.size(), bits);
    if class == FieldClass::Object {
        heap.field_written(object);
    }
}

/// The class of a parameter of a tag.
pub(crate) fn payload_class(store: &Store, ty: transom_types::ValType) -> FieldClass {
    value_class(store.engine().registry(), ty)
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

/// Calls a function with the type word of a type, to create an object. The store has a heap during the call.
pub(crate) fn with_type<R>(
    store: &mut dyn StoreOpaque,
    ty: &RegisteredType,
    make: impl FnOnce(&mut dyn StoreOpaque, u32) -> Result<R>,
) -> Result<R> {
    transom_vm::heap::ensure(store.as_host())?;
    let word = store.store().objects_mut().type_word(ty)?;
    make(store, word)
}

/// A handle of a new object.
pub(crate) fn root<T: ReferenceKind>(store: &mut dyn StoreOpaque, object: u32) -> Rooted<T> {
    Rooted::<AnyRef>::from_raw(store.store(), object)
        .expect("an object is not null")
        .cast()
}
