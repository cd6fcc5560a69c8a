//! Exceptions of the legacy proposal.
//!
//! A `try` is a `try_table` whose clauses stand behind its body and branch to its end: its calls name the same handlers, and the
//! runtime knows no difference. `delegate` leaves the body's exceptions to the handlers of an outer block, so the calls
//! of the body name those. A clause keeps the exception that it has caught as an operand below its own, for `rethrow`.

use crate::emitter::Emitter;
use crate::state::{Handler, Kind, LegacyTry, Place};
use transom_code::decide::legacy::Handling;
use transom_layout::object::FieldClass;
use transom_module::wasmparser::BlockType;

impl Emitter<'_> {
    pub fn visit_try(&mut self, ty: BlockType) {
        let mut legacy = LegacyTry::default();
        match self.handlers.legacy.at(self.body.offset).clone() {
            Handling::Delegate(depth) => {
                let target = self.control.len() - 1 - depth as usize;
                self.handlers.scope = self.control[target].handlers;
            }
            Handling::Clauses(tags) => {
                let handlers: Vec<Handler> = tags
                    .into_iter()
                    .map(|tag| Handler {
                        tag,
                        label: self.asm.label(),
                    })
                    .collect();
                self.handlers.enter(&handlers);
                legacy.clauses = handlers.iter().rev().map(|handler| handler.label).collect();
            }
        }
        let label = self.asm.label();
        self.open(Kind::Legacy(legacy), label, ty);
    }

    pub fn visit_catch(&mut self, tag: u32) {
        self.begin_clause(Some(tag));
    }

    pub fn visit_catch_all(&mut self) {
        self.begin_clause(None);
    }

    fn begin_clause(&mut self, tag: Option<u32>) {
        if self.flow.reachable {
            self.branch_to_exit();
            let label = self.innermost().label;
            self.asm.jump(label);
        }
        let outer = self.control.len().checked_sub(2);
        let outer = outer.map(|outer| self.control[outer].handlers);
        let scope = outer.expect("a `try` is inside a function's frame");
        let block = self.innermost();
        let height = block.height;
        block.handlers = scope;
        let Kind::Legacy(legacy) = &mut block.kind else {
            unreachable!("validation has matched the clause with a `try`")
        };
        legacy.in_clause = true;
        let label = legacy.clauses.pop().expect("the clauses were counted");
        self.handlers.scope = scope;
        self.discard(height);
        self.asm.bind(label);
        // The exception goes below what the clause takes out of it.
        self.begin_handler(None, true);
        self.settle_all();
        if let Some(tag) = tag {
            let exception = self.stack.at(height);
            let gpr = self.owned_gpr(exception);
            self.push_payload(tag, gpr);
        }
    }

    pub fn visit_delegate(&mut self, _depth: u32) {
        self.visit_end();
    }

    pub fn visit_rethrow(&mut self, depth: u32) {
        let target = self.control.len() - 1 - depth as usize;
        let exception = self.stack.at(self.control[target].height);
        debug_assert_eq!(
            exception.class,
            FieldClass::Object,
            "the clause has kept its exception"
        );
        let gpr = self.owned_gpr(exception);
        self.throw(crate::state::Popped {
            place: Place::Gpr(gpr),
            ..exception
        });
    }
}
