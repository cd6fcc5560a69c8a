//! What all frames share, and what items stand for.

use crate::definitions::Definitions;
use crate::types::{ResourceIdx, ValType};
use crate::validate::Error;
use crate::wiring::{Component, FuncDef, ModuleDef};
use indexmap::IndexMap;
use std::rc::Rc;

/// More items than this in all instances together are refused.
pub(super) const MAX_ITEMS: usize = 1_000_000;
/// More instances than this inside each other are refused.
pub(super) const MAX_DEPTH: usize = 100;

/// What all frames share.
pub(super) struct Flattening<'d> {
    pub definitions: &'d Definitions,
    pub component: Component,
    /// What the components in frames can refer to.
    pub scopes: Vec<Scope>,
    pub imports: Vec<(Box<str>, Def)>,
    pub items: usize,
    pub depth: usize,
}

impl Flattening<'_> {
    /// Counts items, and fails if there are too many.
    pub fn count(&mut self, items: usize) -> Result<(), Error> {
        self.items += items;
        match self.items > MAX_ITEMS {
            true => Err(refusal(format!(
                "the component consists of more than {MAX_ITEMS} items, counted in each instance of its components"
            ))),
            false => Ok(()),
        }
    }
}

/// An error about the component as a whole.
pub(super) fn refusal(message: String) -> Error {
    Error {
        message,
        offset: 0,
        gate: None,
        missing: None,
    }
}

/// What an item stands for.
#[derive(Clone)]
pub(super) enum Def {
    Func(FuncDef),
    Instance(Rc<Defs>),
    Module(ModuleDef),
    Component(Closure),
    Resource(ResourceIdx),
    Type(ValType),
    OtherType,
}

/// The exports of an instance.
pub(super) type Defs = IndexMap<Box<str>, Def>;

/// A component in the binary, in the scope of the frame that defines it.
#[derive(Clone, Copy)]
pub(super) struct Closure {
    pub definition: usize,
    pub scope: usize,
}

/// What the components inside a frame's can refer to.
pub(super) struct Scope {
    pub modules: Vec<ModuleDef>,
    pub components: Vec<Closure>,
    pub parent: Option<usize>,
}
