//! Control frames: the open blocks.

use crate::assembler::Label;
use smallvec::SmallVec;
use std::sync::Arc;
use transom_layout::object::FieldClass;

/// The classes of values. Nearly all blocks have one result at most, so that is not shared: counting who shares it takes longer than
/// a copy.
#[derive(Clone, Debug)]
pub enum Classes {
    None,
    One(FieldClass),
    Many(Arc<[FieldClass]>),
}

impl std::ops::Deref for Classes {
    type Target = [FieldClass];

    #[inline]
    fn deref(&self) -> &[FieldClass] {
        match self {
            Classes::None => &[],
            Classes::One(class) => std::slice::from_ref(class),
            Classes::Many(classes) => classes,
        }
    }
}

impl FromIterator<FieldClass> for Classes {
    fn from_iter<I: IntoIterator<Item = FieldClass>>(classes: I) -> Classes {
        let classes: SmallVec<[FieldClass; 16]> = classes.into_iter().collect();
        match *classes {
            [] => Classes::None,
            [class] => Classes::One(class),
            _ => Classes::Many(classes.as_slice().into()),
        }
    }
}

/// An open block.
#[derive(Debug)]
pub struct Block {
    pub kind: Kind,
    /// Where branches go: to its end, or to a loop's beginning.
    pub label: Label,
    /// Height of the operand stack below the block's parameters.
    pub height: usize,
    pub params: Classes,
    pub results: Classes,
    /// Whether a branch leads to its end.
    pub exit_reached: bool,
    /// The clauses around the instructions of its body.
    pub handlers: super::Scope,
}

/// What an open block is.
#[derive(Debug)]
pub enum Kind {
    /// The whole function: branches to its end return.
    Function,
    /// A block, or the second arm of an `if`.
    Block,
    Loop(Turn),
    /// The second arm of an `if` has not been met; it begins at the label.
    If(Label),
    /// A `try_table`, with what its clauses do.
    Try(Vec<Clause>),
    /// A `try` of the legacy proposal.
    Legacy(LegacyTry),
}

/// What a turn of a loop costs is completed behind the loop's last instruction.
#[derive(Clone, Copy, Default, Debug)]
pub struct Turn {
    /// Offset of the loop's code.
    pub begin: u32,
    /// Offset of the end of the instruction that contains the cost.
    pub cost: u32,
}

/// A clause of a `try_table`.
#[derive(Clone, Copy, Debug)]
pub struct Clause {
    /// Where its code begins.
    pub label: Label,
    /// The tag that it catches; `None` if it catches all.
    pub tag: Option<u32>,
    /// Whether it takes the exception along.
    pub with_reference: bool,
    /// The block that it branches to.
    pub depth: u32,
}

/// A `try` of the legacy proposal.
#[derive(Default, Debug)]
pub struct LegacyTry {
    /// Where the clauses begin that have not been met yet, the next one last.
    pub clauses: Vec<Label>,
    /// Whether a clause has begun, which keeps its exception as the operand at the block's height.
    pub in_clause: bool,
}

impl Block {
    /// The classes of what a branch takes along.
    pub fn branch_classes(&self) -> &[FieldClass] {
        match self.kind {
            Kind::Loop(_) => &self.params,
            _ => &self.results,
        }
    }
}
