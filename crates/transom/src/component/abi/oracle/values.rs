//! Random values of a type, as an instance has them: numbers, bytes in its memory, and handles.
//!
//! Most are what they should be. Where the image is *spoiled*, some pointers, lengths, characters, cases, strings and handles are not. What the
//! canonical ABI ignores (padding, the upper bits of small numbers, flags that there are not) is random in any case.

use super::handles::HandlePlan;
use super::random::Random;
use super::text::{self, Encoded};
use std::mem::take;
use transom_component::types::{FlatType, Parts, Types, ValType};
use transom_component::wiring::StringEncoding;

pub(super) const MEMORY_SIZE: usize = 1 << 16;
/// Values are below this address, or at the end.
const LOW_END: usize = 40_000;
/// The last values are above this address.
const HIGH_START: usize = MEMORY_SIZE - 8192;
/// The lists of most cases have no more elements than this together.
const MAX_ELEMENTS: usize = 200;
/// A length with this bit is one of UTF-16.
const TAG: u32 = 1 << 31;

/// The memory and the handles of an instance, which are being made.
pub(super) struct Image<'a> {
    random: &'a mut Random,
    types: &'a Types,
    encoding: StringEncoding,
    memory: Vec<u8>,
    /// Where the next value is.
    low: usize,
    /// Where the values at the end begin.
    high: usize,
    /// Whether values may be at the end.
    pub(super) may_use_end: bool,
    /// How rarely a part of a value is wrong.
    spoil_one_in: Option<usize>,
    handles: HandlePlan,
    /// How many elements all further lists may have.
    elements: usize,
}

/// What was made.
pub(super) struct Finished {
    pub(super) low: Vec<u8>,
    pub(super) high: Vec<u8>,
    pub(super) handles: HandlePlan,
}

