//! Structured control: blocks, branches, and what is known of reachability.
//!
//! Where a block begins, all operands are in their slots, constants too, so they are in the same place on every way through it. What a
//! branch takes along goes to the slots at the block's height, but a single value goes to the first register of its kind,
//! except to a loop.

use crate::abi;
use crate::assembler::Alu;
use crate::assembler::{Condition, Gpr, Label, Scale, Source, Width, Xmm};
use crate::emit::entry::{MAX_COST, MIN_COST};
use crate::emitter::{Emitter, Flags, SCRATCH};
use crate::moves::{Move, Target};
use crate::op;
use crate::operands::is_float;
use crate::state::{Block, Classes, Kind, LegacyTry, Place, PollKind, Popped, Turn};
use smallvec::SmallVec;
use std::collections::HashMap;
use transom_layout::VALUE_SIZE;
use transom_module::wasmparser::{
    self, BinaryReader, BlockType, BrTable, Operator, OperatorsReader, ValType,
};
use transom_ops::Trap;

impl Emitter<'_> {
    /// Classes of a block's parameters and results.
    fn block_signature(&mut self, ty: BlockType) -> (Classes, Classes) {
        match ty {
            BlockType::Empty => (Classes::None, Classes::None),
            BlockType::Type(ty) => (Classes::None, Classes::One(self.unit.value_class(ty))),
            BlockType::FuncType(index) => {
                let ty = self.function_type(index);
                self.work(ty.params.len() + ty.results.len());
                (ty.params.clone(), ty.results.clone())
            }
        }
    }

    /// Passes over instructions that cannot be reached, up to the next one that ends a block or an arm of one around them.
    pub fn skip(&mut self, reader: &mut BinaryReader<'_>) -> wasmparser::Result<()> {
        let mut operators = OperatorsReader::new(reader.clone());
        let mut depth = 0;
        loop {
            let next = self.unit.module.bytes()[operators.original_position() as usize];
            // `else`, `catch`, `end`, `delegate` and `catch_all`.
            if depth == 0 && matches!(next, 0x05 | 0x07 | 0x0b | 0x18 | 0x19) {
                *reader = operators.get_binary_reader();
                return Ok(());
            }
            match operators.read()? {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::TryTable { .. }
                | Operator::Try { .. } => depth += 1,
                Operator::End | Operator::Delegate { .. } => depth -= 1,
                _ => {}
            }
        }
    }

    pub fn visit_unreachable(&mut self) {
        self.asm.trap(Trap::UnreachableCodeReached);
        self.flow.reachable = false;
    }

    pub fn visit_nop(&mut self) {}

    pub fn visit_block(&mut self, ty: BlockType) {
        let label = self.asm.label();
        self.open(Kind::Block, label, ty);
    }

    /// Goes into a block.
    pub fn open(&mut self, kind: Kind, label: Label, ty: BlockType) {
        let (params, results) = self.block_signature(ty);
        self.settle_constants();
        self.control.push(Block {
            kind,
            label,
            height: self.stack.len() - params.len(),
            params,
            results,
            exit_reached: false,
            handlers: self.handlers.scope,
        });
    }

    /// The frame of the innermost block.
    pub fn innermost(&mut self) -> &mut Block {
        self.control.last_mut().expect("a body ends with its last block")
    }

    pub fn visit_loop(&mut self, ty: BlockType) {
        let label = self.asm.label();
        self.open(Kind::Loop(Turn::default()), label, ty);
        self.asm.bind(label);
        let begin = self.asm.offset();
        self.fuel_check();
        self.load_store(SCRATCH);
        let roots = self.list_roots();
        let operands = self.stack.len() as u32;
        let cost = self.tick(PollKind::Loop { operands, roots });
        self.innermost().kind = Kind::Loop(Turn { begin, cost });
    }

    /// Completes the cost of a loop's turn.
    fn end_loop(&mut self, turn: Turn) {
        let cost = (self.asm.offset() - turn.begin).clamp(MIN_COST, MAX_COST);
        self.asm.complete(turn.cost, cost as i32);
    }

    pub fn visit_if(&mut self, ty: BlockType) {
        let condition = self.pop_condition();
        let (label, otherwise) = (self.asm.label(), self.asm.label());
        self.open(Kind::If(otherwise), label, ty);
        self.jump_if(condition.inverted(), otherwise);
    }

    pub fn visit_else(&mut self) {
        if self.flow.reachable {
            self.branch_to_exit();
            let label = self.innermost().label;
            self.asm.jump(label);
        }
        let block = self.innermost();
        let Kind::If(otherwise) = std::mem::replace(&mut block.kind, Kind::Block) else {
            unreachable!("validation has matched else with if")
        };
        let (height, params) = (block.height, block.params.clone());
        self.begin_arm(otherwise, height, &params);
    }

    /// Begins another arm of a block, with parameters that are in their slots.
    fn begin_arm(&mut self, label: Label, height: usize, params: &Classes) {
        self.discard(height);
        for &class in params.iter() {
            self.push(class, Place::Slot);
        }
        self.stack.settle_below(self.stack.len());
        self.asm.bind(label);
        self.flow.reachable = true;
    }

    /// Takes all operands above a height from the stack.
    pub fn discard(&mut self, height: usize) {
        for index in self.stack.unsettled() {
            if index >= height {
                let operand = self.stack.at(index);
                self.release(operand);
            }
        }
        self.stack.truncate(height);
    }

    pub fn visit_end(&mut self) {
        if let Kind::If(otherwise) = self.innermost().kind {
            // What the second arm would do: nothing with the parameters, which are the results.
            if self.innermost().results.is_empty() {
                self.asm.bind(otherwise);
                let reachable = self.flow.reachable;
                self.innermost().exit_reached = true;
                self.innermost().kind = Kind::Block;
                self.flow.reachable = reachable;
            } else {
                self.visit_else();
            }
        }
        let returns = matches!(self.innermost().kind, Kind::Function);
        let clauses = matches!(self.innermost().kind, Kind::Try(_));
        if self.flow.reachable && (self.innermost().exit_reached || returns || clauses) {
            self.branch_to_exit();
            if clauses {
                let label = self.innermost().label;
                self.asm.jump(label);
            }
        }
        let block = self
            .control
            .pop()
            .expect("validation has matched end with its block");
        self.handlers.scope = match self.control.last() {
            Some(outer) => outer.handlers,
            None => crate::state::Scope::default(),
        };
        if returns {
            return self.end_function(&block);
        }
        match &block.kind {
            Kind::Loop(turn) => self.end_loop(*turn),
            Kind::Try(clauses) => self.emit_clauses(clauses, block.height),
            _ => {}
        }
        if !block.exit_reached {
            // Whatever is reachable here came from above, and its operands are where they are, unless there are others below.
            if self.flow.reachable {
                self.drop_caught(&block);
            } else {
                self.discard(block.height);
            }
            return;
        }
        if !matches!(block.kind, Kind::Loop(_)) {
            self.asm.bind(block.label);
        }
        self.discard(block.height);
        self.push_merged(&block.results);
        self.flow.reachable = true;
    }

    fn end_function(&mut self, block: &Block) {
        if self.flow.reachable || block.exit_reached {
            self.asm.bind(block.label);
            self.emit_exit();
        }
        self.flow.reachable = false;
    }

    /// Pushes what a branch has taken along.
    fn push_merged(&mut self, results: &Classes) {
        if let [class] = **results {
            if is_float(class) {
                let xmm = Xmm::FIRST;
                assert!(
                    self.registers.xmms.take_this(xmm),
                    "operands are settled where blocks end"
                );
                self.push_xmm(class, xmm);
            } else {
                let taken = self.registers.gprs.take_this(Gpr::RAX);
                assert!(taken, "operands are settled where blocks end");
                self.push_gpr(class, Gpr::RAX);
            }
            return;
        }
        for &class in results.iter() {
            self.push(class, Place::Slot);
        }
        self.stack.settle_below(self.stack.len());
    }

    /// Falls through to the end of the innermost block.
    pub fn branch_to_exit(&mut self) {
        let target = self.control.len() - 1;
        self.control[target].exit_reached = true;
        self.move_along(target);
    }

    /// Moves what a branch to a block takes along. Nothing changes for the instructions behind the branch: no register is taken
    /// or released.
    fn move_along(&mut self, target: usize) {
        let block = &self.control[target];
        let (count, height) = (block.branch_classes().len(), block.height);
        let first = self.stack.len() - count;
        match &block.kind {
            Kind::Function => self.move_results(first),
            kind if count == 1 && !matches!(kind, Kind::Loop(_)) => {
                let from = self.stack.at(first);
                if is_float(from.class) {
                    self.copy_to_xmm(from, Xmm::FIRST);
                } else {
                    self.copy_to_gpr(from, Gpr::RAX);
                }
            }
            _ => {
                // In ascending order: no slot is overwritten before it is read, since each value moves down or stays.
                for index in 0..count {
                    let from = self.stack.at(first + index);
                    if from.place == Place::Slot && first == height {
                        continue;
                    }
                    let slot = self.frame.operand_slot((height + index) as u32);
                    self.store_to(from, slot);
                }
            }
        }
    }

    /// Moves results to where a caller expects them.
    fn move_results(&mut self, first: usize) {
        let ty = self.body.ty.clone();
        if let Some(distance) = self.frame.result_area {
            // No local lives in this register, and an operand in it is in its slot by then.
            let area = Gpr::RAX;
            let operands: Vec<Popped> = (first..self.stack.len()).map(|at| self.stack.at(at)).collect();
            self.settle_for_results(&operands);
            self.asm.load_gpr(Width::W64, area, crate::state::below(distance));
            for (index, operand) in operands.into_iter().enumerate() {
                let operand = self.settled_form(operand);
                let place = area.at(index as i32 * VALUE_SIZE);
                self.store_to(operand, place);
            }
            return;
        }
        let moves: SmallVec<[Move; 16]> = ty
            .signature
            .results
            .iter()
            .enumerate()
            .map(|(index, &place)| Move {
                from: self.stack.at(first + index),
                to: match place {
                    abi::Place::Gpr(gpr) => Target::Gpr(gpr),
                    abi::Place::Xmm(xmm) => Target::Xmm(xmm),
                    abi::Place::Stack(_) => unreachable!("results are in registers or in memory"),
                },
            })
            .collect();
        self.emit_moves(&moves);
        self.dirty_registers(&moves);
    }

    /// Stores operands that are in registers to their slots, on this way only.
    fn settle_for_results(&mut self, operands: &[Popped]) {
        for &operand in operands {
            if matches!(operand.place, Place::Gpr(_) | Place::Xmm(_)) {
                let slot = self.slot_of(operand);
                self.store_to(operand, slot);
            }
        }
    }

    /// An operand after that.
    fn settled_form(&self, operand: Popped) -> Popped {
        match operand.place {
            Place::Gpr(_) | Place::Xmm(_) => Popped {
                place: Place::Slot,
                ..operand
            },
            _ => operand,
        }
    }

    /// The position of the block that a branch goes to.
    pub fn branch_target(&mut self, depth: u32) -> usize {
        let target = self.control.len() - 1 - depth as usize;
        self.control[target].exit_reached |= !matches!(self.control[target].kind, Kind::Loop(_));
        self.work(self.control[target].branch_classes().len());
        target
    }

    pub fn visit_br(&mut self, depth: u32) {
        let target = self.branch_target(depth);
        self.move_along(target);
        let label = self.control[target].label;
        self.asm.jump(label);
        self.flow.reachable = false;
    }

    pub fn visit_br_if(&mut self, depth: u32) {
        let condition = self.pop_condition();
        self.branch_if(condition, depth);
    }

    /// Branches if a condition holds.
    pub fn branch_if(&mut self, condition: Flags, depth: u32) {
        let target = self.branch_target(depth);
        let label = self.control[target].label;
        if self.moves_nothing(target) {
            return self.jump_if(condition, label);
        }
        let next = self.asm.label();
        self.jump_if(condition.inverted(), next);
        self.move_along(target);
        self.asm.jump(label);
        self.asm.bind(next);
    }

    /// Whether all that a branch takes along is where it has to be.
    fn moves_nothing(&self, target: usize) -> bool {
        let block = &self.control[target];
        let classes = block.branch_classes();
        let first = self.stack.len() - classes.len();
        match (&block.kind, classes.len()) {
            (_, 0) => true,
            (Kind::Function, _) => false,
            (Kind::Loop(_), _) | (_, 2..) => {
                first == block.height
                    && (first..self.stack.len()).all(|at| self.stack.at(at).place == Place::Slot)
            }
            (_, 1) => {
                let place = self.stack.at(first).place;
                place == Place::Gpr(Gpr::RAX) || place == Place::Xmm(Xmm::FIRST)
            }
        }
    }

    pub fn visit_br_table(&mut self, table: BrTable<'_>) {
        let operand = self.pop();
        let index = self.owned_gpr(operand);
        let depths: Vec<u32> = table
            .targets()
            .map(|depth| depth.expect("validation has read the table"))
            .collect();
        let mut ways: HashMap<u32, Label> = HashMap::new();
        let mut pending: Vec<(Label, u32)> = Vec::new();
        let mut way = |this: &mut Self, depth: u32| {
            *ways.entry(depth).or_insert_with(|| {
                let target = this.branch_target(depth);
                if this.moves_nothing(target) {
                    return this.control[target].label;
                }
                let label = this.asm.label();
                pending.push((label, depth));
                label
            })
        };
        let default = way(self, table.default());
        let labels: Vec<Label> = depths.iter().map(|&depth| way(self, depth)).collect();
        self.emit_table(index, &labels, default);
        self.release_gpr(index);
        for (label, depth) in pending {
            self.asm.bind(label);
            self.visit_br(depth);
        }
        self.flow.reachable = false;
    }

    /// Jumps to one of several labels, by an index.
    fn emit_table(&mut self, index: Gpr, labels: &[Label], default: Label) {
        let count = labels.len() as i32;
        self.asm
            .alu(Alu::Cmp, Width::W32, index, Source::Immediate(count));
        self.asm.jump_if(Condition::AboveOrEqual, default);
        if labels.is_empty() {
            return;
        }
        let table = self.asm.label();
        if self.unit.tunables.mask_speculation {
            self.asm.set_gpr(SCRATCH, 0);
            op!(&mut self.asm, cmovaeq_rm, index, SCRATCH);
        }
        self.asm.address_of(SCRATCH, table);
        // Entries are distances from their own ends.
        self.asm.address(SCRATCH, SCRATCH.indexed(index, Scale::Four, 4));
        op!(&mut self.asm, movslq_rm, index, SCRATCH.at(-4));
        self.asm.alu(Alu::Add, Width::W64, index, Source::Gpr(SCRATCH));
        self.asm.jump_to(index);
        self.asm.bind(table);
        self.asm.jump_table(labels.iter().copied());
    }

    pub fn visit_return(&mut self) {
        let depth = self.control.len() as u32 - 1;
        self.visit_br(depth);
    }

    pub fn visit_drop(&mut self) {
        let operand = self.pop();
        self.release(operand);
    }

    pub fn visit_select(&mut self) {
        let condition = self.pop_condition();
        let (first, second) = self.pop2();
        if is_float(first.class) {
            return self.select_float(condition, first, second);
        }
        let width = Width::of(first.class);
        let to = self.owned_gpr(first);
        let other = match second.place {
            Place::Constant(_) => self.owned_gpr(second).into(),
            _ => self.rm(second),
        };
        // The second is taken where the condition does not hold.
        match condition.inverted() {
            Flags::If(condition) => self.asm.move_if(condition, width, to, other),
            Flags::FloatsDiffer => {
                self.asm.move_if(Condition::Parity, width, to, other);
                self.asm.move_if(Condition::NotEqual, width, to, other);
            }
            Flags::FloatsEqual => {
                // Both have to hold: the first is kept where one does not.
                let next = self.asm.label();
                self.asm.jump_if(Condition::Parity, next);
                self.asm.move_if(Condition::Equal, width, to, other);
                self.asm.bind(next);
            }
        }
        self.release_rm(other);
        self.push_gpr(first.class, to);
    }

    fn select_float(&mut self, condition: Flags, first: Popped, second: Popped) {
        let to = self.owned_xmm(first);
        let done = self.asm.label();
        self.jump_if(condition, done);
        self.copy_to_xmm(second, to);
        self.asm.bind(done);
        self.release(second);
        self.push_xmm(first.class, to);
    }

    pub fn visit_typed_select(&mut self, _ty: ValType) {
        self.visit_select();
    }

    pub fn visit_typed_select_multi(&mut self, tys: Vec<ValType>) {
        assert_eq!(tys.len(), 1, "validation allows select of one value only");
        self.visit_select();
    }

    /// At the end of a clause of a legacy `try` that nothing branches out of: the exception lies below the results.
    fn drop_caught(&mut self, block: &Block) {
        if !matches!(block.kind, Kind::Legacy(LegacyTry { in_clause: true, .. })) {
            return;
        }
        let results = block.results.len();
        self.settle_all();
        let first = self.stack.len() - results;
        for index in 0..results {
            let from = self.stack.at(first + index);
            let slot = self.frame.operand_slot((first - 1 + index) as u32);
            self.store_to(from, slot);
        }
        self.discard(block.height);
        for &class in block.results.iter() {
            self.push(class, Place::Slot);
        }
        self.stack.settle_below(self.stack.len());
    }
}
