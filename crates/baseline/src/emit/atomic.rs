//! Atomic instructions (the threads proposal).
//!
//! All are sequentially consistent. An address that is no multiple of the access's size traps, before anything else
//! is looked at; then the bounds hold as for other accesses. Narrow accesses give zero-extended values and take the
//! low bits of theirs. What can block, or must find others that do, is the runtime's.

use super::memory::number;
use crate::assembler::{Alu, Condition, Gpr, Memory, Source, Width};
use crate::emitter::{Emitter, SCRATCH};
use crate::op;
use crate::state::{Failure, Place, Popped, Register};
use Width::W64;
use transom_layout::object::FieldClass::{self, I32, I64};
use transom_module::wasmparser::{MemArg, MemArgTarget, Ordering};
use transom_ops::{Libcall, Trap};

/// What is done to a value in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Exchange,
}

/// Rows of `visitor method => bytes in memory, class of the value`.
macro_rules! accesses {
    ($emit:ident: $($visit:ident => $size:literal $class:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                self.$emit(&access, $size, $class);
            })*
        }
    };
}

accesses! { atomic_load:
    visit_i32_atomic_load => 4 I32;
    visit_i64_atomic_load => 8 I64;
    visit_i32_atomic_load8_u => 1 I32;
    visit_i32_atomic_load16_u => 2 I32;
    visit_i64_atomic_load8_u => 1 I64;
    visit_i64_atomic_load16_u => 2 I64;
    visit_i64_atomic_load32_u => 4 I64;
}

accesses! { atomic_store:
    visit_i32_atomic_store => 4 I32;
    visit_i64_atomic_store => 8 I64;
    visit_i32_atomic_store8 => 1 I32;
    visit_i32_atomic_store16 => 2 I32;
    visit_i64_atomic_store8 => 1 I64;
    visit_i64_atomic_store16 => 2 I64;
    visit_i64_atomic_store32 => 4 I64;
}

accesses! { atomic_cmpxchg:
    visit_i32_atomic_rmw_cmpxchg => 4 I32;
    visit_i64_atomic_rmw_cmpxchg => 8 I64;
    visit_i32_atomic_rmw8_cmpxchg_u => 1 I32;
    visit_i32_atomic_rmw16_cmpxchg_u => 2 I32;
    visit_i64_atomic_rmw8_cmpxchg_u => 1 I64;
    visit_i64_atomic_rmw16_cmpxchg_u => 2 I64;
    visit_i64_atomic_rmw32_cmpxchg_u => 4 I64;
}