impl<'a> Image<'a> {
    pub(super) fn new(
        random: &'a mut Random,
        types: &'a Types,
        encoding: StringEncoding,
        (fill, spoil_one_in): (u8, Option<usize>),
    ) -> Image<'a> {
        Image {
            memory: vec![fill; MEMORY_SIZE],
            low: 8 + random.below(9),
            random,
            types,
            encoding,
            high: MEMORY_SIZE,
            may_use_end: true,
            spoil_one_in,
            handles: HandlePlan::default(),
            elements: MAX_ELEMENTS,
        }
    }

    pub(super) fn finish(mut self) -> Finished {
        for _ in 0..self.random.below(3) {
            self.handles.any(self.random);
        }
        self.handles.shuffle_removed(self.random);
        Finished {
            high: self.memory.split_off(self.high),
            low: self.memory[..self.low].to_vec(),
            handles: self.handles,
        }
    }

    /// The numbers that a call passes: values, or the address of all of them.
    pub(super) fn values(&mut self, ty: ValType, is_flat: bool) -> Vec<u64> {
        let mut flat = Vec::new();
        if is_flat {
            self.numbers(ty, &mut flat);
            return flat;
        }
        let layout = self.types.layout(ty);
        let (size, align) = (layout.size as usize, layout.align as usize);
        let place = self.place(size, align);
        self.write(ty, place);
        let last = (MEMORY_SIZE - size) / align * align;
        // With all else as it should be, a wrong address is not hidden by another trap.
        let address = match self.random.below(40) {
            0 if self.may_use_end => place + align / 2,
            1 if self.may_use_end => last,
            2 if self.may_use_end => last + align,
            3 => 0xFFFF_FFF8,
            _ => place,
        };
        vec![address as u64]
    }

    /// Whether the next part of a value is to be wrong.
    fn spoils(&mut self) -> bool {
        self.spoil_one_in.is_some_and(|count| self.random.one_in(count))
    }

    fn has_room(&self, size: usize) -> bool {
        self.low + 16 + size <= LOW_END
    }

    /// A free place.
    fn place(&mut self, size: usize, align: usize) -> usize {
        if self.may_use_end && HIGH_START + size + align <= self.high && self.random.one_in(8) {
            self.high = (self.high - size) / align * align;
            return self.high;
        }
        let place = self.low.next_multiple_of(align);
        self.low = place + size;
        assert!(self.low <= HIGH_START, "values are smaller than this");
        place
    }

    /// The bits of a value without parts, as a number.
    fn scalar(&mut self, ty: ValType) -> u64 {
        let bits = self.random.bits();
        let is_odd = self.random.one_in(8);
        match ty {
            ValType::Bool => {
                if is_odd {
                    bits & 0xFFFF_FFFF
                } else {
                    bits & 1
                }
            }
            ValType::S8 if !is_odd => u64::from(bits as i8 as u32),
            ValType::U8 if !is_odd => bits & 0xFF,
            ValType::S16 if !is_odd => u64::from(bits as i16 as u32),
            ValType::U16 if !is_odd => bits & 0xFFFF,
            ValType::F32 => match f32::from_bits(bits as u32).is_nan() {
                true => 0,
                false => bits & 0xFFFF_FFFF,
            },
            ValType::F64 => {
                if f64::from_bits(bits).is_nan() {
                    0
                } else {
                    bits
                }
            }
            ValType::S64 | ValType::U64 => bits,
            ValType::Char if self.spoils() => {
                let wrong = [
                    0xD800,
                    0xDFFF,
                    0xDC00,
                    0x11_0000,
                    0x11_FFFF,
                    0xFFFF_FFFF,
                    0x8000_0041,
                ];
                self.random.choose(&wrong)
            }
            ValType::Char => u64::from(u32::from(text::char(self.random, 3))),
            _ => bits & 0xFFFF_FFFF,
        }
    }

    fn case(&mut self, cases: usize) -> u64 {
        match self.spoils() {
            true => self
                .random
                .choose(&[cases as u64, 0xFF, 0xFFFF, 0xFFFF_FFFF, 0x100, 0x1_0000]),
            false => self.random.below(cases) as u64,
        }
    }

    fn flags(&mut self, count: u32) -> u64 {
        let bits = self.random.bits() & 0xFFFF_FFFF;
        match self.random.one_in(4) {
            true => bits,
            false => bits & ((1 << count) - 1),
        }
    }

    fn handle(&mut self, resource: u32, is_borrowed: bool) -> u64 {
        // Alone, too, so that other traps do not hide what is wrong with handles.
        let is_wrong = self.spoils() || self.random.one_in(30);
        u64::from(match is_borrowed {
            _ if is_wrong => self.handles.wrong(self.random, resource),
            true => self.handles.lendable(self.random, resource),
            false => self.handles.owned(self.random, resource),
        })
    }

    /// Adds the numbers of a value.
    fn numbers(&mut self, ty: ValType, numbers: &mut Vec<u64>) {
        let types = self.types;
        let ValType::Defined(index) = ty else {
            match ty {
                ValType::String => numbers.extend(self.string()),
                _ => numbers.push(self.scalar(ty)),
            }
            return;
        };
        match &types[index].parts {
            Parts::Record(fields) => fields.iter().for_each(|&(_, ty)| self.numbers(ty, numbers)),
            Parts::Variant { cases, .. } => self.case_numbers(ty, cases, numbers),
            &Parts::List(element) => numbers.extend(self.list(element)),
            &Parts::Flags(count) => numbers.push(self.flags(count)),
            &Parts::Own(resource) => numbers.push(self.handle(resource.0, false)),
            &Parts::Borrow(resource) => numbers.push(self.handle(resource.0, true)),
            Parts::End => unreachable!("no such type is made"),
        }
    }

    fn case_numbers(&mut self, ty: ValType, cases: &[Option<ValType>], numbers: &mut Vec<u64>) {
        let types = self.types;
        let flat = |ty: ValType| types.layout(ty).flat.as_deref().expect("it is passed as numbers");
        let joined = flat(ty);
        let start = numbers.len();
        let case = self.case(cases.len());
        numbers.push(case);
        if let Some(&Some(payload)) = cases.get(case as usize) {
            self.numbers(payload, numbers);
            for (offset, (have, join)) in flat(payload).iter().zip(&joined[1..]).enumerate() {
                let is_wider = *join == FlatType::I64 && matches!(have, FlatType::I32 | FlatType::F32);
                if is_wider && self.random.one_in(2) {
                    numbers[start + 1 + offset] |= self.random.bits() << 32;
                }
            }
        }
        for ty in &joined[numbers.len() - start..] {
            let bits = self.random.bits();
            numbers.push(match ty {
                FlatType::I32 | FlatType::F32 => bits & 0xFFFF_FFFF,
                FlatType::I64 | FlatType::F64 => bits,
            });
        }
    }

    /// Writes the lowest bytes of a number.
    fn put(&mut self, number: u64, at: usize, size: usize) {
        self.memory[at..at + size].copy_from_slice(&number.to_le_bytes()[..size]);
    }

    fn put_pair(&mut self, [pointer, length]: [u64; 2], at: usize) {
        self.put(pointer, at, 4);
        self.put(length, at + 4, 4);
    }

    /// Writes a value to an address.
    fn write(&mut self, ty: ValType, at: usize) {
        let types = self.types;
        let size = types.layout(ty).size as usize;
        let ValType::Defined(index) = ty else {
            match ty {
                ValType::String => {
                    let pair = self.string();
                    self.put_pair(pair, at);
                }
                _ => {
                    let bits = self.scalar(ty);
                    self.put(bits, at, size);
                }
            }
            return;
        };
        match &types[index].parts {
            Parts::Record(fields) => {
                for &(offset, ty) in fields {
                    self.write(ty, at + offset as usize);
                }
            }
            Parts::Variant {
                tag_size,
                payload_offset,
                cases,
            } => {
                let case = self.case(cases.len());
                self.put(case, at, *tag_size as usize);
                if let Some(&Some(payload)) = cases.get(case as usize) {
                    self.write(payload, at + *payload_offset as usize);
                }
            }
            &Parts::List(element) => {
                let pair = self.list(element);
                self.put_pair(pair, at);
            }
            &Parts::Flags(count) => {
                let bits = self.flags(count);
                self.put(bits, at, size);
            }
            &Parts::Own(resource) => {
                let index = self.handle(resource.0, false);
                self.put(index, at, size);
            }
            &Parts::Borrow(resource) => {
                let index = self.handle(resource.0, true);
                self.put(index, at, size);
            }
            Parts::End => unreachable!("no such type is made"),
        }
    }

    fn list(&mut self, element: ValType) -> [u64; 2] {
        let layout = self.types.layout(element);
        let (size, align) = (layout.size as usize, layout.align as usize);
        let mut count = match self.random.below(300) {
            // About as many as there are between two polls.
            0 if size <= 2 && self.elements == MAX_ELEMENTS => {
                self.elements = 8193;
                self.random.choose(&[4095, 4096, 4097, 8193])
            }
            0..=30 => self.random.below(40),
            31..=75 => 0,
            _ => 1 + self.random.below(3),
        };
        if count > self.elements || !self.has_room(size * count) {
            count = 0;
        }
        self.elements = (self.elements - count).min(MAX_ELEMENTS - 1);
        let place = self.place(size * count, align);
        for index in 0..count {
            self.write(element, place + index * size);
        }
        self.spoil((place as u32, count as u32), (size as u32, align as u32))
    }

    fn string(&mut self) -> [u64; 2] {
        let text = text::text(self.random);
        let mut encoded = text::encode(self.random, &text, self.encoding);
        if !self.has_room(encoded.bytes.len()) {
            encoded = Encoded::default();
        }
        if self.spoils() {
            text::spoil(self.random, &mut encoded, self.encoding);
        }
        let Encoded { bytes, tagged } = take(&mut encoded);
        let (unit, align) = match self.encoding {
            StringEncoding::Utf8 => (1, 1),
            StringEncoding::Utf16 => (2, 2),
            StringEncoding::CompactUtf16 => (if tagged & TAG != 0 { 2 } else { 1 }, 2),
        };
        let place = self.place(bytes.len(), align as usize);
        self.memory[place..place + bytes.len()].copy_from_slice(&bytes);
        self.spoil((place as u32, tagged), (unit, align))
    }

    /// A pointer and a length, sometimes wrong ones.
    fn spoil(&mut self, (pointer, length): (u32, u32), (size, align): (u32, u32)) -> [u64; 2] {
        let end = MEMORY_SIZE as u32;
        let tag = length & TAG;
        let bytes = (length ^ tag) * size;
        let last = end.saturating_sub(bytes) / align * align;
        let fitting = end.saturating_sub(pointer) / size;
        let (pointer, length) = match self.spoils() {
            false => (pointer, length),
            true => match self.random.below(9) {
                0 => (pointer + align.div_ceil(2), length),
                1 => (last, length),
                2 => (last + align, length),
                3 => (self.random.bits() as u32, length),
                4 => (u32::MAX / align * align, length),
                5 => (pointer, (fitting + 1) | tag),
                6 => (pointer, ((1 << 28) / size + self.random.below(2) as u32) | tag),
                7 => (
                    pointer,
                    self.random
                        .choose(&[u32::MAX, TAG, (u32::MAX / size).wrapping_add(1)]),
                ),
                _ => (pointer, length ^ TAG),
            },
        };
        [u64::from(pointer), u64::from(length)]
    }
}
