//! Moves that happen at once: arguments to the places where a callee expects them, results to those where the caller does.
//!
//! Places in memory come first: they read registers and change none but scratch ones. Then registers are moved to registers, each
//! when nothing else needs what its target holds; where they form a circle, one goes through the scratch register. What is read
//! from the frame, and constants, come last.

use crate::assembler::{Gpr, Memory, Width, Xmm};
use crate::emitter::{Emitter, SCRATCH, SCRATCH_XMM};
use crate::state::{Place, Popped};
use smallvec::SmallVec;

/// Where a value goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Target {
    Gpr(Gpr),
    Xmm(Xmm),
    /// No value that is still to be moved lies there.
    Memory(Memory),
}

/// A move.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Move {
    pub from: Popped,
    pub to: Target,
}

/// A move between two registers of one kind, by their numbers.
#[derive(Clone, Copy)]
struct Between<R> {
    to: R,
    from: R,
    width: Width,
}

/// Orders moves between registers. `emit` emits one.
fn resolve<R: Copy + PartialEq>(
    mut moves: SmallVec<[Between<R>; 8]>,
    scratch: R,
    mut emit: impl FnMut(Between<R>),
) {
    // Most calls pass no floats.
    if moves.is_empty() {
        return;
    }
    moves.retain(|this| this.to != this.from);
    while !moves.is_empty() {
        let ready = moves
            .iter()
            .position(|this| moves.iter().all(|other| other.from != this.to));
        match ready {
            Some(index) => emit(moves.swap_remove(index)),
            None => {
                // All that are left are circles. The first one's source goes out of the way.
                let from = moves[0].from;
                emit(Between {
                    to: scratch,
                    from,
                    width: Width::W64,
                });
                for this in moves.iter_mut().filter(|this| this.from == from) {
                    this.from = scratch;
                }
            }
        }
    }
}

impl Emitter<'_> {
    /// Emits moves, as if they happened at once. No register is taken or released.
    pub fn emit_moves(&mut self, moves: &[Move]) {
        let (mut gprs, mut xmms) = (SmallVec::new(), SmallVec::new());
        for &Move { from, to } in moves {
            match to {
                Target::Memory(memory) => self.store_to(from, memory),
                Target::Gpr(to) => {
                    if let Some(from_gpr) = self.gpr_of(from) {
                        gprs.push(Between {
                            to,
                            from: from_gpr,
                            width: Width::of(from.class),
                        });
                    }
                }
                Target::Xmm(to) => {
                    if let Some(from) = self.xmm_of(from) {
                        xmms.push(Between {
                            to,
                            from,
                            width: Width::W64,
                        });
                    }
                }
            }
        }
        resolve(gprs, SCRATCH, |this| {
            self.asm.move_gpr(this.width, this.to, this.from);
        });
        resolve(xmms, SCRATCH_XMM, |this| self.asm.move_xmm(this.to, this.from));
        for &Move { from, to } in moves {
            match to {
                Target::Gpr(to) if self.gpr_of(from).is_none() => self.copy_to_gpr(from, to),
                Target::Xmm(to) if self.xmm_of(from).is_none() => self.copy_to_xmm(from, to),
                _ => {}
            }
        }
    }

    fn gpr_of(&self, operand: Popped) -> Option<Gpr> {
        match operand.place {
            Place::Gpr(gpr) => Some(gpr),
            _ => self.home_gpr(operand),
        }
    }

    fn xmm_of(&self, operand: Popped) -> Option<Xmm> {
        match operand.place {
            Place::Xmm(xmm) => Some(xmm),
            _ => self.home_xmm(operand),
        }
    }
}

#[cfg(test)]
mod tests;
