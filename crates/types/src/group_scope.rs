//! The types that a rec group sees while it is being put together: its own, and those of the registry.
//!
//! References outside the group were resolved before, and somebody keeps those types alive.

use crate::registry::Tables;
use crate::subtype::Definitions;
use crate::{RecRef, SubType, TypeKind};

/// The types of a group that isn't interned yet, above those of the registry.
pub(crate) struct GroupScope<'a> {
    pub(crate) group: &'a [SubType<RecRef>],
    pub(crate) tables: &'a Tables,
}

impl Definitions<RecRef> for GroupScope<'_> {
    fn kind(&self, ty: RecRef) -> Option<TypeKind> {
        match ty {
            RecRef::Rec(index) => Some(self.group.get(index as usize)?.composite.kind()),
            RecRef::Outer(id) => self.tables.kind(id),
        }
    }

    fn is_declared_subtype(&self, mut sub: RecRef, sup: RecRef) -> bool {
        // A type's supertype comes before it, or checking would have ended there; but not so for the types
        // after the one that is being checked, hence the comparison of positions.
        loop {
            match (sub, sup) {
                _ if sub == sup => return true,
                (RecRef::Outer(sub), RecRef::Outer(sup)) => return self.tables.is_declared_subtype(sub, sup),
                (RecRef::Outer(_), RecRef::Rec(_)) => return false,
                (RecRef::Rec(index), _) => match self.group.get(index as usize).and_then(|t| t.supertype) {
                    Some(RecRef::Rec(next)) if next < index => sub = RecRef::Rec(next),
                    Some(RecRef::Outer(id)) => sub = RecRef::Outer(id),
                    _ => return false,
                },
            }
        }
    }
}
