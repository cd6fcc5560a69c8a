//! What types look like to the canonical ABI, and what is wrong with values.

use crate::component::state::Options;
use crate::{Trap, detail};
use transom_component::types::{FlatType, FuncInfo, Parts, ValType};
use transom_error::{Error, Result, format_err};

/// How many numbers a type becomes, which is passed so.
pub(crate) fn number_count(options: &Options, ty: ValType) -> usize {
    let flat = options.types.types().layout(ty).flat.as_ref();
    flat.expect("what has too many numbers is passed in memory").len()
}

/// The general form of a type that is defined.
pub(crate) fn parts(options: &Options, ty: ValType) -> &Parts {
    let ValType::Defined(index) = ty else {
        unreachable!("the other types are looked at before")
    };
    &options.types.types()[index].parts
}

/// The offsets and types of the fields of a record, a tuple, parameters or results.
#[inline(always)]
pub(crate) fn fields(options: &Options, ty: ValType) -> &[(u32, ValType)] {
    match parts(options, ty) {
        Parts::Record(fields) => fields,
        _ => unreachable!("the type is that of a record"),
    }
}

/// The offset and the type of a field.
#[inline(always)]
pub(crate) fn field(options: &Options, ty: ValType, index: usize) -> (usize, ValType) {
    let (offset, ty) = fields(options, ty)[index];
    (offset as usize, ty)
}

/// The bytes of so many flags in memory.
pub(crate) fn flags_size(count: u32) -> u32 {
    match count {
        ..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

/// The mask of so many flags.
pub(crate) fn flags_mask(count: u32) -> u32 {
    match count {
        ..=31 => (1 << count) - 1,
        _ => u32::MAX,
    }
}

/// A character.
///
/// # Errors
///
/// It is no scalar value of Unicode.
#[inline(always)]
pub(crate) fn char_of(bits: u32) -> Result<char> {
    char::from_u32(bits)
        .ok_or_else(|| detail::detailed(Trap::InvalidChar, format!("{bits:#x} is no Unicode scalar value")))
}

/// The error for a case that a variant does not have.
#[cold]
pub(crate) fn no_case(case: u32, cases: usize) -> Error {
    detail::detailed(
        Trap::InvalidDiscriminant,
        format!("case {case} of a type with {cases} cases"),
    )
}

/// The error for a pointer that is not aligned.
#[cold]
pub(crate) fn not_aligned(pointer: u32, align: u32) -> Error {
    detail::detailed(
        Trap::UnalignedPointer,
        format!("{pointer:#x} is not a multiple of {align}"),
    )
}

/// The error for values of the asynchronous ABI.
#[cold]
pub(crate) fn no_async() -> Error {
    format_err!("streams, futures and error contexts are not supported yet")
}

/// The core types of a lifted function's core function.
pub(crate) fn lifted_core_type(info: &FuncInfo) -> (Vec<FlatType>, Vec<FlatType>) {
    let params = match &info.flat_params {
        Some(flat) => flat.to_vec(),
        None => vec![FlatType::I32],
    };
    let results = match &info.flat_results {
        Some(flat) => flat.to_vec(),
        None => vec![FlatType::I32],
    };
    (params, results)
}

/// The core types of a lowered function.
pub(crate) fn lowered_core_type(info: &FuncInfo) -> (Vec<FlatType>, Vec<FlatType>) {
    let (mut params, mut results) = lifted_core_type(info);
    if info.flat_results.is_none() {
        params.append(&mut results);
    }
    (params, results)
}
