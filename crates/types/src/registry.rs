//! The registry: every defined type of an engine, once.
//!
//! # Identity
//! Two defined types are the same iff their whole rec groups are equal and they stand at the same position
//! (iso-recursive equality, specification §3.1.3). So the unit of interning is the rec group in *canonical
//! form*: references inside the group are positions ([`RecRef::Rec`]), references outside are the ids of types
//! that are interned already ([`RecRef::Outer`]). Equal canonical forms are equal groups; nothing else needs
//! comparing, and the order in which modules bring their groups doesn't matter.
//!
//! # Lifetime
//! A [`RecGroup`] is a counted handle; a [`RegisteredType`] is such a handle and a position. The registry itself
//! holds weak handles only, while a group holds handles on the groups that it refers to. So the last handle
//! that goes takes the group out of the registry, and perhaps those below it, one after the other.
//!
//! Between a group's last handle going and its entry leaving the tables, another thread may ask for the same
//! group. It finds a weak handle that can't be upgraded, makes a new group with ids of its own, and puts that
//! into the entry. The dying group then sees a living one in the entry, and leaves it alone. Its ids are given back
//! only at that moment, so the two never share one.
//!
//! # Locks
//! One read-write lock guards the tables. A handle must never be *dropped* while the lock is held, as
//! dropping may need the lock: whatever is upgraded under the lock is returned, or declared before the guard.

use crate::group::{Group, RecGroup, RegisteredType};
use crate::subtype::Definitions;
use crate::{CompositeType, FuncType, RecRef, SubType, TypeError, TypeId, TypeKind};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

/// More ids than this are never given out: far above what validation admits, far below what ids can count.
const MAX_TYPES: usize = 1 << 28;

/// All defined types of an engine. Clones share their content.
#[derive(Clone, Default)]
pub struct TypeRegistry {
    tables: Arc<RwLock<Tables>>,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct Tables {
    /// Groups by canonical form.
    groups: HashMap<Arc<[SubType<RecRef>]>, Weak<Group>>,
    /// Types by id.
    slots: Vec<Option<Slot>>,
    /// Ids that were in use once.
    free: Vec<TypeId>,
}

/// What the tables know about a type without a handle on its group.
struct Slot {
    group: Weak<Group>,
    index: u32,
    kind: TypeKind,
    /// All supertypes, root first, and the type itself last.
    display: Box<[TypeId]>,
}

impl TypeRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// The group of this canonical form: the one that is there already, or a new one.
    ///
    /// # Errors
    /// If the group isn't valid (§3.2.11): a reference without target, a supertype that is final, comes later or
    /// doesn't match, or too deep subtyping.
    pub fn intern(&self, group: Vec<SubType<RecRef>>) -> Result<RecGroup, TypeError> {
        if let Some(found) = self.read().find(&group) {
            return Ok(found);
        }
        let outer = crate::validate::resolve_outer(self, &group)?;
        crate::validate::check_group(self, &group)?;
        let canon: Arc<[SubType<RecRef>]> = group.into();
        // Locals are dropped in reverse order: the lock is released before `outer`.
        let mut tables = self.write();
        if let Some(found) = tables.find(&canon) {
            return Ok(found);
        }
        let ids = tables.allocate(canon.len())?;
        let handle = RecGroup::new(self.clone(), canon, &ids, outer);
        tables.insert(&handle, &ids);
        Ok(handle)
    }

    /// The function type of this structure that is final, without supertype and alone in its group.
    ///
    /// # Errors
    /// If it refers to a type that isn't registered.
    pub fn try_func_type(&self, ty: &FuncType) -> Result<RegisteredType, TypeError> {
        let func = ty.try_map(&mut |id| Ok(RecRef::Outer(id)))?;
        let group = self.intern(vec![SubType::final_of(CompositeType::Func(func))])?;
        Ok(group.get(0).expect("a group has as many types as were interned"))
    }

