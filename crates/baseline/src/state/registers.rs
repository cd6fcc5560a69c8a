//! Which registers hold nothing.

use crate::assembler::{Gpr, Xmm};
use cranelift_assembler_x64::AsReg;

/// A register for values of one kind.
pub trait Register: AsReg {
    /// The set of one register.
    fn bit(self) -> u16 {
        1 << self.enc()
    }
}

impl Register for Gpr {}
impl Register for Xmm {}

/// A set of registers of one kind, as bits by their numbers.
pub type Set = u16;

/// The registers of one kind.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Those that operands may be in.
    all: Set,
    /// Those of them that hold nothing.
    free: Set,
}

impl File {
    /// Registers that hold nothing.
    pub fn new(all: Set) -> File {
        File { all, free: all }
    }

    /// Takes a register that holds nothing and is not in `except`, if there is one.
    pub fn take<R: Register>(&mut self, except: Set) -> Option<R> {
        let free = self.free & !except;
        if free == 0 {
            return None;
        }
        let number = free.trailing_zeros() as u8;
        self.free &= !(1 << number);
        Some(R::new(number))
    }

    /// Takes a register that holds nothing; false if it holds something.
    pub fn take_this<R: Register>(&mut self, register: R) -> bool {
        let free = self.free & register.bit() != 0;
        self.free &= !register.bit();
        free
    }

    /// A register holds nothing any more. Of registers that operands cannot be in, nothing is known here.
    pub fn free<R: Register>(&mut self, register: R) {
        self.free |= register.bit() & self.all;
    }

    /// The registers that hold something.
    #[cfg(debug_assertions)]
    pub fn held(&self) -> Set {
        self.all & !self.free
    }

    /// Whether operands may be in a register.
    pub fn has<R: Register>(&self, register: R) -> bool {
        self.all & register.bit() != 0
    }
}

/// The registers for integers and those for floats and vectors.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    pub gprs: File,
    pub xmms: File,
}
