//! Reading values of an instance.

use super::bytes;
use super::shapes::{no_case, not_aligned};
use super::strings::{self, Units};
use crate::component::instance_types::InstanceTypes;
use crate::component::state::{Components, Options};
use crate::store::StoreOpaque;
use crate::{Trap, detail};
use std::ops::Range;
use std::sync::Arc;
use transom_component::types::{Parts, ResourceIdx, ValType};
use transom_error::{Result, format_err};
use transom_vm::StoreId;

/// A list has no more bytes than this.
const MAX_LIST_BYTES: u64 = (1 << 28) - 1;

/// Reads values of an instance: from its memory, and from its table of handles.
pub struct LiftContext<'a> {
    memory: &'a [u8],
    pub(crate) components: &'a mut Components,
    pub(crate) options: &'a Arc<Options>,
    pub(crate) store: StoreId,
    /// How many bytes the host may still allocate.
    left: usize,
}

/// The place of a list in a memory.
///
/// # Errors
///
/// It is not inside, not aligned, or too long.
pub(crate) fn list_range(
    memory: &[u8],
    pointer: u32,
    length: u32,
    layout: (u32, u32),
) -> Result<Range<usize>> {
    let (size, align) = layout;
    let bytes = u64::from(length) * u64::from(size);
    let out_of_bounds = |why: String| detail::detailed(Trap::ListOutOfBounds, why);
    if bytes > MAX_LIST_BYTES {
        return Err(out_of_bounds(format!(
            "list pointer/length out of bounds: {length} elements of {size} bytes are more than {MAX_LIST_BYTES} bytes"
        )));
    }
    if !pointer.is_multiple_of(align) {
        return Err(not_aligned(pointer, align));
    }
    let end = u64::from(pointer) + bytes;
    if end > memory.len() as u64 {
        return Err(out_of_bounds(format!(
            "list pointer/length out of bounds of memory: {pointer:#x} and {bytes} bytes of {:#x}",
            memory.len()
        )));
    }
    Ok(pointer as usize..end as usize)
}

impl<'a> LiftContext<'a> {
    #[inline(always)]
    pub(crate) fn new(store: &'a mut dyn StoreOpaque, options: &'a Arc<Options>) -> LiftContext<'a> {
        let (vm, components) = store.vm_and_components();
        let store = vm.id();
        let memory = match options.memory {
            Some(id) => vm.memory_bytes(id),
            None => &[],
        };
        let left = components.lift_limit;
        LiftContext {
            memory,
            components,
            options,
            store,
            left,
        }
    }

    pub(crate) fn types(&self) -> &'a InstanceTypes {
        &self.options.types
    }

    /// Bytes of the memory.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    #[inline(always)]
    pub(crate) fn bytes<const N: usize>(&self, pointer: usize) -> Result<[u8; N]> {
        bytes::read(self.memory, pointer)
    }

    /// A number of 1, 2 or 4 bytes in the memory.
    ///
    /// # Errors
    ///
    /// It is out of bounds.
    pub(crate) fn unsigned(&self, pointer: usize, size: u32) -> Result<u32> {
        bytes::unsigned(self.memory, pointer, size)
    }

    /// An address and a length in the memory.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    #[inline(always)]
    pub(crate) fn pair(&self, pointer: usize) -> Result<(u32, u32)> {
        bytes::pair(self.memory, pointer)
    }

    /// Counts bytes that the host is about to allocate.
    ///
    /// # Errors
    ///
    /// They are too many.
    pub(crate) fn allocate(&mut self, count: usize, size: usize) -> Result<()> {
        let left = count
            .checked_mul(size)
            .and_then(|bytes| self.left.checked_sub(bytes));
        self.left = left.ok_or_else(|| self.too_much())?;
        Ok(())
    }

    #[cold]
    fn too_much(&self) -> transom_error::Error {
        format_err!(
            "fuel allocated for hostcalls has been exhausted: values of more than {} bytes would be created; \
             see `Store::set_hostcall_fuel`",
            self.components.lift_limit
        )
    }

    /// The bytes of a list.
    ///
    /// # Errors
    ///
    /// See [`list_range`].
    pub(crate) fn list(&self, pointer: u32, length: u32, element: ValType) -> Result<Range<usize>> {
        let layout = self.types().types().layout(element);
        list_range(self.memory, pointer, length, (layout.size, layout.align))
    }

    /// Bytes that are known to be inside of the memory.
    pub(crate) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        &self.memory[range]
    }

    /// A string.
    ///
    /// # Errors
    ///
    /// It is not inside of the memory, not aligned, too long, or not encoded as the instance says.
    pub(crate) fn string(&mut self, pointer: u32, tagged: u32) -> Result<String> {
        let place = strings::place(self.memory, self.options.encoding, pointer, tagged)?;
        let bytes = &self.memory[place.range.clone()];
        let expanded = match place.units {
            Units::Utf8 => 1,
            // A unit becomes three bytes at most, or one of Latin-1 two.
            Units::Utf16 | Units::Latin1 => 2,
        };
        self.allocate(bytes.len(), expanded)?;
        strings::decode(bytes, place.units)
    }

    /// Whether a string is inside of the memory, aligned, and not too long.
    ///
    /// # Errors
    ///
    /// It is not.
    pub(crate) fn check_string(&self, pointer: u32, tagged: u32) -> Result<()> {
        strings::place(self.memory, self.options.encoding, pointer, tagged).map(drop)
    }

    /// The whole record of parameters or results at an address.
    ///
    /// # Errors
    ///
    /// It is not inside of the memory, or not aligned.
    pub(crate) fn check_range(&self, pointer: u32, ty: ValType) -> Result<()> {
        let layout = self.types().types().layout(ty);
        bytes::check_place(self.memory, pointer, (layout.size, layout.align))
    }

    /// The number of a case in memory, with where its payload is.
    ///
    /// # Errors
    ///
    /// There is no such case.
    pub(crate) fn case(&self, pointer: usize, parts: &Parts) -> Result<(u32, usize)> {
        let Parts::Variant {
            tag_size,
            payload_offset,
            cases,
        } = parts
        else {
            unreachable!("the type is that of a variant")
        };
        let case = self.unsigned(pointer, *tag_size)?;
        match (case as usize) < cases.len() {
            true => Ok((case, pointer + *payload_offset as usize)),
            false => Err(no_case(case, cases.len())),
        }
    }

    /// The number of a case among numbers.
    ///
    /// # Errors
    ///
    /// There is no such case.
    pub(crate) fn case_of_number(&self, number: u64, cases: usize) -> Result<u32> {
        let case = number as u32;
        match (case as usize) < cases {
            true => Ok(case),
            false => Err(no_case(case, cases)),
        }
    }

    /// Takes an owned handle away from the instance: the resource's type, by its position in the store, and its representation.
    ///
    /// # Errors
    ///
    /// There is no such handle, or it is lent.
    pub(crate) fn own(&mut self, index: u32, resource: ResourceIdx) -> Result<(u32, u32)> {
        let key = self.types().resource(resource).key;
        let rep = self
            .components
            .take_own(Some(self.options.instance), index, key)?;
        Ok((key, rep))
    }

    /// Lends a handle of the instance to the innermost call: as [`own`](Self::own).
    ///
    /// # Errors
    ///
    /// There is no such handle.
    pub(crate) fn borrow(&mut self, index: u32, resource: ResourceIdx) -> Result<(u32, u32)> {
        let key = self.types().resource(resource).key;
        let rep = self.components.lend(Some(self.options.instance), index, key)?;
        Ok((key, rep))
    }
}
