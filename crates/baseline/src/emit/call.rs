//! Calls.
//!
//! Before a call all operands below its arguments are in their slots, since the callee keeps no register that operands may be in.
//! Locals that live in such registers are stored and loaded around it. Arguments on the stack lie below the frame, and the
//! callee takes them away.

use crate::abi;
use crate::assembler::{Alu, Condition, Gpr, Label, Memory, Source, Width};
use crate::emitter::{CONTEXT, Emitter, SCRATCH, SCRATCH_XMM};
use crate::moves::{Move, Target};
use crate::op;
use crate::operands::is_float;
use crate::state::{Failure, Handler, Home, Place, Popped};
use crate::unit::Type;
use Width::{W32, W64};
use smallvec::SmallVec;
use std::sync::Arc;
use transom_layout::object::FieldClass;
use transom_layout::{VALUE_SIZE, VmFuncRef, VmOffsets, VmStoreContext};
use transom_module::FuncIdx;
use transom_ops::libcall::Arg;
use transom_ops::{Libcall, Trap};
use transom_types::{HeapType, RegisteredType, TypeDescriptor};

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Callee {
    /// A function of the module, in the same context.
    Local(FuncIdx),
    /// An imported function, whose reference is in a register that was taken.
    Imported(Gpr),
    /// A function reference in a register that was taken, and the trap that null gives, if it may be null.
    Reference(Gpr, Option<Trap>),
}

/// Registers for the arguments of calls of the runtime, behind the context.
const LIBCALL_ARGUMENTS: [Gpr; 5] = [Gpr::RSI, Gpr::RDX, Gpr::RCX, Gpr::R8, Gpr::R9];

