//! Polls: where a program finds out that it is to stop.
//!
//! The call of a poll keeps every register, and must not make the frontend spill references to objects around it, as it
//! does around calls: a loop would store and load all its references at every turn. So a place is left free while a
//! function is translated, and the call is put there once the frontend is done. While a poll runs, the runtime
//! collects nothing.

use super::state::{Frame, Kind, PendingPoll, Translator};
use crate::abi;
use cranelift_codegen::ir::{Function, InstBuilder, MemFlagsData, types};
use transom_code::decide::polls::polls_elsewhere;
use transom_module::wasmparser::BinaryReader;

impl Translator<'_> {
    /// A block has just been opened, and `rest` follows: if it is a loop, each of its turns polls.
    pub fn begin_polls(&mut self, rest: &BinaryReader<'_>) {
        let frame = self.control.last();
        if matches!(
            frame,
            Some(Frame {
                kind: Kind::Loop { .. },
                ..
            })
        ) && !polls_elsewhere(self.env.unit.module, rest.clone())
        {
            self.poll();
        }
    }

    /// Calls the function whose address is in a field of the store's context: because the stack limit was found crossed, or the fuel
    /// used up.
    pub fn call_poll(&mut self, function: i32) {
        let builder = &mut self.builder;
        let signature = self.env.poll;
        let signature = signature.unwrap_or_else(|| builder.import_signature(abi::poll_signature()));
        self.env.poll = Some(signature);
        let store = self.store_context();
        // Loaded where it is used: nothing should be kept ready for it.
        let flags = MemFlagsData::trusted().with_readonly();
        let address = self.builder.ins().load(types::I64, flags, store, function);
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
