//! The clauses that catch exceptions, and which of them are around an instruction.
//!
//! The clauses form a tree: each knows the one around it. A `try` that delegates has a body whose clauses are those of an outer
//! block, whatever lies between, so the clauses around an instruction are no stack.

use cranelift_codegen::ir::Block;
use transom_code::decide::legacy::LegacyTries;

/// A clause of a `try_table` or a `try`.
#[derive(Clone, Copy)]
pub struct Handler {
    /// The tag that it catches; `None` if it catches all.
    pub tag: Option<u32>,
    /// Where it begins, with the exception in 64 bits.
    pub block: Block,
}

/// A place among the clauses: what is inside one of them, or of none.
#[derive(Clone, Copy, Default)]
pub struct HandlerScope {
    innermost: Option<u32>,
    /// The number of clauses around it.
    pub depth: usize,
}

/// The clauses of a function.
#[derive(Default)]
pub struct Handlers {
    clauses: Vec<(Handler, HandlerScope)>,
    /// Where the next instruction is.
    pub scope: HandlerScope,
    /// The `try`s of the function, if it has any.
    pub legacy: LegacyTries,
}

impl Handlers {
    /// Goes into clauses, of which the first counts first.
    pub fn enter(&mut self, clauses: &[Handler]) {
        for &clause in clauses.iter().rev() {
            self.clauses.push((clause, self.scope));
            self.scope = HandlerScope {
                innermost: Some(self.clauses.len() as u32 - 1),
                depth: self.scope.depth + 1,
            };
        }
    }

    /// The clauses around the next instruction, the innermost first.
    pub fn around(&self) -> impl Iterator<Item = Handler> + '_ {
        let mut scope = self.scope;
        std::iter::from_fn(move || {
            let (handler, outer) = self.clauses[scope.innermost? as usize];
            scope = outer;
            Some(handler)
        })
    }
}
