//! Validity of a rec group before it is interned (specification §3.2.10–11).

use crate::explain::declared;
use crate::group_scope::GroupScope;
use crate::{CompositeType, RecRef, RegisteredType, SubType, TypeError, TypeId, TypeRegistry, subtype};

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
    let reason = declared::in_group(registry, group, &group[at].composite, &above.composite);
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

#[cfg(test)]
mod tests;
