//! Resources of the host whose types are numbers.

use super::host_rep::{HostRep, resource_of};
use super::resource_any::ResourceAny;
use super::resource_type::ResourceType;
use crate::AsContextMut;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::parts;
use crate::component::convert::traits::{ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use std::fmt;
use transom_component::types::DefinedType;
use transom_error::{Context, Result, ensure};

/// A resource of the host whose type is a number, [`ResourceType::host_dynamic`]: for hosts that learn only at run time which types there are. In all else it
/// is as a [`Resource`](super::Resource). Which type a value has is checked when it is passed.
///
/// ```
/// # use transom::component::ResourceDynamic;
/// const FILE: u32 = 1;
/// let file = ResourceDynamic::new_own(7, FILE);
/// assert!(file.owned() && file.rep() == 7 && file.ty() == FILE);
/// ```
pub struct ResourceDynamic {
    held: HostRep,
    ty: u32,
}

impl fmt::Debug for ResourceDynamic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.held.describe("ResourceDynamic", f)
    }
}

impl ResourceDynamic {
    /// An owned resource of a type.
    pub fn new_own(rep: u32, ty: u32) -> ResourceDynamic {
        ResourceDynamic {
            held: HostRep::owned(rep),
            ty,
        }
    }

    /// A resource of a type that is borrowed from whoever owns it.
    pub fn new_borrow(rep: u32, ty: u32) -> ResourceDynamic {
        ResourceDynamic {
            held: HostRep::borrowed(rep),
            ty,
        }
    }

    /// The number.
    pub fn rep(&self) -> u32 {
        self.held.rep()
    }

    /// The number of the type.
    pub fn ty(&self) -> u32 {
        self.ty
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
    pub fn try_from_resource_any(
        resource: ResourceAny,
        mut store: impl AsContextMut,
    ) -> Result<ResourceDynamic> {
        let ty = resource.ty();
        let number = ty
            .dynamic()
            .context("resource type mismatch: the type of the resource is not a number of the host")?;
        Ok(ResourceDynamic {
            held: HostRep::of_any(resource, store.as_context_mut().0, ty)?,
            ty: number,
        })
    }

    /// A handle to the resource.
    ///
    /// # Errors
    ///
    /// It is owned and was given away, or it is borrowed outside of a call.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        let ty = ResourceType::host_dynamic(self.ty);
        self.held.into_any(store.as_context_mut().0, ty)
    }

    fn give(&self, cx: &mut LowerContext<'_>, ty: InterfaceType) -> Result<u32> {
        let resource = resource_of(parts(cx.options, ty.0));
        let expected = cx.types().resource(resource).ty;
        ensure!(
            expected == ResourceType::host_dynamic(self.ty),
            "resource type mismatch: `{}` is not the resource that the number {} stands for",
            cx.types().resource_name(resource),
            self.ty
        );
        self.held.give(cx, ty)
    }

    fn take(cx: &mut LiftContext<'_>, ty: InterfaceType, index: u32) -> Result<ResourceDynamic> {
        let resource = resource_of(parts(cx.options, ty.0));
        let number = cx.types().resource(resource).ty.dynamic();
        Ok(ResourceDynamic {
            held: HostRep::take(cx, ty, index)?,
            ty: number.expect("the types have been compared"),
        })
    }
}

impl ResourceAny {
    /// The resource of the host that this is a handle to, whose type is a number.
    ///
    /// # Errors
    ///
    /// As [`ResourceDynamic::try_from_resource_any`].
    pub fn try_into_resource_dynamic(self, store: impl AsContextMut) -> Result<ResourceDynamic> {
        ResourceDynamic::try_from_resource_any(self, store)
    }
}

impl ComponentType for ResourceDynamic {
    const NUMBERS: usize = 1;
    const IS_PLAIN: bool = false;

    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()> {
        match types.defined(ty) {
            Some(&(DefinedType::Own(resource) | DefinedType::Borrow(resource))) => {
                ensure!(
                    types.0.resource(resource).ty.dynamic().is_some(),
                    "resource type mismatch: `{}` is not a resource of the host whose type is a number",
                    types.0.resource_name(resource)
                );
                Ok(())
            }
            _ => types.mismatch("own` or `borrow", ty),
        }
    }
}

impl Lower for ResourceDynamic {
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()> {
        let index = self.give(cx, ty)?;
        to.push(u64::from(index));
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        let index = self.give(cx, ty)?;
        cx.write(pointer, index.to_le_bytes())
    }
}

impl Lift for ResourceDynamic {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        ResourceDynamic::take(cx, ty, from.word())
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        let index = u32::from_le_bytes(cx.bytes(pointer)?);
        ResourceDynamic::take(cx, ty, index)
    }
}
