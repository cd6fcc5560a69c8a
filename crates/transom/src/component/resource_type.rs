//! Types of resources at run time.

use std::any::TypeId;
use transom_vm::StoreId;

/// The type of a resource: one of the host, which a Rust type stands for, or one that an instance of a component has defined. Each instance
/// defines its own.
///
/// ```
/// # use transom::component::ResourceType;
/// struct File;
/// struct Socket;
/// assert_eq!(ResourceType::host::<File>(), ResourceType::host::<File>());
/// assert_ne!(ResourceType::host::<File>(), ResourceType::host::<Socket>());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ResourceType(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Host(TypeId),
    HostDynamic(u32),
    /// By its position in a store.
    Guest(StoreId, u32),
    /// Of a component that is not instantiated: by its address, and the position in it.
    Declared(usize, u32),
}

impl ResourceType {
    /// The resource type that a Rust type stands for; see [`Resource`](super::Resource).
    pub fn host<T: 'static>() -> ResourceType {
        ResourceType(Kind::Host(TypeId::of::<T>()))
    }

    /// A resource type of the host that a number stands for; see [`ResourceDynamic`](super::ResourceDynamic).
    pub fn host_dynamic(payload: u32) -> ResourceType {
        ResourceType(Kind::HostDynamic(payload))
    }

    /// The number of such a type.
    pub(crate) fn dynamic(self) -> Option<u32> {
        match self.0 {
            Kind::HostDynamic(payload) => Some(payload),
            _ => None,
        }
    }

    pub(crate) fn guest(store: StoreId, position: u32) -> ResourceType {
        ResourceType(Kind::Guest(store, position))
    }

    pub(crate) fn declared(component: usize, position: u32) -> ResourceType {
        ResourceType(Kind::Declared(component, position))
    }

    /// Who has defined it, for messages.
    pub(crate) fn who(self) -> &'static str {
        match self.0 {
            Kind::Host(_) | Kind::HostDynamic(_) => "host-defined",
            Kind::Guest(..) | Kind::Declared(..) => "guest-defined",
        }
    }
}
