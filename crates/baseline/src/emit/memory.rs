//! Linear memory.
//!
//! An access whose check is a guard uses the sum of base, index and offset as it is: the processor adds them. All other accesses
//! compare their end with the memory's length; see `transom_code::decide::bounds`.

use crate::assembler::{Alu, Condition, Form, Gpr, Memory, Scale, Source, Width};
use crate::emitter::{BASE, Base, CONTEXT, Emitter, SCRATCH};
use crate::op;
use crate::state::{Failure, Place, Popped};
use Width::{W32, W64};
use transom_code::MemoryStyle;
use transom_code::decide::bounds::Check;
use transom_layout::object::FieldClass::{self, F32, F64, I32, I64, V128};
use transom_layout::{VmMemory, VmMemoryImport};
use transom_module::wasmparser::{MemArg, MemArgTarget};
use transom_ops::{Libcall, Trap};

/// A place in a memory that may be accessed once.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    pub memory: Memory,
    /// A register that the place uses, if it was taken for that. It is released when the place has been used.
    pub held: Option<Gpr>,
}

/// What an instance's context has of a memory, and where.
enum Descriptor {
    /// The `VmMemory`.
    Memory(i32),
    /// A `VmMemoryImport`: of what is imported, and of what is shared.
    Import(i32),
}

macro_rules! loads {
    ($($visit:ident => $load:ident, $size:literal -> $class:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let address = self.place(&access, $size);
                self.release_address(address);
                let to = self.take_gpr_or_held(address);
                self.asm.load(Form::$load, to, address.memory);
                self.push_gpr($class, to);
            })*
        }
    };
}

macro_rules! float_loads {
    ($($visit:ident => $size:literal -> $class:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let to = self.take_xmm();
                let address = self.place(&access, $size);
                self.asm.load_xmm($class, to, address.memory);
                self.release_address(address);
                self.push_xmm($class, to);
            })*
        }
    };
}

macro_rules! stores {
    ($($visit:ident => $store:ident $immediate:ident $ty:ty, $size:literal;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let value = self.pop();
                if let Some(number) = self.small_constant(value, $size) {
                    let address = self.place(&access, $size);
                    self.asm.store_number(Form::$immediate, address.memory, (number as $ty).to_le_bytes());
                    return self.release_address(address);
                }
                let from = self.read_gpr(value);
                let address = self.place(&access, $size);
                self.asm.store(Form::$store, address.memory, from);
                self.release_address(address);
                self.release_gpr(from);
            })*
        }
    };
}

macro_rules! float_stores {
    ($($visit:ident => $class:ident, $size:literal;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                let value = self.pop();
                let from = self.read_xmm(value);
                let address = self.place(&access, $size);
                self.asm.store_xmm($class, address.memory, from);
                self.release_address(address);
                self.release_xmm(from);
            })*
        }
    };
}

loads! {
    visit_i32_load => LOAD, 4 -> I32;
    visit_i64_load => LOAD64, 8 -> I64;
    visit_i32_load8_s => LOAD8S, 1 -> I32;
    visit_i32_load8_u => LOAD8U, 1 -> I32;
    visit_i32_load16_s => LOAD16S, 2 -> I32;
    visit_i32_load16_u => LOAD16U, 2 -> I32;
    visit_i64_load8_s => LOAD8S64, 1 -> I64;
    visit_i64_load8_u => LOAD8U, 1 -> I64;
    visit_i64_load16_s => LOAD16S64, 2 -> I64;
    visit_i64_load16_u => LOAD16U, 2 -> I64;
    visit_i64_load32_s => LOAD32S64, 4 -> I64;
    visit_i64_load32_u => LOAD, 4 -> I64;
}

float_loads! {
    visit_f32_load => 4 -> F32;
    visit_f64_load => 8 -> F64;
    visit_v128_load => 16 -> V128;
}

stores! {
    visit_i32_store => STORE STORE_NUMBER i32, 4;
    visit_i64_store => STORE64 STORE64_NUMBER i32, 8;
    visit_i32_store8 => STORE8 STORE8_NUMBER u8, 1;
    visit_i32_store16 => STORE16 STORE16_NUMBER u16, 2;
    visit_i64_store8 => STORE8 STORE8_NUMBER u8, 1;
    visit_i64_store16 => STORE16 STORE16_NUMBER u16, 2;
    visit_i64_store32 => STORE STORE_NUMBER i32, 4;
}

float_stores! {
    visit_f32_store => F32, 4;
    visit_f64_store => F64, 8;
    visit_v128_store => V128, 16;
}

