//! Writing values to an instance.

use super::bytes;
use super::shapes::{flags_size, not_aligned};
use crate::component::giving::{add_borrow, add_handle};
use crate::component::handles::Handle;
use crate::component::instance_types::InstanceTypes;
use crate::component::state::Options;
use crate::store::StoreOpaque;
use crate::unchecked::core_func::Number;
use crate::{Trap, detail};
use std::sync::Arc;
use transom_component::types::{Parts, ResourceIdx, ValType};
use transom_error::{Result, bail};

/// Writes values to an instance: to its memory, where it allocates, and to its table of handles.
pub struct LowerContext<'a> {
    pub(crate) store: &'a mut dyn StoreOpaque,
    pub(crate) options: &'a Arc<Options>,
    /// Addresses that the instance has allocated already, the next one first.
    pub(crate) allocated: &'a [u32],
}

impl<'a> LowerContext<'a> {
    pub(crate) fn new(store: &'a mut dyn StoreOpaque, options: &'a Arc<Options>) -> LowerContext<'a> {
        LowerContext {
            store,
            options,
            allocated: &[],
        }
    }

    pub(crate) fn types(&self) -> &'a InstanceTypes {
        &self.options.types
    }

    /// The instance's memory.
    pub(crate) fn memory(&mut self) -> &mut [u8] {
        match self.options.memory {
            Some(id) => self.store.store().memory_bytes_mut(id),
            None => &mut [],
        }
    }

    /// Writes bytes to the memory.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    #[inline(always)]
    pub(crate) fn write<const N: usize>(&mut self, pointer: usize, bytes: [u8; N]) -> Result<()> {
        let place = self
            .memory()
            .get_mut(pointer..)
            .and_then(|rest| rest.first_chunk_mut::<N>());
        *place.ok_or(Trap::MemoryOutOfBounds)? = bytes;
        Ok(())
    }

    /// Lets the instance allocate, or change an allocation: the address, which is aligned and inside of the memory.
    ///
    /// # Errors
    ///
    /// The instance trapped, or gave another address: then `trap` says what was to be allocated.
    pub(crate) fn reallocate(
        &mut self,
        (old, old_size): (u32, u32),
        align: u32,
        size: u32,
        trap: Trap,
    ) -> Result<u32> {
        let pointer = match self.allocated.split_off_first() {
            Some(&pointer) => pointer,
            None => self.call_realloc([old, old_size, align, size])?,
        };
        if !pointer.is_multiple_of(align) {
            return Err(not_aligned(pointer, align).context("realloc return: result not aligned"));
        }
        let end = u64::from(pointer) + u64::from(size);
        let length = self.memory().len();
        if end > length as u64 {
            let why =
                format!("realloc return: beyond end of memory: {pointer:#x} and {size} bytes of {length:#x}");
            return Err(detail::detailed(trap, why));
        }
        Ok(pointer)
    }

    fn call_realloc(&mut self, arguments: [u32; 4]) -> Result<u32> {
        let realloc = self
            .options
            .realloc
            .expect("the validator has checked that there is one");
        let instance = self.options.instance;
        let mut numbers = [Number::default(); 4];
        for (number, value) in numbers.iter_mut().zip(arguments) {
            number.set(u64::from(value));
        }
        let components = self.store.components_mut();
        components.instance(instance).set_may_leave(false);
        realloc.call(self.store, &mut numbers)?;
        self.store.components_mut().instance(instance).set_may_leave(true);
        Ok(numbers[0].word())
    }

    /// Allocates a list.
    ///
    /// # Errors
    ///
    /// As [`reallocate`](Self::reallocate); or it is longer than lists can be.
    pub(crate) fn allocate_list(&mut self, length: usize, element: ValType) -> Result<u32> {
        let layout = self.types().types().layout(element);
        let bytes = length
            .checked_mul(layout.size as usize)
            .filter(|&bytes| bytes < 1 << 28);
        let Some(bytes) = bytes else {
            bail!(
                "a list of {length} elements of {} bytes is longer than the canonical ABI allows",
                layout.size
            )
        };
        self.reallocate((0, 0), layout.align, bytes as u32, Trap::ListOutOfBounds)
    }

    /// Whether a pointer that the instance has given can be written to.
    ///
    /// # Errors
    ///
    /// It is not inside of the memory, or not aligned.
    pub(crate) fn check_range(&mut self, pointer: u32, ty: ValType) -> Result<()> {
        let layout = self.types().types().layout(ty);
        bytes::check_place(self.memory(), pointer, (layout.size, layout.align))
    }

    /// Writes the number of a case, and says where its payload is.
    ///
    /// # Errors
    ///
    /// It is out of bounds.
    pub(crate) fn case(&mut self, pointer: usize, parts: &Parts, case: u32) -> Result<usize> {
        let &Parts::Variant {
            tag_size,
            payload_offset,
            ..
        } = parts
        else {
            unreachable!("the type is that of a variant")
        };
        self.write_unsigned(pointer, tag_size, case)?;
        Ok(pointer + payload_offset as usize)
    }

    /// Writes flags.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    pub(crate) fn flags(&mut self, pointer: usize, count: u32, bits: u32) -> Result<()> {
        self.write_unsigned(pointer, flags_size(count), bits)
    }

    /// Writes a number of 1, 2 or 4 bytes.
    fn write_unsigned(&mut self, pointer: usize, size: u32, number: u32) -> Result<()> {
        match size {
            1 => self.write(pointer, [number as u8]),
            2 => self.write(pointer, (number as u16).to_le_bytes()),
            _ => self.write(pointer, number.to_le_bytes()),
        }
    }

    /// Writes an address and a length.
    ///
    /// # Errors
    ///
    /// They are out of bounds.
    pub(crate) fn write_pair(&mut self, place: usize, (pointer, length): (u32, u32)) -> Result<()> {
        let bits = u64::from(pointer) | (u64::from(length) << 32);
        self.write(place, bits.to_le_bytes())
    }

    /// Gives the instance an owned handle: its index.
    ///
    /// # Errors
    ///
    /// There are too many handles.
    pub(crate) fn own(&mut self, resource: ResourceIdx, rep: u32) -> Result<u32> {
        let handle = Handle::owned(self.types().resource(resource).key, rep);
        add_handle(self.store, Some(self.options.instance), handle)
    }

    /// Gives the instance a borrowed handle for the innermost call: its index, or the representation if the instance has defined the
    /// resource's type.
    ///
    /// # Errors
    ///
    /// There are too many handles.
    pub(crate) fn borrow(&mut self, resource: ResourceIdx, rep: u32) -> Result<u32> {
        let key = self.types().resource(resource).key;
        let definer = self.store.components_mut().resources[key as usize].instance;
        match definer == Some(self.options.instance) {
            true => Ok(rep),
            false => add_borrow(self.store, self.options.instance, key, rep),
        }
    }
}
