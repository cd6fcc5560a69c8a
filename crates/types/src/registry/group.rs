//! Handles on interned rec groups and on the types in them: how a group is built, and what its handles answer.
//!
//! A group never changes, so no answer takes the registry's lock, but for the position of a type that is only known
//! by its id.

use super::{Group, RecGroup, RegisteredType, TypeRegistry};
use crate::{CompositeType, FieldType, FuncType, RecRef, SubType, TypeDescriptor, TypeId, TypeKind};
use std::sync::Arc;

impl RecGroup {
    /// Builds a group from its canonical form; `outer` holds a handle on each type that it refers to.
    pub(super) fn new(
        registry: TypeRegistry,
        canon: Arc<[SubType<RecRef>]>,
        ids: &[TypeId],
        outer: Vec<RegisteredType>,
    ) -> Self {
        let resolve = |r| match r {
            RecRef::Rec(index) => ids[index as usize],
            RecRef::Outer(id) => id,
        };
        let types: Box<[SubType]> = canon.iter().map(|t| t.map(resolve)).collect();
        let mut descriptors: Box<[TypeDescriptor]> = (types.iter().zip(ids))
            .map(|(ty, &id)| TypeDescriptor::unlinked(id, ty.composite.kind(), ty.is_final))
            .collect();
        for (at, ty) in canon.iter().enumerate() {
            let above: Vec<usize> = match ty.supertype {
                None => Vec::new(),
                Some(RecRef::Rec(index)) => descriptors[index as usize].supers().collect(),
                Some(RecRef::Outer(id)) => {
                    let at = outer.binary_search_by_key(&id, RegisteredType::id);
                    let at = at.expect("every outer reference was resolved");
                    outer[at].descriptor().supers().collect()
                }
            };
            descriptors[at].link(&above);
        }
        let mut outer: Vec<RecGroup> = outer.into_iter().map(|t| t.group).collect();
        outer.sort_by_key(RecGroup::address);
        outer.dedup();
        RecGroup(Arc::new(Group {
            registry,
            canon,
            types,
            descriptors,
            outer,
            registered: true,
        }))
    }

    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// How many types the group has.
    pub fn len(&self) -> usize {
        self.0.types.len()
    }

    /// Whether the group has no types at all.
    pub fn is_empty(&self) -> bool {
        self.0.types.is_empty()
    }

    /// The type at a position.
    pub fn get(&self, index: usize) -> Option<RegisteredType> {
        let position = u32::try_from(index).ok()?;
        (index < self.len()).then(|| RegisteredType {
            group: self.clone(),
            index: position,
        })
    }

    /// Handles on all types, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RegisteredType> {
        let len = u32::try_from(self.len()).expect("ids are limited");
        (0..len).map(|index| RegisteredType {
            group: self.clone(),
            index,
        })
    }

    /// The definitions, in order.
    pub fn types(&self) -> &[SubType] {
        &self.0.types
    }

    /// The canonical form: references inside the group are positions.
    pub fn canonical(&self) -> &Arc<[SubType<RecRef>]> {
        &self.0.canon
    }

    /// The position of a type in this group, if it is one of its.
    pub fn position(&self, id: TypeId) -> Option<usize> {
        // Looking through the group would make the text of a large group quadratic.
        let found = self.0.registry.lookup(id).filter(|ty| ty.group == *self);
        found.map(|ty| ty.index as usize)
    }

    /// The registry that the group lives in.
    pub fn registry(&self) -> &TypeRegistry {
        &self.0.registry
    }
}

impl PartialEq for RecGroup {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for RecGroup {}

impl core::hash::Hash for RecGroup {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl core::fmt::Debug for RecGroup {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.0.descriptors.iter().map(|d| d.id))
            .finish()
    }
}

impl RegisteredType {
    /// The engine-wide id.
    pub fn id(&self) -> TypeId {
        self.descriptor().id
    }

    /// The definition.
    pub fn sub_type(&self) -> &SubType {
        &self.group.0.types[self.index as usize]
    }

    /// What the type expands to.
    pub fn composite(&self) -> &CompositeType {
        &self.sub_type().composite
    }

    /// Which kind of composite type it expands to.
    pub fn kind(&self) -> TypeKind {
        self.composite().kind()
    }

    /// The function type, if it is one.
    pub fn as_func(&self) -> Option<&FuncType> {
        self.composite().as_func()
    }

    /// The fields, if it is a structure type.
    pub fn as_struct(&self) -> Option<&[FieldType]> {
        self.composite().as_struct()
    }

    /// The element, if it is an array type.
    pub fn as_array(&self) -> Option<&FieldType> {
        self.composite().as_array()
    }

    /// What compiled code reads of the type. Its address is the same for as long as the group is alive.
    pub fn descriptor(&self) -> &TypeDescriptor {
        &self.group.0.descriptors[self.index as usize]
    }

    /// The rec group.
    pub fn group(&self) -> &RecGroup {
        &self.group
    }

    /// The position in the rec group.
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// The registry that the type lives in.
    pub fn registry(&self) -> &TypeRegistry {
        self.group.registry()
    }

    /// Whether every value of this type is one of type `expected`.
    pub fn is_subtype_of(&self, expected: &RegisteredType) -> bool {
        self.descriptor().is_subtype_of(expected.descriptor())
    }
}

impl PartialEq for RegisteredType {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.group == other.group
    }
}

impl Eq for RegisteredType {}

impl core::hash::Hash for RegisteredType {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl core::fmt::Debug for RegisteredType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("RegisteredType")
            .field(&self.id().0)
            .field(self.sub_type())
            .finish()
    }
}

#[cfg(test)]
mod tests;
