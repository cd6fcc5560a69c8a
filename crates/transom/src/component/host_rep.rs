//! What the host holds of a resource of its own: a number, and whose it is.

use super::resource_any::ResourceAny;
use super::resource_type::ResourceType;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::shapes::parts;
use crate::component::convert::traits::InterfaceType;
use crate::store::StoreOpaque;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use transom_component::types::{Parts, ResourceIdx};
use transom_error::{Result, bail, ensure};

/// Whose a handle is.
const BORROWED: u8 = 0;
const OWNED: u8 = 1;
/// It was owned, and was given to a component.
const GIVEN: u8 = 2;

/// A resource of the host, whatever its type.
pub(super) struct HostRep {
    rep: u32,
    state: AtomicU8,
}

impl HostRep {
    fn new(rep: u32, state: u8) -> HostRep {
        HostRep {
            rep,
            state: AtomicU8::new(state),
        }
    }

    pub fn owned(rep: u32) -> HostRep {
        HostRep::new(rep, OWNED)
    }

    pub fn borrowed(rep: u32) -> HostRep {
        HostRep::new(rep, BORROWED)
    }

    pub fn rep(&self) -> u32 {
        self.rep
    }

    /// Whether it is owned, or was until it was given away.
    pub fn is_owned(&self) -> bool {
        self.state.load(Ordering::Relaxed) != BORROWED
    }

    /// Writes it as a structure of a name.
    pub fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.load(Ordering::Relaxed) {
            BORROWED => "borrow",
            OWNED => "own",
            _ => "own (taken)",
        };
        f.debug_struct(name)
            .field("rep", &self.rep)
            .field("state", &state)
            .finish()
    }

    /// The resource of a handle, which must be of a type.
    ///
    /// # Errors
    ///
    /// It is a handle to something else, or belongs to another store.
    pub fn of_any(resource: ResourceAny, store: &mut dyn StoreOpaque, ty: ResourceType) -> Result<HostRep> {
        let state = if resource.owned() { OWNED } else { BORROWED };
        Ok(HostRep::new(resource.into_rep(store, ty)?, state))
    }

    /// A handle to the resource, which is of a type.
    ///
    /// # Errors
    ///
    /// It is owned and was given away, or it is borrowed outside of a call.
    pub fn into_any(self, store: &mut dyn StoreOpaque, ty: ResourceType) -> Result<ResourceAny> {
        match self.take_if_owned() {
            Ok(()) => ResourceAny::create(store, ty, self.rep, None),
            Err(BORROWED) => {
                let Some(scope) = store.components_mut().count_borrow() else {
                    bail!("a borrowed resource becomes a handle only during a call")
                };
                ResourceAny::create(store, ty, self.rep, Some(scope))
            }
            Err(_) => bail!("host resource already consumed"),
        }
    }

    fn take_if_owned(&self) -> std::result::Result<(), u8> {
        let order = Ordering::Relaxed;
        self.state.compare_exchange(OWNED, GIVEN, order, order).map(drop)
    }

    /// Gives or lends it to an instance: the handle.
    ///
    /// # Errors
    ///
    /// It was given away, or is borrowed and is to be given.
    pub fn give(&self, cx: &mut LowerContext<'_>, ty: InterfaceType) -> Result<u32> {
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

    /// Takes or borrows the resource of a handle of an instance.
    ///
    /// # Errors
    ///
    /// It is no handle of the type.
    pub fn take(cx: &mut LiftContext<'_>, ty: InterfaceType, index: u32) -> Result<HostRep> {
        match *parts(cx.options, ty.0) {
            Parts::Own(resource) => Ok(HostRep::owned(cx.own(index, resource)?.1)),
            Parts::Borrow(resource) => Ok(HostRep::borrowed(cx.borrow(index, resource)?.1)),
            _ => unreachable!("the types have been compared"),
        }
    }
}

/// The resource that a type of handles is for.
pub(super) fn resource_of(parts: &Parts) -> ResourceIdx {
    match *parts {
        Parts::Own(resource) | Parts::Borrow(resource) => resource,
        _ => unreachable!("the types have been compared"),
    }
}
