//! Machine code that grows instruction by instruction, and the tables of places in it.
//!
//! `cranelift-assembler-x64` encodes single instructions, but for the most frequent ones ([`Form`]); the rest is here. Jumps lead to
//! [`Label`]s. The jumps to a label that is not bound yet are a chain through their own displacement fields, so a label costs four
//! bytes and binding it costs a write for each of its jumps: a hostile body cannot make fix-ups slower than linear. A jump backwards
//! has the short form if it reaches. Constants of vectors and floats, and the traps of checks, follow the function's last
//! instruction.

mod buffer;
mod constants;
mod encode;
mod forms;
mod kinds;
mod labels;
mod operands;
mod registers;
mod sink;

pub use cranelift_assembler_x64::Scale;
pub use cranelift_assembler_x64::inst;
pub use forms::Form;
pub use kinds::{Alu, Shift, Source, Width};
pub use labels::{Condition, Label};
pub use registers::{Gpr, Machine, Memory, Rm, Xmm, code};

use buffer::Buffer;
use constants::Constants;
use cranelift_assembler_x64::{Amode, AsReg, DeferredTarget};
use labels::Labels;
use transom_code::{CompiledFunction, DebugFrame, Location, Relocation, SavedRegisters, TrapSite};
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
    code: Buffer,
    labels: Labels,
    constants: Constants,
    /// Checks whose trap is not emitted yet.
    checks: Vec<Check>,
    traps: Vec<TrapSite>,
    locations: Vec<Location>,
    relocations: Vec<Relocation>,
    /// The offset in the module of the instruction that code is emitted for.
    origin: u32,
    /// What debuggers ask of the frame, if the code is made for them. Then all instructions have locations.
    frame: Option<Box<DebugFrame>>,
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
    /// How many bytes there is room for.
    pub fn capacity(&self) -> usize {
        self.code.capacity()
    }

    /// Begins with nothing, in the same memory.
    pub fn clear(&mut self) {
        self.code.clear();
        self.labels.clear();
        self.constants.clear();
        self.checks.clear();
        self.traps.clear();
        self.locations.clear();
        self.relocations.clear();
        self.frame = None;
    }

    /// Makes the code, of which there is nothing yet, for debuggers.
    pub fn debug(&mut self) {
        self.frame = Some(Box::default());
    }

    /// What debuggers ask of the frame, if the code is made for them.
    pub fn debug_frame(&mut self) -> Option<&mut DebugFrame> {
        self.frame.as_deref_mut()
    }

    /// Takes note, for debuggers, that registers of the caller are in the frame from here on, at distances below the frame pointer.
    pub fn note_saved(&mut self, registers: impl Iterator<Item = (Gpr, u32)>) {
        let from = self.offset();
        if let Some(frame) = &mut self.frame {
            let registers = registers.map(|(gpr, distance)| (gpr.enc(), distance)).collect();
            frame.saved = Some(SavedRegisters { registers, from });
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
        if self.frame.is_some() {
            self.begin_location();
        }
    }

    /// The next instruction comes from the present origin, and what had no code yet from nowhere.
    fn begin_location(&mut self) {
        let offset = self.offset();
        self.locations.pop_if(|last| last.code_offset == offset);
        self.locate(offset);
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

    /// Where a label is, if it is bound.
    pub fn offset_of(&self, label: Label) -> Option<u32> {
        self.labels.place(label)
    }

    /// Emits a jump table: for each label, the distance from the end of its entry, in four bytes.
    pub fn jump_table(&mut self, labels: impl Iterator<Item = Label>) {
        for label in labels {
            self.labels.distance(label, &mut self.code);
        }
    }

    /// The address of a label. The flags stay as they are.
    pub fn address_of(&mut self, to: Gpr, label: Label) {
        // `lea to, [rip + distance]`.
        let number = to.enc();
        let rex = 0x48 | (number >> 3) << 2;
        self.code.put([rex, 0x8d, (number & 7) << 3 | 5]);
        self.labels.distance(label, &mut self.code);
    }

    /// Loads a number that is written into the code later, and gives the offset of its eight bytes.
    pub fn load_linked(&mut self, to: Gpr) -> u32 {
        let number = to.enc();
        self.code.put([0x48 | number >> 3, 0xb8 | number & 7]);
        let field = self.offset();
        self.code.put([0; 8]);
        field
    }

    /// Calls code of the same function, which returns with `ret`.
    pub fn call_label(&mut self, label: Label) {
        self.code.put([0xe8]);
        self.labels.distance(label, &mut self.code);
    }

    /// Jumps to a function of the module.
    pub fn jump_to_function(&mut self, function: FuncIdx) {
        self.code.put([0xe9]);
        self.relocate(function);
        self.end_gone();
    }

    /// Jumps to the address in a register.
    pub fn jump_to(&mut self, gpr: Gpr) {
        self.indirect(gpr, 4);
        self.end_gone();
    }

    /// Calls the code at an address.
    pub fn call_at(&mut self, gpr: Gpr) -> u32 {
        self.indirect(gpr, 2);
        self.returns()
    }

    fn indirect(&mut self, gpr: Gpr, extension: u8) {
        let number = gpr.enc();
        if number > 7 {
            self.code.put([0x41]);
        }
        self.code.put([0xff, 0xc0 | extension << 3 | number & 7]);
    }

    /// Calls the code whose address is in memory.
    pub fn call_through(&mut self, place: Memory) -> u32 {
        op!(self, callq_m, place);
        self.returns()
    }

    /// Orders all accesses to memory before with those behind.
    pub fn fence(&mut self) {
        // `mfence`.
        self.code.put([0x0f, 0xae, 0xf0]);
    }

    /// Takes the frame from the stack.
    pub fn leave(&mut self) {
        self.code.put([0xc9]);
        self.begin_gone();
    }

    /// From here on, up to the jump or the return that follows, the frame is gone.
    pub fn begin_gone(&mut self) {
        let offset = self.offset();
        if let Some(frame) = &mut self.frame {
            frame.gone.push(offset..u32::MAX);
        }
    }

    /// If the frame is gone, it is there again.
    fn end_gone(&mut self) {
        let offset = self.offset();
        if let Some(frame) = &mut self.frame
            && let Some(last) = frame.gone.last_mut()
        {
            last.end = last.end.min(offset);
        }
    }

    /// Returns, and removes arguments of so many bytes.
    pub fn ret(&mut self, bytes: u32) {
        match bytes {
            0 => self.code.put([0xc3]),
            _ => {
                self.code.put([0xc2]);
                // No function has so many parameters that their bytes do not fit.
                self.code.put((bytes as u16).to_le_bytes());
            }
        }
        self.end_gone();
    }

    /// Overwrites four bytes of an instruction, which end at an offset.
    pub fn complete(&mut self, end: u32, number: i32) {
        *self.code.field(end - 4) = number.to_le_bytes();
    }

    /// Traps.
    pub fn trap(&mut self, trap: Trap) {
        self.may_trap(trap);
        // `ud2`.
        self.code.put([0x0f, 0x0b]);
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
        self.code.put([0xe8]);
        self.relocate(function);
        self.returns()
    }

    fn relocate(&mut self, function: FuncIdx) {
        self.relocations.push(Relocation {
            offset: self.offset(),
            target: function,
            addend: -4,
        });
        self.code.put([0; 4]);
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

    /// Emits the traps of all checks so far.
    pub fn emit_checks(&mut self) {
        for index in 0..self.checks.len() {
            let check = self.checks[index];
            self.bind(check.label);
            self.begin(check.origin);
            self.trap(check.trap);
        }
        self.checks.clear();
    }

    /// The function. `None` if it is too large for offsets of 31 bits.
    ///
    /// # Panics
    ///
    /// If a label has jumps and is not bound.
    pub fn finish(&mut self) -> Option<CompiledFunction> {
        self.emit_checks();
        assert!(self.labels.are_bound(), "a label has no place");
        self.constants.place(&mut self.code);
        i32::try_from(self.code.len()).ok()?;
        Some(CompiledFunction {
            code: self.code.code().to_vec(),
            alignment: ALIGNMENT,
            relocations: self.relocations.clone(),
            traps: self.traps.clone(),
            locations: self.locations.clone(),
            frame: self.frame.take(),
            ..CompiledFunction::default()
        })
    }
}

#[cfg(test)]
mod tests;
