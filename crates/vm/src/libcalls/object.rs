//! Objects: what compiled code leaves to the runtime.
//!
//! A body that allocates holds no reference across it; the frames of compiled code do, and the collector finds them there.

use super::call::Call;
use super::parts::{Order, in_parts};
use crate::crossing::objects::new_array_of_word;
use crate::heap;
use crate::objects::ObjectType;
use crate::store::Store;
use crate::unwind::Unwind;
use crate::value::Value;
use transom_module::{DataIdx, ElemIdx, TypeIdx};
use transom_ops::{CastTarget, Trap};

/// Bytes of an array's element, at most.
const ELEMENT_SIZE: u64 = 16;

/// The unwinding that an error means: that of a trap, if it is one.
fn unwind(call: &Call<'_>, error: transom_error::Error) -> Unwind {
    match error.downcast::<Trap>() {
        Ok(trap) => call.trap(trap, None),
        Err(error) => call.error(error),
    }
}

pub fn allocate(call: &mut Call<'_>, ty: u32, size: u32) -> Result<u32, Unwind> {
    heap::allocate(call.host, ty, u64::from(size)).map_err(|error| unwind(call, error))
}

pub fn new_array(call: &mut Call<'_>, ty: u32, length: u32) -> Result<u32, Unwind> {
    new_array_of_word(call.host, ty, length).map_err(|error| unwind(call, error))
}

/// Makes an array of the bytes of a data segment.
///
/// # Safety
///
/// Compiled code calls it: the segment's bytes are numbers, as the elements of arrays of the type are.
pub unsafe fn new_array_from_data(
    call: &mut Call<'_>,
    ty: u32,
    segment: u32,
    offset: u32,
    length: u32,
) -> Result<u32, Unwind> {
    let log2 = call.host.store().objects_mut().heap().element_size_log2(ty);
    data_range(call, segment, offset, (length, log2))?;
    let array = new_array(call, ty, length)?;
    // SAFETY: by the contract.
    unsafe { init_from_data(call, array, 0, (segment, offset, length))? };
    Ok(array)
}

/// Makes an array of the elements of a segment.
///
/// # Safety
///
/// Compiled code calls it: the segment's elements have the type of the elements of arrays of the type.
pub unsafe fn new_array_from_elements(
    call: &mut Call<'_>,
    ty: u32,
    segment: u32,
    offset: u32,
    length: u32,
) -> Result<u32, Unwind> {
    element_range(call, segment, offset, length)?;
    let array = new_array(call, ty, length)?;
    // SAFETY: by the contract.
    unsafe { init_from_elements(call, array, 0, (segment, offset, length))? };
    Ok(array)
}

/// The bytes of a data segment that so many elements take, if they are there.
fn data_range(
    call: &mut Call<'_>,
    segment: u32,
    offset: u32,
    (length, log2): (u32, u32),
) -> Result<std::ops::Range<usize>, Unwind> {
    let instance = call.host.store().instance(call.instance);
    let size = instance.data(DataIdx::from_u32(segment)).len();
    let end = u64::from(offset) + (u64::from(length) << log2);
    if end > size as u64 {
        let bytes = end - u64::from(offset);
        let detail = format!("{bytes} bytes at {offset} of data segment {segment}, which has {size}");
        return Err(call.trap(Trap::MemoryOutOfBounds, Some(detail)));
    }
    Ok(offset as usize..end as usize)
}

/// Fails if elements of a segment are not there.
fn element_range(call: &mut Call<'_>, segment: u32, offset: u32, length: u32) -> Result<(), Unwind> {
    let instance = call.host.store().instance(call.instance);
    let size = instance.segment_len(ElemIdx::from_u32(segment));
    if u64::from(offset) + u64::from(length) > size as u64 {
        let detail = format!("{length} elements at {offset} of element segment {segment}, which has {size}");
        return Err(call.trap(Trap::TableOutOfBounds, Some(detail)));
    }
    Ok(())
}

/// Fails if an array is null, or elements are beyond its end.
fn array_range(call: &mut Call<'_>, array: u32, start: u32, length: u32) -> Result<(), Unwind> {
    if array == 0 {
        return Err(call.trap(Trap::NullReference, None));
    }
    let heap = call.host.store().objects_mut().heap();
    if heap.has_elements(array, start, length) {
        return Ok(());
    }
    let size = heap.array_length(array);
    let detail = format!("{length} elements at {start} of an array of {size}");
    Err(call.trap(Trap::ArrayOutOfBounds, Some(detail)))
}

/// Replaces elements of an array by a value.
///
/// # Safety
///
/// Compiled code calls it: the value has the type of the array's elements.
pub unsafe fn fill_array(
    call: &mut Call<'_>,
    (array, start, length): (u32, u32, u32),
    value: u128,
) -> Result<(), Unwind> {
    array_range(call, array, start, length)?;
    in_parts(
        call,
        (u64::from(length), ELEMENT_SIZE),
        Order::Forwards,
        |call, first, length| {
            let heap = call.host.store().objects_mut().heap_mut();
            // SAFETY: by the contract; a poll, which may have come between, moves no objects.
            unsafe { heap.fill_elements(array, start + first as u32, length as u32, value) };
        },
    )
}

