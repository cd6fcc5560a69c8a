//! Resources of the host.

use super::resource_any::ResourceAny;
use super::resource_type::ResourceType;
use crate::AsContextMut;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::shapes::parts;
use crate::component::convert::traits::{ComponentType, InterfaceType, Lift, Lower, TypeChecker};
use crate::store::StoreOpaque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};
use transom_component::types::{DefinedType, Parts, ResourceIdx};
use transom_error::{Result, bail, ensure};

/// Whose a handle is.
const BORROWED: u8 = 0;
const OWNED: u8 = 1;
/// It was owned, and was given to a component.
const GIVEN: u8 = 2;

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
    rep: u32,
    state: AtomicU8,
    of: PhantomData<fn() -> T>,
}

impl<T: 'static> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.load(Ordering::Relaxed) {
            BORROWED => "borrow",
            OWNED => "own",
            _ => "own (taken)",
        };
        f.debug_struct("Resource")
            .field("rep", &self.rep)
            .field("state", &state)
            .finish()
    }
}

impl<T: 'static> Resource<T> {
    fn new(rep: u32, state: u8) -> Resource<T> {
        Resource {
            rep,
            state: AtomicU8::new(state),
            of: PhantomData,
        }
    }

    /// An owned resource.
    pub fn new_own(rep: u32) -> Resource<T> {
        Resource::new(rep, OWNED)
    }

    /// A resource that is borrowed from whoever owns it.
    pub fn new_borrow(rep: u32) -> Resource<T> {
        Resource::new(rep, BORROWED)
    }

    /// The number.
    pub fn rep(&self) -> u32 {
        self.rep
    }

    /// Whether it is owned, or was until it was given away.
    pub fn owned(&self) -> bool {
        self.state.load(Ordering::Relaxed) != BORROWED
    }

    /// The resource of a handle.
    ///
    /// # Errors
    ///
    /// It is a handle to something else, or belongs to another store.
    pub fn try_from_resource_any(resource: ResourceAny, mut store: impl AsContextMut) -> Result<Resource<T>> {
        let store = store.as_context_mut();
        let state = if resource.owned() { OWNED } else { BORROWED };
        let rep = resource.into_rep(store.0, ResourceType::host::<T>())?;
        Ok(Resource::new(rep, state))
    }

    /// A handle to the resource.
    ///
    /// # Errors
    ///
    /// It is owned and was given away, or it is borrowed outside of a call.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        let store = store.as_context_mut();
        let ty = ResourceType::host::<T>();
        match self.take_if_owned() {
            Ok(()) => ResourceAny::create(store.0, ty, self.rep, None),
            Err(BORROWED) => {
                let Some(scope) = store.0.components_mut().count_borrow() else {
                    bail!("a borrowed resource becomes a handle only during a call")
                };
                ResourceAny::create(store.0, ty, self.rep, Some(scope))
            }
            Err(_) => bail!("host resource already consumed"),
        }
    }

    fn take_if_owned(&self) -> std::result::Result<(), u8> {
        let order = Ordering::Relaxed;
        self.state.compare_exchange(OWNED, GIVEN, order, order).map(drop)
    }

    fn give(&self, cx: &mut LowerContext<'_>, ty: InterfaceType) -> Result<u32> {
        match *parts(cx.options, ty.0) {
            Parts::Own(index) => match self.take_if_owned() {
                Ok(()) => cx.own(index, self.rep),
                Err(BORROWED) => bail!("cannot lower a `borrow` resource into an `own`"),
                Err(_) => bail!("host resource already consumed"),
            },
            Parts::Borrow(index) => {
                let state = self.state.load(Ordering::Relaxed);
                ensure!(state != GIVEN, "host resource already consumed");
                cx.borrow(index, self.rep)
            }
            _ => unreachable!("the types have been compared"),
        }
    }

    fn take(cx: &mut LiftContext<'_>, ty: InterfaceType, index: u32) -> Result<Resource<T>> {
        match *parts(cx.options, ty.0) {
            Parts::Own(resource) => Ok(Resource::new_own(cx.own(index, resource)?.1)),
            Parts::Borrow(resource) => Ok(Resource::new_borrow(cx.borrow(index, resource)?.1)),
            _ => unreachable!("the types have been compared"),
        }
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
        let index = self.give(cx, ty)?;
        to.push(u64::from(index));
        Ok(())
    }

    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()> {
        let index = self.give(cx, ty)?;
        cx.write(pointer, index.to_le_bytes())
    }
}

impl<T: 'static> Lift for Resource<T> {
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self> {
        Resource::take(cx, ty, from.word())
    }

    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self> {
        let index = u32::from_le_bytes(cx.bytes(pointer)?);
        Resource::take(cx, ty, index)
    }
}
