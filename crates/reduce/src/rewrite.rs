//! Writes a function's body as a plan changes it, in one walk over its instructions.
//!
//! Beside the validator's operand stack goes one of slots, which say what has become of each operand: it is there, it is
//! missing because the instruction that made it is gone, or it was dropped where it was made. An instruction that goes
//! drops those of its operands that are there, and its results are missing; what takes them may go as well, so defaults
//! appear only where an instruction that stays needs them. That makes the removal of any set of instructions, adjacent or
//! not, one operation, and a range that goes leaves nothing but drops of what it took and defaults of what it made.
//! Missing slots are always above those that are there, since everything is made up for before an instruction stays.
//!
//! A block that goes leaves what is in it. Branches to it go too, and fall out of the block that they are in.

use crate::body::{Body, NOWHERE, Op, begins_block, never_returns};
use crate::expose;
use crate::immediates;
use crate::plan::{Edit, Site};
use crate::remap::{Gone, Remap};
use std::collections::HashSet;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{Function, Instruction};
use wasmparser::{Catch, CompositeInnerType, Operator, ValType};

/// The function's new body.
///
/// # Errors
///
/// A value is needed that has no default, or one has to be dropped that can't be.
pub(crate) fn rewrite<'a>(remap: &mut Remap<'_, 'a>, func: u32, body: &Body<'a>) -> Result<Function, Gone> {
    let (locals, function) = locals(remap, func, body)?;
    let mut rewriter = Rewriter {
        remap,
        func,
        body,
        locals,
        early: HashSet::new(),
        output: Vec::with_capacity(body.ops.len()),
        stack: Vec::new(),
        frames: vec![Frame {
            kept: true,
            base: 0,
            close: body.ops.len() - 1,
            end: body.ops.len() - 1,
            level: 0,
            dead: false,
        }],
    };
    rewriter.drop_early()?;
    let mut at = 0;
    while at < body.ops.len() {
        at = rewriter.step(at)?;
    }
    Ok(rewriter.finish(function))
}

/// What has become of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Here,
    /// To be made up for by a default, if anybody needs it; of any type in dead code.
    Missing(Option<ValType>),
    /// Dropped where it was made; nobody needs it.
    Dropped,
}

/// An open block.
struct Frame {
    /// Whether the block is in the new body too.
    kept: bool,
    /// How many slots are below it.
    base: usize,
    /// Where its present arm ends.
    close: usize,
    end: usize,
    /// How many blocks around it are kept.
    level: u32,
    /// Whether nothing reaches this place in the new body.
    dead: bool,
}

struct Rewriter<'r, 'm, 'a> {
    remap: &'r mut Remap<'m, 'a>,
    func: u32,
    body: &'r Body<'a>,
    /// What locals are called now.
    locals: Vec<Option<u32>>,
    /// Instructions whose topmost result is dropped at once.
    early: HashSet<usize>,
    output: Vec<Instruction<'a>>,
    stack: Vec<Slot>,
    frames: Vec<Frame>,
}

/// The locals' new numbers, and a function that declares those that stay.
fn locals(
    remap: &mut Remap<'_, '_>,
    func: u32,
    body: &Body<'_>,
) -> Result<(Vec<Option<u32>>, Function), Gone> {
    let ty = remap.module.functions[func as usize];
    let params = remap.module.types.func(ty).ok_or(Gone)?.params().len() as u32;
    let mut numbers = Vec::new();
    let mut next = 0;
    let mut number = |kept: bool| {
        numbers.push(kept.then_some(next));
        next += u32::from(kept);
    };
    for param in 0..params {
        number(!remap.drops_param(ty, param));
    }
    let mut declared = Vec::new();
    let mut local = params;
    for (count, ty) in &body.locals {
        let mut kept = 0;
        for _ in 0..*count {
            let stays = !remap.plan.removes(Site::Local(func, local));
            number(stays);
            kept += u32::from(stays);
            local += 1;
        }
        if kept > 0 {
            declared.push((kept, remap.val_type(*ty)?));
        }
    }
    Ok((numbers, Function::new(declared)))
}

