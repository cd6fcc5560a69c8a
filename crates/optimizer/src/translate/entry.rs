//! Code of a function that begins at one of its loops, for an activation that is there in baseline code.
//!
//! The function is translated as always, but its entry leads to the loop: the values of locals and operands come from the buffer that
//! the runtime has filled. If other loops are around the loop, a jump into its head would give the outer loop a second way in.
//! Cranelift knows loops with one way in only, and would no longer move anything out of the outer loop. So the entry leads to the
//! head of the outermost loop, and each head up to the target goes on to the next one if the function is still being
//! entered:
//!
//! ```text
//! entry:  locals = buffer; jump lead 0
//! lead k: operands that the loop around it has not = buffer; entering = whether there is a head k + 1; jump head k
//! head k: if entering, jump lead k + 1
//!         entering = 0 ...
//! ```
//!
//! What precedes the outermost loop is translated, too, because the stack of operands follows from it; nothing leads there, so
//! Cranelift removes it.
//!
//! Operands below such a loop have two definitions, so each is a variable: from where the first block begins around the loop that
//! has the operand below it. Where control meets again that has not all come through the loop, which is at the ends of such
//! blocks, the operand is read from its variable anew (`refresh_operands`).

use super::control::args;
use super::state::{Entry, Lead, Operand, Result, Translator};
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Type, Value, types};
use transom_code::{CompileError, LoopTarget};
use transom_layout::VmStoreContext;
use transom_layout::object::FieldClass;
use transom_module::Module;
use transom_module::wasmparser::Operator;

/// Bytes of a value in the buffer.
const SLOT: usize = 16;

/// The most operands that are loaded: they are read anew behind many blocks.
const MAX_OPERANDS: u32 = 1000;
/// The most blocks around the loop.
const MAX_BLOCKS: usize = 1000;

/// The blocks around a loop, the outermost first, and the loop itself: their offsets, and whether each is a loop.
///
/// # Errors
///
/// The function has no such loop, or code can't begin there.
pub fn path(module: &Module, target: &LoopTarget) -> Result<Vec<(u32, bool)>> {
    let refuse = |message: &str| CompileError::Limit {
        function: module.func_index(target.function).as_u32(),
        message: format!(
            "code cannot begin at the loop at offset {:#x}: {message}",
            target.offset
        ),
    };
    if target.operands > MAX_OPERANDS {
        return Err(refuse("there are too many operands"));
    }
    let reader = module.body(target.function).get_operators_reader();
    let mut reader = reader.map_err(|_| refuse("the body cannot be read"))?;
    let mut open: Vec<(u32, bool)> = Vec::new();
    while !reader.eof() && reader.original_position() <= u64::from(target.offset) {
        let offset = reader.original_position() as u32;
        match reader.read().map_err(|_| refuse("the body cannot be read"))? {
            Operator::Loop { .. } => open.push((offset, true)),
            Operator::Block { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. } => {
                open.push((offset, false));
            }
            Operator::End | Operator::Delegate { .. } => {
                open.pop();
            }
            _ => {}
        }
    }
    match open.last() {
        _ if open.len() > MAX_BLOCKS => Err(refuse("it is nested too deeply")),
        Some(&last) if last == (target.offset, true) => Ok(open),
        _ => Err(refuse("there is no loop")),
    }
}

