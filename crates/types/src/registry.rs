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
//! The tables and the groups hold each other, so the structures of both are defined here; what handles answer
//! (`group`), how a group comes to be (`intern`) and how its types are related (`relation`) are files of their own.
//!
//! # Locks
//! One read-write lock guards the tables. A handle must never be *dropped* while the lock is held, as
//! dropping may need the lock: whatever is upgraded under the lock is returned, or declared before the guard.

mod group;
mod intern;
mod relation;

use crate::{RecRef, SubType, TypeDescriptor, TypeError, TypeId, TypeKind};
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

/// An interned rec group.
struct Group {
    registry: TypeRegistry,
    canon: Arc<[SubType<RecRef>]>,
    types: Box<[SubType]>,
    /// One per type. The slice is never moved or resized: compiled code knows the addresses.
    descriptors: Box<[TypeDescriptor]>,
    /// The groups that this one refers to.
    outer: Vec<RecGroup>,
    /// Whether the tables still know the group.
    registered: bool,
}

/// A counted handle on an interned rec group. It keeps the group's types alive, and those that they refer to.
#[derive(Clone)]
pub struct RecGroup(Arc<Group>);

/// A counted handle on one type of an interned rec group.
#[derive(Clone)]
pub struct RegisteredType {
    group: RecGroup,
    index: u32,
}

impl TypeRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
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

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
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
        self.groups.get(canon)?.upgrade().map(RecGroup)
    }

    pub(crate) fn lookup(&self, id: TypeId) -> Option<RegisteredType> {
        let slot = self.slot(id)?;
        let group = RecGroup(slot.group.upgrade()?);
        Some(RegisteredType {
            group,
            index: slot.index,
        })
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
        let weak = Arc::downgrade(&handle.0);
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
    fn remove(&mut self, canon: &Arc<[SubType<RecRef>]>, ids: &[TypeId]) {
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

impl Group {
    /// Takes the group out of the tables, once.
    fn deregister(&mut self) {
        if core::mem::take(&mut self.registered) {
            let ids: Vec<TypeId> = self.descriptors.iter().map(|d| d.id).collect();
            self.registry.write().remove(&self.canon, &ids);
        }
    }
}

/// A group may be the last to refer to another, and so on, through as many groups as a guest likes to chain. So
/// they go in a loop.
impl Drop for Group {
    fn drop(&mut self) {
        self.deregister();
        let mut doomed = core::mem::take(&mut self.outer);
        while let Some(handle) = doomed.pop() {
            if let Some(mut group) = Arc::into_inner(handle.0) {
                group.deregister();
                doomed.append(&mut group.outer);
            }
        }
    }
}

#[cfg(test)]
mod tests;
