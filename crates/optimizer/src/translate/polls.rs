//! Polls: where a program finds out that it is to stop.
//!
//! The call of a poll keeps every register, and must not make the frontend spill references to objects around it, as it
//! does around calls: a loop would store and load all its references at every turn. So a place is left free while a
//! function is translated, and the call is put there once the frontend is done. While a poll runs, the runtime
//! collects nothing.

use super::Translator;
use super::abi;
use super::control::{Frame, Kind};
use cranelift_codegen::ir::{Function, Inst, InstBuilder, MemFlagsData, SigRef, Value, types};
use transom_layout::VmStoreContext;
use transom_module::wasmparser::{Operator, OperatorsReader};

/// Where the call of a poll belongs.
pub struct PendingPoll {
    place: Inst,
    signature: SigRef,
    address: Value,
}

/// Whether each turn of a loop enters a loop inside it, at whose head there is a poll, so that it needs none itself: nothing but
/// the instructions that compilers leave between two such heads comes before.
fn begins_with_loop(mut body: OperatorsReader<'_>) -> bool {
    loop {
        match body.read() {
            Ok(Operator::Loop { .. }) => return true,
            Ok(
                Operator::Block { .. }
                | Operator::LocalGet { .. }
                | Operator::LocalSet { .. }
                | Operator::LocalTee { .. }
                | Operator::I32Const { .. }
                | Operator::I32Add
                | Operator::I32Sub
                | Operator::I32Shl,
            ) => {}
            _ => return false,
        }
    }
}

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
        ) && !begins_with_loop(body.clone())
        {
            self.poll();
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
