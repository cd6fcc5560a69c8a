//! Exceptions.
//!
//! A function that catches nothing has no code for exceptions. In the body of a `try_table` each call names its handlers, which costs
//! nothing while nothing is thrown; the runtime finds them by the call's return address. A handler is given the exception; it
//! takes the payload out and branches like any other code.
//!
//! What is thrown in the same function as it is caught in goes there directly, where the tags can tell.

use super::gc::{Extension, Slot};
use super::state::{Handler, Kind, Region, Translator, constant_flags};
use crate::traps;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    BlockArg, BlockCall, ExceptionTableData, ExceptionTableItem, ExceptionTag, FuncRef, InstBuilder, SigRef,
    Value, types,
};
use transom_code::exception_layout;
use transom_layout::object::{EXCEPTION_TAG, FieldClass, StructLayout, VmTag};
use transom_module::wasmparser::{Catch, TryTable};
use transom_ops::{Libcall, Trap};

/// What is called.
pub enum Target {
    Function(FuncRef),
    Code(Value),
}

impl Translator<'_> {
    pub fn visit_try_table(&mut self, table: TryTable) {
        if !self.has_room_for_clauses(table.catches.len()) {
            return;
        }
        let body = self.builder.create_block();
        self.builder.ins().jump(body, &[]);
        self.builder.seal_block(body);
        let mut handlers = Vec::new();
        for &catch in &table.catches {
            let (tag, label, with_reference) = match catch {
                Catch::One { tag, label } => (Some(tag), label, false),
                Catch::OneRef { tag, label } => (Some(tag), label, true),
                Catch::All { label } => (None, label, false),
                Catch::AllRef { label } => (None, label, true),
            };
            let block = self.builder.create_block();
            let payload = self.builder.append_block_param(block, types::I64);
            self.builder.set_cold_block(block);
            self.forget_lengths();
            self.builder.switch_to_block(block);
            let exception = self.caught(payload);
            if let Some(tag) = tag {
                self.push_payload(tag, exception);
            }
            if with_reference {
                self.push(exception);
            }
            self.branch(label);
            self.reachable = true;
            self.leave_catch(tag, with_reference);
            handlers.push(Handler { tag, block });
        }
        self.forget_lengths();
        self.builder.switch_to_block(body);
        self.handlers.enter(&handlers);
        self.visit_block(table.ty);
        let clauses = handlers.len();
        self.innermost_frame().kind = Kind::Try { clauses };
    }

    /// Whether a block may have so many clauses; if not, the translation fails. Each call in the block is looked for in all of
    /// them, and blocks that all clauses lead to are looked through once for each.
    pub fn has_room_for_clauses(&mut self, count: usize) -> bool {
        self.inlining.work.add(count * count / 64);
        self.reachable = self.has_room_for(0);
        self.reachable
    }

    /// The exception that a handler's block gets.
    pub fn caught(&mut self, handler: Value) -> Value {
        let exception = self.builder.ins().ireduce(types::I32, handler);
        self.note_object(FieldClass::Object, exception);
        exception
    }

    /// Pushes the values of an exception with a tag.
    pub fn push_payload(&mut self, tag: u32, exception: Value) {
        let (classes, layout) = self.payload(tag);
        self.inlining.work.add(classes.len());
        let address = self.object_address(exception);
        for (&class, &offset) in classes.iter().zip(&layout.offsets) {
            let flags = self.sound_flags(Region::Field(offset));
            let offset = offset as i32;
            let slot = Slot {
                address,
                offset,
                flags,
            };
            let value = self.load_slot(class, slot, Extension::None);
            self.push(value);
        }
    }

    /// Takes from the operand stack what a clause has pushed.
    fn leave_catch(&mut self, tag: Option<u32>, with_reference: bool) {
        let values = tag.map_or(0, |tag| self.payload(tag).0.len());
        self.pop_many(values + usize::from(with_reference));
    }

    /// The end of a `try_table` whose body has `count` clauses around it.
    pub fn leave_try(&mut self, count: usize) {
        for handler in self.handlers.around().take(count) {
            self.builder.seal_block(handler.block);
        }
    }

    /// Classes of the values of a tag's exceptions, and where they lie.
    fn payload(&self, tag: u32) -> (Vec<FieldClass>, StructLayout) {
        let unit = self.env.unit;
        let ty = unit.module.ty(unit.module.tags[tag as usize]).as_func();
        let ty = ty.expect("validation has found a function type");
        (
            unit.value_classes(&ty.params),
            exception_layout(unit.registry, ty),
        )
    }

    pub fn visit_throw(&mut self, tag: u32) {
        let unit = self.env.unit;
        let (classes, layout) = self.payload(tag);
        let place = unit.offsets.tag(tag);
        let exception = self.allocate_of(place + VmTag::TY, layout.size);
        let values = self.pop_many(classes.len());
        let address = self.object_address(exception);
        let id = self.tag_id(tag);
        let flags = self.sound_flags(Region::Lengths);
        self.builder.ins().store(flags, id, address, EXCEPTION_TAG);
        self.fill_struct(exception, &classes, &layout, &values);
        self.throw(exception, Some(tag));
    }

    pub fn visit_throw_ref(&mut self) {
        let exception = self.pop();
        self.builder
            .ins()
            .trapz(exception, traps::code(Trap::NullReference));
        self.throw(exception, None);
    }

    /// The number of a tag in its store.
    fn tag_id(&mut self, tag: u32) -> Value {
        let offset = self.env.unit.offsets.tag(tag) + VmTag::ID;
        let context = self.env.context;
        let flags = constant_flags();
        self.builder.ins().load(types::I32, flags, context, offset)
    }

    /// Throws an exception, of a tag if that is known: to a handler of this function, or out of it.
    pub fn throw(&mut self, exception: Value, tag: Option<u32>) {
        let payload = self.builder.ins().uextend(types::I64, exception);
        let mut actual = None;
        for handler in self.active_handlers() {
            let Some(caught) = handler.tag else {
                return self.go_to(handler, payload);
            };
            if tag == Some(caught) {
                return self.go_to(handler, payload);
            }
            if tag.is_some_and(|tag| !self.may_be_same(tag, caught)) {
                continue;
            }
            let actual = *actual.get_or_insert_with(|| {
                let address = self.object_address(exception);
                let flags = self.sound_flags(Region::Lengths);
                self.builder.ins().load(types::I32, flags, address, EXCEPTION_TAG)
            });
            let expected = self.tag_id(caught);
            let same = self.builder.ins().icmp(IntCC::Equal, actual, expected);
            let next = self.builder.create_block();
            self.builder
                .ins()
                .brif(same, handler.block, &[payload.into()], next, &[]);
            self.builder.seal_block(next);
            self.builder.switch_to_block(next);
        }
        self.libcall(Libcall::throw, &[exception]);
        self.builder.ins().trap(traps::code(Trap::UnreachableCodeReached));
        self.reachable = false;
    }

    fn go_to(&mut self, handler: Handler, payload: Value) {
        self.builder.ins().jump(handler.block, &[payload.into()]);
        self.reachable = false;
    }

    /// Whether two tags of the module may be one: if both are imported.
    fn may_be_same(&self, first: u32, second: u32) -> bool {
        first.max(second) < self.env.unit.module.imported.tags
    }

    /// The clauses around the present instruction, the innermost first; none after one that catches all, and none twice.
    fn active_handlers(&self) -> Vec<Handler> {
        let mut active: Vec<Handler> = Vec::new();
        for handler in self.handlers.around() {
            if active.iter().all(|before| before.tag != handler.tag) {
                active.push(handler);
            }
            if handler.tag.is_none() {
                break;
            }
        }
        active
    }

    /// Calls a function, with the handlers around the present instruction if there are any; its results.
    pub fn call_with_handlers(&mut self, target: Target, signature: SigRef, args: &[Value]) -> Vec<Value> {
        if self.handlers.scope.depth == 0 {
            let ins = self.builder.ins();
            let call = match target {
                Target::Function(function) => ins.call(function, args),
                Target::Code(code) => ins.call_indirect(signature, code, args),
            };
            return self.builder.inst_results(call).to_vec();
        }
        let next = self.builder.create_block();
        let returns = self.builder.func.dfg.signatures[signature].returns.clone();
        let mut returned = Vec::new();
        for (index, result) in returns.iter().enumerate() {
            self.builder.append_block_param(next, result.value_type);
            returned.push(BlockArg::TryCallRet(index as u32));
        }
        let mut items = vec![ExceptionTableItem::Context(self.env.context)];
        for handler in self.active_handlers() {
            let pool = &mut self.builder.func.dfg.value_lists;
            let to = BlockCall::new(handler.block, [BlockArg::TryCallExn(0)], pool);
            items.push(match handler.tag {
                Some(tag) => {
                    let place = self.env.unit.offsets.tag(tag) as u32;
                    ExceptionTableItem::Tag(ExceptionTag::from_u32(place), to)
                }
                None => ExceptionTableItem::Default(to),
            });
        }
        let normal = BlockCall::new(next, returned, &mut self.builder.func.dfg.value_lists);
        let table = ExceptionTableData::new(signature, normal, items);
        let table = self.builder.func.dfg.exception_tables.push(table);
        match target {
            Target::Function(function) => self.builder.ins().try_call(function, args, table),
            Target::Code(code) => self.builder.ins().try_call_indirect(code, args, table),
        };
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        self.builder.block_params(next).to_vec()
    }
}
