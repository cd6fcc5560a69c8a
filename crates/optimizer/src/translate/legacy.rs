//! Exceptions of the legacy proposal.
//!
//! A `try` is a `try_table` whose clauses stand behind its body and branch to its end: its calls name the same handlers, and the
//! runtime knows no difference. `delegate` leaves the body's exceptions to the handlers of an outer block, so the calls
//! of the body name those. A clause keeps the exception that it has caught as an operand below its own, for `rethrow`, as
//! baseline code does; so code can begin at a loop in a clause.

use super::state::{Handler, Kind, LegacyTry, Translator};
use cranelift_codegen::ir::types;
use transom_code::decide::legacy::Handling;
use transom_module::wasmparser::BlockType;

impl Translator<'_> {
    pub fn visit_try(&mut self, ty: BlockType) {
        let mut legacy = LegacyTry::default();
        match self.handlers.legacy.at(self.inlining.offset).clone() {
            Handling::Delegate(depth) => {
                let target = self.control.len() - 1 - depth as usize;
                self.handlers.scope = self.control[target].handlers;
            }
            Handling::Clauses(tags) => {
                if !self.has_room_for_clauses(tags.len()) {
                    return;
                }
                let mut handlers = Vec::with_capacity(tags.len());
                for tag in tags {
                    let block = self.builder.create_block();
                    self.builder.append_block_param(block, types::I64);
                    self.builder.set_cold_block(block);
                    handlers.push(Handler { tag, block });
                }
                self.handlers.enter(&handlers);
                legacy.clauses = handlers.iter().rev().map(|handler| handler.block).collect();
            }
        }
        self.visit_block(ty);
        self.innermost_frame().kind = Kind::Legacy(legacy);
    }

    pub fn visit_catch(&mut self, tag: u32) {
        self.begin_clause(Some(tag));
    }

    pub fn visit_catch_all(&mut self) {
        self.begin_clause(None);
    }

    fn begin_clause(&mut self, tag: Option<u32>) {
        if self.reachable {
            self.branch_to_exit();
        }
        let outer = self.control.len().checked_sub(2);
        let outer = outer.map(|outer| self.control[outer].handlers);
        let scope = outer.expect("a `try` is inside a function's frame");
        self.handlers.scope = scope;
        let frame = self.innermost_frame();
        let height = frame.height;
        frame.handlers = scope;
        let mut legacy = match std::mem::replace(&mut frame.kind, Kind::Block) {
            Kind::Legacy(legacy) => legacy,
            _ => unreachable!("validation has matched the clause with a `try`"),
        };
        self.leave_body(&legacy);
        legacy.in_clause = true;
        let block = legacy.clauses.pop().expect("the clauses were counted");
        self.innermost_frame().kind = Kind::Legacy(legacy);
        self.stack.truncate(height);
        self.forget_lengths();
        self.builder.switch_to_block(block);
        self.reachable = true;
        let payload = self.builder.block_params(block)[0];
        let exception = self.caught(payload);
        self.push(exception);
        if let Some(tag) = tag {
            self.push_payload(tag, exception);
        }
    }

    /// The end of a `try`'s body, if that is where the translation is: nothing else leads to its clauses.
    pub fn leave_body(&mut self, legacy: &LegacyTry) {
        if !legacy.in_clause {
            for &block in &legacy.clauses {
                self.builder.seal_block(block);
            }
        }
    }

    pub fn visit_delegate(&mut self, _depth: u32) {
        self.visit_end();
    }

    pub fn visit_rethrow(&mut self, depth: u32) {
        let target = self.control.len() - 1 - depth as usize;
        let exception = self.stack[self.control[target].height];
        self.throw(exception, None);
    }
}
