//! What the runtime is told about calls: where references are alive, and what catches exceptions.

use crate::assembler::{Assembler, Label};
use crate::state::{Object, Scope};
use transom_code::{
    CallSite, CatchingCall, Clause, CompiledFunction, LoopSite, ROOTS_LINK, SlotRun, StackMap,
};

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
    /// Loops where the function can be left.
    pub loops: Vec<LoopSite>,
    /// Calls that note what they lead to.
    pub call_sites: Vec<CallSite>,
    /// How far below the frame pointer the slots are that always hold references to objects.
    pub frame_slots: Vec<SlotRun>,
    catching: Vec<Catching>,
    /// Where in the context the tag is that each clause catches, if it does not catch all; and where its code begins.
    clauses: Vec<(Option<u32>, Label)>,
    /// The clauses that were listed last.
    last: Option<(Scope, (u32, u32))>,
}

impl Tables {
    /// References are alive across a call: operands, all in their slots, whose distances below the frame pointer are known by their
    /// heights. Those that an earlier call has listed are not listed again.
    pub fn add_roots(
        &mut self,
        return_offset: u32,
        objects: &mut [Object],
        distance: impl FnMut(u32) -> u32,
    ) {
        if let Some(roots) = self.list_roots(objects, distance) {
            self.add_listed(return_offset, roots);
        }
    }

    /// A call returns to an offset, with references that were listed.
    pub fn add_listed(&mut self, return_offset: u32, (first, count): (u32, u32)) {
        self.stack_maps.push(StackMap {
            return_offset,
            first,
            count,
        });
    }

    /// Lists references for a call that is emitted later: where the list begins, and how many there are.
    pub fn list_roots(
        &mut self,
        objects: &mut [Object],
        mut distance: impl FnMut(u32) -> u32,
    ) -> Option<(u32, u32)> {
        if objects.is_empty() {
            return None;
        }
        let listed = objects.iter().rposition(|object| object.listed.is_some());
        let new = listed.map_or(0, |last| last + 1);
        for object in objects[new..].iter_mut().rev() {
            object.listed = Some(self.slots.len() as u32);
            self.slots.push(distance(object.height));
        }
        if new < objects.len()
            && let Some(Object {
                listed: Some(rest), ..
            }) = new.checked_sub(1).map(|last| objects[last])
        {
            let here = self.slots.len() as u32;
            self.slots.push(ROOTS_LINK + (here - rest));
        }
        let top = objects.last().and_then(|object| object.listed);
        Some((top.expect("all are listed now"), objects.len() as u32))
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
        code.catching.clauses = clauses.collect();
        let calls = self.catching.drain(..).map(|call| CatchingCall {
            return_offset: call.return_offset,
            frame_size: frame,
            context: frame - context,
            first: call.clauses.0,
            count: call.clauses.1,
        });
        code.catching.calls = calls.collect();
        code.tier_up.loops.sites = self.loops.drain(..).collect();
        code.tier_up.calls = self.call_sites.drain(..).collect();
        code.stack_maps = self.stack_maps.drain(..).collect();
        code.stack_map_slots = self.slots.drain(..).collect();
        code.frame_slots = self.frame_slots.drain(..).collect();
        self.last = None;
    }
}
