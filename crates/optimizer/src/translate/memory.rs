//! Linear memory, and globals.
//!
//! Of a memory whose style is `Reserved`, every index lands in the reservation or the guard behind it, so an
//! access needs no check as long as its constant offset is smaller than the guard. All other accesses compare
//! the end of what they touch with the memory's length.

use super::state::{Failure, Region, Translator, constant_flags};
use crate::abi;
use crate::traps;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, Block, Endianness, InstBuilder, MemFlagsData, Value, types};
use transom_code::MemoryStyle;
use transom_code::decide::bounds::Check;
use transom_layout::object::FieldClass;
use transom_layout::{MAX_PART, VmMemory, VmMemoryImport};
use transom_module::wasmparser::{MemArg, MemArgTarget};
use transom_ops::{Libcall, Trap};

/// A place in memory that may be accessed: what to load from or store to.
pub struct Place {
    pub address: Value,
    pub offset: i32,
    pub flags: MemFlagsData,
}

/// What an instance's context has of a memory, and where.
enum Slot {
    /// The `VmMemory`.
    Memory(i32),
    /// A `VmMemoryImport`: of what is imported, and of what is shared.
    Import(i32),
}

macro_rules! loads {
    ($($visit:ident => $load:ident $(.$extended:ident)? -> $ty:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let place = self.place(&access, access_size(stringify!($load), types::$ty));
                let value = loads!(emit self place $load $($extended)? $ty);
                self.push(value);
            })*
        }
    };
    (emit $self:ident $place:ident load $ty:ident) => {
        $self.builder.ins().load(types::$ty, $place.flags, $place.address, $place.offset)
    };
    (emit $self:ident $place:ident $load:ident sized $ty:ident) => {
        $self.builder.ins().$load(types::$ty, $place.flags, $place.address, $place.offset)
    };
    (emit $self:ident $place:ident $load:ident $ty:ident) => {
        $self.builder.ins().$load($place.flags, $place.address, $place.offset)
    };
}

macro_rules! stores {
    ($($visit:ident => $store:ident $ty:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let value = self.pop();
                let place = self.place(&access, access_size(stringify!($store), types::$ty));
                self.builder.ins().$store(place.flags, value, place.address, place.offset);
            })*
        }
    };
}

/// Bytes that an access touches: the width in its name, or else its type's.
fn access_size(name: &str, ty: ir::Type) -> u32 {
    match name.trim_start_matches(|c: char| !c.is_ascii_digit()) {
        "8" => 1,
        "16" => 2,
        "32" => 4,
        _ => ty.bytes(),
    }
}

loads! {
    visit_i32_load => load -> I32;
    visit_i64_load => load -> I64;
    visit_f32_load => load -> F32;
    visit_f64_load => load -> F64;
    visit_v128_load => load -> I8X16;
    visit_i32_load8_s => sload8.sized -> I32;
    visit_i32_load8_u => uload8.sized -> I32;
    visit_i32_load16_s => sload16.sized -> I32;
    visit_i32_load16_u => uload16.sized -> I32;
    visit_i64_load8_s => sload8.sized -> I64;
    visit_i64_load8_u => uload8.sized -> I64;
    visit_i64_load16_s => sload16.sized -> I64;
    visit_i64_load16_u => uload16.sized -> I64;
    visit_i64_load32_s => sload32 -> I64;
    visit_i64_load32_u => uload32 -> I64;
}

stores! {
    visit_i32_store => store I32;
    visit_i64_store => store I64;
    visit_f32_store => store F32;
    visit_f64_store => store F64;
    visit_v128_store => store I8X16;
    visit_i32_store8 => istore8 I32;
    visit_i32_store16 => istore16 I32;
    visit_i64_store8 => istore8 I64;
    visit_i64_store16 => istore16 I64;
    visit_i64_store32 => istore32 I64;
}

