//! A heap with a nursery's context, types and roots of its own, for the tests of this crate.
#![expect(clippy::expect_used, reason = "tests")]

use crate::{Extent, Heap, HeapOptions, Roots, Space, TypeShape};
use std::ptr::NonNull;
use transom_layout::object::{ObjectKind, VmNursery, array_size};

/// Offset of a node's reference.
pub const NEXT: u32 = 4;
/// Offset of a node's number.
pub const VALUE: u32 = 8;

/// A heap, and what is alive in it.
pub struct Nest {
    pub heap: Heap,
    pub roots: List,
    /// A structure of a reference and a number.
    pub node: u32,
    /// An array of references.
    pub refs: u32,
    /// An array of bytes.
    pub bytes: u32,
    /// Dropped after the heap.
    _nursery: Box<VmNursery>,
}

/// Roots that are a list.
#[derive(Default)]
pub struct List(pub Vec<u32>);

impl Roots for List {
    fn visit(&mut self, visit: &mut dyn FnMut(*mut u32)) {
        for root in &mut self.0 {
            visit(root);
        }
    }
}

impl Nest {
    pub fn new(options: &HeapOptions) -> Nest {
        let mut nursery = Box::<VmNursery>::default();
        let place = NonNull::from(&mut *nursery);
        let space = Space::new().expect("the system has the address space");
        // SAFETY: the box outlives the heap, and nobody else writes it.
        let mut heap = unsafe { Heap::new(place, options, space) };
        heap.grant(u64::MAX);
        let mut define = |kind, size, references: &[u32]| {
            let shape = TypeShape {
                kind,
                size,
                references,
                supertypes: &[],
            };
            heap.define_type(&shape).expect("there is room for a type")
        };
        let node = define(ObjectKind::Struct, 16, &[NEXT]);
        let refs = define(ObjectKind::Array, 2, &[0]);
        let bytes = define(ObjectKind::Array, 0, &[]);
        Nest {
            heap,
            roots: List::default(),
            node,
            refs,
            bytes,
            _nursery: nursery,
        }
    }

    /// One with the smallest nursery, which does not grow.
    pub fn tiny() -> Nest {
        Nest::new(&HeapOptions {
            nursery_size: 0,
            nursery_max: 0,
            ..HeapOptions::default()
        })
    }

    /// Collects, and holds the heap against the verifier before and after.
    pub fn collect(&mut self, extent: Extent) {
        self.check();
        // SAFETY: the list has all references that tests hold across collections.
        unsafe { self.heap.collect(extent, &mut self.roots) };
        self.check();
    }

    /// Holds the heap against the verifier.
    pub fn check(&mut self) {
        self.heap.verify(&mut self.roots).expect("a sound heap");
    }

    /// An object, after a collection if there is no room.
    pub fn allocate(&mut self, ty: u32, size: u64) -> u32 {
        if let Ok(object) = self.heap.allocate(ty, size, false) {
            return object;
        }
        let extent = self.heap.due(size);
        self.collect(extent);
        self.heap
            .allocate(ty, size, true)
            .expect("room after a collection")
    }

    /// A node; what it refers to is one of the roots, by its position.
    pub fn node(&mut self, next: Option<usize>, value: u32) -> u32 {
        let object = self.allocate(self.node, 16);
        let next = next.map_or(0, |root| self.roots.0[root]);
        self.write(object, NEXT, 4, u128::from(next));
        self.write(object, VALUE, 4, u128::from(value));
        object
    }

    /// Writes bytes of an object.
    pub fn write(&mut self, object: u32, offset: u32, len: u32, bits: u128) {
        // SAFETY: no compiled code reads the objects of tests, and the heap believes nothing.
        unsafe { self.heap.write(object, offset, len, bits) }
    }

    /// Sets elements of an array.
    pub fn fill_elements(&mut self, array: u32, start: u32, len: u32, value: u128) {
        // SAFETY: as above.
        unsafe { self.heap.fill_elements(array, start, len, value) }
    }

    /// Copies elements.
    pub fn copy_elements(&mut self, to: (u32, u32), from: (u32, u32), len: u32) {
        // SAFETY: as above.
        unsafe { self.heap.copy_elements(to, from, len) }
    }

    /// Sets the length of a new array.
    pub fn begin_array(&mut self, array: u32, length: u32) {
        // SAFETY: tests allocate the bytes for it before.
        unsafe { self.heap.begin_array(array, length) }
    }

    /// Makes a new object stand for a value of the host's.
    pub fn set_host_value(&mut self, object: u32, value: u32) {
        // SAFETY: tests do so with new objects of such a type.
        unsafe { self.heap.set_host_value(object, value) }
    }

    /// An array of nulls or zeros.
    pub fn array(&mut self, ty: u32, length: u32) -> u32 {
        let log2 = self.heap.element_size_log2(ty);
        let array = self.allocate(ty, array_size(length, log2));
        self.begin_array(array, length);
        array
    }

    /// Makes an object one of the roots; its position.
    pub fn root(&mut self, object: u32) -> usize {
        self.roots.0.push(object);
        self.roots.0.len() - 1
    }

    /// An element of an array of references.
    pub fn element(&self, array: u32, index: u32) -> u32 {
        self.heap.read(array, 8 + 4 * index, 4) as u32
    }

    /// The number of a node.
    pub fn value(&self, node: u32) -> u32 {
        self.heap.read(node, VALUE, 4) as u32
    }

    /// The numbers of a list.
    pub fn list(&self, mut node: u32) -> Vec<u32> {
        let mut values = Vec::new();
        while node != 0 {
            values.push(self.value(node));
            node = self.heap.read(node, NEXT, 4) as u32;
        }
        values
    }
}
