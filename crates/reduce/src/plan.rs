//! What is to be changed in a module: a set of edits, each of one site.
//!
//! A pass lists changes, the search picks some of them, and one encoder makes the module that has them. A site is named by
//! what the unchanged module calls it, so changes of one pass go together in any combination.

use std::collections::{HashMap, HashSet};

/// What has indices, in a module or in one of its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    Func,
    Table,
    Memory,
    Global,
    Tag,
    Type,
    Elem,
    Data,
    Export,
    Custom,
}

impl Space {
    /// How many there are.
    pub const COUNT: usize = 10;

    /// Those that instructions name.
    pub const NAMED: [Space; 8] = [
        Space::Func,
        Space::Table,
        Space::Memory,
        Space::Global,
        Space::Tag,
        Space::Type,
        Space::Elem,
        Space::Data,
    ];
}

/// Where something is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Site {
    /// An item.
    Item(Space, u32),
    /// The constant expression that an item begins with, or that says where a segment goes.
    Init(Space, u32),
    /// How large a table or memory is.
    Limits(Space, u32),
    /// The start function.
    Start,
    /// A function's instruction.
    Op(u32, u32),
    /// A clause of a `try_table`: function, instruction, clause.
    Catch(u32, u32, u32),
    /// A function's local that is no parameter, counted with the parameters.
    Local(u32, u32),
    /// A function type's parameter.
    Param(u32, u32),
    /// A function type's results.
    Results(u32),
    /// A structure type's field.
    Field(u32, u32),
    /// What a type is declared a subtype of.
    Super(u32),
    /// An element segment's entry.
    Entry(u32, u32),
    /// A data segment's contents.
    Bytes(u32, u32, u32),
}

/// What is done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// It goes. Of an instruction, operands are dropped and results are defaults; of a block, only its ends go.
    Remove,
    /// Something simpler takes its place: a default, an immediate of zero, no maximum.
    Simplify,
    /// The instruction, or the function's body, becomes `unreachable`.
    Trap,
    /// An import is defined in the module.
    Define,
    /// What follows in the block goes, as nothing gets there.
    Cut,
    /// The instruction becomes `unreachable`, but what follows stays.
    Stop,
    /// The instruction goes, and nobody needs its results.
    Forget,
    /// Of an `if`, only the second arm stays.
    Else,
    /// The instruction's operands from this one on stay in place of its results; of results, so many stay.
    Keep(u32),
    /// The function returns the instruction's result at once.
    Return,
    /// The instruction and the next one, which undoes it, go.
    Pass,
    /// The number in its place.
    Number(i64),
}

/// One edit of one site.
pub(crate) type Change = (Site, Edit);

/// Changes that are made together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    edits: HashMap<Site, Edit>,
    /// Functions with edited instructions or locals.
    touched: HashSet<u32>,
    /// Whether types change their shape, which instructions anywhere may depend on.
    pub reshapes: bool,
    /// Whether indices change that instructions name.
    pub renumbers: bool,
}

impl Plan {
    /// Adds a change, unless there is one of the same site.
    pub fn add(&mut self, (site, edit): Change) {
        if self.edits.contains_key(&site) {
            return;
        }
        match site {
            Site::Op(func, _) | Site::Catch(func, ..) | Site::Local(func, _) => {
                self.touched.insert(func);
            }
            Site::Param(..) | Site::Results(_) | Site::Field(..) => self.reshapes = true,
            Site::Item(space, _) => {
                let whole = matches!(edit, Edit::Remove | Edit::Define);
                self.renumbers |= whole && Space::NAMED.contains(&space);
            }
            _ => {}
        }
        self.edits.insert(site, edit);
    }

    /// What is done at a site.
    pub fn get(&self, site: Site) -> Option<Edit> {
        self.edits.get(&site).copied()
    }

    /// Whether a site goes.
    pub fn removes(&self, site: Site) -> bool {
        self.get(site) == Some(Edit::Remove)
    }

    /// Whether a function's instructions may differ from what they were.
    pub fn touches(&self, func: u32) -> bool {
        self.reshapes || self.renumbers || self.touched.contains(&func)
    }
}
