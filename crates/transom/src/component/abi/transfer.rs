//! Passing values from one instance to another, without a form between.
//!
//! Both sides have the same type, and so the same layout; which resources are meant is each side's own matter. Bytes that mean nothing, such
//! as padding and the rest of a shorter case, are never copied: they may be what the other side must not see.

use super::bytes;
use super::lift::list_range;
use super::lower::LowerContext;
use super::numbers::{NumberReader, NumberWriter};
use super::rows;
use super::shapes::{char_of, flags_mask, flags_size, no_async, no_case, number_count, parts};
use super::strings::{self, Text};
use crate::Trap;
use crate::component::state::Options;
use crate::store::StoreOpaque;
use std::ops::Range;
use std::sync::Arc;
use transom_component::types::{Move, Parts, ResourceIdx, ValType};
use transom_error::{Result, ensure};
use transom_vm::MemoryId;

/// Elements between two polls.
const ELEMENTS_PER_POLL: u32 = 1 << 12;

/// A type, as the source and the destination know it.
type Types = (ValType, ValType);

/// Values on their way from one instance to another.
pub(crate) struct Transfer<'a> {
    to: LowerContext<'a>,
    from: &'a Options,
}

impl<'a> Transfer<'a> {
    pub fn new(store: &'a mut dyn StoreOpaque, from: &'a Options, to: &'a Arc<Options>) -> Transfer<'a> {
        Transfer {
            to: LowerContext::new(store, to),
            from,
        }
    }

    /// Passes a value as numbers.
    ///
    /// # Errors
    ///
    /// It is none of its type; or the destination trapped.
    pub fn numbers(
        &mut self,
        types: Types,
        from: &mut NumberReader<'_>,
        to: &mut NumberWriter<'_>,
    ) -> Result<()> {
        match types.0 {
            ValType::Bool => to.push(u64::from(from.word() != 0)),
            ValType::U8 => to.push(u64::from(from.word() as u8)),
            ValType::U16 => to.push(u64::from(from.word() as u16)),
            ValType::S8 => to.push(u64::from(from.word() as i8 as u32)),
            ValType::S16 => to.push(u64::from(from.word() as i16 as u32)),
            ValType::U32 | ValType::S32 | ValType::F32 => to.push(u64::from(from.word())),
            ValType::U64 | ValType::S64 | ValType::F64 => to.push(from.next()),
            ValType::Char => to.push(u64::from(u32::from(char_of(from.word())?))),
            ValType::String => {
                let (pointer, length) = from.pair();
                to.push_pair(self.string(pointer, length)?);
            }
            ValType::ErrorContext => return Err(no_async()),
            ValType::Defined(_) => return self.defined_numbers(types, from, to),
        }
        Ok(())
    }

    fn defined_numbers(
        &mut self,
        types: Types,
        from: &mut NumberReader<'_>,
        to: &mut NumberWriter<'_>,
    ) -> Result<()> {
        match (parts(self.from, types.0), parts(self.to.options, types.1)) {
            (Parts::Record(fields), Parts::Record(others)) => {
                for (&(_, field), &(_, other)) in fields.iter().zip(others) {
                    self.numbers((field, other), from, to)?;
                }
            }
            (Parts::Variant { cases, .. }, Parts::Variant { cases: others, .. }) => {
                let count = number_count(self.from, types.0);
                let (from_end, to_end) = (from.position() + count, to.position() + count);
                let case = from.word() as usize;
                let Some(&payload) = cases.get(case) else {
                    return Err(no_case(case as u32, cases.len()));
                };
                to.push(case as u64);
                if let (Some(payload), Some(other)) = (payload, others[case]) {
                    self.numbers((payload, other), from, to)?;
                }
                from.go_to(from_end);
                to.fill_to(to_end);
            }
            (&Parts::List(element), &Parts::List(other)) => {
                let (pointer, length) = from.pair();
                to.push_pair((self.list((element, other), pointer, length)?, length));
            }
            (&Parts::Flags(count), _) => to.push(u64::from(from.word() & flags_mask(count))),
            (&Parts::Own(resource), &Parts::Own(other)) => {
                to.push(u64::from(self.own((resource, other), from.word())?));
            }
            (&Parts::Borrow(resource), &Parts::Borrow(other)) => {
                to.push(u64::from(self.borrow((resource, other), from.word())?));
            }
            (Parts::End, Parts::End) => return Err(no_async()),
            _ => unreachable!("both sides have the same type"),
        }
        Ok(())
    }

    /// Passes a value in memory. Both addresses are aligned, and the value's bytes inside of the memories.
    ///
    /// # Errors
    ///
    /// It is none of its type; or the destination trapped.
    pub fn memory(&mut self, types: Types, from: usize, to: usize) -> Result<()> {
        let layout = self.from.types.types().layout(types.0);
        if layout.is_bytes {
            return self.copy(from, to, layout.size as usize);
        }
        match types.0 {
            ValType::Bool => {
                let [byte] = self.read(from)?;
                self.to.write(to, [u8::from(byte != 0)])
            }
            ValType::Char => {
                let char = char_of(u32::from_le_bytes(self.read(from)?))?;
                self.to.write(to, u32::from(char).to_le_bytes())
            }
            ValType::String => {
                let (pointer, length) = bytes::pair(self.source_bytes(), from)?;
                let pair = self.string(pointer, length)?;
                self.to.write_pair(to, pair)
            }
            ValType::ErrorContext => Err(no_async()),
            ValType::Defined(_) => self.defined_memory(types, from, to),
            _ => unreachable!("the others are copied as bytes"),
        }
    }

    fn defined_memory(&mut self, types: Types, from: usize, to: usize) -> Result<()> {
        let other_parts = parts(self.to.options, types.1);
        match (parts(self.from, types.0), other_parts) {
            (Parts::Record(fields), Parts::Record(others)) => {
                for (&(offset, field), &(_, other)) in fields.iter().zip(others) {
                    self.memory((field, other), from + offset as usize, to + offset as usize)?;
                }
                Ok(())
            }
            (
                &Parts::Variant {
                    tag_size,
                    payload_offset,
                    ref cases,
                },
                Parts::Variant { cases: others, .. },
            ) => {
                let case = bytes::unsigned(self.source_bytes(), from, tag_size)?;
                let Some(&payload) = cases.get(case as usize) else {
                    return Err(no_case(case, cases.len()));
                };
                let to = self.to.case(to, other_parts, case)?;
                match (payload, others[case as usize]) {
                    (Some(payload), Some(other)) => {
                        self.memory((payload, other), from + payload_offset as usize, to)
                    }
                    _ => Ok(()),
                }
            }
            (&Parts::List(element), &Parts::List(other)) => {
                let (pointer, length) = bytes::pair(self.source_bytes(), from)?;
                let pointer = self.list((element, other), pointer, length)?;
                self.to.write_pair(to, (pointer, length))
            }
            (&Parts::Flags(count), _) => {
                let bits = bytes::unsigned(self.source_bytes(), from, flags_size(count))?;
                self.to.flags(to, count, bits & flags_mask(count))
            }
            (&Parts::Own(resource), &Parts::Own(other)) => {
                let handle = u32::from_le_bytes(self.read(from)?);
                let handle = self.own((resource, other), handle)?;
                self.to.write(to, handle.to_le_bytes())
            }
            (&Parts::Borrow(resource), &Parts::Borrow(other)) => {
                let handle = u32::from_le_bytes(self.read(from)?);
                let handle = self.borrow((resource, other), handle)?;
                self.to.write(to, handle.to_le_bytes())
            }
            (Parts::End, Parts::End) => Err(no_async()),
            _ => unreachable!("both sides have the same type"),
        }
    }

    /// Passes all values of a record that are in memory on both sides.
    ///
    /// # Errors
    ///
    /// A pointer is not aligned or out of bounds; and as [`memory`](Self::memory).
    pub fn record(&mut self, types: Types, from: u32, to: u32) -> Result<()> {
        let layout = self.from.types.types().layout(types.0);
        bytes::check_place(self.source_bytes(), from, (layout.size, layout.align))?;
        self.memory(types, from as usize, to as usize)
    }

    /// What values are written with.
    pub fn lower(&mut self) -> &mut LowerContext<'a> {
        &mut self.to
    }

