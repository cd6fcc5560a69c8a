//! Machine code that grows instruction by instruction, and the tables of places in it.
//!
//! `cranelift-assembler-x64` encodes single instructions; the rest is here. Jumps lead to [`Label`]s. The jumps to a label that is not
//! bound yet are a chain through their own displacement fields, so a label costs four bytes and binding it costs a write for
//! each of its jumps: a hostile body cannot make fix-ups slower than linear. A jump backwards has the short form if it reaches.
//! Constants of vectors and floats, and the traps of checks, follow the function's last instruction.

mod constants;
mod labels;
mod registers;
mod sink;

pub use cranelift_assembler_x64::inst;
pub use labels::{Condition, Label};
pub use registers::{Gpr, Machine, Memory, Xmm};

use constants::Constants;
use cranelift_assembler_x64::{Amode, DeferredTarget};
use labels::Labels;
use transom_code::{CompiledFunction, Location, Relocation, TrapSite};
use transom_module::FuncIdx;
use transom_ops::Trap;

/// Emits an instruction of `cranelift-assembler-x64` by its name there: `op!(assembler, addl_rm, rax, rcx)`.
#[macro_export]
macro_rules! op {
    ($assembler:expr, $name:ident $(, $operand:expr)* $(,)?) => {
        $crate::assembler::inst::$name::<$crate::assembler::Machine>::new($($operand),*).encode($assembler)
    };
}

/// A function's machine code, as far as it is there.
#[derive(Debug, Default)]
pub struct Assembler {
    code: Vec<u8>,
    labels: Labels,
    constants: Constants,
    /// Checks whose trap is not emitted yet.
    checks: Vec<Check>,
    traps: Vec<TrapSite>,
    locations: Vec<Location>,
    relocations: Vec<Relocation>,
    /// The offset in the module of the instruction that code is emitted for.
    origin: u32,
}

/// A check that jumps to a trap.
#[derive(Clone, Copy, Debug)]
struct Check {
    label: Label,
    trap: Trap,
    origin: u32,
}

/// Alignment of functions in bytes, as that of the optimiser's.
const ALIGNMENT: u32 = 32;

impl Assembler {
    /// An empty function. `capacity` is how many bytes it will have, about.
    pub fn new(capacity: usize) -> Assembler {
        Assembler {
            code: Vec::with_capacity(capacity),
            ..Assembler::default()
        }
    }

    /// The offset of the next instruction.
    pub fn offset(&self) -> u32 {
        // `finish` refuses code that does not fit.
        self.code.len() as u32
    }

    /// Code from here on belongs to the instruction at an offset in the module.
    pub fn begin(&mut self, origin: u32) {
        self.origin = origin;
    }

    /// A label that is bound later.
    pub fn label(&mut self) -> Label {
        self.labels.add()
    }

    /// Makes a label stand for the next instruction.
    ///
    /// # Panics
    ///
    /// If it is bound already.
    pub fn bind(&mut self, label: Label) {
        self.labels.bind(label, &mut self.code);
    }

    /// Jumps to a label.
    pub fn jump(&mut self, label: Label) {
        self.labels.jump(label, &mut self.code);
    }

    /// Jumps to a label if a condition holds.
    pub fn jump_if(&mut self, condition: Condition, label: Label) {
        self.labels.jump_if(condition, label, &mut self.code);
    }

    /// Traps.
    pub fn trap(&mut self, trap: Trap) {
        self.may_trap(trap);
        // `ud2`.
        self.code.extend_from_slice(&[0x0f, 0x0b]);
    }

    /// Traps if a condition holds. The trap itself is emitted behind the function.
    pub fn trap_if(&mut self, condition: Condition, trap: Trap) {
        let label = self.label();
        self.jump_if(condition, label);
        self.checks.push(Check {
            label,
            trap,
            origin: self.origin,
        });
    }

    /// The next instruction may fault, which means a trap.
    fn may_trap(&mut self, trap: Trap) {
        let offset = self.offset();
        self.traps.push(TrapSite { offset, trap });
        self.locate(offset);
    }

    /// Calls a function of the module. A caller adds what is alive at the returned offset, to which the call returns.
    pub fn call(&mut self, function: FuncIdx) -> u32 {
        self.code.push(0xe8);
        self.relocations.push(Relocation {
            offset: self.offset(),
            target: function,
            addend: -4,
        });
        self.code.extend_from_slice(&[0; 4]);
        self.returns()
    }

    /// The offset behind a call that was just emitted, which is told to be the present instruction's.
    pub fn returns(&mut self) -> u32 {
        let offset = self.offset();
        self.locate(offset - 1);
        offset
    }

    /// Records where the instruction at an offset of the code comes from.
    fn locate(&mut self, code_offset: u32) {
        let wasm_offset = self.origin;
        let last = self.locations.last();
        if last.is_none_or(|last| last.wasm_offset != wasm_offset) {
            self.locations.push(Location {
                code_offset,
                wasm_offset,
            });
        }
    }

    /// The place of a constant, as an operand. It has the alignment of its size.
    pub fn constant(&mut self, bytes: &[u8]) -> Memory {
        let constant = self.constants.add(bytes);
        Amode::RipRelative {
            target: DeferredTarget::Constant(constant),
        }
    }

    /// The function. `None` if it is too large for offsets of 31 bits.
    ///
    /// # Panics
    ///
    /// If a label has jumps and is not bound.
    pub fn finish(mut self) -> Option<CompiledFunction> {
        for check in std::mem::take(&mut self.checks) {
            self.bind(check.label);
            self.begin(check.origin);
            self.trap(check.trap);
        }
        assert!(self.labels.are_bound(), "a label has no place");
        self.constants.place(&mut self.code);
        i32::try_from(self.code.len()).ok()?;
        Some(CompiledFunction {
            code: self.code,
            alignment: ALIGNMENT,
            relocations: self.relocations,
            traps: self.traps,
            locations: self.locations,
            ..CompiledFunction::default()
        })
    }
}

#[cfg(test)]
mod tests;
