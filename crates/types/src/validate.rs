//! Validity of a rec group before it is interned (specification §3.2.10–11).

use crate::group::RegisteredType;
use crate::registry::Tables;
use crate::subtype::{self, Definitions};
use crate::{CompositeType, RecRef, SubType, TypeError, TypeId, TypeKind, TypeRegistry};

/// How many supertypes a type may have: the limit that all engines share.
pub const MAX_SUBTYPING_DEPTH: usize = 63;

/// Handles on all types outside the group that it refers to, sorted by id.
pub(crate) fn resolve_outer(
    registry: &TypeRegistry,
    group: &[SubType<RecRef>],
) -> Result<Vec<RegisteredType>, TypeError> {
    let mut outer: Vec<(TypeId, usize)> = Vec::new();
    let mut bad = None;
    for (at, ty) in group.iter().enumerate() {
        ty.for_each_ref(|r| match r {
            RecRef::Outer(id) => outer.push((id, at)),
            RecRef::Rec(index) if (index as usize) < group.len() => {}
            RecRef::Rec(index) => bad = bad.or(Some((at, index))),
        });
    }
    if let Some((at, index)) = bad {
        return Err(TypeError::OutOfRange {
            at,
            index,
            len: group.len(),
        });
    }
    outer.sort_unstable();
    outer.dedup_by_key(|(id, _)| *id);
    let mut handles = Vec::with_capacity(outer.len());
    let tables = registry.read();
    for (id, at) in outer {
        handles.push(tables.lookup(id).ok_or(TypeError::UnknownType { at, id })?);
    }
    Ok(handles)
}

/// Checks every declared supertype. All references must have been resolved, and be kept alive by the caller.
pub(crate) fn check_group(registry: &TypeRegistry, group: &[SubType<RecRef>]) -> Result<(), TypeError> {
    let mut depths = Vec::with_capacity(group.len());
    for (at, ty) in group.iter().enumerate() {
        let depth = match ty.supertype {
            None => 0,
            Some(RecRef::Rec(index)) if (index as usize) < at => {
                check_supertype(registry, group, at, &group[index as usize])?;
                1 + depths[index as usize]
            }
            Some(RecRef::Rec(supertype)) => return Err(TypeError::SupertypeNotEarlier { at, supertype }),
            Some(RecRef::Outer(id)) => {
                let above = registry.lookup(id).ok_or(TypeError::UnknownType { at, id })?;
                check_supertype(registry, group, at, &above.sub_type().map(RecRef::Outer))?;
                1 + above.descriptor().depth as usize
            }
        };
        if depth > MAX_SUBTYPING_DEPTH {
            return Err(TypeError::TooDeep { at });
        }
        depths.push(depth);
    }
    Ok(())
}

/// Checks one declared supertype.
fn check_supertype(
    registry: &TypeRegistry,
    group: &[SubType<RecRef>],
    at: usize,
    above: &SubType<RecRef>,
) -> Result<(), TypeError> {
    if above.is_final {
        return Err(TypeError::FinalSupertype { at });
    }
    if is_match(registry, group, &group[at].composite, &above.composite) {
        return Ok(());
    }
    let reason = crate::explain::in_group(registry, group, &group[at].composite, &above.composite);
    Err(TypeError::NotASubtype { at, reason })
}

fn is_match(
    registry: &TypeRegistry,
    group: &[SubType<RecRef>],
    sub: &CompositeType<RecRef>,
    sup: &CompositeType<RecRef>,
) -> bool {
    let tables = registry.read();
    subtype::composite(
        &GroupScope {
            group,
            tables: &tables,
        },
        sub,
        sup,
    )
}

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

#[cfg(test)]
mod tests;
