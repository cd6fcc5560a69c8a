//! The types of a component, with its resources as they are in a store.

use super::resource_type::ResourceType;
use crate::unchecked::core_func::CoreFunc;
use std::sync::Arc;
use transom_component::types::{ResourceIdx, Types};
use transom_component::wiring;

/// The types of a component, with what its resources are in a store.
pub(crate) struct InstanceTypes {
    pub component: Arc<wiring::Component>,
    /// By the component's own indices.
    pub resources: Box<[KnownResource]>,
}

/// What a component's resource type is in a store.
#[derive(Clone, Copy)]
pub(crate) struct KnownResource {
    pub ty: ResourceType,
    /// Its position in the store.
    pub key: u32,
    /// Who is called with the representation of what the component drops.
    pub destructor: Option<CoreFunc>,
}

impl InstanceTypes {
    pub fn types(&self) -> &Types {
        &self.component.types
    }

    pub fn resource(&self, index: ResourceIdx) -> &KnownResource {
        &self.resources[index.index()]
    }

    /// What a resource is called, for messages.
    pub fn resource_name(&self, index: ResourceIdx) -> String {
        resource_name(&self.component, index)
    }
}

/// What a resource of a component is called, for messages.
pub(crate) fn resource_name(component: &wiring::Component, index: ResourceIdx) -> String {
    match &component.resources[index.index()].name {
        Some(name) => name.to_string(),
        None => format!("resource{}", index.0),
    }
}
