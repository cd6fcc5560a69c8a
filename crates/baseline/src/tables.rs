//! What the runtime is told about calls: where references are alive, and what catches exceptions.

use crate::assembler::{Assembler, Label};
use crate::state::Scope;
use transom_code::{CatchingCall, Clause, CompiledFunction, StackMap};

/// A call that catches exceptions.
#[derive(Clone, Copy, Debug)]
struct Catching {
    return_offset: u32,
    clauses: (u32, u32),
}

/// The tables of a function.
#[derive(Default, Debug)]
pub struct Tables {
    stack_maps: Vec<StackMap>,
    slots: Vec<u32>,
    /// How far below the frame pointer the slots are that always hold references to objects.
    pub frame_slots: Vec<u32>,
    catching: Vec<Catching>,
    /// Where in the context the tag is that each clause catches, if it does not catch all; and where its code begins.
    clauses: Vec<(Option<u32>, Label)>,
    /// The clauses that were listed last.
    last: Option<(Scope, (u32, u32))>,
}

impl Tables {
    /// References are alive across a call, at these distances below the frame pointer. Neighbours with the same slots share them.
    pub fn add_roots(&mut self, return_offset: u32, distances: impl Iterator<Item = u32>) {
        let mut first = self.slots.len();
        self.slots.extend(distances);
        let count = self.slots.len() - first;
        if count == 0 {
            return;
        }
        if let Some(last) = self.stack_maps.last().map(|last| last.first as usize)
            && self.slots[last..first] == self.slots[first..]
        {
            self.slots.truncate(first);
            first = last;
        }
        self.stack_maps.push(StackMap {
            return_offset,
            first: first as u32,
            count: count as u32,
        });
    }

    /// A call is inside of clauses: the places of their tags, and their code. Calls in the same place share
    /// their lists. Gives how many were listed.
    pub fn add_catching(
        &mut self,
        return_offset: u32,
        scope: Scope,
        active: impl Fn() -> Vec<(Option<u32>, Label)>,
    ) -> usize {
        let before = self.clauses.len();
        let clauses = match self.last {
            Some((last, clauses)) if last == scope => clauses,
            _ => {
                let first = self.clauses.len() as u32;
                self.clauses.extend(active());
                (first, self.clauses.len() as u32 - first)
            }
        };
        self.last = Some((scope, clauses));
        self.catching.push(Catching {
            return_offset,
            clauses,
        });
        self.clauses.len() - before
    }

    /// Moves the tables to a function. `frame` is the size of its frame, and `context` how far below the frame pointer its context
    /// is.
    pub fn finish(&mut self, asm: &Assembler, (frame, context): (u32, u32), code: &mut CompiledFunction) {
        let offset = |label| asm.offset_of(label).expect("all clauses were met");
        let clauses = self.clauses.drain(..).map(|(tag, label)| Clause {
            tag,
            code_offset: offset(label),
        });
        code.clauses = clauses.collect();
        let calls = self.catching.drain(..).map(|call| CatchingCall {
            return_offset: call.return_offset,
            frame_size: frame,
            context: frame - context,
            first: call.clauses.0,
            count: call.clauses.1,
        });
        code.catching_calls = calls.collect();
        code.stack_maps = self.stack_maps.drain(..).collect();
        code.stack_map_slots = self.slots.drain(..).collect();
        code.frame_slots = self.frame_slots.drain(..).collect();
        self.last = None;
    }
}
