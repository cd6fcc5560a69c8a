//! Components with resolved imports.

use super::create;
use super::exports::Instance;
use crate::AsContextMut;
use crate::component::compiled::Component;
use crate::component::linker::resolve::Linked;
use std::sync::Arc;
use transom_error::Result;

/// A component with resolved imports, for repeated instantiation.
pub struct InstancePre<T: 'static> {
    component: Component,
    linked: Arc<[Linked<T>]>,
}

impl<T: 'static> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        InstancePre {
            component: self.component.clone(),
            linked: self.linked.clone(),
        }
    }
}

impl<T: 'static> std::fmt::Debug for InstancePre<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstancePre")
            .field("component", &self.component)
            .finish_non_exhaustive()
    }
}

impl<T: 'static> InstancePre<T> {
    pub(crate) fn new(component: &Component, linked: Vec<Linked<T>>) -> InstancePre<T> {
        InstancePre {
            component: component.clone(),
            linked: linked.into(),
        }
    }

    /// The component.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// The engine.
    pub fn engine(&self) -> &crate::Engine {
        self.component.engine()
    }

    /// Instantiates the component, and runs the start functions of its modules.
    ///
    /// # Errors
    ///
    /// The limits of the store forbid an instance, a start function trapped, or an import belongs to another store.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let store = store.as_context_mut();
        create::instantiate(store.0, &self.component, &self.linked)
    }
}
