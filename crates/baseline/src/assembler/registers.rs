//! The registers of the machine, and operands in memory.

use cranelift_assembler_x64::{
    Amode, AmodeOffset, AmodeOffsetPlusKnownOffset, AsReg, GprMem, NonRspGpr, Registers, Scale, TrapCode,
};
use transom_ops::Trap;

/// A register for integers and addresses, by its number in instructions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Gpr(u8);

/// A register for floats and vectors, by its number in instructions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Xmm(u8);

/// An operand in memory.
pub type Memory = Amode<Gpr>;

/// An operand of an instruction on integers: a register or a place in memory.
pub type Rm = GprMem<Gpr, Gpr>;

/// The number that operands carry for a trap.
pub fn code(trap: Trap) -> TrapCode {
    TrapCode(trap.number())
}

macro_rules! gprs {
    ($($name:ident = $number:literal),*) => {
        impl Gpr {
            $(#[doc = concat!("`", stringify!($name), "`.")]
            pub const $name: Gpr = Gpr($number);)*
        }
    };
}
gprs! {
    RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7,
    R8 = 8, R9 = 9, R10 = 10, R11 = 11, R12 = 12, R13 = 13, R14 = 14, R15 = 15
}

impl Gpr {
    /// The operand at a distance from the address in this register.
    pub fn at(self, distance: i32) -> Memory {
        Amode::ImmReg {
            base: self,
            simm32: AmodeOffsetPlusKnownOffset {
                simm32: AmodeOffset::new(distance),
                offset: None,
            },
            trap: None,
        }
    }

    /// The operand at a distance from the address in this register; if it faults, that is a trap.
    pub fn trapping(self, distance: i32, trap: Trap) -> Memory {
        Amode::ImmReg {
            base: self,
            simm32: AmodeOffsetPlusKnownOffset {
                simm32: AmodeOffset::new(distance),
                offset: None,
            },
            trap: Some(code(trap)),
        }
    }

    /// The same at a distance from the sum of the address in this register and an index times its scale.
    pub fn indexed_trapping(self, index: Gpr, scale: Scale, distance: i32, trap: Trap) -> Memory {
        Amode::ImmRegRegShift {
            base: self,
            index: NonRspGpr::new(index),
            scale,
            simm32: AmodeOffset::new(distance),
            trap: Some(code(trap)),
        }
    }

    /// The operand at a distance from the sum of the address in this register and an index times its scale.
    ///
    /// # Panics
    ///
    /// If the index is `rsp`, which instructions cannot express.
    pub fn indexed(self, index: Gpr, scale: Scale, distance: i32) -> Memory {
        Amode::ImmRegRegShift {
            base: self,
            index: NonRspGpr::new(index),
            scale,
            simm32: AmodeOffset::new(distance),
            trap: None,
        }
    }
}

impl Xmm {
    /// `xmm0`, which a function returns a float in.
    pub const FIRST: Xmm = Xmm(0);
    /// `xmm15`, which holds nothing between two instructions that belong together.
    pub const SCRATCH: Xmm = Xmm(15);

    /// The register with a number below 16.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn new(number: u8) -> Xmm {
        assert!(number < 16, "there is no xmm{number}");
        Xmm(number)
    }
}

impl AsReg for Gpr {
    fn new(number: u8) -> Gpr {
        Gpr(number)
    }

    fn enc(&self) -> u8 {
        self.0
    }
}

impl AsReg for Xmm {
    fn new(number: u8) -> Xmm {
        Xmm(number)
    }

    fn enc(&self) -> u8 {
        self.0
    }
}

/// The registers that instructions of this compiler have: those of the machine, without virtual ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machine;

impl Registers for Machine {
    type ReadGpr = Gpr;
    type ReadWriteGpr = Gpr;
    type WriteGpr = Gpr;
    type ReadXmm = Xmm;
    type ReadWriteXmm = Xmm;
    type WriteXmm = Xmm;
}
