//! The modules of a store's instances.
//!
//! Every frame of a program belongs to one of them, so backtraces find a frame's module here. That includes the modules of instances
//! whose segments did not fit: tables of others may hold their functions by then.

use crate::Module;
use smallvec::SmallVec;
use transom_module::ModuleId;

/// The modules of a store's instances.
#[derive(Default)]
pub(crate) struct Modules {
    /// By the positions of the instances. An instance without all of its definitions has none, and runs nothing.
    of_instances: SmallVec<[Option<Module>; 2]>,
    /// Each of them once, in the order of their ids. Most stores have a few, so this costs next to nothing when an instance is made.
    by_id: SmallVec<[Module; 2]>,
}

impl Modules {
    /// Notes the module of the instance at a position.
    pub fn add(&mut self, instance: usize, module: &Module) {
        let length = self.of_instances.len().max(instance + 1);
        self.of_instances.resize_with(length, || None);
        self.of_instances[instance] = Some(module.clone());
        if let Err(place) = self.search(module.description().id()) {
            self.by_id.insert(place, module.clone());
        }
    }

    /// The module of the instance at a position.
    pub fn of_instance(&self, instance: usize) -> Option<&Module> {
        self.of_instances.get(instance)?.as_ref()
    }

    /// The module with an id, if the store has an instance of it.
    pub fn with_id(&self, id: ModuleId) -> Option<&Module> {
        Some(&self.by_id[self.search(id).ok()?])
    }

    fn search(&self, id: ModuleId) -> Result<usize, usize> {
        self.by_id
            .binary_search_by_key(&id, |module| module.description().id())
    }
}
