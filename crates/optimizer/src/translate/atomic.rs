//! Atomic instructions (the threads proposal).
//!
//! All are sequentially consistent. An address that is no multiple of the access's size traps, before anything else
//! is looked at; then the bounds hold as for other accesses. Narrow accesses give zero-extended values and take the
//! low bits of theirs. What can block, or must find others that do, is the runtime's.

use super::memory::Place;
use super::state::{Failure, Translator};
use cranelift_codegen::ir::{self, AtomicRmwOp, InstBuilder, Value, types};
use transom_module::wasmparser::{MemArg, MemArgTarget, Ordering};
use transom_ops::Libcall;

/// Rows of `visitor method => type in memory, type of the value`.
macro_rules! accesses {
    ($emit:ident: $($visit:ident => $narrow:ident $wide:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                self.$emit(&access, types::$narrow, types::$wide);
            })*
        }
    };
}

accesses! { atomic_load:
    visit_i32_atomic_load => I32 I32;
    visit_i64_atomic_load => I64 I64;
    visit_i32_atomic_load8_u => I8 I32;
    visit_i32_atomic_load16_u => I16 I32;
    visit_i64_atomic_load8_u => I8 I64;
    visit_i64_atomic_load16_u => I16 I64;
    visit_i64_atomic_load32_u => I32 I64;
}

accesses! { atomic_store:
    visit_i32_atomic_store => I32 I32;
    visit_i64_atomic_store => I64 I64;
    visit_i32_atomic_store8 => I8 I32;
    visit_i32_atomic_store16 => I16 I32;
    visit_i64_atomic_store8 => I8 I64;
    visit_i64_atomic_store16 => I16 I64;
    visit_i64_atomic_store32 => I32 I64;
}

accesses! { atomic_cmpxchg:
    visit_i32_atomic_rmw_cmpxchg => I32 I32;
    visit_i64_atomic_rmw_cmpxchg => I64 I64;
    visit_i32_atomic_rmw8_cmpxchg_u => I8 I32;
    visit_i32_atomic_rmw16_cmpxchg_u => I16 I32;
    visit_i64_atomic_rmw8_cmpxchg_u => I8 I64;
    visit_i64_atomic_rmw16_cmpxchg_u => I16 I64;
    visit_i64_atomic_rmw32_cmpxchg_u => I32 I64;
}

/// Rows of an operation, and its visitor methods in the order of the widths below.
macro_rules! operations {
    ($($operation:ident: $i32:ident $i64:ident $i32_8:ident $i32_16:ident $i64_8:ident $i64_16:ident $i64_32:ident;)*) => {
        $(operations! { one $operation:
            $i32 => I32 I32;
            $i64 => I64 I64;
            $i32_8 => I8 I32;
            $i32_16 => I16 I32;
            $i64_8 => I8 I64;
            $i64_16 => I16 I64;
            $i64_32 => I32 I64;
        })*
    };
    (one $operation:ident: $($visit:ident => $narrow:ident $wide:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                self.atomic_rmw(AtomicRmwOp::$operation, &access, types::$narrow, types::$wide);
            })*
        }
    };
}

operations! {
    Add: visit_i32_atomic_rmw_add visit_i64_atomic_rmw_add visit_i32_atomic_rmw8_add_u visit_i32_atomic_rmw16_add_u
        visit_i64_atomic_rmw8_add_u visit_i64_atomic_rmw16_add_u visit_i64_atomic_rmw32_add_u;
    Sub: visit_i32_atomic_rmw_sub visit_i64_atomic_rmw_sub visit_i32_atomic_rmw8_sub_u visit_i32_atomic_rmw16_sub_u
        visit_i64_atomic_rmw8_sub_u visit_i64_atomic_rmw16_sub_u visit_i64_atomic_rmw32_sub_u;
    And: visit_i32_atomic_rmw_and visit_i64_atomic_rmw_and visit_i32_atomic_rmw8_and_u visit_i32_atomic_rmw16_and_u
        visit_i64_atomic_rmw8_and_u visit_i64_atomic_rmw16_and_u visit_i64_atomic_rmw32_and_u;
    Or: visit_i32_atomic_rmw_or visit_i64_atomic_rmw_or visit_i32_atomic_rmw8_or_u visit_i32_atomic_rmw16_or_u
        visit_i64_atomic_rmw8_or_u visit_i64_atomic_rmw16_or_u visit_i64_atomic_rmw32_or_u;
    Xor: visit_i32_atomic_rmw_xor visit_i64_atomic_rmw_xor visit_i32_atomic_rmw8_xor_u visit_i32_atomic_rmw16_xor_u
        visit_i64_atomic_rmw8_xor_u visit_i64_atomic_rmw16_xor_u visit_i64_atomic_rmw32_xor_u;
    Xchg: visit_i32_atomic_rmw_xchg visit_i64_atomic_rmw_xchg visit_i32_atomic_rmw8_xchg_u visit_i32_atomic_rmw16_xchg_u
        visit_i64_atomic_rmw8_xchg_u visit_i64_atomic_rmw16_xchg_u visit_i64_atomic_rmw32_xchg_u;
}

