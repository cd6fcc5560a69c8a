//! Loops that begin with a table of branches, as interpreters do: the table is copied to where the loop's body branches back.
//!
//! An interpreter is a loop that loads an instruction and goes to one of many cases with `br_table`; each case ends with a branch to the
//! loop's head:
//!
//! ```text
//! (loop $next
//!   (block $c (block $b (block $a
//!     (br_table $a $b $c (i32.load (local.get $pc))))
//!     ... (br $next))
//!     ... (br $next))
//!   ...)
//! ```
//!
//! All cases share one indirect jump, of which the processor learns only where it has led lately. So the head, which is what precedes the
//! table, and the table are translated again in place of the branch. Each case then has a jump of its own, which the processor predicts from
//! the case, and the jump to the head is saved.
//!
//! The blocks in which the head is open remain unsealed until the loop ends, because later branches to the loop lead to their ends.
//! The frontend finds the values of locals there, so a copy needs no other care, as long as nothing that is on the operand stack at those
//! ends comes from the head: the blocks must begin at the height at which the loop does.
//!
//! A copy is what would have been executed through the loop's head: it has the head's check of fuel, poll, costs and traps, each with the
//! offset of the instruction that it was made of. So no cycle lacks a poll. The test that leads to an inner loop when code begins there
//! (`translate::entry`) is in the head only: it is for those that come from outside.

use super::state::{Dispatch, Frame, Kind, Translator};
use super::visitor::Visitor;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use transom_module::wasmparser::{BinaryReader, BlockType, Operator, OperatorsReader, VisitOperator};
use transom_ops::Instruction;
use transom_ops::instruction::{Class, Effect, Runtime};

/// The most instructions of a head, blocks not counted. Those of interpreters have a dozen; a longer one is a small part of its loop.
const MAX_INSTRUCTIONS: usize = 32;
/// The fewest targets of a table, the default not counted: the processor predicts conditional branches better, and a table of a few targets
/// says little about what follows.
const MIN_TARGETS: u32 = 4;
/// The most targets, and the most locals. On the way to each target, each copy moves the values of locals to where all copies have them. In
/// small interpreters there are few such moves; in QuickJS, with 270 targets and 100 locals, copies at all branches made scripts up to 1.7 times slower.
const MAX_TARGETS: u32 = 32;
const MAX_LOCALS: usize = 16;
/// What copies may cost in a function, in instructions, whatever its own length...
const MIN_BUDGET: usize = 1000;
/// ... or as many per instruction of its own.
const BUDGET_FACTOR: usize = 1;
/// How many loops may be open whose heads may be copied, and blocks between a branch and its loop: both are looked through at a copy.
const MAX_OPEN: usize = 8;
const MAX_DEPTH: usize = 1000;

/// What is known of a loop's head.
struct Head {
    /// The blocks that it opens.
    blocks: usize,
    instructions: usize,
    targets: usize,
}

impl Head {
    /// The head of a loop with this body, if it leads to a table of branches.
    fn of(rest: BinaryReader<'_>) -> Option<Head> {
        let mut body = OperatorsReader::new(rest);
        let (mut blocks, mut instructions) = (0, 0);
        while instructions <= MAX_INSTRUCTIONS && blocks <= MAX_TARGETS as usize {
            match body.read().ok()? {
                Operator::Block {
                    blockty: BlockType::Empty,
                } => blocks += 1,
                Operator::BrTable { targets } => {
                    let few = !(MIN_TARGETS..=MAX_TARGETS).contains(&targets.len());
                    return (!few && blocks > 0).then_some(Head {
                        blocks,
                        instructions,
                        targets: targets.len() as usize + 1,
                    });
                }
                operator if may_precede(&operator) => instructions += 1,
                _ => return None,
            }
        }
        None
    }
}

/// Whether an instruction may be part of a head: it is short, and goes nowhere else, or is a conditional branch.
fn may_precede(operator: &Operator<'_>) -> bool {
    let instruction = Instruction::of(operator);
    let is_plain = matches!(
        instruction.class,
        Class::Variable | Class::Number | Class::Memory | Class::Parametric
    );
    matches!(operator, Operator::BrIf { .. })
        || is_plain && instruction.effect == Effect::Straight && instruction.runtime == Runtime::Never
}

impl<'a> Translator<'a> {
    /// A block has just been opened, and `rest` follows. If it is a loop that begins with a table of branches, its head may be copied
    /// from now on: says whether.
    pub fn begin_dispatch(&mut self, rest: &BinaryReader<'a>) -> bool {
        self.note_head_block();
        let loops = matches!(
            self.control.last(),
            Some(Frame {
                kind: Kind::Loop { .. },
                ..
            })
        );
        if !loops || !self.may_copy_heads() {
            return false;
        }
        let Some(head) = Head::of(rest.clone()) else {
            return false;
        };
        let cost = head.instructions + head.targets;
        if cost > self.budget_of_copies() {
            return false;
        }
        self.turns.dispatches.open.push(Dispatch {
            head: rest.clone(),
            location: self.builder.srcloc(),
            frame: self.control.len() - 1,
            blocks: head.blocks,
            ends: Vec::with_capacity(head.blocks),
            cost,
        });
        true
    }

    fn may_copy_heads(&self) -> bool {
        self.env.unit.tunables.optimize
            && !self.locals.in_frame
            && self.locals.own.len() <= MAX_LOCALS
            && !self.is_inlined()
            && !self.is_before_entry()
            && self.turns.dispatches.open.len() < MAX_OPEN
    }

