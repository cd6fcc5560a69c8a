//! The code between the host and WebAssembly, one piece for each shape and direction.

use crate::abi::{self, CALLEE_SAVED, Place, Signature};
use crate::assembler::{Alu, Assembler, Gpr, Memory, Source, Width, Xmm};
use crate::dirt::Dirt;
use crate::moves::Target;
use crate::op;
use Width::W64;
use transom_code::{CompiledFunction, MachineClass, Shape};
use transom_layout::object::FieldClass;
use transom_layout::{VALUE_SIZE, VmContextHeader, VmHostContext, VmStoreContext};

/// Host to WebAssembly: see `AdapterKind::Enter`.
///
/// All registers that belong to the host are saved in the frame, and the address of code that restores them is left in the store's
/// context: a trap goes on there with this frame's pointers.
pub fn enter(shape: &Shape, dirt: Dirt<'_>, debugging: bool) -> CompiledFunction {
    let signature = Signature::of(shape);
    let mut asm = assembler(debugging);
    let [context, code, values, store] = [Gpr::RDI, Gpr::RSI, Gpr::RDX, Gpr::RCX];
    // The registers, the address of the values, and what aligns the stack.
    let size = (CALLEE_SAVED.len() as u32 * 8 + 8).next_multiple_of(16) as i32;
    let place_of_values = Gpr::RBP.at(-size);
    begin(&mut asm, size);
    for (index, gpr) in CALLEE_SAVED.into_iter().enumerate() {
        asm.store_gpr(W64, saved(index), gpr);
    }
    asm.note_saved(
        CALLEE_SAVED
            .into_iter()
            .zip(1..)
            .map(|(gpr, word)| (gpr, 8 * word)),
    );
    asm.store_gpr(W64, place_of_values, values);
    let (trapped, done) = (asm.label(), asm.label());
    asm.store_gpr(W64, store.at(VmStoreContext::ENTRY_FP), Gpr::RBP);
    asm.store_gpr(W64, store.at(VmStoreContext::ENTRY_SP), Gpr::RSP);
    asm.address_of(Gpr::RAX, trapped);
    asm.store_gpr(W64, store.at(VmStoreContext::ENTRY_HANDLER), Gpr::RAX);
    debug_assert_eq!(context, abi::CONTEXT);
    asm.move_gpr(W64, Gpr::RAX, code);
    asm.move_gpr(W64, Gpr::R10, values);
    if signature.stack > 0 {
        let bytes = Source::Immediate(signature.stack as i32);
        asm.alu(Alu::Sub, W64, Gpr::RSP, bytes);
    }
    for (index, (&class, &place)) in shape.params.iter().zip(&signature.params).enumerate() {
        let value = Gpr::R10.at(index as i32 * VALUE_SIZE);
        match place {
            Place::Stack(offset) => copy(&mut asm, class, Gpr::RSP.at(offset as i32), value),
            _ => load(&mut asm, class, place, value),
        }
        dirt.add_to(&mut asm, class, place);
    }
    if signature.results_in_memory {
        asm.move_gpr(W64, abi::RESULT_AREA, Gpr::R10);
    }
    asm.call_at(Gpr::RAX);
    asm.load_gpr(W64, Gpr::R11, place_of_values);
    for (index, (&class, &place)) in shape.results.iter().zip(&signature.results).enumerate() {
        let value = Gpr::R11.at(index as i32 * VALUE_SIZE);
        store_value(&mut asm, class, value, place);
        dirt.add(&mut asm, class, Target::Memory(value));
    }
    asm.set_gpr(Gpr::RAX, 0);
    asm.bind(done);
    for (index, gpr) in CALLEE_SAVED.into_iter().enumerate() {
        asm.load_gpr(W64, gpr, saved(index));
    }
    asm.leave();
    asm.ret(0);
    asm.bind(trapped);
    asm.set_gpr(Gpr::RAX, 1);
    asm.jump(done);
    finish(asm)
}

