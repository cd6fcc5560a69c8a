//! What the runtime does with single objects.
//!
//! Nothing here believes a reference: it is looked up ([`Heap::object`]) before anything is done with it, so that a wrong one, or
//! one that a collection has made stale, is a panic or another object's bytes, never an access outside the region.

use crate::heap::Heap;
use crate::types::kind;
use transom_layout::object::{
    ARRAY_ELEMENTS, ARRAY_LENGTH, HOST_VALUE, LARGE_OBJECT, OBJECT_ALIGN, OLD_START, ObjectKind, REGION_SIZE,
    VmTypeInfo, array_size,
};

/// What lies at a reference: all of its bytes are inside the region, and accessible.
#[derive(Clone, Copy)]
struct Object {
    at: u32,
    ty: u32,
    kind: ObjectKind,
    /// The size as the type's info has it: see `TypeShape::size`.
    type_size: u32,
    /// Whether its type says that there are references in it.
    has_references: bool,
}

impl Object {
    /// Bytes of an array of this type with so many elements.
    fn array_size(self, length: u32) -> u64 {
        array_size(length, self.type_size)
    }
}

impl Heap {
    /// Looks up what lies at a reference.
    ///
    /// # Panics
    ///
    /// If nothing that has a type of this heap does.
    fn object(&self, reference: u32) -> Object {
        assert!(
            reference >= OLD_START && reference.is_multiple_of(OBJECT_ALIGN),
            "{reference:#x} is not a reference to an object"
        );
        // SAFETY: the word lies in the region, behind the parts of it that are never accessible.
        let ty = unsafe { self.memory.word(reference).read() };
        let info = self.info(ty);
        Object {
            at: reference,
            ty,
            kind: kind(info.kind),
            type_size: info.size,
            has_references: info.references != 0,
        }
    }

    /// The info of a type word.
    ///
    /// # Panics
    ///
    /// If it is not that of a type.
    fn info(&self, ty: u32) -> &VmTypeInfo {
        assert!(self.types.is_type_word(ty), "{ty:#x} is no type word");
        // SAFETY: the word leads into the part of the region that holds infos, aligned; infos are never changed.
        unsafe { self.memory.info(ty) }
    }