    fn source_memory(&self) -> MemoryId {
        self.from
            .memory
            .expect("the validator has checked that there is one")
    }

    fn source_bytes(&self) -> &[u8] {
        self.to.store.vm().memory_bytes(self.source_memory())
    }

    fn read<const N: usize>(&self, from: usize) -> Result<[u8; N]> {
        bytes::read(self.source_bytes(), from)
    }

    /// Copies bytes.
    fn copy(&mut self, from: usize, to: usize, size: usize) -> Result<()> {
        let from_memory = self.source_memory();
        let to_memory = self
            .to
            .options
            .memory
            .expect("the validator has checked that there is one");
        let (from, to_range) = (from..from + size, to..to + size);
        match self.to.store.store().two_memories(from_memory, to_memory) {
            Some((source, destination)) => {
                let source = source.get(from).ok_or(Trap::MemoryOutOfBounds)?;
                let destination = destination.get_mut(to_range).ok_or(Trap::MemoryOutOfBounds)?;
                destination.copy_from_slice(source);
            }
            None => {
                let memory = self.to.memory();
                ensure!(
                    from.end <= memory.len() && to_range.end <= memory.len(),
                    Trap::MemoryOutOfBounds
                );
                memory.copy_within(from, to);
            }
        }
        Ok(())
    }

