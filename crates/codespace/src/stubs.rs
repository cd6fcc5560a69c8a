//! The stubs of a module whose functions are compiled when they are first called, or again later.
//!
//! Each function has two. Calls from the same module go to its *call stub*, `jmp [slot]`, which never changes: so the code of
//! a function is replaced by a store into its slot, and calls of it that were compiled before reach the new code. The slot
//! begins with the address of its *first stub*, which loads the function's position into `eax` and jumps to the *head*. That
//! goes on in the runtime, which compiles the function, puts its address into the slot and jumps there. A first stub stays
//! valid: who has read the slot just before that, jumps to it and comes to the same code.
//!
//! Stubs use `rax`, `r10` and `r11` only, which no argument is in, and leave the stack as it is. The head compares the stack
//! pointer with `stack_end` as a function that calls the runtime does, see `VmStoreContext`. If there is not enough stack for the
//! runtime, it makes a frame, from which the caller is found, and traps.

use transom_code::{CompiledFunction, TrapSite};
use transom_layout::{VmContextHeader, VmStoreContext};
use transom_ops::Trap;

/// Bytes of the head.
const HEAD: usize = 32;

/// Where in the head the trap is.
const OVERFLOW: u32 = 20;

/// Bytes of a first stub.
const FIRST: usize = 10;

/// Bytes of a call stub, with padding that keeps it inside a cache line.
const CALL: usize = 8;

/// Where the stubs of a module are, from the beginning of the head.
#[derive(Clone, Copy, Debug)]
pub struct Stubs {
    count: usize,
}

impl Stubs {
    /// Those of so many functions.
    pub fn new(count: usize) -> Stubs {
        Stubs { count }
    }

    /// Bytes of all.
    pub fn size(self) -> usize {
        self.call(self.count)
    }

    /// Where the first stub of a function is, by the function's position.
    pub fn first(self, index: usize) -> usize {
        HEAD + FIRST * index
    }

    /// Where the call stub of a function is.
    pub fn call(self, index: usize) -> usize {
        self.first(self.count).next_multiple_of(CALL) + CALL * index
    }

    /// The code, with zeros where distances to slots belong; `runtime` is the address where the head goes on.
    pub fn code(self, runtime: usize) -> CompiledFunction {
        let mut code = vec![0xcc; self.size()];
        code[..HEAD].copy_from_slice(&head(runtime));
        for index in 0..self.count {
            let place = self.first(index);
            let distance = -((place + FIRST) as i64);
            // mov eax, index; jmp head
            code[place] = 0xb8;
            code[place + 1..][..4].copy_from_slice(&(index as u32).to_le_bytes());
            code[place + 5] = 0xe9;
            code[place + 6..][..4].copy_from_slice(&(distance as i32).to_le_bytes());
        }
        CompiledFunction {
            code,
            alignment: 64,
            traps: vec![TrapSite {
                offset: OVERFLOW,
                trap: Trap::StackOverflow,
            }],
            ..CompiledFunction::default()
        }
    }

    /// Writes the call stubs of code that will be executed at `address`, for slots that lie at `slots`.
    pub fn link(self, code: &mut [u8], address: usize, slots: usize) {
        for index in 0..self.count {
            let place = self.call(index);
            // jmp [rip + distance]
            code[place..place + 2].copy_from_slice(&[0xff, 0x25]);
            let slot = slots + index * size_of::<usize>();
            let distance = slot as i64 - (address + place + 6) as i64;
            let distance = i32::try_from(distance).expect("the region for code is not larger than 2 GiB");
            code[place + 2..][..4].copy_from_slice(&distance.to_le_bytes());
        }
    }
}

/// What all first stubs jump to.
fn head(runtime: usize) -> [u8; HEAD] {
    const STORE: u8 = VmContextHeader::STORE as u8;
    const STACK_END: u8 = VmStoreContext::STACK_END as u8;
    const { assert!(VmContextHeader::STORE < 128 && VmStoreContext::STACK_END < 128) };
    #[rustfmt::skip]
    let code = [
        0x4c, 0x8b, 0x57, STORE,            // mov r10, [rdi + store]
        0x49, 0x3b, 0x62, STACK_END,        // cmp rsp, [r10 + stack_end]
        0x72, 6,                            // jb overflow
        0xff, 0x25, 8, 0, 0, 0,             // jmp [rip + 8]
        0x55,                               // overflow: push rbp
        0x48, 0x89, 0xe5,                   // mov rbp, rsp
        0x0f, 0x0b,                         // ud2
        0xcc, 0xcc,
    ];
    let mut head = [0; HEAD];
    head[..24].copy_from_slice(&code);
    head[24..].copy_from_slice(&runtime.to_le_bytes());
    head
}

#[cfg(test)]
mod tests;