impl Translator<'_> {
    /// Pops an index and makes sure that `size` bytes from its effective address on may be accessed.
    pub fn place(&mut self, access: &MemArg, size: u32) -> Place {
        let MemArgTarget::Memory(memory) = access.target else {
            unreachable!("no feature set that Transom offers has other targets")
        };
        let ty = self.env.unit.module.memories[memory as usize];
        let index = self.pop();
        let index = if ty.index64 {
            index
        } else {
            self.builder.ins().uextend(types::I64, index)
        };
        let flags = self.memory_flags(memory);
        let check = Check::of(self.env.unit.tunables, &ty, access.offset, size);
        let beyond = match check {
            Check::Guard => None,
            Check::Length => Some(self.check_bounds(memory, index, access, size)),
        };
        let base = self.memory_base(memory);
        let mut address = self.builder.ins().iadd(base, index);
        let displacement = check.displacement(access.offset);
        if displacement.is_none() {
            let offset = self.builder.ins().iconst(types::I64, access.offset as i64);
            address = self.builder.ins().iadd(address, offset);
        }
        if let Some(beyond) = beyond {
            address = self.masked(beyond, address);
        }
        Place {
            address,
            offset: displacement.unwrap_or(0),
            flags,
        }
    }

    /// Traps unless the access is all inside the memory; its 64-bit index comes first. Gives the condition of the trap.
    fn check_bounds(&mut self, memory: u32, index: Value, access: &MemArg, size: u32) -> Value {
        let offset = access.offset;
        let wrong = self.failure(Failure::Memory {
            memory,
            index,
            offset,
        });
        let Some(end) = offset.checked_add(u64::from(size)) else {
            // No memory is that long, so nothing that follows is reached.
            let always = self.iconst32(1);
            self.branch_to_trap(always, wrong);
            return always;
        };
        let end = self.builder.ins().iconst(types::I64, end as i64);
        let beyond = self.ends_beyond(memory, index, end);
        self.branch_to_trap(beyond, wrong);
        beyond
    }

    /// Whether `len` bytes from a 64-bit index on end beyond the memory's end. The sum of two numbers of 32 bits has no
    /// overflow.
    fn ends_beyond(&mut self, memory: u32, index: Value, len: Value) -> Value {
        let index64 = self.env.unit.module.memories[memory as usize].index64;
        let (end, overflow) = if index64 {
            let (end, overflow) = self.builder.ins().uadd_overflow(index, len);
            (end, Some(overflow))
        } else {
            (self.builder.ins().iadd(index, len), None)
        };
        let length = self.memory_length(memory);
        let beyond = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, length);
        match overflow {
            Some(overflow) => self.builder.ins().bor(overflow, beyond),
            None => beyond,
        }
    }

    /// An address or index after the branch that traps if `wrong` is not zero: the same, but zero where the processor runs
    /// ahead of a branch that will trap.
    pub fn masked(&mut self, wrong: Value, address: Value) -> Value {
        if !self.env.unit.tunables.mask_speculation {
            return address;
        }
        let zero = self.builder.func.dfg.value_type(address);
        let zero = self.builder.ins().iconst(zero, 0);
        self.builder.ins().select_spectre_guard(wrong, zero, address)
    }

    fn memory_flags(&mut self, memory: u32) -> MemFlagsData {
        let imports = self.env.unit.module.imported.memories;
        let region = match memory.checked_sub(imports) {
            Some(own) => Region::Memory(own),
            None => Region::ImportedMemory,
        };
        let flags = MemFlagsData::new()
            .with_endianness(Endianness::Little)
            .with_trap_code(Some(traps::code(Trap::MemoryOutOfBounds)));
        self.env.in_region(&mut self.builder, flags, region)
    }

    /// Address of a memory's first byte.
    fn memory_base(&mut self, memory: u32) -> Value {
        let unit = self.env.unit;
        let ty = &unit.module.memories[memory as usize];
        // What other threads may use never moves.
        let fixed = ty.shared || unit.tunables.memory_style(ty) == MemoryStyle::Reserved;
        match (self.memory_slot(memory), fixed) {
            (Slot::Memory(offset), true) => self.load_constant(offset + VmMemory::BASE),
            (Slot::Import(offset), true) => self.load_constant(offset + VmMemoryImport::BASE),
            _ => {
                let (address, offset) = self.memory_descriptor(memory);
                self.load_field(Region::MemoryFields, address, offset + VmMemory::BASE)
            }
        }
    }

    /// Bytes of a memory.
    fn memory_length(&mut self, memory: u32) -> Value {
        let (address, offset) = self.memory_descriptor(memory);
        self.load_field(Region::MemoryFields, address, offset + VmMemory::LENGTH)
    }

    /// Bytes of a shared memory, ordered with all atomic accesses of all threads, as its growing is.
    fn shared_length(&mut self, memory: u32) -> Value {
        let (address, offset) = self.memory_descriptor(memory);
        let flags = self.env.field_flags(&mut self.builder, Region::MemoryFields);
        let address = self
            .builder
            .ins()
            .iadd_imm_s(address, i64::from(offset + VmMemory::LENGTH));
        self.builder.ins().atomic_load(types::I64, flags, address)
    }

    /// What the context has of a memory.
    fn memory_slot(&self, memory: u32) -> Slot {
        let unit = self.env.unit;
        match memory.checked_sub(unit.module.imported.memories) {
            Some(own) if unit.module.memories[memory as usize].shared => {
                Slot::Import(unit.offsets.memory(own))
            }
            Some(own) => Slot::Memory(unit.offsets.memory(own)),
            None => Slot::Import(unit.offsets.imported_memory(memory)),
        }
    }

    /// Where the `VmMemory` is: an address and an offset from it.
    fn memory_descriptor(&mut self, memory: u32) -> (Value, i32) {
        match self.memory_slot(memory) {
            Slot::Memory(offset) => (self.env.context, offset),
            Slot::Import(offset) => (self.load_constant(offset + VmMemoryImport::MEMORY), 0),
        }
    }

    /// Widens an index of a memory or table to 64 bits.
    pub fn widen(&mut self, index: Value) -> Value {
        if self.builder.func.dfg.value_type(index) == types::I64 {
            return index;
        }
        self.builder.ins().uextend(types::I64, index)
    }

    /// Narrows a size that the runtime gave to the index type of its memory or table.
    pub fn narrow(&mut self, size: Value, index64: bool) -> Value {
        if index64 {
            size
        } else {
            self.builder.ins().ireduce(types::I32, size)
        }
    }

    pub fn visit_memory_size(&mut self, memory: u32) {
        let ty = self.env.unit.module.memories[memory as usize];
        let length = if ty.shared {
            self.shared_length(memory)
        } else {
            self.memory_length(memory)
        };
        let pages = self
            .builder
            .ins()
            .ushr_imm_u(length, i64::from(ty.page_size_log2));
        let pages = self.narrow(pages, ty.index64);
        self.push(pages);
    }

    pub fn visit_memory_grow(&mut self, memory: u32) {
        let ty = self.env.unit.module.memories[memory as usize];
        let delta = self.pop();
        let delta = self.widen(delta);
        let memory = self.iconst32(memory);
        let pages = self
            .libcall(Libcall::memory_grow, &[memory, delta])
            .expect("memory_grow has a result");
        let pages = self.narrow(pages, ty.index64);
        self.push(pages);
    }

    /// Begins an instruction on ranges of `len` bytes of memories that are not shared. Gives where it is done by the runtime
    /// as a whole, which is where this goes if they are so long that the runtime polls in between.
    fn begin_bulk(&mut self, len: Value) -> Block {
        let slow = self.builder.create_block();
        let long = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedGreaterThan, len, MAX_PART as i64);
        self.branch_to_trap(long, slow);
        slow
    }

    /// Address of a range of a memory that is not shared; goes to `wrong` if it is not inside.
    fn range(&mut self, memory: u32, start: Value, len: Value, wrong: Block) -> Value {
        let beyond = self.ends_beyond(memory, start, len);
        self.branch_to_trap(beyond, wrong);
        let base = self.memory_base(memory);
        let address = self.builder.ins().iadd(base, start);
        self.masked(beyond, address)
    }

    /// Ends an instruction on ranges that were found inside with `work`; at `slow`, `whole` finds out what is not.
    fn end_bulk(&mut self, slow: Block, work: (Libcall, &[Value]), whole: (Libcall, &[Value])) {
        let done = self.builder.create_block();
        self.libcall(work.0, work.1);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(slow);
        self.builder.seal_block(slow);
        self.builder.set_cold_block(slow);
        self.libcall(whole.0, whole.1);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(done);
        self.builder.seal_block(done);
    }

    /// Whether a memory's length may change while it is looked at.
    fn is_shared(&self, memory: u32) -> bool {
        self.env.unit.module.memories[memory as usize].shared
    }

    pub fn visit_memory_copy(&mut self, to: u32, from: u32) {
        let shared = self.is_shared(to) || self.is_shared(from);
        let len = self.pop();
        let (to_start, from_start) = self.pop2();
        let [to_start, from_start, len] = [to_start, from_start, len].map(|value| self.widen(value));
        let (to_index, from_index) = (self.iconst32(to), self.iconst32(from));
        let whole = [to_index, from_index, to_start, from_start, len];
        if shared {
            self.libcall(Libcall::memory_copy, &whole);
            return;
        }
        let slow = self.begin_bulk(len);
        let to = self.range(to, to_start, len, slow);
        let from = self.range(from, from_start, len, slow);
        let work = [to, from, len];
        self.end_bulk(slow, (Libcall::move_bytes, &work), (Libcall::memory_copy, &whole));
    }

    pub fn visit_memory_fill(&mut self, memory: u32) {
        let len = self.pop();
        let (start, value) = self.pop2();
        let (start, len) = (self.widen(start), self.widen(len));
        let index = self.iconst32(memory);
        let whole = [index, start, value, len];
        if self.is_shared(memory) {
            self.libcall(Libcall::memory_fill, &whole);
            return;
        }
        let slow = self.begin_bulk(len);
        let to = self.range(memory, start, len, slow);
        let work = [to, value, len];
        self.end_bulk(slow, (Libcall::fill_bytes, &work), (Libcall::memory_fill, &whole));
    }

    pub fn visit_memory_init(&mut self, segment: u32, memory: u32) {
        let (from, len) = self.pop2();
        let to = self.pop();
        let to = self.widen(to);
        let (memory, segment) = (self.iconst32(memory), self.iconst32(segment));
        self.libcall(Libcall::memory_init, &[memory, segment, to, from, len]);
    }

    pub fn visit_data_drop(&mut self, segment: u32) {
        let segment = self.iconst32(segment);
        self.libcall(Libcall::data_drop, &[segment]);
    }

    /// Where a global is, and how it may be accessed.
    fn global_place(&mut self, global: u32) -> (Place, FieldClass) {
        let unit = self.env.unit;
        let ty = unit.module.globals[global as usize].ty;
        let class = transom_code::value_class(unit.registry, ty.value);
        let collected = class == FieldClass::Object;
        let (address, offset, region) = match global.checked_sub(unit.module.imported.globals) {
            Some(own) => (self.env.context, unit.offsets.global(own), Region::Global(own)),
            None => (
                self.load_constant(unit.offsets.imported_global(global)),
                0,
                Region::ImportedGlobals,
            ),
        };
        let flags = if ty.mutable || collected {
            self.env.field_flags(&mut self.builder, region)
        } else {
            constant_flags()
        };
        (
            Place {
                address,
                offset,
                flags,
            },
            class,
        )
    }

    pub fn visit_global_get(&mut self, global: u32) {
        let (place, class) = self.global_place(global);
        let ty = abi::field_type(class);
        let value = self
            .builder
            .ins()
            .load(ty, place.flags, place.address, place.offset);
        self.push_new(class, value);
    }

    pub fn visit_global_set(&mut self, global: u32) {
        let value = self.pop();
        let (place, _) = self.global_place(global);
        self.builder
            .ins()
            .store(place.flags, value, place.address, place.offset);
    }
}