/// Copies elements of an array to another, or within it.
///
/// # Safety
///
/// Compiled code calls it: the elements of the one array have the type of the other's.
pub unsafe fn copy_array(
    call: &mut Call<'_>,
    (to, to_start): (u32, u32),
    (from, from_start): (u32, u32),
    length: u32,
) -> Result<(), Unwind> {
    array_range(call, to, to_start, length)?;
    array_range(call, from, from_start, length)?;
    let order = Order::of_copy(u64::from(from_start), u64::from(to_start));
    in_parts(
        call,
        (u64::from(length), ELEMENT_SIZE),
        order,
        |call, first, length| {
            let (to, from) = ((to, to_start + first as u32), (from, from_start + first as u32));
            let heap = call.host.store().objects_mut().heap_mut();
            // SAFETY: by the contract; a poll, which may have come between, moves no objects.
            unsafe { heap.copy_elements(to, from, length as u32) };
        },
    )
}

/// Replaces elements of an array by the bytes of a data segment.
///
/// # Safety
///
/// Compiled code calls it: the segment's bytes are numbers, as the array's elements are.
pub unsafe fn init_from_data(
    call: &mut Call<'_>,
    array: u32,
    start: u32,
    (segment, offset, length): (u32, u32, u32),
) -> Result<(), Unwind> {
    array_range(call, array, start, length)?;
    let (_, log2) = call.host.store().objects_mut().heap().kind_and_size(array);
    let range = data_range(call, segment, offset, (length, log2))?;
    let store = call.host.store();
    let module = store.instance(call.instance).module().module().clone();
    if !range.is_empty() {
        let bytes = &module.data_bytes(DataIdx::from_u32(segment))[range];
        // SAFETY: by the contract; any bytes are numbers.
        unsafe { store.objects_mut().heap_mut().write_elements(array, start, bytes) };
    }
    Ok(())
}

/// Replaces elements of an array by those of a segment.
///
/// # Safety
///
/// Compiled code calls it: the segment's elements have the type of the array's.
pub unsafe fn init_from_elements(
    call: &mut Call<'_>,
    array: u32,
    start: u32,
    (segment, offset, length): (u32, u32, u32),
) -> Result<(), Unwind> {
    array_range(call, array, start, length)?;
    element_range(call, segment, offset, length)?;
    let store = call.host.store();
    let instance = store.instance(call.instance);
    let mut bytes = Vec::new();
    for item in offset..offset + length {
        let value = instance.element(ElemIdx::from_u32(segment), item as usize);
        let size = if matches!(value, Value::Object(_)) { 4 } else { 8 };
        bytes.extend(&value.bits().to_le_bytes()[..size]);
    }
    let heap = store.objects_mut().heap_mut();
    // SAFETY: by the contract; the instance's segments hold values of this store.
    unsafe { heap.write_elements(array, start, &bytes) };
    Ok(())
}

/// An access was beyond an array's end.
pub fn trap_array(call: &mut Call<'_>, length: u32, index: u32) -> Result<(), Unwind> {
    let detail = format!("element {index} of an array of {length}");
    Err(call.trap(Trap::ArrayOutOfBounds, Some(detail)))
}

/// A cast has failed: says what was expected, and what was there.
///
/// # Safety
///
/// The reference is a value of this store's compiled code, of a type of the target's hierarchy.
pub unsafe fn trap_cast(call: &mut Call<'_>, reference: u64, target: u32) -> Result<(), Unwind> {
    let target = CastTarget::from_u32(target);
    let store = call.host.store();
    let module = store.instance(call.instance).module().module().clone();
    let registry = store.engine().registry();
    let namer = |id| module.type_name(id).map(str::to_owned);
    let text = registry.text().with_names(&namer);
    let (heap, is_function) = match target.heap() {
        Ok(index) => {
            let ty = module.ty(TypeIdx::from_u32(index));
            (text.definition(ty), ty.as_func().is_some())
        }
        Err(name) => (name.to_owned(), name.contains("func")),
    };
    let null = if target.nullable() { "null or " } else { "" };
    let found = if reference == 0 {
        "null".to_owned()
    } else if is_function {
        // SAFETY: by the contract it is a function's, and it is not null.
        unsafe { describe_function(store, reference) }
    } else {
        let heap = store.objects().expect("an object has a heap");
        match heap.object_type(reference as u32) {
            ObjectType::I31 => "an i31".to_owned(),
            ObjectType::Host => "a value of the host's".to_owned(),
            ObjectType::Exception => "an exception".to_owned(),
            ObjectType::Defined(ty) => text.definition(&ty),
        }
    };
    let detail = format!("expected {null}{heap}, found {found}");
    Err(call.trap(Trap::CastFailure, Some(detail)))
}

/// What a function is.
///
/// # Safety
///
/// The address is that of a function reference of this store.
unsafe fn describe_function(store: &Store, address: u64) -> String {
    // SAFETY: by the contract.
    let function = unsafe { store.function_of_bits(address) };
    let function = function.expect("the reference is not null");
    let registry = store.engine().registry();
    let ty = registry.lookup(function.descriptor(store).id);
    ty.map_or_else(String::new, |ty| registry.text().definition(&ty))
}
