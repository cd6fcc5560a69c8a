//! The engine: the shared state of stores and modules.

mod getters;
pub(crate) mod metrics;

use crate::on_demand::OnDemand;
use crate::tiers::Mix;
use crate::{Config, Strategy};
use std::sync::{Arc, Weak};
use transom_baseline::Baseline;
use transom_code::Compiler;
use transom_error::{Error, Result, bail, ensure};
use transom_optimizer::{Emit, Optimizer};
use transom_types::TypeRegistry;
use transom_vm::Compilers;

/// Types, a compiler and a configuration, shared by modules and stores. A clone is cheap and refers to the same
/// engine. An engine can be used from several threads.
#[derive(Clone, Debug)]
pub struct Engine(Arc<EngineInner>);

#[derive(Debug)]
struct EngineInner {
    config: Config,
    vm: Arc<transom_vm::Engine>,
}

/// A reference to an engine that does not keep it. The default is a reference to none.
#[derive(Clone, Default, Debug)]
pub struct EngineWeak(Weak<EngineInner>);

impl EngineWeak {
    /// The engine, or `None` if nothing keeps it any more.
    pub fn upgrade(&self) -> Option<Engine> {
        self.0.upgrade().map(Engine)
    }
}

impl Engine {
    /// Creates an engine with a configuration.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.guest_debug(true);
    /// let error = Engine::new(&config).unwrap_err();
    /// assert!(error.to_string().contains("guest_debug"), "the error has the setter: {error}");
    /// ```
    ///
    /// # Errors
    ///
    /// The machine does not support a feature that Transom requires; a setting of the configuration cannot be kept, and the error names
    /// it; or the file of [`Config::profiler`] cannot be written.
    pub fn new(config: &Config) -> Result<Engine> {
        if let Some(refusal) = config.refusal() {
            bail!(refusal);
        }
        let mut options = config.options.clone();
        options.fibers.stack_size = config.stack_size();
        ensure!(options.max_wasm_stack > 0, "max_wasm_stack size cannot be zero");
        ensure!(
            options.max_wasm_stack <= options.fibers.stack_size,
            "max_wasm_stack size cannot exceed the async_stack_size: it is {} bytes, and a stack has {}",
            options.max_wasm_stack,
            options.fibers.stack_size
        );
        let registry = TypeRegistry::new();
        check_flags(config, &registry)?;
        let vm = transom_vm::Engine::new(registry.clone(), compilers(config, &registry)?, options)?;
        Ok(Engine(Arc::new(EngineInner {
            config: config.clone(),
            vm: Arc::new(vm),
        })))
    }

    /// The configuration of the engine.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether `a` and `b` are the same engine.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// assert!(Engine::same(&engine, &engine.clone()));
    /// assert!(!Engine::same(&engine, &Engine::default()));
    /// ```
    pub fn same(a: &Engine, b: &Engine) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// A reference to the engine that does not keep it, for a thread that increments epochs, for example.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let weak = engine.weak();
    /// assert!(weak.upgrade().is_some_and(|same| Engine::same(&same, &engine)));
    /// drop(engine);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn weak(&self) -> EngineWeak {
        EngineWeak(Arc::downgrade(&self.0))
    }

    /// Does at once what the first call of a program on this thread would do: it allocates a stack for the handler of hardware faults.
    pub fn tls_eager_initialize() {
        let _ = transom_vm::prepare_thread();
    }

    /// Whether programs are interpreted by Pulley: never.
    pub fn is_pulley(&self) -> bool {
        false
    }

    /// Starts the next epoch. Programs whose deadline expires are stopped; see
    /// [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline). This method takes a lock for a short time, so
    /// a signal handler must not call it.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::{thread, time::Duration};
    /// let engine = Engine::default();
    /// let ticker = engine.clone();
    /// thread::spawn(move || {
    ///     thread::sleep(Duration::from_millis(10));
    ///     ticker.increment_epoch();
    /// });
    /// let module = Module::new(&engine, r#"(module (func (export "endless") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_epoch_deadline(1);
    /// let endless = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "endless")?;
    /// assert_eq!(endless.call(&mut store, ()).unwrap_err().downcast::<Trap>()?, Trap::Interrupt);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn increment_epoch(&self) {
        self.0.vm.increment_epoch();
    }

    /// The current size of the machine code of all modules of the engine in bytes, as
    /// [`Config::max_code_memory`] limits it.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().compilation(Strategy::Optimized))?;
    /// let before = engine.code_memory();
    /// let module = Module::new(&engine, "(module (func) (func))")?;
    /// assert!(engine.code_memory() > before);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn code_memory(&self) -> usize {
        self.0.vm.code_memory()
    }

    fn options(&self) -> &transom_vm::EngineOptions {
        self.0.vm.options()
    }

    pub(crate) fn vm(&self) -> &Arc<transom_vm::Engine> {
        &self.0.vm
    }

    pub(crate) fn registry(&self) -> &TypeRegistry {
        self.0.vm.registry()
    }
}

