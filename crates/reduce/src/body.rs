//! A function's instructions, with what each takes from the operand stack and what it leaves there.
//!
//! The types are the validator's. Beside them stands which instruction has made each operand, so that an operand can be
//! dropped where it is made if nobody wants it any more.

use std::collections::HashSet;
use std::ops::Range;
use transom_inspect::{Error, Result};
use transom_ops::Instruction;
use transom_ops::instruction::Effect;
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, ValType, ValidatorResources,
};

/// No instruction: the operand isn't the topmost that one has made, or is made of nothing in dead code.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// An instruction.
pub(crate) struct Op<'a> {
    /// It.
    pub operator: Operator<'a>,
    /// How many operands it takes.
    pub pops: u32,
    /// Which of the body's types it leaves.
    pushes: Range<u32>,
    /// Where the body's list of producers has those of its operands.
    operands: u32,
    /// Of a block: where its `end` is.
    pub end: u32,
    /// Of a block, `else` or `catch`: where what begins there is over, by `else`, `catch` or `end`.
    pub close: u32,
}

/// A function's code.
pub(crate) struct Body<'a> {
    /// The body as it was read.
    pub source: FunctionBody<'a>,
    /// The locals that it declares.
    pub locals: Vec<(u32, ValType)>,
    /// Its instructions; the last is the function's `end`.
    pub ops: Vec<Op<'a>>,
    types: Vec<Option<ValType>>,
    producers: Vec<u32>,
}

impl<'a> Body<'a> {
    /// Reads and validates a function's body.
    ///
    /// # Errors
    ///
    /// It is malformed or invalid.
    pub fn read(function: FuncToValidate<ValidatorResources>, source: FunctionBody<'a>) -> Result<Self> {
        let mut validator = function.into_validator(FuncValidatorAllocations::default());
        validator.read_locals(&mut source.get_binary_reader())?;
        let locals = source
            .get_locals_reader()?
            .into_iter()
            .collect::<Result<_, _>>()?;
        let mut tracer = Tracer::new(Body {
            source: source.clone(),
            locals,
            ops: Vec::new(),
            types: Vec::new(),
            producers: Vec::new(),
        });
        let mut reader = source.get_operators_reader()?;
        while !reader.eof() {
            let offset = reader.original_position();
            let operator = reader.read()?;
            let (pops, pushes) = operator
                .operator_arity(&validator)
                .ok_or_else(|| Error::new("the module has an instruction of unknown arity"))?;
            validator.op(offset, &operator)?;
            let first = tracer.body.types.len() as u32;
            let types = (0..pushes).rev();
            let types = types.map(|depth| validator.get_operand_type(depth as usize).flatten());
            tracer.body.types.extend(types);
            tracer.op(operator, pops, first..first + pushes);
        }
        Ok(tracer.body)
    }

    /// The types of an instruction's results; none where dead code leaves it open.
    pub fn results(&self, op: &Op<'_>) -> &[Option<ValType>] {
        &self.types[op.pushes.start as usize..op.pushes.end as usize]
    }

    /// The instructions whose topmost results another one takes.
    pub fn producers(&self) -> HashSet<u32> {
        self.producers.iter().copied().collect()
    }

    /// Which instruction has made an operand, counted from the lowest, or [`NOWHERE`].
    pub fn producer(&self, op: &Op<'_>, operand: u32) -> u32 {
        self.producers[(op.operands + operand) as usize]
    }
}

/// Whether nothing that follows in the block is reached.
pub(crate) fn never_returns(operator: &Operator<'_>) -> bool {
    Instruction::of(operator).effect == Effect::Leaves
}

/// Whether a block begins here.
pub(crate) fn begins_block(operator: &Operator<'_>) -> bool {
    matches!(Instruction::of(operator).effect, Effect::Opens | Effect::Loops)
}

/// Follows who makes what.
struct Tracer<'a> {
    body: Body<'a>,
    stack: Vec<u32>,
    /// Open blocks.
    open: Vec<Open>,
}

/// An open block.
struct Open {
    /// Where it begins.
    block: u32,
    /// Where its present arm begins.
    arm: u32,
    /// How high the stack is below it.
    base: usize,
}

impl<'a> Tracer<'a> {
    fn new(body: Body<'a>) -> Self {
        Tracer {
            body,
            stack: Vec::new(),
            open: vec![Open {
                block: NOWHERE,
                arm: NOWHERE,
                base: 0,
            }],
        }
    }

    fn op(&mut self, operator: Operator<'a>, pops: u32, pushes: Range<u32>) {
        let at = self.body.ops.len() as u32;
        let operands = self.body.producers.len() as u32;
        self.pop(pops);
        let results = pushes.len();
        self.control(&operator, at);
        self.body.ops.push(Op {
            operator,
            pops,
            pushes,
            operands,
            end: NOWHERE,
            close: NOWHERE,
        });
        self.stack.extend(std::iter::repeat_n(NOWHERE, results));
        if let Some(top) = self.stack.last_mut().filter(|_| results > 0) {
            *top = at;
        }
    }

    fn base(&self) -> usize {
        self.open.last().map_or(0, |open| open.base)
    }

    fn pop(&mut self, count: u32) {
        let available = (count as usize).min(self.stack.len() - self.base());
        let missing = count as usize - available;
        self.body.producers.extend(std::iter::repeat_n(NOWHERE, missing));
        let from = self.stack.len() - available;
        self.body.producers.extend(self.stack.drain(from..));
    }

    fn control(&mut self, operator: &Operator<'a>, at: u32) {
        match Instruction::of(operator).effect {
            Effect::Opens | Effect::Loops => self.open.push(Open {
                block: at,
                arm: at,
                base: self.stack.len(),
            }),
            Effect::Turns => {
                self.stack.truncate(self.base());
                if let Some(open) = self.open.last_mut() {
                    let arm = std::mem::replace(&mut open.arm, at);
                    self.close_arm(arm, at);
                }
            }
            Effect::Closes => self.close(at),
            Effect::Leaves => self.stack.truncate(self.base()),
            Effect::Straight | Effect::Branches | Effect::Calls => {}
        }
    }

    fn close(&mut self, at: u32) {
        self.stack.truncate(self.base());
        if let Some(open) = self.open.pop() {
            self.close_arm(open.arm, at);
            if let Some(block) = self.body.ops.get_mut(open.block as usize) {
                block.end = at;
            }
        }
    }

    /// The function itself is an arm that no instruction begins.
    fn close_arm(&mut self, arm: u32, at: u32) {
        if let Some(arm) = self.body.ops.get_mut(arm as usize) {
            arm.close = at;
        }
    }
}
