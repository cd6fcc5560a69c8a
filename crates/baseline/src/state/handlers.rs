//! The clauses that catch exceptions, and which of them are around an instruction.
//!
//! The clauses form a tree: each knows the one around it. A `try` that delegates has a body whose clauses are those of an outer
//! block, whatever lies between, so the clauses around an instruction are no stack.

use crate::assembler::Label;
use std::collections::HashSet;
use transom_code::decide::legacy::LegacyTries;

/// A clause.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The tag that it catches; `None` if it catches all.
    pub tag: Option<u32>,
    /// Where its code begins, with the exception in `rax`.
    pub label: Label,
}

/// A place among the clauses: what is inside one of them, or of none.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Scope(Option<u32>);

/// The clauses of a function.
#[derive(Default, Debug)]
pub struct Handlers {
    clauses: Vec<(Handler, Scope)>,
    /// Where the next instruction is.
    pub scope: Scope,
    /// The `try`s of the function, if it has any.
    pub legacy: LegacyTries,
}

impl Handlers {
    /// Goes into clauses, of which the first counts first.
    pub fn enter(&mut self, clauses: &[Handler]) {
        for &clause in clauses.iter().rev() {
            self.clauses.push((clause, self.scope));
            self.scope = Scope(Some(self.clauses.len() as u32 - 1));
        }
    }

    /// The clauses around the next instruction, the innermost first; none after one that catches all, and none twice.
    pub fn active(&self) -> Vec<Handler> {
        let mut active: Vec<Handler> = Vec::new();
        let mut tags = HashSet::new();
        let mut scope = self.scope;
        while let Some(index) = scope.0 {
            let (handler, outer) = self.clauses[index as usize];
            scope = outer;
            if tags.insert(handler.tag) {
                active.push(handler);
            }
            if handler.tag.is_none() {
                break;
            }
        }
        active
    }
}
