//! New objects, all of whose fields are zero or null.

use crate::heap::{allocate, ensure};
use crate::ids::TagId;
use crate::store::Host;
use std::any::Any;
use transom_layout::object::{EXCEPTION_TAG, ObjectKind, array_size};
use transom_types::RegisteredType;

/// The type word of a type, in the store's heap, which is made if there is none yet.
fn type_word(host: &mut dyn Host, ty: &RegisteredType) -> transom_error::Result<u32> {
    ensure(host)?;
    host.store().objects_mut().type_word(ty)
}

/// Makes a structure whose fields are zero or null; those that must not be null are to be set next.
///
/// # Errors
///
/// A [`Trap`](transom_ops::Trap) if there is no room, or the object would be too large; an error of the host's; or there are too many
/// types.
///
/// # Panics
///
/// If the type is not that of a structure.
pub fn new_struct(host: &mut dyn Host, ty: &RegisteredType) -> transom_error::Result<u32> {
    let word = type_word(host, ty)?;
    let (kind, size) = host.store().objects_mut().heap().type_kind_and_size(word);
    assert_eq!(kind, ObjectKind::Struct);
    let object = allocate(host, word, u64::from(size))?;
    // SAFETY: the object is new and has as many bytes as its type says; zeros are values of all types of fields, or null.
    unsafe { host.store().objects_mut().heap_mut().clear(object) };
    Ok(object)
}

/// Makes an array of zeros or nulls.
///
/// # Errors
///
/// As [`new_struct`].
///
/// # Panics
///
/// If the type is not that of an array.
pub fn new_array(host: &mut dyn Host, ty: &RegisteredType, length: u32) -> transom_error::Result<u32> {
    let word = type_word(host, ty)?;
    new_array_of_word(host, word, length)
}

/// The same, by the type word.
///
/// # Errors
///
/// As [`new_struct`].
///
/// # Panics
///
/// If the type is not that of an array.
pub(crate) fn new_array_of_word(host: &mut dyn Host, word: u32, length: u32) -> transom_error::Result<u32> {
    let (kind, log2) = host.store().objects_mut().heap().type_kind_and_size(word);
    assert_eq!(kind, ObjectKind::Array);
    let array = allocate(host, word, array_size(length, log2))?;
    // SAFETY: the array is new, with the bytes for so many elements.
    unsafe { host.store().objects_mut().heap_mut().begin_array(array, length) };
    Ok(array)
}

/// Makes an exception with a tag, whose payload is zeros or nulls; what must not be null is to be set next.
///
/// # Errors
///
/// As [`new_struct`].
pub fn new_exception(host: &mut dyn Host, tag: TagId) -> transom_error::Result<u32> {
    let ty = host.store().tag(tag).clone();
    let word = type_word(host, &ty)?;
    let (kind, size) = host.store().objects_mut().heap().type_kind_and_size(word);
    assert_eq!(kind, ObjectKind::Exception);
    let object = allocate(host, word, u64::from(size))?;
    let heap = host.store().objects_mut().heap_mut();
    // SAFETY: the object is new and has as many bytes as its type says, which is the type of the tag's exceptions.
    unsafe {
        heap.clear(object);
        heap.write(object, EXCEPTION_TAG as u32, 4, u128::from(tag.number()));
    }
    Ok(object)
}

/// A value of the host's.
pub type HostValue = Box<dyn Any + Send + Sync>;

/// Makes the object that stands for a value of the host's.
///
/// # Errors
///
/// As [`new_struct`], with the value.
pub fn new_host_object(
    host: &mut dyn Host,
    value: HostValue,
) -> Result<u32, (transom_error::Error, HostValue)> {
    let object = match allocate_host_object(host) {
        Ok(object) => object,
        Err(error) => return Err((error, value)),
    };
    let heap = host.store().objects_mut();
    let index = heap.values.add(value);
    // SAFETY: the object is new, of the type of host objects, and the value has just been added for it.
    unsafe { heap.heap.set_host_value(object, index) };
    Ok(object)
}

/// Makes an object of the type of host objects, whose value is to be set next.
fn allocate_host_object(host: &mut dyn Host) -> transom_error::Result<u32> {
    ensure(host)?;
    let word = host.store().objects_mut().host_type;
    allocate(host, word, 8)
}
