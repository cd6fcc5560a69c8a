//! Interning: from the canonical form of a rec group to a handle on it.
//!
//! A group is resolved and checked before the lock is taken for writing, and looked for once more after that.

use super::{RecGroup, RegisteredType, TypeRegistry};
use crate::validate::{check_group, resolve_outer};
use crate::{CompositeType, FuncType, RecRef, SubType, TypeError};
use std::sync::Arc;

impl TypeRegistry {
    /// The group of this canonical form: the one that is there already, or a new one.
    ///
    /// # Errors
    /// If the group isn't valid (§3.2.11): a reference without target, a supertype that is final, comes later or
    /// doesn't match, or too deep subtyping.
    pub fn intern(&self, group: Vec<SubType<RecRef>>) -> Result<RecGroup, TypeError> {
        if let Some(found) = self.read().find(&group) {
            return Ok(found);
        }
        let outer = resolve_outer(self, &group)?;
        check_group(self, &group)?;
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
}
