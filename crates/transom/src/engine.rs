//! The engine: what stores and modules have in common.

use crate::Config;
use anyhow::{Result, anyhow};
use std::sync::Arc;
use transom_optimizer::{Emit, Optimizer};
use transom_types::TypeRegistry;

/// Types, a compiler and a configuration, shared by modules and stores. Cloning one is cheap, and both are the
/// same engine; it can be used from several threads.
#[derive(Clone, Debug)]
pub struct Engine(Arc<EngineInner>);

#[derive(Debug)]
struct EngineInner {
    config: Config,
    vm: Arc<transom_vm::Engine>,
}

impl Engine {
    /// An engine for a configuration.
    ///
    /// # Errors
    ///
    /// The machine lacks something that Transom needs, or the file that [`Config::profiler`] asks for can't be written.
    pub fn new(config: &Config) -> Result<Engine> {
        let registry = TypeRegistry::new();
        let optimizer = Optimizer::new(registry.clone(), config.options.tunables.clone());
        let mut optimizer = optimizer.map_err(|error| anyhow!(error))?;
        if let Some(folder) = config.emit_clif.clone() {
            let filter = config.emit_filter.clone();
            optimizer = optimizer.emit_to(Emit { folder, filter });
        }
        let vm = transom_vm::Engine::new(registry, Box::new(optimizer), config.options.clone())?;
        Ok(Engine(Arc::new(EngineInner {
            config: config.clone(),
            vm: Arc::new(vm),
        })))
    }

    /// The configuration that the engine was made with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether two are the same engine.
    pub fn same(a: &Engine, b: &Engine) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// Begins the next epoch: programs whose deadline has come are stopped, see
    /// [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline). Takes a lock for a short time, so unlike a
    /// plain counter it should not be called from a signal handler.
    pub fn increment_epoch(&self) {
        self.0.vm.increment_epoch();
    }

    pub(crate) fn vm(&self) -> &Arc<transom_vm::Engine> {
        &self.0.vm
    }

    pub(crate) fn registry(&self) -> &TypeRegistry {
        self.0.vm.registry()
    }
}

impl Default for Engine {
    /// The engine of the default configuration.
    ///
    /// # Panics
    ///
    /// If the machine lacks something that Transom needs.
    fn default() -> Engine {
        Engine::new(&Config::default()).expect("the default configuration works on every supported machine")
    }
}