impl Emitter<'_> {
    pub fn visit_call(&mut self, function: u32) {
        let (callee, ty) = self.direct_callee(function);
        self.call(callee, &ty);
    }

    pub fn visit_return_call(&mut self, function: u32) {
        let (callee, ty) = self.direct_callee(function);
        self.return_call(callee, &ty);
    }

    pub fn visit_call_indirect(&mut self, ty: u32, table: u32) {
        let callee = self.indirect_callee(ty, table);
        let ty = self.function_type(ty);
        self.call(callee, &ty);
    }

    pub fn visit_return_call_indirect(&mut self, ty: u32, table: u32) {
        let callee = self.indirect_callee(ty, table);
        let ty = self.function_type(ty);
        self.return_call(callee, &ty);
    }

    pub fn visit_call_ref(&mut self, ty: u32) {
        let operand = self.pop();
        let callee = Callee::Reference(self.owned_gpr(operand), Some(Trap::NullReference));
        let ty = self.function_type(ty);
        self.call(callee, &ty);
    }

    pub fn visit_return_call_ref(&mut self, ty: u32) {
        let operand = self.pop();
        let callee = Callee::Reference(self.owned_gpr(operand), Some(Trap::NullReference));
        let ty = self.function_type(ty);
        self.return_call(callee, &ty);
    }

    /// The function type with an index.
    pub fn function_type(&self, index: u32) -> Arc<Type> {
        self.unit.function_type(index)
    }

    fn direct_callee(&mut self, function: u32) -> (Callee, Arc<Type>) {
        let module = self.unit.module;
        let ty = module.functions[function as usize].ty;
        let ty = self.function_type(ty.as_u32());
        if function >= module.imported.functions {
            return (Callee::Local(FuncIdx::from_u32(function)), ty);
        }
        let gpr = self.take_gpr();
        let place = CONTEXT.at(self.unit.offsets.imported_function(function));
        self.asm.load_gpr(W64, gpr, place);
        (Callee::Imported(gpr), ty)
    }

    fn indirect_callee(&mut self, ty: u32, table: u32) -> Callee {
        let operand = self.pop();
        let index = self.owned_gpr(operand);
        let wrong = self.failure(Failure::CallIndirect { table, index, ty });
        let element = self.checked_element(table, index, wrong);
        self.asm.load_gpr(W64, element, element.at(0));
        match self.indirect_check(ty, table) {
            IndirectCheck::Dynamic(expected) => {
                let actual = self.take_gpr();
                let null = Some(Trap::IndirectCallToNull);
                self.check_type((element, actual), &expected, (ty, null), wrong);
                self.release_gpr(actual);
                self.release_gpr(index);
                Callee::Reference(element, None)
            }
            IndirectCheck::Never => {
                self.asm.jump(wrong);
                self.release_gpr(index);
                Callee::Reference(element, Some(Trap::IndirectCallToNull))
            }
            IndirectCheck::Null => {
                self.release_gpr(index);
                Callee::Reference(element, Some(Trap::IndirectCallToNull))
            }
        }
    }

    /// How much of a `call_indirect`'s check the table's element type leaves to run time.
    fn indirect_check(&self, ty: u32, table: u32) -> IndirectCheck {
        let module = self.unit.module;
        let expected = module.types[ty as usize].clone();
        match module.tables[table as usize].ty.element.heap {
            HeapType::Concrete(id) => {
                let registry = self.unit.registry;
                if registry.is_subtype_id(id, expected.id()) {
                    IndirectCheck::Null
                } else if registry.is_subtype_id(expected.id(), id) {
                    IndirectCheck::Dynamic(expected)
                } else {
                    IndirectCheck::Never
                }
            }
            _ => IndirectCheck::Dynamic(expected),
        }
    }

    /// Goes to `wrong` unless the referenced function's own type is `expected`, which is type `ty` of the module, or a subtype;
    /// traps on null, if it may be. `actual` is overwritten.
    pub fn check_type(
        &mut self,
        (reference, actual): (Gpr, Gpr),
        expected: &RegisteredType,
        (ty, null): (u32, Option<Trap>),
        wrong: Label,
    ) {
        let place = field(reference, VmFuncRef::TY, null);
        self.asm.load_gpr(W64, actual, place);
        let wanted = CONTEXT.at(self.unit.offsets.type_descriptor(ty));
        self.asm.alu(Alu::Cmp, W64, actual, Source::Memory(wanted));
        if expected.sub_type().is_final {
            self.asm.jump_if(Condition::NotEqual, wrong);
        } else {
            let same = self.asm.label();
            self.asm.jump_if(Condition::Equal, same);
            self.load_ancestor(actual, expected.descriptor().depth, wrong);
            self.asm.alu(Alu::Cmp, W64, actual, Source::Memory(wanted));
            self.asm.jump_if(Condition::NotEqual, wrong);
            self.asm.bind(same);
        }
    }

    /// Replaces a type by the one at a depth of its display; goes to `wrong` if the display is not that long.
    fn load_ancestor(&mut self, actual: Gpr, depth: u32, wrong: Label) {
        let inline = transom_types::DISPLAY_LEN as u32;
        if depth < inline {
            let offset = TypeDescriptor::OFFSET_DISPLAY as i32 + 8 * depth as i32;
            return self.asm.load_gpr(W64, actual, actual.at(offset));
        }
        let place = actual.at(TypeDescriptor::OFFSET_DEPTH as i32);
        op!(&mut self.asm, cmpl_mi, place, depth as i32);
        self.asm.jump_if(Condition::Below, wrong);
        let rest = actual.at(TypeDescriptor::OFFSET_OVERFLOW as i32);
        self.asm.load_gpr(W64, actual, rest);
        let place = actual.at(8 * (depth - inline) as i32);
        self.asm.load_gpr(W64, actual, place);
    }

    /// Calls a function with the topmost operands, and pushes its results.
    fn call(&mut self, callee: Callee, ty: &Type) {
        let count = ty.params.len();
        let height = self.stack.len() - count;
        self.settle_to(height);
        self.store_fragile();
        let signature = &ty.signature;
        let area = match signature.results_in_memory {
            true => ty.results.len() as u32 * VALUE_SIZE as u32,
            false => 0,
        };
        let below = area + signature.stack;
        self.frame.use_below(below);
        if below > 0 {
            self.asm
                .alu(Alu::Sub, W64, Gpr::RSP, Source::Immediate(below as i32));
        }
        let notes = self.unit.tunables.note_calls;
        let code = self.pass_arguments(callee, ty, notes);
        if signature.results_in_memory {
            self.asm
                .address(abi::RESULT_AREA, Gpr::RSP.at(signature.stack as i32));
        }
        let returns = match (callee, code) {
            (Callee::Local(function), _) => self.asm.call(function),
            (Callee::Imported(_) | Callee::Reference(..), code) => self.asm.call_at(code),
        };
        self.discard(height);
        self.note_call(returns);
        self.note_catching(returns);
        self.take_results(ty, area);
    }

    /// Puts arguments and the context where a callee expects them; those on the stack begin at the stack pointer. Gives the register with
    /// the address of the code, if that is not known. With `notes`, the code notes what a reference leads to.
    fn pass_arguments(&mut self, callee: Callee, ty: &Type, notes: bool) -> Gpr {
        let height = self.stack.len() - ty.params.len();
        self.work(ty.params.len() + ty.results.len());
        let mut moves: SmallVec<[Move; 16]> = SmallVec::new();
        for (index, &place) in ty.signature.params.iter().enumerate() {
            let from = self.stack.at(height + index);
            let to = match place {
                abi::Place::Gpr(gpr) => Target::Gpr(gpr),
                abi::Place::Xmm(xmm) => Target::Xmm(xmm),
                abi::Place::Stack(offset) => Target::Memory(Gpr::RSP.at(offset as i32)),
            };
            moves.push(Move { from, to });
        }
        let code = Gpr::RAX;
        let (reference, null, notes) = match callee {
            Callee::Local(_) => {
                self.emit_moves(&moves);
                self.dirty_registers(&moves);
                self.asm.move_gpr(W64, abi::CONTEXT, CONTEXT);
                return code;
            }
            Callee::Imported(reference) => (reference, None, false),
            Callee::Reference(reference, null) => (reference, null, notes),
        };
        // The reference goes along like an argument, to a register that none is passed in.
        let from = Popped {
            class: FieldClass::Function,
            place: Place::Gpr(reference),
            height: 0,
        };
        moves.push(Move {
            from,
            to: Target::Gpr(code),
        });
        self.emit_moves(&moves);
        self.dirty_registers(&moves);
        self.asm
            .load_gpr(W64, SCRATCH, field(code, VmFuncRef::SLOT, null));
        if notes {
            self.note_target();
        }
        self.load_store(Gpr::R10);
        let caller = Gpr::R10.at(VmStoreContext::CALLER);
        self.asm.store_gpr(W64, caller, CONTEXT);
        self.asm.load_gpr(W64, abi::CONTEXT, code.at(VmFuncRef::CONTEXT));
        self.asm.load_gpr(W64, code, SCRATCH.at(0));
        self.release_gpr(reference);
        code
    }

    /// Pushes the results of a call. `area` is the size of the memory that they are in, at the stack pointer, or zero.
    fn take_results(&mut self, ty: &Type, area: u32) {
        if let [class] = *ty.results
            && area == 0
        {
            self.load_fragile();
            return self.push_result(class);
        }
        let height = self.stack.len() as u32;
        for (index, &class) in ty.results.iter().enumerate() {
            let slot = self.frame.operand_slot(height + index as u32);
            match (area, ty.signature.results.get(index)) {
                (0, Some(&abi::Place::Gpr(gpr))) => self.asm.store_gpr(Width::of(class), slot, gpr),
                (0, Some(&abi::Place::Xmm(xmm))) => self.asm.store_xmm(class, slot, xmm),
                _ => {
                    let place = Gpr::RSP.at(index as i32 * VALUE_SIZE);
                    self.copy_memory(class, slot, place);
                }
            }
            self.dirty_word(class, slot);
            self.push(class, Place::Slot);
        }
        self.stack.settle_below(self.stack.len());
        if area > 0 {
            self.asm
                .alu(Alu::Add, W64, Gpr::RSP, Source::Immediate(area as i32));
        }
        self.load_fragile();
    }

    /// Copies a value from memory to memory.
    pub fn copy_memory(&mut self, class: FieldClass, to: Memory, from: Memory) {
        if is_float(class) {
            self.asm.load_xmm(class, SCRATCH_XMM, from);
            self.asm.store_xmm(class, to, SCRATCH_XMM);
        } else {
            self.asm.load_gpr(Width::of(class), SCRATCH, from);
            self.asm.store_gpr(Width::of(class), to, SCRATCH);
        }
    }

    /// Pushes the only result of a call, which is where calls leave it. Its upper half is undefined if it has 32 bits.
    pub fn push_result(&mut self, class: FieldClass) {
        if is_float(class) {
            let xmm = crate::assembler::Xmm::FIRST;
            assert!(
                self.registers.xmms.take_this(xmm),
                "nothing is in a register behind a call"
            );
            return self.push_xmm(class, xmm);
        }
        let taken = self.registers.gprs.take_this(Gpr::RAX);
        assert!(taken, "nothing is in a register behind a call");
        if Width::of(class) == W32 {
            self.asm.move_gpr(W32, Gpr::RAX, Gpr::RAX);
        }
        self.push_gpr(class, Gpr::RAX);
    }

    /// Records where references are while a call runs that returns to an offset.
    pub fn note_call(&mut self, returns: u32) {
        let Emitter {
            stack, frame, tables, ..
        } = self;
        tables.add_roots(returns, stack.objects(), |height| frame.distance(height));
    }

    /// Lists where references are, for a call that is emitted behind the function.
    pub fn list_roots(&mut self) -> Option<(u32, u32)> {
        let Emitter {
            stack, frame, tables, ..
        } = self;
        tables.list_roots(stack.objects(), |height| frame.distance(height))
    }

    /// Records what catches exceptions of a call that returns to an offset.
    pub fn note_catching(&mut self, returns: u32) {
        let scope = self.handlers.scope;
        if scope != crate::state::Scope::default() {
            let (handlers, offsets) = (&self.handlers, self.unit.offsets);
            let listed = self.tables.add_catching(returns, scope, || {
                let place =
                    |handler: Handler| (handler.tag.map(|tag| offsets.tag(tag) as u32), handler.label);
                handlers.active().into_iter().map(place).collect()
            });
            self.work(listed);
        }
    }

    /// Stores the locals that calls do not keep.
    pub fn store_fragile(&mut self) {
        for position in 0..self.body.fragile.len() {
            let local = self.local(self.body.fragile[position]);
            let slot = self.frame.local_slot(&local);
            match local.home {
                Some(Home::Gpr(gpr)) => self.asm.store_gpr(Width::of(local.class), slot, gpr),
                Some(Home::Xmm(xmm)) => self.asm.store_xmm(local.class, slot, xmm),
                None => {}
            }
            self.dirty_word(local.class, slot);
        }
    }

    /// Loads them again.
    pub fn load_fragile(&mut self) {
        for position in 0..self.body.fragile.len() {
            let local = self.local(self.body.fragile[position]);
            let slot = self.frame.local_slot(&local);
            match local.home {
                Some(Home::Gpr(gpr)) => self.asm.load_gpr(Width::of(local.class), gpr, slot),
                Some(Home::Xmm(xmm)) => self.asm.load_xmm(local.class, xmm, slot),
                None => {}
            }
        }
    }

    /// Calls the runtime with operands that were popped. The result, if there is one, is in `rax`.
    pub fn libcall(&mut self, libcall: Libcall, args: &[Popped]) {
        self.settle_all();
        self.store_fragile();
        let returns = self.call_runtime(libcall, args);
        for &operand in args {
            self.release(operand);
        }
        self.note_call(returns);
        self.load_fragile();
    }

    /// Emits the call itself, and gives the offset to which it returns.
    pub fn call_runtime(&mut self, libcall: Libcall, args: &[Popped]) -> u32 {
        assert_eq!(
            args.len(),
            libcall.params().len(),
            "{libcall:?} has other arguments"
        );
        let moves: SmallVec<[Move; 8]> = args
            .iter()
            .zip(LIBCALL_ARGUMENTS)
            .map(|(&from, to)| Move {
                from,
                to: Target::Gpr(to),
            })
            .collect();
        self.emit_moves(&moves);
        self.dirty_arguments(libcall, &moves);
        self.asm.move_gpr(W64, Gpr::RDI, CONTEXT);
        self.asm.load_gpr(W64, Gpr::RAX, CONTEXT.at(VmOffsets::LIBCALLS));
        let place = libcall as i32 * size_of::<usize>() as i32;
        let returns = self.asm.call_through(Gpr::RAX.at(place));
        self.dirty_result(libcall);
        debug_assert!(
            libcall
                .result()
                .is_none_or(|result| matches!(result, Arg::I32 | Arg::I64))
        );
        returns
    }

    /// Calls a function in place of this one.
    fn return_call(&mut self, callee: Callee, ty: &Type) {
        let signature = &ty.signature;
        let own = self.body.ty.signature.stack;
        if signature.stack > 0 {
            let bytes = signature.stack;
            self.frame.use_below(bytes);
            self.asm
                .alu(Alu::Sub, W64, Gpr::RSP, Source::Immediate(bytes as i32));
        }
        let code = self.pass_arguments(callee, ty, false);
        if let Some(distance) = self.frame.result_area
            && signature.results_in_memory
        {
            let place = crate::state::below(distance);
            self.asm.load_gpr(W64, abi::RESULT_AREA, place);
        }
        self.restore_saved();
        if own == 0 && signature.stack == 0 {
            self.asm.leave();
        } else {
            self.replace_arguments(own, signature.stack);
        }
        match callee {
            Callee::Local(function) => self.asm.jump_to_function(function),
            Callee::Imported(_) | Callee::Reference(..) => self.asm.jump_to(code),
        }
        self.discard(self.stack.len() - ty.params.len());
        self.flow.reachable = false;
    }

    /// Takes the frame and its arguments from the stack, and puts others there, which lie at the stack pointer.
    fn replace_arguments(&mut self, own: u32, new: u32) {
        let (own, new) = (own as i32, new as i32);
        let (returns, frame) = (SCRATCH, Gpr::R10);
        self.asm.load_gpr(W64, returns, Gpr::RBP.at(8));
        self.asm.load_gpr(W64, frame, Gpr::RBP.at(0));
        let target = 16 + own - new;
        // From the top down: what is overwritten was copied, or is nobody's any more.
        for offset in (0..new).step_by(16).rev() {
            op!(&mut self.asm, movups_a, SCRATCH_XMM, Gpr::RSP.at(offset));
            op!(&mut self.asm, movups_b, Gpr::RBP.at(target + offset), SCRATCH_XMM);
        }
        self.asm.address(Gpr::RSP, Gpr::RBP.at(target - 8));
        self.asm.store_gpr(W64, Gpr::RSP.at(0), returns);
        self.asm.move_gpr(W64, Gpr::RBP, frame);
        self.asm.begin_gone();
    }
}

/// A field of what a function reference leads to, which traps if it is null.
fn field(reference: Gpr, offset: i32, null: Option<Trap>) -> Memory {
    match null {
        Some(trap) => reference.trapping(offset, trap),
        None => reference.at(offset),
    }
}

enum IndirectCheck {
    /// The function's type has to be compared.
    Dynamic(RegisteredType),
    /// No function that the table can hold has the type.
    Never,
    /// Every function that the table can hold has the type, so only null is left.
    Null,
}
