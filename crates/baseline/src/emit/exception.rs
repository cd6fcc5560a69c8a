//! Exceptions.
//!
//! A function that catches nothing has no code for exceptions. In the body of a `try_table` each call names its handlers, which costs
//! nothing while nothing is thrown; the runtime finds them by the call's return address. A handler is given the exception, in a
//! frame that is whole but in registers that are not: so it loads those that are always used, and functions with handlers
//! keep no locals in registers.

use crate::assembler::{Condition, Gpr, Width};
use crate::emitter::{CONTEXT, Emitter};
use crate::state::{Clause, Handler, Kind, Place, Popped, below};
use crate::unit::Fields;
use transom_layout::object::{EXCEPTION_TAG, FieldClass, VmTag};
use transom_module::wasmparser::{Catch, TryTable};
use transom_ops::{Libcall, Trap};

impl Emitter<'_> {
    pub fn visit_try_table(&mut self, table: TryTable) {
        let clauses: Vec<Clause> = table
            .catches
            .iter()
            .map(|&catch| {
                let (tag, depth, with_reference) = match catch {
                    Catch::One { tag, label } => (Some(tag), label, false),
                    Catch::OneRef { tag, label } => (Some(tag), label, true),
                    Catch::All { label } => (None, label, false),
                    Catch::AllRef { label } => (None, label, true),
                };
                Clause {
                    label: self.asm.label(),
                    tag,
                    with_reference,
                    depth,
                }
            })
            .collect();
        let handlers: Vec<Handler> = clauses
            .iter()
            .map(|clause| Handler {
                tag: clause.tag,
                label: clause.label,
            })
            .collect();
        self.handlers.enter(&handlers);
        self.work(handlers.len() * handlers.len() / 64);
        let label = self.asm.label();
        self.open(Kind::Try(clauses), label, table.ty);
    }

    /// Emits the code of clauses, which branch to blocks around the `try_table` that has just ended.
    pub fn emit_clauses(&mut self, clauses: &[Clause], height: usize) {
        for clause in clauses {
            self.discard(height);
            self.asm.bind(clause.label);
            self.begin_handler(clause.tag, clause.with_reference);
            self.visit_br(clause.depth);
        }
        self.discard(height);
    }

    /// The beginning of a handler: the exception is in `rax`. What it takes along is pushed.
    pub fn begin_handler(&mut self, tag: Option<u32>, with_reference: bool) {
        self.flow.reachable = true;
        self.asm.load_gpr(Width::W64, CONTEXT, below(self.frame.context));
        self.load_base();
        let exception = Gpr::RAX;
        self.take_this_gpr(exception);
        self.asm.move_gpr(Width::W32, exception, exception);
        if let Some(tag) = tag {
            let copy = self.take_gpr();
            self.asm.move_gpr(Width::W32, copy, exception);
            self.push_payload(tag, copy);
        }
        match with_reference {
            true => self.push_gpr(FieldClass::Object, exception),
            false => self.release_gpr(exception),
        }
    }

    /// Pushes the values of an exception of a tag; its register was taken, and is released.
    pub fn push_payload(&mut self, tag: u32, exception: Gpr) {
        let Fields { classes, layout } = &*self.unit.payload(tag);
        self.work(classes.len());
        let address = self.object_address(exception);
        for (&class, &offset) in classes.iter().zip(&layout.offsets) {
            self.load_and_push(class, address.at(offset as i32));
        }
        self.release_gpr(address);
        self.release_gpr(exception);
    }

    pub fn visit_throw(&mut self, tag: u32) {
        let Fields { classes, layout } = &*self.unit.payload(tag);
        let place = self.unit.offsets.tag(tag);
        let object = self.allocate(place + VmTag::TY, layout.size);
        let address = self.object_address(object);
        let id = self.take_gpr();
        self.asm.load_gpr(Width::W32, id, CONTEXT.at(place + VmTag::ID));
        self.asm.store_gpr(Width::W32, address.at(EXCEPTION_TAG), id);
        self.release_gpr(id);
        self.fill(address, classes, &layout.offsets);
        self.release_gpr(address);
        self.throw(Popped {
            class: FieldClass::Object,
            place: Place::Gpr(object),
            height: 0,
        });
    }

    pub fn visit_throw_ref(&mut self) {
        let exception = self.pop();
        let gpr = self.owned_gpr(exception);
        self.asm.test(Width::W32, gpr);
        self.asm.trap_if(Condition::Equal, Trap::NullReference);
        self.throw(Popped {
            place: Place::Gpr(gpr),
            ..exception
        });
    }

    /// Throws an exception: the runtime finds the handler, which may be one of this function.
    pub fn throw(&mut self, exception: Popped) {
        self.settle_all();
        let returns = self.call_runtime(Libcall::throw, &[exception]);
        self.release(exception);
        self.note_call(returns);
        self.note_catching(returns);
        self.asm.trap(Trap::UnreachableCodeReached);
        self.flow.reachable = false;
    }
}