impl Translator<'_> {
    /// Pops an index and makes sure that an atomic access from its effective address on is aligned and inside. The
    /// offset of the place is zero.
    fn atomic_place(&mut self, access: &MemArg, ty: ir::Type) -> Place {
        self.check_alignment(access, ty.bytes());
        let mut place = self.place(access, ty.bytes());
        if place.offset != 0 {
            let offset = i64::from(std::mem::take(&mut place.offset));
            place.address = self.builder.ins().iadd_imm_s(place.address, offset);
        }
        place
    }

    /// Traps unless the index on the stack makes an address that is a multiple of `size`.
    fn check_alignment(&mut self, access: &MemArg, size: u32) {
        if size == 1 {
            return;
        }
        let index = *self
            .stack
            .last()
            .expect("validation has checked the operand stack");
        // The low bits of the sum need only the low bits of its parts.
        let offset = access.offset & u64::from(size - 1);
        let low = match offset {
            0 => index,
            offset => self.builder.ins().iadd_imm_s(index, offset as i64),
        };
        let low = self.builder.ins().band_imm_s(low, i64::from(size - 1));
        let wrong = self.failure(Failure::Misaligned {
            index,
            offset: access.offset,
            size,
        });
        self.branch_to_trap(low, wrong);
    }

    /// The value of an operand as it is in memory.
    fn pop_narrow(&mut self, narrow: ir::Type, wide: ir::Type) -> Value {
        let value = self.pop();
        if narrow == wide {
            value
        } else {
            self.builder.ins().ireduce(narrow, value)
        }
    }

    fn push_extended(&mut self, value: Value, narrow: ir::Type, wide: ir::Type) {
        let value = if narrow == wide {
            value
        } else {
            self.builder.ins().uextend(wide, value)
        };
        self.push(value);
    }

    fn atomic_load(&mut self, access: &MemArg, narrow: ir::Type, wide: ir::Type) {
        let place = self.atomic_place(access, narrow);
        let value = self.builder.ins().atomic_load(narrow, place.flags, place.address);
        self.push_extended(value, narrow, wide);
    }

    fn atomic_store(&mut self, access: &MemArg, narrow: ir::Type, wide: ir::Type) {
        let value = self.pop_narrow(narrow, wide);
        let place = self.atomic_place(access, narrow);
        self.builder.ins().atomic_store(place.flags, value, place.address);
    }

    fn atomic_rmw(&mut self, operation: AtomicRmwOp, access: &MemArg, narrow: ir::Type, wide: ir::Type) {
        let value = self.pop_narrow(narrow, wide);
        let place = self.atomic_place(access, narrow);
        let old = self
            .builder
            .ins()
            .atomic_rmw(narrow, place.flags, operation, place.address, value);
        self.push_extended(old, narrow, wide);
    }

    fn atomic_cmpxchg(&mut self, access: &MemArg, narrow: ir::Type, wide: ir::Type) {
        let replacement = self.pop_narrow(narrow, wide);
        let expected = self.pop_narrow(narrow, wide);
        let place = self.atomic_place(access, narrow);
        let old = self
            .builder
            .ins()
            .atomic_cas(place.flags, place.address, expected, replacement);
        self.push_extended(old, narrow, wide);
    }

    pub fn visit_atomic_fence(&mut self, _ordering: Ordering) {
        self.builder.ins().fence();
    }

    /// Pops an index; gives the memory and the effective address, of which the runtime checks whether it is inside.
    fn pop_address(&mut self, access: &MemArg, size: u32) -> [Value; 2] {
        let MemArgTarget::Memory(memory) = access.target else {
            unreachable!("no feature set that Transom offers has other targets")
        };
        self.check_alignment(access, size);
        let index = self.pop();
        let index64 = self.env.unit.module.memories[memory as usize].index64;
        let index = self.widen(index);
        let offset = access.offset;
        let constant = self.builder.ins().iconst(types::I64, offset as i64);
        let address = if index64 {
            let (address, beyond) = self.builder.ins().uadd_overflow(index, constant);
            let wrong = self.failure(Failure::Memory {
                memory,
                index,
                offset,
            });
            self.branch_to_trap(beyond, wrong);
            address
        } else {
            self.builder.ins().iadd(index, constant)
        };
        [self.iconst32(memory), address]
    }

    pub fn visit_memory_atomic_notify(&mut self, access: MemArg) {
        let count = self.pop();
        let [memory, address] = self.pop_address(&access, 4);
        let woken = self.libcall(Libcall::memory_atomic_notify, &[memory, address, count]);
        self.push(woken.expect("memory_atomic_notify has a result"));
    }

    pub fn visit_memory_atomic_wait32(&mut self, access: MemArg) {
        self.atomic_wait(Libcall::memory_atomic_wait32, &access, 4);
    }

    pub fn visit_memory_atomic_wait64(&mut self, access: MemArg) {
        self.atomic_wait(Libcall::memory_atomic_wait64, &access, 8);
    }

    fn atomic_wait(&mut self, libcall: Libcall, access: &MemArg, size: u32) {
        let (expected, timeout) = self.pop2();
        let [memory, address] = self.pop_address(access, size);
        let result = self.libcall(libcall, &[memory, address, expected, timeout]);
        self.push(result.expect("waiting has a result"));
    }
}