/// Rows of an operation, and its visitor methods in the order of the widths below.
macro_rules! operations {
    ($($change:ident: $i32:ident $i64:ident $i32_8:ident $i32_16:ident $i64_8:ident $i64_16:ident $i64_32:ident;)*) => {
        $(operations! { one $change:
            $i32 => 4 I32;
            $i64 => 8 I64;
            $i32_8 => 1 I32;
            $i32_16 => 2 I32;
            $i64_8 => 1 I64;
            $i64_16 => 2 I64;
            $i64_32 => 4 I64;
        })*
    };
    (one $change:ident: $($visit:ident => $size:literal $class:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self, access: MemArg) {
                self.atomic_rmw(Change::$change, &access, $size, $class);
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
    Exchange: visit_i32_atomic_rmw_xchg visit_i64_atomic_rmw_xchg visit_i32_atomic_rmw8_xchg_u visit_i32_atomic_rmw16_xchg_u
        visit_i64_atomic_rmw8_xchg_u visit_i64_atomic_rmw16_xchg_u visit_i64_atomic_rmw32_xchg_u;
}

impl Emitter<'_> {
    /// Traps unless the index on the stack makes an address that is a multiple of `size`.
    fn check_alignment(&mut self, access: &MemArg, size: u32) {
        if size == 1 {
            return;
        }
        let operand = self.top_in_register();
        let Place::Gpr(index) = operand.place else {
            unreachable!("the operand was just put into a register")
        };
        let wrong = self.failure(Failure::Misaligned {
            index,
            offset: access.offset,
            size,
        });
        // The low bits of the sum need only the low bits of its parts.
        let offset = (access.offset & u64::from(size - 1)) as i32;
        op!(&mut self.asm, leal_rm, SCRATCH, index.at(offset));
        op!(&mut self.asm, testb_mi, SCRATCH, (size - 1) as u8);
        self.asm.jump_if(Condition::NotEqual, wrong);
    }

    /// Pops an index and makes sure that an atomic access is aligned and inside. Gives the address, in a register that was taken
    /// and is not `rax`.
    fn atomic_address(&mut self, access: &MemArg, size: u32) -> Gpr {
        self.check_alignment(access, size);
        let place = self.place(access, size);
        let address = match place.held {
            Some(gpr) if gpr != Gpr::RAX && self.registers.gprs.has(gpr) => gpr,
            _ => {
                let other = self.take_gpr_except(Gpr::RAX.bit());
                self.release_address(place);
                other
            }
        };
        self.asm.address(address, place.memory);
        address
    }

    fn atomic_load(&mut self, access: &MemArg, size: u32, class: FieldClass) {
        let address = self.atomic_address(access, size);
        let place = accessed(address);
        match size {
            1 => op!(&mut self.asm, movzbl_rm, address, place),
            2 => op!(&mut self.asm, movzwl_rm, address, place),
            4 => op!(&mut self.asm, movl_rm, address, place),
            _ => op!(&mut self.asm, movq_rm, address, place),
        }
        self.push_gpr(class, address);
    }

    /// An exchange orders itself with all other accesses, which a plain store does not.
    fn exchange(&mut self, size: u32, place: Memory, value: Gpr) {
        match size {
            1 => op!(&mut self.asm, xchgb_rm, value, place),
            2 => op!(&mut self.asm, xchgw_rm, value, place),
            4 => op!(&mut self.asm, xchgl_rm, value, place),
            _ => op!(&mut self.asm, xchgq_rm, value, place),
        }
    }

    fn atomic_store(&mut self, access: &MemArg, size: u32, _class: FieldClass) {
        let operand = self.pop();
        let value = self.owned_gpr(operand);
        let address = self.atomic_address(access, size);
        self.exchange(size, accessed(address), value);
        self.release_gpr(address);
        self.release_gpr(value);
    }

    /// Clears what lies above the bytes of an access.
    fn zero_extend(&mut self, size: u32, gpr: Gpr) {
        match size {
            1 => op!(&mut self.asm, movzbl_rm, gpr, gpr),
            2 => op!(&mut self.asm, movzwl_rm, gpr, gpr),
            4 => op!(&mut self.asm, movl_rm, gpr, gpr),
            _ => {}
        }
    }

    fn atomic_rmw(&mut self, change: Change, access: &MemArg, size: u32, class: FieldClass) {
        let operand = self.pop();
        match change {
            Change::Add | Change::Sub | Change::Exchange => {
                let value = self.owned_gpr(operand);
                let address = self.atomic_address(access, size);
                let place = accessed(address);
                if change == Change::Sub {
                    op!(&mut self.asm, negq_m, value);
                }
                match change {
                    Change::Exchange => self.exchange(size, place, value),
                    _ => self.exchange_and_add(size, place, value),
                }
                self.release_gpr(address);
                self.zero_extend(size, value);
                self.push_gpr(class, value);
            }
            Change::And => self.change_in_loop(Alu::And, operand, access, (size, class)),
            Change::Or => self.change_in_loop(Alu::Or, operand, access, (size, class)),
            Change::Xor => self.change_in_loop(Alu::Xor, operand, access, (size, class)),
        }
    }

    fn exchange_and_add(&mut self, size: u32, place: Memory, value: Gpr) {
        match size {
            1 => op!(&mut self.asm, lock_xaddb_mr, place, value),
            2 => op!(&mut self.asm, lock_xaddw_mr, place, value),
            4 => op!(&mut self.asm, lock_xaddl_mr, place, value),
            _ => op!(&mut self.asm, lock_xaddq_mr, place, value),
        }
    }

    fn compare_and_exchange(&mut self, size: u32, place: Memory, value: Gpr) {
        let (asm, rax) = (&mut self.asm, Gpr::RAX);
        match size {
            1 => op!(asm, lock_cmpxchgb_mr, place, value, rax),
            2 => op!(asm, lock_cmpxchgw_mr, place, value, rax),
            4 => op!(asm, lock_cmpxchgl_mr, place, value, rax),
            _ => op!(asm, lock_cmpxchgq_mr, place, value, rax),
        }
    }

    /// A register other than `rax` with the value of an operand.
    fn owned_beside_rax(&mut self, operand: Popped) -> Gpr {
        match operand.place {
            Place::Gpr(gpr) if gpr != Gpr::RAX => gpr,
            _ => {
                let other = self.take_gpr_except(Gpr::RAX.bit());
                self.copy_to_gpr(operand, other);
                self.release(operand);
                other
            }
        }
    }

    /// Loads the value, changes it, and stores it if it is still the same; or else begins again.
    fn change_in_loop(
        &mut self,
        alu: Alu,
        operand: Popped,
        access: &MemArg,
        (size, class): (u32, FieldClass),
    ) {
        let value = self.owned_beside_rax(operand);
        let address = self.atomic_address(access, size);
        let place = accessed(address);
        self.take_this_gpr(Gpr::RAX);
        match size {
            1 => op!(&mut self.asm, movzbl_rm, Gpr::RAX, place),
            2 => op!(&mut self.asm, movzwl_rm, Gpr::RAX, place),
            4 => op!(&mut self.asm, movl_rm, Gpr::RAX, place),
            _ => op!(&mut self.asm, movq_rm, Gpr::RAX, place),
        }
        let again = self.asm.label();
        self.asm.bind(again);
        self.asm.move_gpr(W64, SCRATCH, Gpr::RAX);
        self.asm.alu(alu, W64, SCRATCH, Source::Gpr(value));
        self.compare_and_exchange(size, place, SCRATCH);
        self.asm.jump_if(Condition::NotEqual, again);
        self.release_gpr(address);
        self.release_gpr(value);
        self.zero_extend(size, Gpr::RAX);
        self.push_gpr(class, Gpr::RAX);
    }

    fn atomic_cmpxchg(&mut self, access: &MemArg, size: u32, class: FieldClass) {
        let (expected, replacement) = self.pop2();
        let value = self.owned_beside_rax(replacement);
        let expected_gpr = self.owned_beside_rax(expected);
        let address = self.atomic_address(access, size);
        self.take_this_gpr(Gpr::RAX);
        self.asm.move_gpr(W64, Gpr::RAX, expected_gpr);
        self.release_gpr(expected_gpr);
        self.compare_and_exchange(size, accessed(address), value);
        self.release_gpr(address);
        self.release_gpr(value);
        self.zero_extend(size, Gpr::RAX);
        self.push_gpr(class, Gpr::RAX);
    }

    pub fn visit_atomic_fence(&mut self, _ordering: Ordering) {
        self.asm.fence();
    }

    /// Pops an index; gives the memory and the effective address, of which the runtime checks whether it is inside.
    fn pop_address(&mut self, access: &MemArg, size: u32) -> [Popped; 2] {
        let MemArgTarget::Memory(memory) = access.target else {
            unreachable!("no feature set that Transom offers has other targets")
        };
        self.check_alignment(access, size);
        let index = self.pop();
        let address = self.owned_gpr(index);
        let offset = access.offset;
        let index64 = self.unit.module.memories[memory as usize].index64;
        if offset != 0 {
            let sum = self.take_gpr();
            self.asm.set_gpr(sum, offset);
            self.asm.alu(Alu::Add, W64, sum, Source::Gpr(address));
            if index64 {
                let wrong = self.failure(Failure::Memory {
                    memory,
                    index: address,
                    offset,
                });
                self.asm.jump_if(Condition::Below, wrong);
            }
            self.asm.move_gpr(W64, address, sum);
            self.release_gpr(sum);
        }
        let address = Popped {
            class: I64,
            place: Place::Gpr(address),
            height: 0,
        };
        [number(memory), address]
    }

    pub fn visit_memory_atomic_notify(&mut self, access: MemArg) {
        let count = self.pop();
        let [memory, address] = self.pop_address(&access, 4);
        self.libcall(Libcall::memory_atomic_notify, &[memory, address, count]);
        self.push_result(I32);
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
        self.libcall(libcall, &[memory, address, expected, timeout]);
        self.push_result(I32);
    }
}

/// The place that an atomic access touches.
fn accessed(address: Gpr) -> Memory {
    address.trapping(0, Trap::MemoryOutOfBounds)
}