/// WebAssembly to host: see `AdapterKind::Leave`.
pub fn leave(shape: &Shape, dirt: Dirt<'_>, debugging: bool) -> CompiledFunction {
    let signature = Signature::of(shape);
    let mut asm = assembler(debugging);
    let count = shape.params.len().max(shape.results.len()) as i32;
    // The values, and above them the address of the results.
    let size = count * VALUE_SIZE + 16;
    let place_of_results = Gpr::RBP.at(-8);
    begin(&mut asm, size);
    asm.note_saved(std::iter::empty());
    asm.load_gpr(W64, Gpr::R11, abi::CONTEXT.at(VmContextHeader::STORE));
    asm.load_gpr(W64, Gpr::R10, Gpr::RBP.at(0));
    asm.store_gpr(W64, Gpr::R11.at(VmStoreContext::EXIT_FP), Gpr::R10);
    asm.load_gpr(W64, Gpr::R10, Gpr::RBP.at(8));
    asm.store_gpr(W64, Gpr::R11.at(VmStoreContext::EXIT_PC), Gpr::R10);
    if signature.results_in_memory {
        asm.store_gpr(W64, place_of_results, abi::RESULT_AREA);
    }
    for (index, (&class, &place)) in shape.params.iter().zip(&signature.params).enumerate() {
        let value = Gpr::RSP.at(index as i32 * VALUE_SIZE);
        match place {
            Place::Stack(offset) => copy(&mut asm, class, value, Gpr::RBP.at(16 + offset as i32)),
            _ => store_value(&mut asm, class, value, place),
        }
        dirt.add(&mut asm, class, Target::Memory(value));
    }
    asm.move_gpr(W64, Gpr::RSI, Gpr::RSP);
    asm.call_through(abi::CONTEXT.at(VmHostContext::BODY));
    if signature.results_in_memory {
        asm.load_gpr(W64, Gpr::R10, place_of_results);
    }
    for (index, &class) in shape.results.iter().enumerate() {
        let value = Gpr::RSP.at(index as i32 * VALUE_SIZE);
        match signature.results.get(index) {
            Some(&place) => {
                load(&mut asm, class, place, value);
                dirt.add_to(&mut asm, class, place);
            }
            None => {
                let to = Gpr::R10.at(index as i32 * VALUE_SIZE);
                copy(&mut asm, class, to, value);
                dirt.add(&mut asm, class, Target::Memory(to));
            }
        }
    }
    asm.leave();
    asm.ret(signature.stack);
    finish(asm)
}

/// An assembler for code that belongs to no instruction.
fn assembler(debugging: bool) -> Assembler {
    let mut asm = Assembler::default();
    if debugging {
        asm.debug();
    }
    asm.begin(u32::MAX);
    asm
}

/// Makes a frame.
fn begin(asm: &mut Assembler, size: i32) {
    op!(asm, pushq_o, Gpr::RBP);
    asm.move_gpr(W64, Gpr::RBP, Gpr::RSP);
    asm.alu(Alu::Sub, W64, Gpr::RSP, Source::Immediate(size));
}

/// Where one of the host's registers is saved.
fn saved(index: usize) -> Memory {
    Gpr::RBP.at(-8 * (index as i32 + 1))
}

fn finish(mut asm: Assembler) -> CompiledFunction {
    // A value takes a few instructions, and no function type has more than a thousand.
    asm.finish().expect("an adapter is short")
}

fn width(class: MachineClass) -> Width {
    match class {
        MachineClass::I64 => W64,
        _ => Width::W32,
    }
}

fn float(class: MachineClass) -> FieldClass {
    match class {
        MachineClass::F32 => FieldClass::F32,
        MachineClass::F64 => FieldClass::F64,
        _ => FieldClass::V128,
    }
}

/// Loads a value into its register.
fn load(asm: &mut Assembler, class: MachineClass, to: Place, from: Memory) {
    match to {
        Place::Gpr(gpr) => asm.load_gpr(width(class), gpr, from),
        Place::Xmm(xmm) => asm.load_xmm(float(class), xmm, from),
        Place::Stack(_) => unreachable!("what is on the stack is copied"),
    }
}

/// Stores a value that is in its register.
fn store_value(asm: &mut Assembler, class: MachineClass, to: Memory, from: Place) {
    match from {
        Place::Gpr(gpr) => asm.store_gpr(width(class), to, gpr),
        Place::Xmm(xmm) => asm.store_xmm(float(class), to, xmm),
        Place::Stack(_) => unreachable!("what is on the stack is copied"),
    }
}

/// Copies a value in memory.
fn copy(asm: &mut Assembler, class: MachineClass, to: Memory, from: Memory) {
    if class == MachineClass::V128 {
        asm.load_xmm(FieldClass::V128, Xmm::SCRATCH, from);
        asm.store_xmm(FieldClass::V128, to, Xmm::SCRATCH);
    } else {
        asm.load_gpr(W64, Gpr::R11, from);
        asm.store_gpr(W64, to, Gpr::R11);
    }
}
