//! The heap of garbage-collected objects: generational, moving, precise.
//!
//! # Spaces
//! Objects are made in the *nursery*, by moving a pointer that compiled code moves too. When it is full, what is
//! reachable is copied out: it becomes *old*, and the nursery is empty again. Old objects lie in runs of blocks, one behind
//! the other. When there are many more bytes of them than were alive last time, the whole heap is collected: everything that is
//! reachable is copied to fresh blocks, and the others are free. *Large* objects have blocks of their own and never move.
//!
//! An object is old after its first collection. Copying it back and forth for a while would let a few more die young; a nursery
//! that grows where many survive does so at a lower price.
//!
//! # Why a collection of the nursery is short
//! It visits the roots, the old objects that a write barrier has marked since the last time (by *cards*, see
//! `transom_layout::object`), and what survives; never the rest of the heap. After it nothing is young, so no card stays
//! marked.
//!
//! # Copying
//! `collect` copies depth first, with a stack of objects whose fields are still to be visited: what is reached together
//! lies together. The stack is bounded; objects that do not fit are found again by walking the blocks that they were copied to
//! (in the order of their addresses, as Cheney does), so no graph of objects makes the collector use more memory than the
//! heap has.
//!
//! # Room
//! A collection must never run out of blocks, whatever survives. `room` keeps as many blocks free as the objects that
//! may be copied could need, and refuses allocations that would break this.
//!
//! # Invariants
//! Between collections every object from the first of a run, or of the nursery, to the last is well formed: heaps can be walked.
//! `verify` does so: type words, lengths, references, marks of cards and the table of starts; tests run it after
//! each collection.
#![expect(unsafe_code, reason = "the heap is memory without types")]

mod access;
mod blocks;
mod cards;
mod collect;
mod extent;
mod find;
mod heap;
mod large;
mod memory;
mod old;
mod pauses;
mod room;
mod space;
#[cfg(test)]
mod testing;
pub mod tuning;
mod types;
mod verify;

pub use extent::Extent;
pub use heap::{Heap, HeapOptions, HeapStatistics, Roots, Unavailable};
pub use pauses::Pauses;
pub use space::Space;
pub use types::TypeShape;
pub use verify::Corruption;
