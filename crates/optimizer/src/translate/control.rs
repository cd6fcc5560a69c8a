//! Structured control: blocks, branches, and what is known of reachability.

use super::state::{Exit, Frame, Kind, Translator, block_with_params};
use crate::{component_call, traps};
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, InstBuilder, JumpTableData, MemFlagsData, Value, condcodes::IntCC, types,
};
use transom_layout::object::FieldClass;
use transom_layout::{INTERRUPTED, VALUE_SIZE, VmStoreContext};
use transom_module::wasmparser::{BlockType, BrTable, Operator, ValType};
use transom_ops::Trap;

/// Values as arguments of a branch.
pub fn args(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|&value| BlockArg::Value(value)).collect()
}

impl Translator<'_> {
    /// Classes of a block's parameters and results.
    fn block_signature(&mut self, ty: BlockType) -> (Vec<FieldClass>, Vec<FieldClass>) {
        match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), vec![self.env.unit.value_class(ty)]),
            BlockType::FuncType(index) => {
                let unit = self.env.unit;
                let ty = unit.module.types[index as usize].as_func();
                let ty = ty.expect("validation has checked the block's type");
                self.inlining.work.add(ty.params.len() + ty.results.len());
                (unit.value_classes(&ty.params), unit.value_classes(&ty.results))
            }
        }
    }

    /// Passes over an instruction that can't be reached.
    pub fn skip(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. } => {
                self.dead_depth += 1;
            }
            Operator::End if self.dead_depth > 0 => self.dead_depth -= 1,
            Operator::End => self.visit_end(),
            Operator::Else if self.dead_depth == 0 => self.visit_else(),
            Operator::Delegate { .. } if self.dead_depth > 0 => self.dead_depth -= 1,
            Operator::Delegate { relative_depth } => self.visit_delegate(*relative_depth),
            Operator::Catch { tag_index } if self.dead_depth == 0 => self.visit_catch(*tag_index),
            Operator::CatchAll if self.dead_depth == 0 => self.visit_catch_all(),
            _ => {}
        }
    }

    pub fn visit_unreachable(&mut self) {
        self.builder.ins().trap(traps::code(Trap::UnreachableCodeReached));
        self.reachable = false;
    }

    pub fn visit_nop(&mut self) {}

    pub fn visit_block(&mut self, ty: BlockType) {
        let (params, results) = self.block_signature(ty);
        let height = self.stack.len() - params.len();
        let frame = Frame::new(&mut self.builder, Kind::Block, results, height);
        self.open(frame);
    }

    /// Goes into a block.
    pub fn open(&mut self, mut frame: Frame) {
        self.note_block(frame.height);
        frame.handlers = self.handlers.scope;
        self.control.push(frame);
    }

    /// The frame of the innermost block.
    pub fn innermost_frame(&mut self) -> &mut Frame {
        self.control.last_mut().expect("a body ends with its last block")
    }

    pub fn visit_loop(&mut self, ty: BlockType) {
        let (params, results) = self.block_signature(ty);
        let header = block_with_params(&mut self.builder, &params);
        let values = self.pop_many(params.len());
        // Before the frontend adds parameters of its own.
        let arrived = self.builder.block_params(header).to_vec();
        self.forget_lengths();
        self.jump_to_head(header, &values);
        let height = self.stack.len();
        self.stack.extend(arrived);
        let kind = Kind::Loop { header, params };
        let frame = Frame::new(&mut self.builder, kind, results, height);
        self.open(frame);
        self.fuel_check();
    }

    pub fn visit_if(&mut self, ty: BlockType) {
        let condition = self.pop();
        let (params, results) = self.block_signature(ty);
        let height = self.stack.len() - params.len();
        let then = self.builder.create_block();
        let otherwise = self.builder.create_block();
        self.builder.ins().brif(condition, then, &[], otherwise, &[]);
        self.builder.seal_block(then);
        self.builder.seal_block(otherwise);
        self.place_arms(then, otherwise);
        let kind = Kind::If {
            otherwise,
            params: self.stack[height..].to_vec(),
        };
        let frame = Frame::new(&mut self.builder, kind, results, height);
        self.open(frame);
        self.builder.switch_to_block(then);
    }

    pub fn visit_else(&mut self) {
        if self.reachable {
            self.branch_to_exit();
        }
        let frame = self
            .control
            .last_mut()
            .expect("validation has matched else with if");
        let Kind::If { otherwise, params } = std::mem::replace(&mut frame.kind, Kind::Block) else {
            unreachable!("validation has matched else with if")
        };
        self.stack.truncate(frame.height);
        self.stack.extend(params);
        self.forget_lengths();
        self.builder.switch_to_block(otherwise);
        self.reachable = true;
    }

    pub fn visit_end(&mut self) {
        if self.reachable {
            self.branch_to_exit();
        }
        self.forget_lengths();
        let mut frame = self
            .control
            .pop()
            .expect("validation has matched end with its block");
        if self.second_turn(&mut frame) {
            self.control.push(frame);
            return;
        }
        match frame.kind {
            Kind::Loop { header, .. } => {
                self.builder.seal_block(header);
                self.end_dispatch();
            }
            Kind::If { otherwise, params } => {
                self.builder.switch_to_block(otherwise);
                self.builder.ins().jump(frame.exit, &args(&params));
                (frame.exit_reached, frame.exit_likely) = (true, true);
            }
            Kind::Block => {}
            Kind::Try { clauses } => self.leave_try(clauses),
            Kind::Legacy(legacy) => self.leave_body(&legacy),
        }
        self.handlers.scope = self
            .control
            .last()
            .map_or_else(Default::default, |outer| outer.handlers);
        self.stack.truncate(frame.height);
        self.reachable = frame.exit_reached;
        if frame.exit_reached {
            if !frame.exit_likely {
                self.builder.set_cold_block(frame.exit);
            }
            self.builder.switch_to_block(frame.exit);
            if !self.is_led_to_later(frame.exit) {
                self.builder.seal_block(frame.exit);
            }
            // Before the frontend adds parameters of its own.
            let arrived = self.builder.block_params(frame.exit).to_vec();
            self.refresh_operands(frame.height);
            self.stack.extend(arrived);
        }
        if self.control.is_empty() && self.reachable {
            let results = self.pop_many(frame.results.len());
            self.emit_return(&results);
            self.reachable = false;
        }
    }

    /// Falls through to the end of the innermost block.
    pub fn branch_to_exit(&mut self) {
        let frame = self.control.last_mut().expect("a body ends with its last block");
        (frame.exit_reached, frame.exit_likely) = (true, true);
        let values = args(&self.stack[self.stack.len() - frame.results.len()..]);
        self.builder.ins().jump(frame.exit, &values);
    }

    /// The block that a branch goes to, with the number of values that it takes along.
    fn branch_target(&mut self, depth: u32) -> (Block, usize) {
        let index = self.control.len() - 1 - depth as usize;
        self.note_turn(index);
        let likely = self.likely_taken() != Some(false);
        let frame = &mut self.control[index];
        frame.exit_reached |= !matches!(frame.kind, Kind::Loop { .. });
        frame.exit_likely |= likely;
        (frame.target(), frame.arity())
    }

    fn branch_args(&mut self, arity: usize) -> Vec<BlockArg> {
        self.inlining.work.add(arity);
        args(&self.stack[self.stack.len() - arity..])
    }

    pub fn visit_br(&mut self, depth: u32) {
        if !self.copy_head(depth) {
            self.branch(depth);
        }
    }

    /// Branches, whatever becomes of the instructions there.
    pub fn branch(&mut self, depth: u32) {
        let (target, arity) = self.branch_target(depth);
        let args = self.branch_args(arity);
        self.builder.ins().jump(target, &args);
        self.reachable = false;
    }

    pub fn visit_br_if(&mut self, depth: u32) {
        let condition = self.pop();
        let next = self.builder.create_block();
        match self.likely_taken() {
            Some(false) => self.branch_if_unlikely(condition, depth, next),
            Some(true) => {
                self.builder.set_cold_block(next);
                self.branch_if(condition, depth, next);
            }
            None if self.copy_head_if(condition, depth, next) => {}
            None => self.branch_if(condition, depth, next),
        }
        self.builder.switch_to_block(next);
    }

    /// Branches when `condition` is not zero, else goes to `next`, which it seals.
    pub fn branch_if(&mut self, condition: Value, depth: u32, next: Block) {
        let (target, arity) = self.branch_target(depth);
        let args = self.branch_args(arity);
        self.builder.ins().brif(condition, target, &args, next, &[]);
        self.builder.seal_block(next);
    }

    pub fn visit_br_table(&mut self, table: BrTable<'_>) {
        let index = self.pop();
        let arity = self.control[self.control.len() - 1 - table.default() as usize].arity();
        if !self.has_room_for(arity.saturating_mul(table.len() as usize + 1)) {
            self.reachable = false;
            return;
        }
        let mut call = |depth: u32| {
            let (target, arity) = self.branch_target(depth);
            let args = self.branch_args(arity);
            BlockCall::new(target, args, &mut self.builder.func.dfg.value_lists)
        };
        let targets: Vec<BlockCall> = table
            .targets()
            .map(|depth| call(depth.expect("validation has read the table")))
            .collect();
        let default = call(table.default());
        let data = JumpTableData::new(default, &targets);
        let table = self.builder.create_jump_table(data);
        self.builder.ins().br_table(index, table);
        self.reachable = false;
    }

    pub fn visit_return(&mut self) {
        let frame = self.function_frame();
        if self.is_inlined() || matches!(self.exit, Exit::Component(_)) {
            return self.branch((self.control.len() - 1 - frame) as u32);
        }
        let count = self.control[frame].results.len();
        let results = self.pop_many(count);
        self.emit_return(&results);
        self.reachable = false;
    }

    fn emit_return(&mut self, results: &[Value]) {
        self.inlining.work.add(results.len());
        let dirt = self.env.unit.dirt();
        let passed = match self.exit {
            Exit::Component(call) => component_call::end_callee(&mut self.builder, call, results),
            _ => results.to_vec(),
        };
        let results = passed.iter().map(|&value| dirt.add(&mut self.builder, value));
        let results: Vec<Value> = results.collect();
        let Exit::Memory(area) = self.exit else {
            self.builder.ins().return_(&results);
            return;
        };
        let flags = self.env.value_flags(&mut self.builder);
        for (index, value) in results.into_iter().enumerate() {
            self.builder
                .ins()
                .store(flags, value, area, index as i32 * VALUE_SIZE);
        }
        self.builder.ins().return_(&[]);
    }

    pub fn visit_drop(&mut self) {
        self.pop();
    }

    pub fn visit_select(&mut self) {
        let condition = self.pop();
        let (first, second) = self.pop2();
        let value = self.builder.ins().select(condition, first, second);
        self.push(value);
    }

    pub fn visit_typed_select(&mut self, ty: ValType) {
        self.visit_select();
        let value = self.pop();
        self.push_new(self.env.unit.value_class(ty), value);
    }

    pub fn visit_typed_select_multi(&mut self, tys: Vec<ValType>) {
        assert_eq!(tys.len(), 1, "validation allows select of one value only");
        self.visit_typed_select(tys[0]);
    }

    /// In each turn of a loop: calls the runtime if the host has asked the program to stop.
    pub fn poll(&mut self) {
        let limit = self.load_stack_limit();
        let stop = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::Equal, limit, INTERRUPTED as i64);
        self.poll_if(stop);
    }

    /// At a function's entry: calls the runtime if the stack is used up, or the program is to stop.
    pub fn stack_check(&mut self) {
        let limit = self.load_stack_limit();
        let pointer = self.builder.ins().get_stack_pointer(types::I64);
        let stop = self.builder.ins().icmp(IntCC::UnsignedLessThan, pointer, limit);
        let next = self.begin_slow(stop);
        self.end_of_stack_check();
        self.end_poll(next, VmStoreContext::POLL);
    }

    /// Traps unless there is enough stack below this function's frame for the runtime. The frame exists already, however
    /// large it is, so a trap is all that can be done: it is handled on a stack of its own.
    pub fn end_of_stack_check(&mut self) {
        let pointer = self.builder.ins().get_stack_pointer(types::I64);
        let store = self.store_context();
        // Loaded where it is used: nothing should be kept ready for it.
        let flags = MemFlagsData::trusted().with_readonly();
        let end = VmStoreContext::STACK_END;
        let end = self.builder.ins().load(types::I64, flags, store, end);
        let beyond = self.builder.ins().icmp(IntCC::UnsignedLessThan, pointer, end);
        self.builder
            .ins()
            .trapnz(beyond, traps::code(Trap::StackOverflow));
    }

    fn poll_if(&mut self, stop: Value) {
        let next = self.begin_slow(stop);
        self.end_poll(next, VmStoreContext::POLL);
    }

    /// Begins what is only done if `stop` is not zero, and gives the block that follows it.
    pub fn begin_slow(&mut self, stop: Value) -> Block {
        let (slow, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(slow);
        self.builder.ins().brif(stop, slow, &[], next, &[]);
        self.builder.seal_block(slow);
        self.builder.switch_to_block(slow);
        next
    }

    /// Ends it with a call that keeps all registers, of the function whose address is in a field of the store's context.
    pub fn end_poll(&mut self, next: Block, function: i32) {
        self.call_poll(function);
        self.builder.ins().jump(next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }
}