    /// [`Self::try_func_type`] for a caller that keeps the types alive that `ty` refers to.
    ///
    /// # Panics
    /// If `ty` refers to a type that isn't registered.
    pub fn func_type(&self, ty: FuncType) -> RegisteredType {
        self.try_func_type(&ty)
            .expect("the caller keeps alive what the type refers to")
    }

    /// A handle on the type of this id, if it is alive.
    pub fn lookup(&self, id: TypeId) -> Option<RegisteredType> {
        self.read().lookup(id)
    }

    /// How many types are alive.
    pub fn len(&self) -> usize {
        self.read().slots.iter().flatten().count()
    }

    /// Whether no type is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both are the same registry.
    pub fn same(&self, other: &TypeRegistry) -> bool {
        Arc::ptr_eq(&self.tables, &other.tables)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl core::fmt::Debug for TypeRegistry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TypeRegistry")
            .field("types", &self.len())
            .finish_non_exhaustive()
    }
}

impl Tables {
    fn find(&self, canon: &[SubType<RecRef>]) -> Option<RecGroup> {
        self.groups.get(canon)?.upgrade().map(RecGroup::from_arc)
    }

    pub(crate) fn lookup(&self, id: TypeId) -> Option<RegisteredType> {
        let slot = self.slot(id)?;
        let group = RecGroup::from_arc(slot.group.upgrade()?);
        Some(RegisteredType::new(group, slot.index))
    }

    fn slot(&self, id: TypeId) -> Option<&Slot> {
        self.slots.get(id.0 as usize)?.as_ref()
    }

    /// Whether nothing is left of what was interned.
    #[cfg(test)]
    fn is_clean(&self) -> bool {
        self.groups.is_empty() && self.free.len() == self.slots.len()
    }

    fn allocate(&mut self, len: usize) -> Result<Vec<TypeId>, TypeError> {
        let fresh = len.saturating_sub(self.free.len());
        if self.slots.len().saturating_add(fresh) > MAX_TYPES {
            return Err(TypeError::TooManyTypes);
        }
        let reused = self.free.split_off(self.free.len() - (len - fresh));
        let start = u32::try_from(self.slots.len()).expect("ids are limited");
        let end = start + u32::try_from(fresh).expect("ids are limited");
        self.slots.resize_with(end as usize, || None);
        Ok(reused.into_iter().chain((start..end).map(TypeId)).collect())
    }

    fn insert(&mut self, handle: &RecGroup, ids: &[TypeId]) {
        let weak = handle.downgrade();
        for (index, sub_type) in (0u32..).zip(handle.types()) {
            let id = ids[index as usize];
            let above = sub_type.supertype.and_then(|s| self.slot(s));
            let display = above
                .map_or(&[][..], |s| &s.display)
                .iter()
                .copied()
                .chain([id])
                .collect();
            let kind = sub_type.composite.kind();
            self.slots[id.0 as usize] = Some(Slot {
                group: weak.clone(),
                index,
                kind,
                display,
            });
        }
        self.groups.insert(handle.canonical().clone(), weak);
    }

    /// Takes a group out whose last handle is gone.
    pub(crate) fn remove(&mut self, canon: &Arc<[SubType<RecRef>]>, ids: &[TypeId]) {
        if self
            .groups
            .get(canon)
            .is_some_and(|group| group.strong_count() == 0)
        {
            self.groups.remove(canon);
        }
        for &id in ids {
            self.slots[id.0 as usize] = None;
        }
        self.free.extend_from_slice(ids);
    }
}

impl Definitions<TypeId> for Tables {
    fn kind(&self, ty: TypeId) -> Option<TypeKind> {
        Some(self.slot(ty)?.kind)
    }

    fn is_declared_subtype(&self, sub: TypeId, sup: TypeId) -> bool {
        if sub == sup {
            return true;
        }
        let (Some(sub), Some(sup_slot)) = (self.slot(sub), self.slot(sup)) else {
            return false;
        };
        sub.display.get(sup_slot.display.len() - 1) == Some(&sup)
    }
}

#[cfg(test)]
mod tests;