/// The optimising compiler.
fn optimizer(config: &Config, registry: &TypeRegistry) -> Result<Optimizer, String> {
    let mut optimizer = Optimizer::new(registry.clone(), config.options.tunables.clone())?;
    if let Some(verify) = config.requests.verify {
        optimizer = optimizer.verifying(verify)?;
    }
    if config.options.debugger {
        optimizer = optimizer.for_debuggers();
    }
    Ok(match config.emit_clif.clone() {
        Some(folder) => {
            let filter = config.emit_filter.clone();
            optimizer.emit_to(Emit { folder, filter })
        }
        None => optimizer,
    })
}

/// Returns an error if the configuration has a flag of the code generator that has another value here.
fn check_flags(config: &Config, registry: &TypeRegistry) -> Result<()> {
    if config.requests.flags.is_empty() {
        return Ok(());
    }
    let optimizer = optimizer(config, registry).map_err(Error::msg)?;
    match config.requests.flag_refusal(|name| optimizer.flag(name)) {
        Some(refusal) => bail!(refusal),
        None => Ok(()),
    }
}

/// The compilers that a strategy takes.
fn compilers(config: &Config, registry: &TypeRegistry) -> Result<Compilers> {
    transom_code::check_processor().map_err(Error::msg)?;
    let debugging = config.options.debugger;
    let baseline = || {
        let baseline = Baseline::new(registry.clone(), config.options.tunables.clone());
        match debugging {
            true => baseline.for_debuggers(),
            false => baseline,
        }
    };
    // The code of functions that may be compiled once more.
    let noting = || {
        let mut tunables = config.options.tunables.clone();
        tunables.note_calls = true;
        Baseline::new(registry.clone(), tunables)
    };
    let mix = || -> Result<Box<dyn Compiler>> {
        Ok(Box::new(Mix {
            tiers: config.tests.tiers,
            optimizer: optimizer(config, registry).map_err(Error::msg)?,
            baseline: baseline(),
        }))
    };
    Ok(match config.chosen_strategy() {
        // Debuggers know all functions of a module from the beginning, and each has one piece of code.
        Strategy::Baseline | Strategy::Tiered if debugging => Compilers {
            whole: Box::new(baseline()),
            first_call: None,
            tier_up: None,
        },
        Strategy::OptimizedOnFirstCall if debugging => Compilers {
            whole: mix()?,
            first_call: None,
            tier_up: None,
        },
        Strategy::Optimized => Compilers {
            whole: mix()?,
            first_call: None,
            tier_up: None,
        },
        Strategy::OptimizedOnFirstCall => Compilers {
            whole: mix()?,
            first_call: Some(mix()?),
            tier_up: None,
        },
        Strategy::Baseline => Compilers {
            whole: Box::new(baseline()),
            first_call: Some(Box::new(baseline())),
            tier_up: None,
        },
        Strategy::Tiered => Compilers {
            whole: Box::new(baseline()),
            first_call: Some(Box::new(noting())),
            tier_up: Some(Box::new({
                let (config, registry) = (config.clone(), registry.clone());
                OnDemand::new(move || optimizer(&config, &registry))
            })),
        },
    })
}

impl Default for Engine {
    /// Creates an engine with the default configuration.
    ///
    /// # Panics
    ///
    /// If the machine does not support a feature that Transom requires.
    fn default() -> Engine {
        Engine::new(&Config::default()).expect("the default configuration works on every supported machine")
    }
}

#[cfg(test)]
mod tests;
