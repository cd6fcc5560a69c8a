//! Where a function begins and ends.
//!
//! The frame pointer's chain comes first, then the check of the stack: it is done before the frame exists, with the lowest address
//! that the function will use. Then the caller's registers are saved, and parameters go to their slots or homes.

use crate::abi;
use crate::assembler::{Alu, Condition, Gpr, Source, Width};
use crate::emitter::{BASE, Base, CONTEXT, Emitter, SCRATCH, SCRATCH_XMM};
use crate::moves::{Move, Target};
use crate::op;
use crate::operands::is_float;
use crate::state::{Home, Local, PendingPoll, Place, PollKind, Popped, below};
use transom_code::LoopSite;
use transom_layout::object::FieldClass;
use transom_layout::{VmContextHeader, VmOffsets, VmStoreContext};
use transom_ops::Trap;

/// Instructions of the entry that are completed when the frame's size is known, by the offsets of their ends.
#[derive(Clone, Copy, Debug)]
pub struct Incomplete {
    /// Computes the lowest address of the frame, for the check.
    check: Option<u32>,
    /// Contains what a call costs.
    cost: u32,
    /// Makes the frame.
    make: u32,
}

/// The least that a call or a turn of a loop takes from the budget, in bytes of machine code: what it costs to get there.
pub const MIN_COST: u32 = 16;
/// The most: of longer code, most is not executed at each turn.
pub const MAX_COST: u32 = 1 << 14;

/// Frames up to this size need no check where the function calls nothing: whatever is called on the stack checks for itself, and
/// behind its end there are pages that nothing can access.
pub const UNCHECKED: u32 = 2048;

/// Slots that are set to zero one by one; more are set in a loop.
const MAX_ZEROED_IN_LINE: u32 = 128;

