//! What handles exceptions in each `try` of the legacy proposal.
//!
//! `try_table` names its clauses where its body begins; a `try` has them behind its body, where a compiler that reads the
//! body once would come too late: every call in the body has to name its handlers. So a function that has `try`s is read before.

use std::collections::HashMap;
use transom_module::wasmparser::{Operator, OperatorsReader};

/// The `try`s of a function, by their offsets in the module's bytes.
#[derive(Default, Debug)]
pub struct LegacyTries(HashMap<u32, Handling>);

/// What a `try` does with exceptions of its body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Handling {
    /// It has clauses, maybe none. Each is for a tag, or for all exceptions.
    Clauses(Vec<Option<u32>>),
    /// It leaves them to what handles exceptions in an outer block, which is so many blocks further out.
    Delegate(u32),
}

impl LegacyTries {
    /// Those of a valid body.
    pub fn of(mut body: OperatorsReader<'_>) -> LegacyTries {
        let mut tries = HashMap::new();
        // For each open block, the `try` that it is, and its clauses.
        let mut open: Vec<Option<(u32, Vec<Option<u32>>)>> = vec![None];
        while let Ok((operator, offset)) = body.read_with_offset() {
            let mut clause = |tag| {
                if let Some(Some((_, clauses))) = open.last_mut() {
                    clauses.push(tag);
                }
            };
            match operator {
                Operator::Catch { tag_index } => clause(Some(tag_index)),
                Operator::CatchAll => clause(None),
                Operator::Try { .. } => open.push(Some((offset as u32, Vec::new()))),
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::TryTable { .. } => open.push(None),
                Operator::End => {
                    if let Some(Some((offset, clauses))) = open.pop() {
                        tries.insert(offset, Handling::Clauses(clauses));
                    }
                }
                Operator::Delegate { relative_depth } => {
                    if let Some(Some((offset, _))) = open.pop() {
                        tries.insert(offset, Handling::Delegate(relative_depth));
                    }
                }
                _ => {}
            }
        }
        LegacyTries(tries)
    }

    /// What the `try` at an offset does.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn at(&self, offset: u32) -> &Handling {
        &self.0[&offset]
    }
}

#[cfg(test)]
mod tests;
