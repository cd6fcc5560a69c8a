//! Polls: where a program finds out that it is to stop.
//!
//! The call of a poll keeps every register, and must not make the frontend spill references to objects around it, as it
//! does around calls: a loop would store and load all its references at every turn. So a place is left free while a
//! function is translated, and the call is put there once the frontend is done. While a poll runs, the runtime
//! collects nothing.

use super::state::{Frame, Kind, PendingPoll, Translator};
use crate::abi;
use cranelift_codegen::ir::{Function, InstBuilder, MemFlagsData, types};
use transom_layout::VmStoreContext;
use transom_module::FuncIdx;
use transom_module::wasmparser::{Operator, OperatorsReader};
use transom_ops::Instruction;

impl Translator<'_> {
    /// A block has just been opened, and `body` follows: if it is a loop, each of its turns polls.
    pub fn begin_polls(&mut self, body: &OperatorsReader<'_>) {
        let frame = self.control.last();
        if matches!(
            frame,
            Some(Frame {
                kind: Kind::Loop { .. },
                ..
            })
        ) && !self.polls_anyway(body.clone())
        {
            self.poll();
        }
    }

    /// Whether each turn of a loop polls elsewhere, so that it needs not at its own head: before it may branch, it comes to
    /// another loop, or to a call of a function that polls.
    fn polls_anyway(&self, mut body: OperatorsReader<'_>) -> bool {
        loop {
            match body.read() {
                Ok(Operator::Loop { .. }) => return true,
                Ok(Operator::Call { function_index }) => {
                    return self.polls_when_called(FuncIdx::from_u32(function_index));
                }
                Ok(operator) if Instruction::of(&operator).is_straight() => {}
                _ => return false,
            }
        }
    }

    /// Calls the runtime because the stack limit was found crossed.
    pub fn call_poll(&mut self) {
        let builder = &mut self.builder;
        let signature = self.env.poll;
        let signature = signature.unwrap_or_else(|| builder.import_signature(abi::poll_signature()));
        self.env.poll = Some(signature);
        let store = self.store_context();
        // Loaded where it is used: nothing should be kept ready for it.
        let flags = MemFlagsData::trusted().with_readonly();
        let address = self
            .builder
            .ins()
            .load(types::I64, flags, store, VmStoreContext::POLL);
        let place = self.builder.ins().debugtrap();
        self.pending.polls.push(PendingPoll {
            place,
            signature,
            address,
        });
    }
}

/// Puts the calls where they belong.
pub fn fill(func: &mut Function, polls: &[PendingPoll]) {
    for poll in polls {
        func.replace(poll.place)
            .call_indirect(poll.signature, poll.address, &[]);
    }
}