impl Emitter<'_> {
    /// Emits the entry, up to the declaration of locals.
    pub fn emit_entry(&mut self, checked: bool) -> Incomplete {
        op!(&mut self.asm, pushq_o, Gpr::RBP);
        self.asm.move_gpr(Width::W64, Gpr::RBP, Gpr::RSP);
        self.asm
            .load_gpr(Width::W64, SCRATCH, abi::CONTEXT.at(VmContextHeader::STORE));
        let check = checked.then(|| self.emit_stack_check());
        let cost = self.tick(PollKind::Entry);
        op!(&mut self.asm, subq_mi_sxl, Gpr::RSP, i32::MAX);
        let make = self.asm.offset();
        for index in 0..self.frame.saved.len() {
            let (gpr, distance) = self.frame.saved[index];
            self.asm.store_gpr(Width::W64, below(distance), gpr);
        }
        self.asm.note_saved(self.frame.saved.iter().copied());
        Incomplete { check, cost, make }
    }

    /// Goes out of line if there is not enough stack, or the program is to stop.
    fn emit_stack_check(&mut self) -> u32 {
        self.asm.address(Gpr::R10, Gpr::RBP.at(i32::MIN));
        let end = self.asm.offset();
        let limit = Source::Memory(SCRATCH.at(VmStoreContext::STACK_LIMIT));
        self.asm.alu(Alu::Cmp, Width::W64, Gpr::R10, limit);
        let (label, back) = (self.asm.label(), self.asm.label());
        self.asm.jump_if(Condition::Below, label);
        self.asm.bind(back);
        self.pending.polls.push(PendingPoll {
            label,
            back,
            origin: u32::MAX,
            kind: PollKind::Stack,
        });
        end
    }

    /// Takes what a call or a turn costs from the store's budget, and calls the runtime if that is used up; in a loop, also if the
    /// program is to stop, which a call has found out before. Gives the offset of the end of the instruction that contains the
    /// cost. The scratch register holds the store's context.
    pub fn tick(&mut self, kind: PollKind) -> u32 {
        let (label, back) = (self.asm.label(), self.asm.label());
        if let PollKind::Loop { .. } = kind {
            let limit = SCRATCH.at(VmStoreContext::STACK_LIMIT);
            op!(&mut self.asm, cmpq_mi_sxb, limit, -1i8);
            self.asm.jump_if(Condition::Equal, label);
        }
        op!(
            &mut self.asm,
            subl_mi,
            SCRATCH.at(VmStoreContext::BUDGET),
            i32::MAX
        );
        let end = self.asm.offset();
        self.asm.jump_if(Condition::Negative, label);
        self.asm.bind(back);
        let origin = match kind {
            PollKind::Loop { .. } => self.body.offset,
            PollKind::Stack | PollKind::Entry | PollKind::Fuel => u32::MAX,
        };
        self.pending.polls.push(PendingPoll {
            label,
            back,
            origin,
            kind,
        });
        end
    }

    /// Completes the entry.
    pub fn complete_entry(&mut self, incomplete: Incomplete) {
        let reach = self.frame.reach() as i32;
        if let Some(check) = incomplete.check {
            self.asm.complete(check, -reach);
        } else if self.frame.reach() > UNCHECKED {
            self.outcome.again.checked = true;
        }
        let size = self.frame.size() as i32;
        self.asm.complete(incomplete.make, size);
        let cost = self.asm.offset().clamp(MIN_COST, MAX_COST);
        self.asm.complete(incomplete.cost, cost as i32);
    }

    /// Puts the context, and what else is always in a register, where the function expects it; and parameters into their locals.
    pub fn emit_parameters(&mut self) {
        let ty = self.body.ty.clone();
        let mut moves = Vec::new();
        for (index, &place) in ty.signature.params.iter().enumerate() {
            let local = self.frame.locals[index];
            match place {
                abi::Place::Gpr(gpr) => moves.push(self.move_of(&local, Place::Gpr(gpr))),
                abi::Place::Xmm(xmm) => moves.push(self.move_of(&local, Place::Xmm(xmm))),
                abi::Place::Stack(_) => {}
            }
        }
        self.asm.move_gpr(Width::W64, CONTEXT, abi::CONTEXT);
        if let Some(distance) = self.frame.result_area {
            self.asm.store_gpr(Width::W64, below(distance), abi::RESULT_AREA);
        }
        self.emit_moves(&moves);
        for this in moves {
            // What came in its own home has an undefined upper half.
            if let Target::Gpr(gpr) = this.to
                && this.from.place == Place::Gpr(gpr)
                && Width::of(this.from.class) == Width::W32
            {
                self.asm.move_gpr(Width::W32, gpr, gpr);
            }
        }
        for (index, &place) in ty.signature.params.iter().enumerate() {
            if let abi::Place::Stack(offset) = place {
                self.emit_stack_parameter(index, offset);
            }
        }
        if self.frame.context != 0 {
            let place = below(self.frame.context);
            self.asm.store_gpr(Width::W64, place, CONTEXT);
        }
        self.load_base();
    }

    fn move_of(&mut self, local: &Local, from: Place) -> Move {
        let to = match local.home {
            Some(Home::Gpr(gpr)) => Target::Gpr(gpr),
            Some(Home::Xmm(xmm)) => Target::Xmm(xmm),
            None => Target::Memory(self.frame.local_slot(local)),
        };
        let from = Popped {
            class: local.class,
            place: from,
            height: 0,
        };
        Move { from, to }
    }

    fn emit_stack_parameter(&mut self, index: usize, offset: u32) {
        let local = self.frame.locals[index];
        let from = Gpr::RBP.at(16 + offset as i32);
        let slot = self.frame.local_slot(&local);
        let width = Width::of(local.class);
        match local.home {
            Some(Home::Gpr(gpr)) => self.asm.load_gpr(width, gpr, from),
            Some(Home::Xmm(xmm)) => self.asm.load_xmm(local.class, xmm, from),
            None if is_float(local.class) => {
                self.asm.load_xmm(local.class, SCRATCH_XMM, from);
                self.asm.store_xmm(local.class, slot, SCRATCH_XMM);
            }
            None => {
                self.asm.load_gpr(width, SCRATCH, from);
                self.asm.store_gpr(width, slot, SCRATCH);
            }
        }
        self.dirty_word(local.class, slot);
    }

    /// Loads what the base register holds.
    pub fn load_base(&mut self) {
        match self.body.base {
            Base::None => {}
            Base::Memory => {
                let place = self.constant_base(0).expect("its address never changes");
                self.asm.load_gpr(Width::W64, BASE, place);
            }
            Base::Heap => {
                let place = CONTEXT.at(VmOffsets::HEAP);
                self.asm.load_gpr(Width::W64, BASE, place);
            }
        }
    }

    /// Sets the locals from an index on to zero.
    pub fn zero_locals(&mut self, first: usize) {
        let locals = &self.frame.locals[first..];
        let (Some(lowest), Some(highest)) = (locals.last(), locals.first()) else {
            return;
        };
        let (low, high) = (lowest.distance, highest.distance - highest.class.size().max(8));
        let homes: Vec<Home> = locals.iter().filter_map(|local| local.home).collect();
        let all_at_home = homes.len() == locals.len();
        for home in homes {
            match home {
                Home::Gpr(gpr) => self.asm.alu(Alu::Xor, Width::W32, gpr, Source::Gpr(gpr)),
                Home::Xmm(xmm) => op!(&mut self.asm, xorps_a, xmm, xmm),
            }
        }
        if !all_at_home {
            self.zero_slots(low, high);
            self.dirty_zeros(first);
        }
    }

    /// Sets the bytes from one distance below the frame pointer to another to zero; they are a multiple of 8.
    fn zero_slots(&mut self, low: u32, high: u32) {
        op!(&mut self.asm, xorps_a, SCRATCH_XMM, SCRATCH_XMM);
        let mut distance = low;
        if low - high > MAX_ZEROED_IN_LINE {
            let wholes = (low - high) / 16 * 16;
            let (place, end) = (SCRATCH, Gpr::RAX);
            self.asm.address(place, below(low));
            self.asm.address(end, below(low - wholes));
            let again = self.asm.label();
            self.asm.bind(again);
            op!(&mut self.asm, movups_b, place.at(0), SCRATCH_XMM);
            self.asm.alu(Alu::Add, Width::W64, place, Source::Immediate(16));
            self.asm.alu(Alu::Cmp, Width::W64, place, Source::Gpr(end));
            self.asm.jump_if(Condition::Below, again);
            distance = low - wholes;
        }
        while distance - high >= 16 {
            op!(&mut self.asm, movups_b, below(distance), SCRATCH_XMM);
            distance -= 16;
        }
        if distance > high {
            self.asm.store_xmm(FieldClass::F64, below(distance), SCRATCH_XMM);
        }
    }

    /// Gives the caller its registers back; the frame is still there.
    pub fn restore_saved(&mut self) {
        for index in 0..self.frame.saved.len() {
            let (gpr, distance) = self.frame.saved[index];
            self.asm.load_gpr(Width::W64, gpr, below(distance));
        }
    }

    /// Returns; the results are where the caller expects them.
    pub fn emit_exit(&mut self) {
        self.restore_saved();
        self.asm.leave();
        self.asm.ret(self.body.ty.signature.stack);
    }

    /// Loads the address of the store's context.
    pub fn load_store(&mut self, to: Gpr) {
        self.asm
            .load_gpr(Width::W64, to, CONTEXT.at(VmContextHeader::STORE));
    }

    /// Emits all calls of polls.
    pub fn emit_polls(&mut self) {
        for index in 0..self.pending.polls.len() {
            let poll = self.pending.polls[index];
            self.asm.bind(poll.label);
            self.asm.begin(poll.origin);
            let end = Source::Memory(SCRATCH.at(VmStoreContext::STACK_END));
            match poll.kind {
                PollKind::Stack => {
                    // There has to be room for the runtime, below what the function will use.
                    self.asm.alu(Alu::Cmp, Width::W64, Gpr::R10, end);
                    self.asm.trap_if(Condition::Below, Trap::StackOverflow);
                    self.asm.call_through(SCRATCH.at(VmStoreContext::POLL));
                }
                PollKind::Entry => {
                    // A function that has not checked the stack goes on without the runtime if there is no room.
                    self.asm.alu(Alu::Cmp, Width::W64, Gpr::RSP, end);
                    self.asm.jump_if(Condition::Below, poll.back);
                    self.asm.call_through(SCRATCH.at(VmStoreContext::TICK));
                }
                PollKind::Loop { operands, roots } => {
                    let return_offset = self.asm.call_through(SCRATCH.at(VmStoreContext::TICK));
                    if let Some(roots) = roots {
                        self.tables.add_listed(return_offset, roots);
                    }
                    self.tables.loops.push(LoopSite {
                        return_offset,
                        wasm_offset: poll.origin,
                        operands,
                    });
                }
                PollKind::Fuel => {
                    if !self.body.checked {
                        self.asm.alu(Alu::Cmp, Width::W64, Gpr::RSP, end);
                        self.asm.trap_if(Condition::Below, Trap::StackOverflow);
                    }
                    self.asm.call_through(SCRATCH.at(VmStoreContext::OUT_OF_FUEL));
                }
            }
            self.asm.jump(poll.back);
        }
        self.pending.polls.clear();
    }
}