    /// The address of bytes of an object.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    fn part(&self, object: u32, offset: u32, len: u32) -> *mut u8 {
        let object = self.object(object);
        let size = match object.kind {
            ObjectKind::Array => object.array_size(self.length(object)),
            _ => u64::from(object.type_size),
        };
        assert!(
            u64::from(offset) + u64::from(len) <= size && u64::from(object.at) + size <= REGION_SIZE,
            "{len} bytes at {offset} of an object of {size} bytes"
        );
        // SAFETY: inside the region, as was just checked.
        unsafe { self.memory.at(object.at).add(offset as usize) }
    }

    /// The length of an array, or, of something else, whatever lies there.
    fn length(&self, array: Object) -> u32 {
        let at = array.at + ARRAY_LENGTH as u32;
        assert!(u64::from(at) + 4 <= REGION_SIZE);
        // SAFETY: inside the region, and aligned.
        unsafe { self.memory.word(at).read() }
    }

    /// The kind of an object, and its size as its type has it: see [`TypeShape::size`](crate::TypeShape::size).
    pub fn kind_and_size(&self, reference: u32) -> (ObjectKind, u32) {
        let object = self.object(reference);
        (object.kind, object.type_size)
    }

    /// The type word of an object.
    pub fn type_word(&self, reference: u32) -> u32 {
        self.object(reference).ty
    }

    /// The kind of the objects of a type, and their size as the type has it: see [`TypeShape::size`](crate::TypeShape::size).
    pub fn type_kind_and_size(&self, ty: u32) -> (ObjectKind, u32) {
        let info = self.info(ty);
        (kind(info.kind), info.size)
    }

    /// The logarithm of the bytes of the elements of arrays of a type.
    pub fn element_size_log2(&self, ty: u32) -> u32 {
        self.info(ty).size
    }

    /// The display of a type: the words of its supertypes, the root first, and its own.
    pub fn display(&self, ty: u32) -> Vec<u32> {
        let depth = self.info(ty).depth;
        // SAFETY: the word is that of a type, whose display follows its info.
        unsafe {
            let display = self.memory.word(ty + VmTypeInfo::DISPLAY as u32);
            (0..=depth as usize)
                .map(|index| display.add(index).read())
                .collect()
        }
    }

    /// The length of an array.
    pub fn array_length(&self, reference: u32) -> u32 {
        self.length(self.object(reference))
    }

    /// Sets the length of an array that has just been allocated with the bytes for it, and its elements to zero.
    ///
    /// # Panics
    ///
    /// If so long an array would not fit where it is.
    ///
    /// # Safety
    ///
    /// The array was allocated with the bytes for so many elements, and nobody else knows it yet.
    pub unsafe fn begin_array(&mut self, array: u32, length: u32) {
        let object = self.object(array);
        let size = object.array_size(length);
        assert!(object.kind == ObjectKind::Array && u64::from(array) + size <= REGION_SIZE);
        // SAFETY: so many bytes are inside the region, as was just checked.
        unsafe {
            self.memory.word(array + ARRAY_LENGTH as u32).write(length);
            // A large object's bytes are zero already.
            if size <= u64::from(LARGE_OBJECT) {
                self.memory.at(array + 8).write_bytes(0, size as usize - 8);
            }
        }
    }

    /// Sets the bytes behind the type word of an object that is no array to zero.
    ///
    /// # Panics
    ///
    /// If they are not inside the region.
    ///
    /// # Safety
    ///
    /// The object was allocated with as many bytes as its type says, and nobody else knows it yet.
    pub unsafe fn clear(&mut self, object: u32) {
        const TYPE_WORD: u32 = 4;
        let len = self.object(object).type_size - TYPE_WORD;
        let to = self.part(object, TYPE_WORD, len);
        // SAFETY: the bytes are inside the object, which is no slice of anybody's.
        unsafe { to.write_bytes(0, len as usize) };
    }

    /// Makes an object stand for a value of the host's.
    ///
    /// # Safety
    ///
    /// It has just been allocated, with the type of objects that stand for such values.
    pub unsafe fn set_host_value(&mut self, object: u32, value: u32) {
        // SAFETY: the field is a number of the host's.
        unsafe { self.write(object, HOST_VALUE as u32, 4, u128::from(value)) };
        self.hosts.objects.push((object, value));
    }

    /// Bytes of an object, at most 16, as a little-endian number.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn read(&self, object: u32, offset: u32, len: u32) -> u128 {
        let from = self.part(object, offset, len);
        let mut bytes = [0; 16];
        // SAFETY: the bytes are inside the object.
        unsafe { std::ptr::copy_nonoverlapping(from, bytes[..len as usize].as_mut_ptr(), len as usize) };
        u128::from_le_bytes(bytes)
    }

    /// Writes bytes of an object, at most 16; a reference needs the barrier as well.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    ///
    /// # Safety
    ///
    /// The bytes are a field of the object's type, or part of none, and the bits are a value of the field's type, for compiled
    /// code trusts that: an address of a function is that of a function of the heap's store, and a reference leads to an object
    /// of the type.
    pub unsafe fn write(&mut self, object: u32, offset: u32, len: u32, bits: u128) {
        self.write_bytes(object, offset, &bits.to_le_bytes()[..len as usize]);
    }

    fn write_bytes(&mut self, object: u32, offset: u32, bytes: &[u8]) {
        let to = self.part(object, offset, bytes.len() as u32);
        // SAFETY: the bytes are inside the object, which is no slice of anybody's.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    }

    /// Copies bytes of an object out.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn read_bytes(&self, object: u32, offset: u32, bytes: &mut [u8]) {
        let from = self.part(object, offset, bytes.len() as u32);
        // SAFETY: as above.
        unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len()) };
    }

    /// Whether so many elements from `start` on are inside an array.
    pub fn has_elements(&self, array: u32, start: u32, len: u32) -> bool {
        u64::from(start) + u64::from(len) <= u64::from(self.array_length(array))
    }

    /// The offset and bytes of elements of an array.
    fn elements(&self, array: u32, start: u32, len: u32) -> (u32, u32, u32) {
        let (kind, log2) = self.kind_and_size(array);
        assert!(kind == ObjectKind::Array && self.has_elements(array, start, len));
        (ARRAY_ELEMENTS as u32 + (start << log2), len << log2, log2)
    }

    /// Sets elements of an array to a value, and does what the barrier asks.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    ///
    /// # Safety
    ///
    /// The bits are a value of the type of the elements: see [`write`](Self::write).
    pub unsafe fn fill_elements(&mut self, array: u32, start: u32, len: u32, value: u128) {
        let (offset, bytes, log2) = self.elements(array, start, len);
        let to = self.part(array, offset, bytes);
        let len = len as usize;
        // SAFETY: the elements are inside the array, and aligned to their size, but for vectors.
        unsafe {
            match log2 {
                0 => to.write_bytes(value as u8, len),
                1 => std::slice::from_raw_parts_mut(to.cast::<u16>(), len).fill(value as u16),
                2 => std::slice::from_raw_parts_mut(to.cast::<u32>(), len).fill(value as u32),
                3 => std::slice::from_raw_parts_mut(to.cast::<u64>(), len).fill(value as u64),
                _ => {
                    let value = value.to_le_bytes();
                    std::slice::from_raw_parts_mut(to.cast::<[u8; 16]>(), len).fill(value);
                }
            }
        }
        self.barrier(array, start, len as u32);
    }

    /// Copies elements of an array to another of elements of the same size, or within it, and does what the barrier
    /// asks.
    ///
    /// # Panics
    ///
    /// If they are not inside, or differ in size.
    ///
    /// # Safety
    ///
    /// What is copied are values of the type of the other array's elements.
    pub unsafe fn copy_elements(
        &mut self,
        (to, to_start): (u32, u32),
        (from, from_start): (u32, u32),
        len: u32,
    ) {
        let (offset, bytes, log2) = self.elements(to, to_start, len);
        let (from_offset, from_bytes, from_log2) = self.elements(from, from_start, len);
        assert_eq!((bytes, log2), (from_bytes, from_log2));
        let target = self.part(to, offset, bytes);
        let source = self.part(from, from_offset, bytes);
        // SAFETY: both ranges are inside their arrays; they may overlap.
        unsafe { std::ptr::copy(source, target, bytes as usize) };
        self.barrier(to, to_start, len);
    }

    /// Writes elements of an array from bytes, and does what the barrier asks.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    ///
    /// # Safety
    ///
    /// The bytes are values of the type of the elements: see [`write`](Self::write).
    pub unsafe fn write_elements(&mut self, array: u32, start: u32, bytes: &[u8]) {
        let (_, log2) = self.kind_and_size(array);
        let len = (bytes.len() >> log2) as u32;
        let (offset, len_bytes, _) = self.elements(array, start, len);
        assert_eq!(len_bytes as usize, bytes.len());
        self.write_bytes(array, offset, bytes);
        self.barrier(array, start, len);
    }

    fn barrier(&mut self, array: u32, start: u32, len: u32) {
        if self.object(array).has_references {
            self.elements_written(array, start, len);
        }
    }
}
