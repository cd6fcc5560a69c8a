//! Resources of the host.

use super::host_rep::HostRep;
use super::resource_any::ResourceAny;
use super::resource_type::ResourceType;
use crate::AsContextMut;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::convert::traits::{ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use std::fmt;
use std::marker::PhantomData;
use transom_component::types::{DefinedType, ResourceIdx};
use transom_error::{Result, ensure};

/// A resource of the host: a number that components can hold but not see. The type `T` says which resource it is; no value of it is needed.
///
/// A resource is *owned*, and then it is given away when it is passed to a component; or it is *borrowed*, for a call. [`ResourceTable`](super::ResourceTable) is a
/// table whose keys are resources. The destructor that a [`Linker`](super::Linker) defines runs when a component drops an owned resource; when
/// the host drops one, nothing happens.
///
/// ```
/// # use transom::component::Resource;
/// struct File;
/// let file = Resource::<File>::new_own(7);
/// assert!(file.owned() && file.rep() == 7);
/// ```
pub struct Resource<T: 'static> {
    held: HostRep,
    of: PhantomData<fn() -> T>,
}

impl<T: 'static> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.describe("Resource", f)
    }
}

impl<T: 'static> Resource<T> {
    fn of(held: HostRep) -> Resource<T> {
        Resource {
            held,
            of: PhantomData,
        }
    }

    /// An owned resource.
    pub fn new_own(rep: u32) -> Resource<T> {
        Resource::of(HostRep::owned(rep))
    }

    /// A resource that is borrowed from whoever owns it.
    pub fn new_borrow(rep: u32) -> Resource<T> {
        Resource::of(HostRep::borrowed(rep))
    }

    /// The number.
    pub fn rep(&self) -> u32 {
        self.held.rep()
    }

    /// Whether it is owned, or was until it was given away.
    pub fn owned(&self) -> bool {
        self.held.is_owned()
    }

    /// The resource of a handle.
    ///
    /// # Errors
    ///
    /// It is a handle to something else, or belongs to another store.
    pub fn try_from_resource_any(resource: ResourceAny, mut store: impl AsContextMut) -> Result<Resource<T>> {
        let store = store.as_context_mut();
        HostRep::of_any(resource, store.0, ResourceType::host::<T>()).map(Resource::of)
    }

    /// A handle to the resource.
    ///
    /// # Errors
    ///
    /// It is owned and was given away, or it is borrowed outside of a call.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        self.held
            .into_any(store.as_context_mut().0, ResourceType::host::<T>())
    }
}

impl ResourceAny {
    /// A handle to a resource of the host.
    ///
    /// # Errors
    ///
    /// As [`Resource::try_into_resource_any`].
    pub fn try_from_resource<T: 'static>(
        resource: Resource<T>,
        store: impl AsContextMut,
    ) -> Result<ResourceAny> {
        resource.try_into_resource_any(store)
    }

    /// The resource of the host that this is a handle to.
    ///
    /// # Errors
    ///
    /// As [`Resource::try_from_resource_any`].
    pub fn try_into_resource<T: 'static>(self, store: impl AsContextMut) -> Result<Resource<T>> {
        Resource::try_from_resource_any(self, store)
    }
}

impl<T: 'static> ComponentType for Resource<T> {
    const NUMBERS: usize = 1;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        let check = |resource: ResourceIdx| {
            ensure!(
                types.0.resource(resource).ty == ResourceType::host::<T>(),
                "resource type mismatch: `{}` is not the resource that the host's type stands for",
                types.0.resource_name(resource)
            );
            Ok(())
        };
        match types.defined(ty) {
            Some(&(DefinedType::Own(resource) | DefinedType::Borrow(resource))) => check(resource),
            _ => types.mismatch("own` or `borrow", ty),
        }
    }
}

impl<T: 'static> Lower for Resource<T> {
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        let index = self.held.give(cx, ty)?;
        to.push(u64::from(index));
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        let index = self.held.give(cx, ty)?;
        cx.write(pointer, index.to_le_bytes())
    }
}

impl<T: 'static> Lift for Resource<T> {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        HostRep::take(cx, ty, from.word()).map(Resource::of)
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        let index = u32::from_le_bytes(cx.bytes(pointer)?);
        HostRep::take(cx, ty, index).map(Resource::of)
    }
}