impl Translator<'_> {
    /// Behind the declaration of locals: the function begins at a loop. What is translated next is not reached.
    pub fn begin_entry(&mut self, target: &LoopTarget, path: Vec<(u32, bool)>) {
        let store = self.store_context();
        // The buffer changes from entry to entry, so this load stays where it is.
        let flags = MemFlagsData::trusted();
        let buffer = self
            .builder
            .ins()
            .load(types::I64, flags, store, VmStoreContext::REPLACED);
        let entering = self.builder.declare_var(types::I32);
        let (lead, rest) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().jump(lead, &[]);
        self.builder.seal_block(lead);
        self.builder.switch_to_block(rest);
        self.builder.seal_block(rest);
        self.turns.entry = Some(Box::new(Entry {
            path,
            objects: target.objects.clone(),
            next: 0,
            lead: Lead {
                block: lead,
                height: 0,
            },
            is_reached: false,
            entering,
            buffer,
            operands: Vec::new(),
            found: None,
        }));
    }

    /// How many operands the function loads, if the loop was met at which it begins.
    pub fn end_entry(&self) -> Option<usize> {
        self.turns.entry.as_ref()?.found
    }

    /// Whether what is translated is not reached, because the entry leads further.
    pub fn is_before_entry(&self) -> bool {
        self.turns.entry.as_ref().is_some_and(|entry| !entry.is_reached)
    }

    /// Whether the present instruction is the next block around the loop, or the loop.
    fn meets_entry(&self, is_loop: bool) -> bool {
        let here = (self.inlining.offset, is_loop);
        let next = |entry: &Entry| entry.path.get(entry.next) == Some(&here);
        !self.is_inlined() && self.turns.entry.as_deref().is_some_and(next)
    }

    /// A block has begun that is not a loop, above so many operands.
    pub fn note_block(&mut self, height: usize) {
        if self.meets_entry(false)
            && let Some(mut entry) = self.turns.entry.take()
        {
            self.cover_operands(&mut entry, height);
            entry.next += 1;
            self.turns.entry = Some(entry);
        }
    }

    /// Makes variables of the operands below a height, which are there until the loop is reached.
    fn cover_operands(&mut self, entry: &mut Entry, height: usize) {
        for height in entry.operands.len()..height {
            let value = self.stack[height];
            let ty = self.builder.func.dfg.value_type(value);
            let variable = self.builder.declare_var(ty);
            if entry.is_object(height) {
                self.builder.declare_var_needs_stack_map(variable);
            }
            self.builder.def_var(variable, value);
            entry.operands.push(Operand { variable, value, ty });
        }
    }

    /// Jumps to the head of a loop with the loop's parameters, which are no longer on the stack. If the entry leads there, it does so
    /// from now on.
    pub fn jump_to_head(&mut self, head: Block, params: &[Value]) {
        if !self.meets_entry(true) {
            self.builder.ins().jump(head, &args(params));
            self.builder.switch_to_block(head);
            return;
        }
        let mut entry = self.turns.entry.take().expect("it leads here");
        let last = entry.next + 1 == entry.path.len();
        let below = entry.lead.height..self.stack.len();
        self.cover_operands(&mut entry, below.end);
        let zero = self.builder.ins().iconst(types::I32, 0);
        self.builder.def_var(entry.entering, zero);
        self.builder.ins().jump(head, &args(params));

        self.builder.switch_to_block(entry.lead.block);
        if !entry.is_reached {
            self.load_locals(&entry);
        }
        let locals = self.locals.own.len();
        for height in below.clone() {
            let Operand { variable, ty, .. } = entry.operands[height];
            let value = self.load_value(&entry, locals + height, ty);
            self.builder.def_var(variable, value);
        }
        let mut values = Vec::with_capacity(params.len());
        for (index, &param) in params.iter().enumerate() {
            let ty = self.builder.func.dfg.value_type(param);
            values.push(match last {
                true => self.load_value(&entry, locals + below.end + index, ty),
                // The loop is in its middle: nothing reads its parameters before its next turn.
                false => self.zero(ty),
            });
        }
        let further = self.builder.ins().iconst(types::I32, i64::from(!last));
        self.builder.def_var(entry.entering, further);
        self.builder.ins().jump(head, &args(&values));

        self.builder.switch_to_block(head);
        for height in below.clone() {
            self.refresh_operand(&mut entry, height);
        }
        entry.is_reached = true;
        if last {
            entry.found = Some(below.end + params.len());
        } else {
            self.lead_on(&mut entry, below.end);
        }
        entry.next += 1;
        self.turns.entry = Some(entry);
    }

    /// In the head of a loop that is not the last one: goes on to the next, if the function is being entered.
    fn lead_on(&mut self, entry: &mut Entry, height: usize) {
        let (lead, body) = (self.builder.create_block(), self.builder.create_block());
        let entering = self.builder.use_var(entry.entering);
        self.builder.set_cold_block(lead);
        self.builder.ins().brif(entering, lead, &[], body, &[]);
        self.builder.seal_block(lead);
        self.builder.seal_block(body);
        self.builder.switch_to_block(body);
        let zero = self.builder.ins().iconst(types::I32, 0);
        self.builder.def_var(entry.entering, zero);
        entry.lead = Lead { block: lead, height };
    }

    fn load_locals(&mut self, entry: &Entry) {
        for index in 0..self.locals.own.len() {
            let local = self.locals.own[index];
            let ty = crate::abi::field_type(local.class);
            let value = self.load_value(entry, index, ty);
            self.note_object(local.class, value);
            self.define_local(local, value);
        }
    }

    /// Loads a value from the buffer, by its position there.
    fn load_value(&mut self, entry: &Entry, index: usize, ty: Type) -> Value {
        let flags = MemFlagsData::trusted();
        let offset = i32::try_from(index * SLOT).expect("there are at most 50,000 locals");
        let value = self.builder.ins().load(ty, flags, entry.buffer, offset);
        let height = index.checked_sub(self.locals.own.len());
        if height.is_some_and(|height| entry.is_object(height)) {
            self.note_object(FieldClass::Object, value);
        }
        value
    }

    /// Control meets again, with so many operands below: those with two definitions are read anew.
    pub fn refresh_operands(&mut self, height: usize) {
        let Some(mut entry) = self.turns.entry.take() else {
            return;
        };
        // Operands that are gone do not come back. Those below the block are not gone.
        let gone = |(at, operand): (usize, &Operand)| self.stack.get(at) != Some(&operand.value);
        let first = entry.operands.iter().enumerate().position(gone);
        entry.operands.truncate(first.unwrap_or(entry.operands.len()));
        self.inlining.work.add(entry.operands.len());
        for at in 0..entry.operands.len().min(height) {
            self.refresh_operand(&mut entry, at);
        }
        self.turns.entry = Some(entry);
    }

    fn refresh_operand(&mut self, entry: &mut Entry, height: usize) {
        let operand = &mut entry.operands[height];
        operand.value = self.builder.use_var(operand.variable);
        self.stack[height] = operand.value;
    }
}