impl<'a> Rewriter<'_, '_, 'a> {
    /// Finds where operands are made that instructions don't take any more.
    fn drop_early(&mut self) -> Result<(), Gone> {
        for (at, op) in self.body.ops.iter().enumerate() {
            let unwanted: Vec<u32> = match self.edit(at) {
                Some(Edit::Keep(first)) => (0..first).collect(),
                None => self.vanishing(op),
                Some(_) => continue,
            };
            for operand in unwanted {
                match self.body.producer(op, operand) {
                    NOWHERE => return Err(Gone),
                    producer => self.early.insert(producer as usize),
                };
            }
        }
        Ok(())
    }

    /// The operands for parameters and fields that go.
    fn vanishing(&self, op: &Op<'_>) -> Vec<u32> {
        if !self.remap.plan.reshapes {
            return Vec::new();
        }
        let module = self.remap.module;
        if let Some(ty) = self.callee(&op.operator) {
            let params = module.types.func(ty).map_or(0, |func| func.params().len() as u32);
            return (0..params)
                .filter(|param| self.remap.drops_param(ty, *param))
                .collect();
        }
        let Operator::StructNew {
            struct_type_index: ty,
        } = op.operator
        else {
            return Vec::new();
        };
        match module.types.sub(ty).map(|sub| &sub.composite_type.inner) {
            Some(CompositeInnerType::Struct(fields)) => (0..fields.fields.len() as u32)
                .filter(|field| self.remap.drops_field(ty, *field))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The function type whose parameters an instruction takes.
    fn callee(&self, operator: &Operator<'_>) -> Option<u32> {
        match operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.remap.module.functions.get(*function_index as usize).copied()
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => Some(*type_index),
            Operator::Throw { tag_index } => self.remap.module.tag_type(*tag_index),
            _ => None,
        }
    }

    fn edit(&self, at: usize) -> Option<Edit> {
        self.remap.plan.get(Site::Op(self.func, at as u32))
    }

    /// Does an instruction, and says where to go on.
    fn step(&mut self, at: usize) -> Result<usize, Gone> {
        let op = &self.body.ops[at];
        let next = match &op.operator {
            _ if self.edit(at) == Some(Edit::Trap) => self.trap(),
            operator if begins_block(operator) => self.begin(at, op)?,
            Operator::Else | Operator::Catch { .. } | Operator::CatchAll => self.arm(at, op)?,
            Operator::End | Operator::Delegate { .. } => self.end(at, op)?,
            _ => self.plain(at, op)?,
        };
        if self.edit(at) == Some(Edit::Return) {
            return self.leave(op);
        }
        if self.early.contains(&at) {
            self.discard(1);
            self.stack.push(Slot::Dropped);
        }
        Ok(next)
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("the function's own frame is last to go")
    }

    /// Leaves a block by a trap.
    fn trap(&mut self) -> usize {
        self.output.push(Instruction::Unreachable);
        self.die();
        self.frame().close
    }

    /// Leaves the function with the value that was just made.
    fn leave(&mut self, op: &Op<'a>) -> Result<usize, Gone> {
        if self.stack.last() != Some(&Slot::Here) {
            return Err(Gone);
        }
        let ty = self.remap.module.functions[self.func as usize];
        let results = self.remap.module.types.func(ty).ok_or(Gone)?.results();
        let kept = self.remap.kept_results(ty, results.len());
        let default = |ty| self.remap.default_value(ty);
        let instructions = expose::returned(self.body, op, &results[..kept], default)?;
        self.output.extend(instructions);
        self.die();
        Ok(self.frame().close)
    }

    /// From here on nothing is reached.
    fn die(&mut self) {
        let base = self.frame().base;
        self.frame().dead = true;
        self.stack.truncate(base);
    }

    fn begin(&mut self, at: usize, op: &Op<'a>) -> Result<usize, Gone> {
        let edit = self.edit(at);
        let params = self.body.results(op).len();
        let is_if = matches!(op.operator, Operator::If { .. });
        let kept = !matches!(edit, Some(Edit::Remove | Edit::Else));
        if kept {
            self.settle()?;
            let instruction = self.instruction(at, op)?;
            self.output.push(instruction);
            self.pop(u32::from(is_if));
        } else if matches!(op.operator, Operator::Try { .. }) {
            return Err(Gone);
        } else {
            self.discard(u32::from(is_if));
        }
        let base = self.stack.len().saturating_sub(params).max(self.frame().base);
        let (end, close) = (op.end as usize, op.close as usize);
        let second = edit == Some(Edit::Else);
        let level = self.frame().level + u32::from(kept);
        let dead = self.frame().dead && !kept;
        self.frames.push(Frame {
            kept,
            base,
            close: if second { end } else { close },
            end,
            level,
            dead,
        });
        Ok(match second {
            true if close < end => close + 1,
            true => end,
            false => at + 1,
        })
    }

    fn arm(&mut self, at: usize, op: &Op<'a>) -> Result<usize, Gone> {
        if !self.frame().kept {
            return Ok(self.frame().end);
        }
        self.settle()?;
        let instruction = self.instruction(at, op)?;
        self.output.push(instruction);
        let frame = self.frame();
        frame.close = op.close as usize;
        frame.dead = false;
        let base = frame.base;
        self.stack.truncate(base);
        self.push(self.body.results(op).len());
        Ok(at + 1)
    }

    fn end(&mut self, at: usize, op: &Op<'a>) -> Result<usize, Gone> {
        let results = self.body.results(op).len();
        if self.frames.len() == 1 {
            self.trim();
        }
        if self.frame().kept {
            self.settle()?;
        }
        let frame = self.frames.pop().ok_or(Gone)?;
        if frame.kept {
            let instruction = self.instruction(at, op)?;
            self.output.push(instruction);
            self.stack.truncate(frame.base);
            self.push(results);
        } else if frame.dead {
            let was_dead = self.frame().dead;
            self.die();
            return Ok(if was_dead { at + 1 } else { self.frame().close });
        }
        Ok(at + 1)
    }

    fn plain(&mut self, at: usize, op: &Op<'a>) -> Result<usize, Gone> {
        let edit = self.edit(at);
        match edit {
            Some(Edit::Remove) => return self.remove(at, op),
            Some(Edit::Keep(first)) => {
                self.forward(op, first)?;
                return Ok(at + 1);
            }
            Some(Edit::Pass) => return Ok(at + 2),
            Some(Edit::Stop) => {
                self.trap();
                return Ok(at + 1);
            }
            Some(Edit::Forget) => {
                self.discard(op.pops);
                let results = self.body.results(op).len();
                self.stack.extend(std::iter::repeat_n(Slot::Dropped, results));
                return Ok(at + 1);
            }
            _ => {}
        }
        let is_here = self.stack.last() == Some(&Slot::Here);
        if matches!(op.operator, Operator::Drop) && self.stack.len() > self.frame().base && !is_here {
            self.discard(1);
            return Ok(at + 1);
        }
        match self.instruction(at, op) {
            Ok(instruction) => self.keep(at, op, instruction),
            Err(Gone) => self.remove(at, op),
        }
    }

    fn keep(&mut self, at: usize, op: &Op<'a>, instruction: Instruction<'a>) -> Result<usize, Gone> {
        self.settle()?;
        let leaves = match op.operator {
            Operator::Return => true,
            Operator::Br { relative_depth } => relative_depth as usize + 1 == self.frames.len(),
            _ => false,
        };
        if leaves {
            self.trim();
        }
        self.output.push(instruction);
        self.pop(op.pops);
        if never_returns(&op.operator) {
            self.die();
            let cut = self.edit(at) == Some(Edit::Cut);
            return Ok(if cut { self.frame().close } else { at + 1 });
        }
        let results = self.body.results(op);
        let callee = self.callee(&op.operator).filter(|_| !results.is_empty());
        let kept = callee.map_or(results.len(), |ty| self.remap.kept_results(ty, results.len()));
        self.push(kept);
        self.stack
            .extend(results[kept..].iter().map(|ty| Slot::Missing(*ty)));
        Ok(at + 1)
    }

    fn remove(&mut self, at: usize, op: &Op<'a>) -> Result<usize, Gone> {
        if never_returns(&op.operator) {
            return Ok(self.fall_out(at, op));
        }
        let passes_on = immediates::label(&mut op.operator.clone()).is_some();
        if passes_on || matches!(op.operator, Operator::LocalTee { .. }) {
            self.forward(op, 0)?;
            return Ok(at + 1);
        }
        self.discard(op.pops);
        let results = self.body.results(op).iter();
        self.stack.extend(results.map(|ty| Slot::Missing(*ty)));
        Ok(at + 1)
    }

    /// Goes to the end of the block instead of elsewhere, with the operands if there are as many as the block has results.
    /// In dead code there is nothing to skip: what follows is as dead without this.
    fn fall_out(&mut self, at: usize, op: &Op<'a>) -> usize {
        let frame = self.frame();
        if frame.dead {
            self.die();
            return at + 1;
        }
        let (base, close, end) = (frame.base, frame.close, frame.end);
        let results = self.body.results(&self.body.ops[end]);
        let height = self.stack.len() - base;
        if op.pops as usize != results.len() || height != results.len() {
            self.discard(height as u32);
            self.stack.extend(results.iter().map(|ty| Slot::Missing(*ty)));
        }
        close
    }

    /// Leaves operands in place of an instruction's results.
    fn forward(&mut self, op: &Op<'a>, first: u32) -> Result<(), Gone> {
        let results = self.body.results(op).len() as u32;
        let above = op.pops.checked_sub(first + results).ok_or(Gone)?;
        self.discard(above);
        if first > 0 {
            let height = self.stack.len() - self.frame().base;
            let unwanted = height.checked_sub((first + results) as usize).ok_or(Gone)? + self.frame().base;
            let unwanted = unwanted..unwanted + first as usize;
            if self.stack.drain(unwanted).any(|slot| slot == Slot::Here) {
                return Err(Gone);
            }
        }
        Ok(())
    }

    /// Drops results that the function has no more.
    fn trim(&mut self) {
        let ty = self.remap.module.functions[self.func as usize];
        let results = self
            .remap
            .module
            .types
            .func(ty)
            .map_or(0, |func| func.results().len());
        let kept = self.remap.kept_results(ty, results);
        self.discard((results - kept) as u32);
    }

    fn push(&mut self, count: usize) {
        self.stack.extend(std::iter::repeat_n(Slot::Here, count));
    }

    fn pop(&mut self, count: u32) {
        let base = self.frame().base;
        let height = self.stack.len().saturating_sub(count as usize).max(base);
        self.stack.truncate(height);
    }

    /// Takes operands off, and drops those that are there.
    fn discard(&mut self, count: u32) {
        for _ in 0..count {
            let base = self.frame().base;
            if self.stack.len() > base && self.stack.pop() == Some(Slot::Here) {
                self.drop_top();
            }
        }
    }

    /// A value that was only just read isn't read, rather than dropped.
    fn drop_top(&mut self) {
        match self.output.last() {
            Some(
                Instruction::LocalGet(_)
                | Instruction::GlobalGet(_)
                | Instruction::I32Const(_)
                | Instruction::I64Const(_)
                | Instruction::F32Const(_)
                | Instruction::F64Const(_)
                | Instruction::V128Const(_)
                | Instruction::RefNull(_)
                | Instruction::RefFunc(_),
            ) => {
                self.output.pop();
            }
            Some(Instruction::LocalTee(local)) => {
                let local = *local;
                self.output.pop();
                self.output.push(Instruction::LocalSet(local));
            }
            _ => self.output.push(Instruction::Drop),
        }
    }

    /// Makes up for everything that is missing.
    fn settle(&mut self) -> Result<(), Gone> {
        let there = self.stack.iter().rposition(|slot| *slot == Slot::Here);
        for slot in there.map_or(0, |there| there + 1)..self.stack.len() {
            let Slot::Missing(ty) = self.stack[slot] else {
                continue;
            };
            self.stack[slot] = match ty {
                Some(ty) => {
                    self.output.extend(self.remap.default_value(ty)?);
                    Slot::Here
                }
                None => Slot::Dropped,
            };
        }
        Ok(())
    }

    /// The instruction with its new immediates.
    fn instruction(&mut self, at: usize, op: &Op<'a>) -> Result<Instruction<'a>, Gone> {
        let mut operator = op.operator.clone();
        match &operator {
            Operator::BrTable { .. } => return self.table(at, operator),
            Operator::TryTable { try_table } => return self.try_table(at, try_table),
            _ => {}
        }
        if let Some(local) = immediates::local(&mut operator) {
            *local = self.locals.get(*local as usize).copied().flatten().ok_or(Gone)?;
        }
        if let Some(label) = immediates::label(&mut operator) {
            *label = self.label(*label)?;
        }
        if self.remap.plan.reshapes
            && let Some((ty, field)) = immediates::field(&mut operator)
        {
            if self.remap.drops_field(ty, *field) {
                return Err(Gone);
            }
            *field = (0..*field)
                .filter(|field| !self.remap.drops_field(ty, *field))
                .count() as u32;
        }
        if self.edit(at) == Some(Edit::Simplify)
            && let Some(memarg) = immediates::memarg(&mut operator)
        {
            memarg.offset = 0;
        }
        if let Some(Edit::Number(number)) = self.edit(at) {
            return number_instruction(&operator, number);
        }
        Ok(self.remap.instruction(operator)?)
    }

    fn label(&mut self, depth: u32) -> Result<u32, Gone> {
        let target = self.frames.len().checked_sub(depth as usize + 1).ok_or(Gone)?;
        let target = &self.frames[target];
        let level = target.kept.then_some(target.level).ok_or(Gone)?;
        Ok(self.frame().level - level)
    }

    fn table(&mut self, at: usize, operator: Operator<'a>) -> Result<Instruction<'a>, Gone> {
        let Operator::BrTable { targets } = operator else {
            return Err(Gone);
        };
        let default = self.label(targets.default())?;
        let mut labels = Vec::new();
        if self.edit(at) != Some(Edit::Simplify) {
            for target in targets.targets() {
                labels.push(self.label(target.map_err(|_| Gone)?)?);
            }
        }
        Ok(Instruction::BrTable(labels.into(), default))
    }

    /// Clauses go with their tags and labels. A clause's label is counted from outside the block.
    fn try_table(&mut self, at: usize, table: &wasmparser::TryTable) -> Result<Instruction<'a>, Gone> {
        let ty = self.remap.block_type(table.ty)?;
        let mut clauses = Vec::new();
        for (number, mut clause) in (0..).zip(table.catches.iter().copied()) {
            let (Catch::One { label, .. }
            | Catch::OneRef { label, .. }
            | Catch::All { label }
            | Catch::AllRef { label }) = &mut clause;
            let Ok(new) = self.label(*label) else { continue };
            *label = new;
            let removed = self.remap.plan.removes(Site::Catch(self.func, at as u32, number));
            if let (false, Ok(clause)) = (removed, self.remap.catch(clause)) {
                clauses.push(clause);
            }
        }
        Ok(Instruction::TryTable(ty, clauses.into()))
    }

    fn finish(self, mut function: Function) -> Function {
        for instruction in &self.output {
            self.remap.note(instruction);
            function.instruction(instruction);
        }
        function
    }
}

/// The constant of the same type with another value.
fn number_instruction<'a>(operator: &Operator<'_>, number: i64) -> Result<Instruction<'a>, Gone> {
    Ok(match operator {
        Operator::I32Const { .. } => Instruction::I32Const(number.try_into().map_err(|_| Gone)?),
        Operator::I64Const { .. } => Instruction::I64Const(number),
        Operator::F32Const { .. } => Instruction::F32Const((number as f32).into()),
        Operator::F64Const { .. } => Instruction::F64Const((number as f64).into()),
        _ => return Err(Gone),
    })
}