impl Emitter<'_> {
    /// A constant that an instruction may store as it is, of which `size` bytes count.
    fn small_constant(&self, value: Popped, size: u32) -> Option<i64> {
        match value.place {
            Place::Constant(bits) if size < 8 => Some(bits as i64),
            Place::Constant(bits) => i32::try_from(bits as i64).ok().map(i64::from),
            _ => None,
        }
    }

    /// A place was used, or is about to be used by the next instruction.
    pub fn release_address(&mut self, address: Address) {
        if let Some(gpr) = address.held {
            self.release_gpr(gpr);
        }
    }

    /// Takes a register for what is loaded from a place: the one that the place held, which was released.
    fn take_gpr_or_held(&mut self, address: Address) -> Gpr {
        match address.held {
            Some(gpr) if self.registers.gprs.take_this(gpr) => gpr,
            _ => self.take_gpr(),
        }
    }

    /// Pops an index and makes sure that `size` bytes from its effective address on may be accessed. The scratch register may be
    /// part of the place.
    pub fn place(&mut self, access: &MemArg, size: u32) -> Address {
        let MemArgTarget::Memory(memory) = access.target else {
            unreachable!("no feature set that Transom offers has other targets")
        };
        let index = self.pop();
        let ty = &self.unit.module.memories[memory as usize];
        let check = Check::of(self.unit.tunables, ty, access.offset, size);
        if check == Check::Length {
            return self.checked_place((memory, access.offset), index, size);
        }
        let Some(displacement) = check.displacement(access.offset) else {
            // The guard can be larger than what a displacement expresses.
            return self.far_place((memory, access.offset), index);
        };
        if let Place::Constant(bits) = index.place
            && let Ok(whole) = i32::try_from(bits + access.offset)
        {
            let base = self.memory_base(memory);
            return Address {
                memory: base.trapping(whole, Trap::MemoryOutOfBounds),
                held: None,
            };
        }
        let gpr = self.read_gpr(index);
        let base = self.memory_base(memory);
        Address {
            memory: base.indexed_trapping(gpr, Scale::One, displacement, Trap::MemoryOutOfBounds),
            held: Some(gpr),
        }
    }

    /// A place at an offset that is no displacement.
    fn far_place(&mut self, (memory, offset): (u32, u64), index: Popped) -> Address {
        let gpr = self.owned_gpr(index);
        self.asm.set_gpr(SCRATCH, offset);
        self.asm.alu(Alu::Add, W64, gpr, Source::Gpr(SCRATCH));
        let base = self.memory_base(memory);
        Address {
            memory: base.indexed_trapping(gpr, Scale::One, 0, Trap::MemoryOutOfBounds),
            held: Some(gpr),
        }
    }

    /// A place whose end is compared with the memory's length.
    fn checked_place(&mut self, (memory, offset): (u32, u64), index: Popped, size: u32) -> Address {
        let index64 = self.unit.module.memories[memory as usize].index64;
        let index = self.read_gpr(index);
        let address = self.take_gpr();
        let base = self.memory_base(memory);
        self.asm.move_gpr(W64, address, base);
        self.asm.alu(Alu::Add, W64, address, Source::Gpr(index));
        self.add_number(address, offset);
        let wrong = self.failure(Failure::Memory {
            memory,
            index,
            offset,
        });
        match offset.checked_add(u64::from(size)) {
            Some(end) => {
                let last = self.take_gpr();
                self.set_end(last, index, end, index64);
                let length = self.memory_length(memory);
                self.asm.alu(Alu::Cmp, W64, last, Source::Memory(length));
                self.asm.jump_if(Condition::Above, wrong);
                self.mask(Condition::Above, address, last);
                self.release_gpr(last);
            }
            // No memory is that long.
            None => self.asm.jump(wrong),
        }
        self.release_gpr(index);
        Address {
            memory: address.trapping(0, Trap::MemoryOutOfBounds),
            held: Some(address),
        }
    }

    /// Adds a number to a register.
    fn add_number(&mut self, to: Gpr, number: u64) {
        match i32::try_from(number) {
            Ok(0) => {}
            Ok(number) => self.asm.alu(Alu::Add, W64, to, Source::Immediate(number)),
            Err(_) => {
                self.asm.set_gpr(SCRATCH, number);
                self.asm.alu(Alu::Add, W64, to, Source::Gpr(SCRATCH));
            }
        }
    }

    /// Sets a register to the end of `len` bytes from an index on. A sum that overflows, which a 64-bit index can lead to, becomes
    /// the highest number.
    fn set_end(&mut self, to: Gpr, index: Gpr, len: u64, index64: bool) {
        self.asm.move_gpr(W64, to, index);
        self.add_number(to, len);
        if index64 {
            op!(&mut self.asm, sbbq_rm, SCRATCH, SCRATCH);
            self.asm.alu(Alu::Or, W64, to, Source::Gpr(SCRATCH));
        }
    }

    /// Behind a jump to a trap: an address or index is the same, but zero where the processor runs ahead of a jump that it will
    /// take. `spare` is overwritten.
    pub fn mask(&mut self, condition: Condition, address: Gpr, spare: Gpr) {
        if self.unit.tunables.mask_speculation {
            self.asm.set_gpr(spare, 0);
            match condition {
                Condition::Above => op!(&mut self.asm, cmovaq_rm, address, spare),
                _ => op!(&mut self.asm, cmovaeq_rm, address, spare),
            }
        }
    }

    /// The first byte of a memory; in the scratch register, if it is not the base register.
    fn memory_base(&mut self, memory: u32) -> Gpr {
        if memory == 0 && self.body.base == Base::Memory {
            return BASE;
        }
        match self.constant_base(memory) {
            Some(place) => self.asm.load_gpr(W64, SCRATCH, place),
            None => {
                let place = self.memory_descriptor(memory, VmMemory::BASE);
                self.asm.load_gpr(W64, SCRATCH, place);
            }
        }
        SCRATCH
    }

    /// Where the context has the address of a memory's first byte, if that never changes.
    pub fn constant_base(&self, memory: u32) -> Option<Memory> {
        let ty = &self.unit.module.memories[memory as usize];
        // What other threads may use never moves.
        let fixed = ty.shared || self.unit.tunables.memory_style(ty) == MemoryStyle::Reserved;
        fixed.then(|| match self.find_memory(memory) {
            Descriptor::Memory(offset) => CONTEXT.at(offset + VmMemory::BASE),
            Descriptor::Import(offset) => CONTEXT.at(offset + VmMemoryImport::BASE),
        })
    }

    /// Where a memory's length in bytes is; the place may use the scratch register.
    fn memory_length(&mut self, memory: u32) -> Memory {
        self.memory_descriptor(memory, VmMemory::LENGTH)
    }

    fn memory_descriptor(&mut self, memory: u32, field: i32) -> Memory {
        match self.find_memory(memory) {
            Descriptor::Memory(offset) => CONTEXT.at(offset + field),
            Descriptor::Import(offset) => {
                let place = CONTEXT.at(offset + VmMemoryImport::MEMORY);
                self.asm.load_gpr(W64, SCRATCH, place);
                SCRATCH.at(field)
            }
        }
    }

    fn find_memory(&self, memory: u32) -> Descriptor {
        let unit = self.unit;
        match memory.checked_sub(unit.module.imported.memories) {
            Some(own) if unit.module.memories[memory as usize].shared => {
                Descriptor::Import(unit.offsets.memory(own))
            }
            Some(own) => Descriptor::Memory(unit.offsets.memory(own)),
            None => Descriptor::Import(unit.offsets.imported_memory(memory)),
        }
    }

    /// The class of indices of a memory or table.
    pub fn index_class(index64: bool) -> FieldClass {
        if index64 { I64 } else { I32 }
    }

    pub fn visit_memory_size(&mut self, memory: u32) {
        let ty = self.unit.module.memories[memory as usize];
        let to = self.take_gpr();
        let length = self.memory_length(memory);
        self.asm.load_gpr(W64, to, length);
        op!(&mut self.asm, shrq_mi, to, ty.page_size_log2);
        self.push_gpr(Self::index_class(ty.index64), to);
    }

    pub fn visit_memory_grow(&mut self, memory: u32) {
        let ty = self.unit.module.memories[memory as usize];
        let delta = self.pop();
        self.libcall(Libcall::memory_grow, &[number(memory), delta]);
        if !ty.index64 {
            self.asm.move_gpr(W32, Gpr::RAX, Gpr::RAX);
        }
        self.push_result(Self::index_class(ty.index64));
    }

    pub fn visit_memory_copy(&mut self, to: u32, from: u32) {
        let len = self.pop();
        let (to_start, from_start) = self.pop2();
        let args = [number(to), number(from), to_start, from_start, len];
        self.libcall(Libcall::memory_copy, &args);
    }

    pub fn visit_memory_fill(&mut self, memory: u32) {
        let len = self.pop();
        let (start, value) = self.pop2();
        self.libcall(Libcall::memory_fill, &[number(memory), start, value, len]);
    }

    pub fn visit_memory_init(&mut self, segment: u32, memory: u32) {
        let (from, len) = self.pop2();
        let to = self.pop();
        let args = [number(memory), number(segment), to, from, len];
        self.libcall(Libcall::memory_init, &args);
    }

    pub fn visit_data_drop(&mut self, segment: u32) {
        self.libcall(Libcall::data_drop, &[number(segment)]);
    }
}

/// A number, as an argument of a call of the runtime.
pub fn number(number: u32) -> Popped {
    Popped {
        class: I32,
        place: Place::Constant(u64::from(number)),
        height: 0,
    }
}
