//! Resources of any type that the host holds.

use super::giving::{add_handle, destroy};
use super::handles::Handle;
use super::instance_types::KnownResource;
use super::resource_type::ResourceType;
use crate::AsContextMut;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::store::StoreOpaque;
use transom_component::types::ResourceIdx;
use transom_error::{Result, ensure};
use transom_vm::StoreId;

/// A handle of the host to a resource, of whichever type. It is an index into a table of the store: copies are the same handle. Owned
/// handles must be given to a component again, or be dropped with [`resource_drop`](Self::resource_drop); borrowed ones must be dropped before
/// the call ends that they were passed to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ResourceAny {
    store: StoreId,
    index: u32,
    key: u32,
    ty: ResourceType,
    is_owned: bool,
}

impl ResourceAny {
    /// The resource's type.
    pub fn ty(&self) -> ResourceType {
        self.ty
    }

    /// Whether the handle owns the resource.
    pub fn owned(&self) -> bool {
        self.is_owned
    }

    fn check_store(&self, store: &transom_vm::Store) -> Result<()> {
        ensure!(
            self.store == store.id(),
            "a resource is used with a store that it does not belong to"
        );
        Ok(())
    }

    /// Drops the handle. If it owns the resource, its destructor runs.
    ///
    /// # Errors
    ///
    /// The handle is lent, or was dropped or given away before; it belongs to another store; or the destructor trapped.
    pub fn resource_drop(self, mut store: impl AsContextMut) -> Result<()> {
        let store = store.as_context_mut().0;
        self.check_store(store.vm())?;
        let components = store.components_mut();
        let handle = components.remove(None, self.index, self.key)?;
        if handle.scope.is_some() {
            return Ok(());
        }
        let resource = &store.components().resources[self.key as usize];
        let (destructor, instance) = (resource.destructor, resource.instance);
        let destroyed = destroy(store, self.key, destructor, handle.rep);
        if let (Err(_), Some(instance)) = (&destroyed, instance) {
            let components = store.components_mut();
            let root = components.instance(instance).root;
            components.note_trap(root);
        }
        destroyed
    }

    /// A handle of the host to a resource whose representation is known; a borrowed one has the call that it ends with.
    pub(crate) fn create(
        store: &mut dyn StoreOpaque,
        ty: ResourceType,
        rep: u32,
        scope: Option<u32>,
    ) -> Result<ResourceAny> {
        let key = store.components_mut().resource_key(ty);
        let handle = match scope {
            Some(scope) => Handle::borrowed(key, rep, scope),
            None => Handle::owned(key, rep),
        };
        Ok(ResourceAny {
            store: store.vm().id(),
            index: add_handle(store, None, handle)?,
            key,
            ty,
            is_owned: scope.is_none(),
        })
    }

    /// The representation of a resource of the host; an owned handle is given up for it.
    pub(crate) fn into_rep(self, store: &mut dyn StoreOpaque, ty: ResourceType) -> Result<u32> {
        self.check_store(store.vm())?;
        ensure!(
            self.ty == ty,
            "resource type mismatch: the resource is of another type"
        );
        let components = store.components_mut();
        match self.is_owned {
            true => components.take_own(None, self.index, self.key),
            false => components.rep(None, self.index, self.key),
        }
    }

    fn of(cx: &mut LiftContext<'_>, resource: ResourceIdx, handle: Handle) -> Result<ResourceAny> {
        cx.allocate(1, 2 * size_of::<Handle>())?;
        let table = &mut cx.components.host;
        if let Some((_, desired)) = table.growth() {
            table.reserve(desired)?;
        }
        let index = table.add(handle)?;
        Ok(ResourceAny {
            store: cx.store,
            index,
            key: handle.ty,
            ty: cx.types().resource(resource).ty,
            is_owned: handle.scope.is_none(),
        })
    }

    /// Takes an owned handle of an instance.
    pub(crate) fn lift_own(
        cx: &mut LiftContext<'_>,
        index: u32,
        resource: ResourceIdx,
    ) -> Result<ResourceAny> {
        let (ty, rep) = cx.own(index, resource)?;
        ResourceAny::of(cx, resource, Handle::owned(ty, rep))
    }

    /// Borrows a handle of an instance for the innermost call.
    pub(crate) fn lift_borrow(
        cx: &mut LiftContext<'_>,
        index: u32,
        resource: ResourceIdx,
    ) -> Result<ResourceAny> {
        let (ty, rep) = cx.borrow(index, resource)?;
        let scope = cx.components.count_borrow();
        let scope = scope.expect("a call that borrows has a scope");
        ResourceAny::of(cx, resource, Handle::borrowed(ty, rep, scope))
    }

    fn known<'c>(&self, cx: &LowerContext<'c>, resource: ResourceIdx) -> Result<&'c KnownResource> {
        self.check_store(cx.store.vm())?;
        let known = cx.types().resource(resource);
        ensure!(
            known.ty == self.ty,
            "mismatched resource types: the function takes `{}`, and the handle is of another resource",
            cx.types().resource_name(resource)
        );
        Ok(known)
    }

    /// Gives an owned handle to an instance.
    pub(crate) fn lower_own(self, cx: &mut LowerContext<'_>, resource: ResourceIdx) -> Result<u32> {
        let key = self.known(cx, resource)?.key;
        let rep = cx.store.components_mut().take_own(None, self.index, key)?;
        cx.own(resource, rep)
    }

    /// Lends the handle to an instance for the innermost call.
    pub(crate) fn lower_borrow(self, cx: &mut LowerContext<'_>, resource: ResourceIdx) -> Result<u32> {
        let key = self.known(cx, resource)?.key;
        let rep = cx.store.components_mut().lend(None, self.index, key)?;
        cx.borrow(resource, rep)
    }
}
