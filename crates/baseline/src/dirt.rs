//! Garbage in bits that are undefined, as a test that nothing relies on them: see [`Tunables::dirt`]. Without that test, nothing
//! here emits anything.

use crate::abi;
use crate::assembler::{Alu, Assembler, Gpr, Memory, Source, Width, Xmm};
use crate::emitter::Emitter;
use crate::moves::{Move, Target};
use crate::op;
use cranelift_assembler_x64::Amode;
use transom_code::{MachineClass, Tunables};
use transom_layout::object::FieldClass;
use transom_ops::Libcall;
use transom_ops::libcall::Arg;

/// How many of a function's locals get garbage above their zeros.
const MAX_ZEROED: usize = 64;

/// Whether there is garbage, and which.
#[derive(Clone, Copy)]
pub struct Dirt<'a>(pub &'a Tunables);

impl Dirt<'_> {
    /// Puts garbage above a value of 32 bits. That takes the scratch register and the flags where the value is in a register; a place
    /// in memory is a word.
    pub fn add(self, asm: &mut Assembler, class: MachineClass, to: Target) {
        if !self.0.dirty_upper_halves || class.size() != 4 {
            return;
        }
        let dirt = self.0.dirt(asm.offset());
        match to {
            Target::Gpr(gpr) => {
                asm.set_gpr(Gpr::R11, u64::from(dirt) << 32);
                asm.alu(Alu::Or, Width::W64, gpr, Source::Gpr(Gpr::R11));
            }
            Target::Xmm(xmm) => {
                let bits = u128::from(dirt) << 32 | u128::from(dirt) << 64 | u128::from(dirt) << 96;
                let place = asm.constant(&bits.to_le_bytes());
                op!(asm, orps_a, xmm, place);
            }
            Target::Memory(word) => op!(asm, movl_mi, upper_half(word), dirt as i32),
        }
    }

    /// The same for a value that is where functions pass it.
    pub fn add_to(self, asm: &mut Assembler, class: MachineClass, place: abi::Place) {
        let to = match place {
            abi::Place::Gpr(gpr) => Target::Gpr(gpr),
            abi::Place::Xmm(xmm) => Target::Xmm(xmm),
            abi::Place::Stack(offset) => Target::Memory(Gpr::RSP.at(offset as i32)),
        };
        self.add(asm, class, to);
    }
}

/// The upper half of a word.
fn upper_half(word: Memory) -> Memory {
    match word {
        Amode::ImmReg { base, simm32, .. } => base.at(simm32.simm32.value() + 4),
        other => unreachable!("frames are addressed by a register and a number: {other:?}"),
    }
}

impl Emitter<'_> {
    /// Puts garbage above a value of 32 bits.
    fn dirty(&mut self, class: FieldClass, to: Target) {
        let dirt = Dirt(self.unit.tunables);
        dirt.add(&mut self.asm, MachineClass::of_class(class), to);
    }

    /// Puts garbage above a value that was stored in a word of the frame, or in one of a caller.
    pub fn dirty_word(&mut self, class: FieldClass, word: Memory) {
        self.dirty(class, Target::Memory(word));
    }

    /// Puts garbage above values that were moved to the registers in which functions pass them.
    pub fn dirty_registers(&mut self, moves: &[Move]) {
        for this in moves {
            if !matches!(this.to, Target::Memory(_)) {
                self.dirty(this.from.class, this.to);
            }
        }
    }

    /// Puts garbage above the arguments of a call of the runtime.
    pub fn dirty_arguments(&mut self, libcall: Libcall, moves: &[Move]) {
        for (this, param) in moves.iter().zip(libcall.params()) {
            self.dirty(class_of(*param), this.to);
        }
    }

    /// Puts garbage above the result of a call of the runtime.
    pub fn dirty_result(&mut self, libcall: Libcall) {
        match libcall.result().map(class_of) {
            Some(class @ (FieldClass::F32 | FieldClass::F64)) => self.dirty(class, Target::Xmm(Xmm::FIRST)),
            Some(class) => self.dirty(class, Target::Gpr(Gpr::RAX)),
            None => {}
        }
    }

    /// Puts garbage above the zeros of locals from an index on that are in their slots.
    pub fn dirty_zeros(&mut self, first: usize) {
        for index in (first..self.frame.locals.len()).take(MAX_ZEROED) {
            let local = self.frame.locals[index];
            if local.home.is_none() {
                let slot = self.frame.local_slot(&local);
                self.dirty_word(local.class, slot);
            }
        }
    }
}

fn class_of(arg: Arg) -> FieldClass {
    match arg {
        Arg::I32 => FieldClass::I32,
        Arg::I64 => FieldClass::I64,
        Arg::F32 => FieldClass::F32,
        Arg::F64 => FieldClass::F64,
    }
}
