//! Copies of small loops: see `translate::turns`. And loops at which a function begins: see `translate::entry`.

use super::dispatch::Dispatches;
use cranelift_codegen::ir::{Block, SourceLoc, Type, Value};
use cranelift_frontend::Variable;
use transom_module::wasmparser::BinaryReader;

/// Where a translation is among the copies of loops.
#[derive(Default)]
pub struct Turns<'a> {
    /// The innermost loop, if a second copy of it is to follow.
    pub first: Option<FirstTurn<'a>>,
    /// Set at the end of a loop whose body is to be read again.
    pub again: Option<BinaryReader<'a>>,
    /// The loop at which the function begins, if it does: see `translate::entry`.
    pub entry: Option<Box<Entry>>,
    /// The loops that begin with a table of branches: see `translate::dispatch`.
    pub dispatches: Dispatches<'a>,
}

/// How the function's entry leads to one of its loops.
pub struct Entry {
    /// The blocks around the loop, the outermost first, and the loop where the function begins: their offsets, and whether they are
    /// loops.
    pub path: Vec<(u32, bool)>,
    /// The heights of operands there that are references to objects, in ascending order.
    pub objects: Vec<u32>,
    /// How many of them were met.
    pub next: usize,
    /// What leads to the next loop.
    pub lead: Lead,
    /// Whether a loop was met. What precedes it is never executed.
    pub is_reached: bool,
    /// Not zero until the last loop is reached.
    pub entering: Variable,
    /// The address of the values.
    pub buffer: Value,
    /// Operands with two definitions, by their heights.
    pub operands: Vec<Operand>,
    /// How many operands there are at the last loop, once it was met.
    pub found: Option<usize>,
}

/// The block that leads to a loop, and how many operands are below the loop around it.
pub struct Lead {
    pub block: Block,
    pub height: usize,
}

/// An operand with two definitions.
#[derive(Clone, Copy)]
pub struct Operand {
    pub variable: Variable,
    /// What it was read as last.
    pub value: Value,
    pub ty: Type,
}

impl Entry {
    /// Whether the operand at a height is a reference to an object, at the last loop.
    pub fn is_object(&self, height: usize) -> bool {
        self.objects.binary_search(&(height as u32)).is_ok()
    }
}

/// The loop whose first copy is being translated. It is the innermost, so there is only one.
pub struct FirstTurn<'a> {
    /// The loop's body, to be read again.
    pub body: BinaryReader<'a>,
    /// Where the first copy begins.
    pub head: Block,
    /// Where the loop is in the module.
    pub location: SourceLoc,
    /// How many blocks are open inside the loop, itself among them.
    pub depth: usize,
    /// Whether a branch leads to the second copy.
    pub reached: bool,
}
