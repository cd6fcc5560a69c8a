//! The calls that compiled code makes into the runtime: one row each. A row gives the signature, from which
//! every tier makes its call and the runtime its table of addresses.
//!
//! The first argument of every libcall is the instance context of the caller. A libcall that fails raises its
//! trap itself and does not return; so no result ever encodes an error.

/// A machine-level type of a libcall's argument or result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg {
    /// 32 bits.
    I32,
    /// 64 bits: also an address, a function reference or a size.
    I64,
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
}

/// Calls the macro named by `$with` with all rows: `name(arguments) -> results;`.
#[macro_export]
macro_rules! for_each_libcall {
    ($with:ident) => {
        $with! {
            /// Delta and result in pages; all ones when the memory can't grow.
            memory_grow(memory: I32, delta: I64) -> I64;
            /// Copies between memories: destination and source memory, both addresses, bytes.
            memory_copy(to: I32, from: I32, to_address: I64, from_address: I64, len: I64);
            /// Fills part of a memory with a byte.
            memory_fill(memory: I32, address: I64, value: I32, len: I64);
            /// Moves bytes between addresses that were checked: destination, source, how many.
            move_bytes(to: I64, from: I64, len: I64);
            /// Fills bytes whose addresses were checked: destination, value, how many.
            fill_bytes(to: I64, value: I32, len: I64);
            /// Copies from a data segment: memory, segment, destination, source, bytes.
            memory_init(memory: I32, segment: I32, to_address: I64, from_offset: I32, len: I32);
            /// Forgets a data segment.
            data_drop(segment: I32);
            /// Grows a table by `delta` elements that hold `value`; all ones when it can't.
            table_grow(table: I32, delta: I64, value: I64) -> I64;
            /// Fills part of a table with a reference.
            table_fill(table: I32, start: I64, value: I64, len: I64);
            /// Copies between tables: destination and source table, both starts, elements.
            table_copy(to: I32, from: I32, to_start: I64, from_start: I64, len: I64);
            /// Copies from an element segment: table, segment, destination, source, elements.
            table_init(table: I32, segment: I32, to_start: I64, from_offset: I32, len: I32);
            /// Forgets an element segment.
            elem_drop(segment: I32);
            /// Wakes threads: memory, address, how many at most. Gives how many it were.
            memory_atomic_notify(memory: I32, address: I64, count: I32) -> I32;
            /// Waits to be woken: memory, address, expected value, nanoseconds or less than zero for any time. Gives 0 when woken, 1 when the value is another, 2 when the time is over.
            memory_atomic_wait32(memory: I32, address: I64, expected: I32, timeout: I64) -> I32;
            /// The same for a value of 64 bits.
            memory_atomic_wait64(memory: I32, address: I64, expected: I64, timeout: I64) -> I32;
            /// A `call_indirect` can't be done: table, index, and the expected type's index.
            trap_call_indirect(table: I32, index: I64, expected: I32);
            /// An access is beyond a memory's end: memory, index, and the constant offset from it.
            trap_memory(memory: I32, index: I64, offset: I64);
            /// An atomic access is not aligned: index, constant offset, and the access's bytes.
            trap_misaligned(index: I64, offset: I64, size: I32);
            /// An access is beyond a table's end: table and index.
            trap_table(table: I32, index: I64);
            /// Makes an object of a type word and size, where the nursery is full.
            gc_allocate(ty: I32, size: I32) -> I32;
            /// Makes an array of zeros: type word and length.
            array_new(ty: I32, length: I32) -> I32;
            /// Makes an array from a data segment: type word, segment, offset in bytes, length.
            array_new_data(ty: I32, segment: I32, offset: I32, length: I32) -> I32;
            /// Makes an array from an element segment: type word, segment, offset, length.
            array_new_elem(ty: I32, segment: I32, offset: I32, length: I32) -> I32;
            /// Fills elements of an array with a value, given as the low and high half of 128 bits.
            array_fill(array: I32, start: I32, low: I64, high: I64, length: I32);
            /// Copies elements between arrays: destination and its start, source and its start, length.
            array_copy(to: I32, to_start: I32, from: I32, from_start: I32, length: I32);
            /// Copies from a data segment to an array: array, start, segment, offset in bytes, length.
            array_init_data(array: I32, start: I32, segment: I32, offset: I32, length: I32);
            /// Copies from an element segment to an array: array, start, segment, offset, length.
            array_init_elem(array: I32, start: I32, segment: I32, offset: I32, length: I32);
            /// Throws an exception: to a handler of a caller, or out of WebAssembly.
            throw(exception: I32);
            /// An access is beyond an array's end: length and index.
            trap_array(length: I32, index: I32);
            /// A reference does not have the type that it was cast to: a `CastTarget`.
            trap_cast(reference: I64, target: I32);
        }
    };
}

macro_rules! define {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ident),*) $(-> $result:ident)?;)*) => {
        /// A call from compiled code into the runtime.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[expect(non_camel_case_types, reason = "named as the functions that they stand for")]
        #[repr(u32)]
        pub enum Libcall {
            $($(#[$doc])* $name,)*
        }

        impl Libcall {
            /// Every libcall, in the order of the runtime's table of addresses.
            pub const ALL: &[Libcall] = &[$(Libcall::$name),*];

            /// Arguments after the instance context.
            pub fn params(self) -> &'static [Arg] {
                match self {
                    $(Libcall::$name => &[$(Arg::$ty),*],)*
                }
            }

            /// The result, if there is one.
            pub fn result(self) -> Option<Arg> {
                let results: &[Arg] = match self {
                    $(Libcall::$name => &[$(Arg::$result)?],)*
                };
                results.first().copied()
            }

            /// The name of the row.
            pub fn name(self) -> &'static str {
                match self {
                    $(Libcall::$name => stringify!($name),)*
                }
            }
        }
    };
}

for_each_libcall!(define);