    fn string(&mut self, pointer: u32, tagged: u32) -> Result<(u32, u32)> {
        let place = strings::place(self.source_bytes(), self.from.encoding, pointer, tagged)?;
        let text = Text::of_guest(&self.to, self.source_memory(), self.from.encoding, place)?;
        strings::lower(&mut self.to, &text)
    }

    fn list(&mut self, types: Types, pointer: u32, length: u32) -> Result<u32> {
        let layout = self.from.types.types().layout(types.0);
        let (size, align, is_bytes) = (layout.size, layout.align, layout.is_bytes);
        let range = list_range(self.source_bytes(), pointer, length, (size, align))?;
        let pointer = self.to.allocate_list(length as usize, types.1)?;
        if is_bytes {
            self.copy(range.start, pointer as usize, range.len())?;
            return Ok(pointer);
        }
        if let Some(moves) = self.from.types.types().layout(types.0).moves.clone()
            && Some(self.source_memory()) != self.to.options.memory
        {
            self.row(&moves, size as usize, range, pointer as usize)?;
            return Ok(pointer);
        }
        let (mut from, mut to) = (range.start, pointer as usize);
        for index in 0..length {
            if index % ELEMENTS_PER_POLL == ELEMENTS_PER_POLL - 1 {
                transom_vm::libcalls::poll_in_host(self.to.store.as_host())?;
            }
            self.memory(types, from, to)?;
            from += size as usize;
            to += size as usize;
        }
        Ok(pointer)
    }

    /// Passes values that refer to nothing to another memory.
    fn row(&mut self, moves: &[Move], size: usize, from: Range<usize>, to: usize) -> Result<()> {
        let memories = (
            self.source_memory(),
            self.to.options.memory.expect("lists are in memories"),
        );
        let (length, part) = (from.len(), size * ELEMENTS_PER_POLL as usize);
        let mut done = 0;
        while done < length {
            let end = length.min(done + part);
            let vm = self.to.store.store();
            let (source, destination) = vm.two_memories(memories.0, memories.1).expect("they are two");
            let source = source.get(from.start + done..from.start + end);
            let destination = destination.get_mut(to + done..to + end);
            let (Some(source), Some(destination)) = (source, destination) else {
                return Err(Trap::MemoryOutOfBounds.into());
            };
            rows::pass(moves, size, source, destination)?;
            done = end;
            if done < length {
                transom_vm::libcalls::poll_in_host(self.to.store.as_host())?;
            }
        }
        Ok(())
    }

    fn own(&mut self, (resource, other): (ResourceIdx, ResourceIdx), handle: u32) -> Result<u32> {
        let key = self.from.types.resource(resource).key;
        let instance = Some(self.from.instance);
        let rep = self.to.store.components_mut().take_own(instance, handle, key)?;
        self.to.own(other, rep)
    }

    fn borrow(&mut self, (resource, other): (ResourceIdx, ResourceIdx), handle: u32) -> Result<u32> {
        let key = self.from.types.resource(resource).key;
        let instance = Some(self.from.instance);
        let rep = self.to.store.components_mut().lend(instance, handle, key)?;
        self.to.borrow(other, rep)
    }
}