    /// What copies may still cost.
    fn budget_of_copies(&self) -> usize {
        let outermost = self.inlining.reading.first().expect("a function is being read");
        let facts = &self.env.unit.module.bodies[outermost.function.index()].facts;
        if facts.has_legacy_exceptions {
            return 0;
        }
        let budget = MIN_BUDGET.max(facts.num_ops as usize * BUDGET_FACTOR);
        budget.saturating_sub(self.turns.dispatches.spent)
    }

    /// Notes where the block ends that has just been opened, if it belongs to a head.
    fn note_head_block(&mut self) {
        let Some(dispatch) = self.turns.dispatches.open.last_mut() else {
            return;
        };
        if dispatch.is_complete() {
            return;
        }
        let (outer, block) = (&self.control[dispatch.frame], self.control.last());
        let block = block.expect("a block has just been opened");
        if block.height == outer.height {
            dispatch.ends.push(block.exit);
        } else {
            self.turns.dispatches.open.pop();
        }
    }

    /// Whether later branches may lead to the end of a block whose frame is gone.
    pub fn is_led_to_later(&self, exit: Block) -> bool {
        let dispatch = self.turns.dispatches.open.last();
        dispatch.is_some_and(|dispatch| {
            let index = self.control.len().checked_sub(dispatch.frame + 1);
            index.and_then(|index| dispatch.ends.get(index)) == Some(&exit)
        })
    }

    /// A loop has ended, and its frame is gone: nothing leads to the blocks of its head any more.
    pub fn end_dispatch(&mut self) {
        let open = &mut self.turns.dispatches.open;
        let frame = self.control.len();
        if let Some(dispatch) = open.pop_if(|dispatch| dispatch.frame == frame) {
            for end in dispatch.ends {
                self.builder.seal_block(end);
            }
        }
    }

    /// The position, among the open ones, of the loop that a branch leads to, if a copy of its head is worth it.
    fn worth_a_copy(&self, depth: u32) -> Option<usize> {
        let frame = self.control.len() - 1 - depth as usize;
        let is_cold = |block| self.builder.func.layout.is_cold(block);
        let block = self.builder.current_block();
        if depth as usize > MAX_DEPTH || self.is_inlined() || block.is_none_or(is_cold) {
            return None;
        }
        let open = &self.turns.dispatches.open;
        let position = open.iter().rposition(|dispatch| dispatch.frame == frame)?;
        let dispatch = &open[position];
        (dispatch.is_complete() && dispatch.cost <= self.budget_of_copies()).then_some(position)
    }

    /// At a branch to a loop: translates a copy of the loop's head instead, if that is worth it, and says so.
    pub fn copy_head(&mut self, depth: u32) -> bool {
        let Some(position) = self.worth_a_copy(depth) else {
            return false;
        };
        let blocks = self.builder.func.dfg.num_blocks();
        // It is not there while it is copied, so no head is copied inside its copy.
        let dispatch = self.turns.dispatches.open.remove(position);
        self.copy(&dispatch);
        let dispatches = &mut self.turns.dispatches;
        dispatches.spent += dispatch.cost;
        dispatches.blocks += self.builder.func.dfg.num_blocks() - blocks;
        dispatches.open.insert(position, dispatch);
        true
    }

    /// The same at a branch that is taken when `condition` is not zero; else it goes to `next`, which it seals.
    pub fn copy_head_if(&mut self, condition: Value, depth: u32, next: Block) -> bool {
        if self.worth_a_copy(depth).is_none() {
            return false;
        }
        let copy = self.builder.create_block();
        self.builder.ins().brif(condition, copy, &[], next, &[]);
        self.builder.seal_block(copy);
        self.builder.seal_block(next);
        self.builder.switch_to_block(copy);
        self.visit_br(depth);
        self.reachable = true;
        true
    }

    /// Translates a copy of a head, with the topmost operands as the loop's parameters. All is then as if it had branched.
    fn copy(&mut self, dispatch: &Dispatch<'a>) {
        let location = (self.inlining.offset, self.builder.srcloc());
        let (height, arity) = {
            let frame = &self.control[dispatch.frame];
            (frame.height, frame.arity())
        };
        let inner = self.control.split_off(dispatch.frame + 1);
        let above = self.stack.split_off(height);
        let params = &above[above.len() - arity..];
        // A first copy of a small loop around the branch has nothing to do with what is inside the head.
        let turn = self.turns.first.take();
        self.translate_head(dispatch, params);
        self.turns.first = turn;
        self.control.truncate(dispatch.frame + 1);
        self.control.extend(inner);
        self.stack.truncate(height);
        self.stack.extend(above);
        self.inlining.offset = location.0;
        self.builder.set_srcloc(location.1);
        self.reachable = false;
    }

    fn translate_head(&mut self, dispatch: &Dispatch<'a>, params: &[Value]) {
        self.stack.extend(params);
        self.builder.set_srcloc(dispatch.location);
        self.fuel_check();
        self.begin_polls(&dispatch.head);
        let mut operators = OperatorsReader::new(dispatch.head.clone());
        let mut ends = dispatch.ends.iter();
        while self.reachable {
            let offset = operators.original_position();
            self.locate(offset as u32);
            let operator = operators.read().expect("it was read before");
            if self.counts_fuel() {
                self.charge(&operator);
            }
            if let Operator::Block { .. } = operator {
                let &end = ends.next().expect("all blocks of the head were noted");
                let outer = &self.control[dispatch.frame];
                let frame = Frame::again(end, outer);
                self.control.push(frame);
                continue;
            }
            let mut visitor = Visitor {
                translator: self,
                offset,
            };
            let outcome = visitor.visit_operator(&operator);
            outcome.expect("instructions of a head are supported");
        }
    }
}
