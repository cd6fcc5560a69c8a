//! Transom itself, in this process, in each of its configurations.

pub(crate) mod bounded;
mod component;

use crate::engine::{Case, Engine, Identity, Task, all, impossible, quoted, short};
use crate::outcome::{Outcome, Phase, Step, Unlinkable};
use crate::process::Bounds;
use bounded::{TICK, guarded, refused, stopped};
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use transom::{Config, Instance, Module, OptLevel, Tiers, Val};

/// A configuration, what it is called, and the flags of `transom run` that come nearest to it.
type Configuration = (&'static str, fn(&mut Config));

/// Every way in which Transom compiles, runs and collects.
pub const CONFIGURATIONS: [Configuration; 8] = [
    ("transom", |_| {}),
    ("transom-optimised", |config| {
        config.tiers(Tiers::Optimized);
    }),
    ("transom-unoptimised", |config| {
        config.cranelift_opt_level(OptLevel::None);
    }),
    ("transom-baseline", |config| {
        config.tiers(Tiers::Baseline);
    }),
    ("transom-mixed", |config| {
        // Both compilers, with everything that has a second way of being done.
        config
            .tiers(Tiers::Mixed(1))
            .component_code_after(0)
            .dirty_upper_halves(true)
            .memory_reservation(0)
            .memory_guard_size(0)
            .gc_zeal(true)
            .gc_nursery_size(0, 0);
    }),
    ("transom-replaced", |config| {
        // Optimised code at the first turn of each loop.
        config
            .tiers(Tiers::Replaced(0))
            .dirty_upper_halves(true)
            .gc_zeal(true)
            .gc_nursery_size(0, 0);
    }),
    ("transom-checked", |config| {
        config
            .tiers(Tiers::Optimized)
            .memory_reservation(0)
            .memory_guard_size(0)
            .consume_fuel(true);
    }),
    ("transom-zeal", |config| {
        // What is free is overwritten at each collection, so there should be little of it. Calls are expected to lead to any function.
        config
            .tiers(Tiers::Expecting(1))
            .component_code_after(0)
            .gc_zeal(true)
            .gc_nursery_size(0, 0);
    }),
];

/// Transom in one configuration.
pub struct InProcess {
    identity: Identity,
    engine: transom::Engine,
    over: Arc<AtomicBool>,
}

impl InProcess {
    /// Transom as `configure` says, under a name.
    ///
    /// # Errors
    ///
    /// There is no engine of this configuration on this machine.
    pub fn new(name: &str, configure: impl FnOnce(&mut Config)) -> transom::Result<Self> {
        let engine = bounded::engine(configure)?;
        let over = Arc::new(AtomicBool::new(false));
        let (ticking, ended) = (engine.clone(), Arc::clone(&over));
        std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                ticking.increment_epoch();
            }
        });
        Ok(InProcess {
            identity: Identity {
                name: name.to_owned(),
                version: format!("transom {}, in this process", env!("CARGO_PKG_VERSION")),
                command: "transom".to_owned(),
            },
            engine,
            over,
        })
    }

    fn case(&self, case: &Case, bounds: Bounds) -> Vec<Step> {
        if let Task::Program(_) | Task::Script = &case.task {
            let why = "it cannot run programs or scripts in this process";
            return all(&case.task, &impossible(why));
        }
        let binary = match File::open(&case.file).and_then(transom::read_bounded) {
            Ok(binary) => binary,
            Err(error) => {
                return all(
                    &case.task,
                    &impossible(format!("cannot read the module's file: {error}")),
                );
            }
        };
        let Task::Calls(calls) = &case.task else {
            return component::steps(&self.engine, &binary, &case.task, bounds);
        };
        // Text was assembled before: what is no binary by now is malformed.
        let module = guarded(|| Module::from_binary(&self.engine, &binary).map_err(|error| refused(&error)));
        match module {
            Ok(module) => calls
                .iter()
                .map(|call| self.call(&module, call, bounds))
                .collect(),
            Err(step) => all(&case.task, &step),
        }
    }

    fn call(&self, module: &Module, name: &str, bounds: Bounds) -> Step {
        guarded(|| self.run(module, name, bounds)).unwrap_or_else(|step| step)
    }

    fn run(&self, module: &Module, name: &str, bounds: Bounds) -> Result<Step, Step> {
        if let Some(import) = module.imports().next() {
            let outcome = Outcome::Unlinkable(Unlinkable::MissingImport);
            let names = format!("{:?} {:?} is imported", import.module(), import.name());
            return Err(Step::new(Phase::Link, outcome).saying(names));
        }
        let mut store = bounded::store(&self.engine, bounds)?;
        let instance =
            Instance::new(&mut store, module, &[]).map_err(|error| stopped(Phase::Instantiate, &error))?;
        let Some(func) = instance.get_func(&mut store, name) else {
            return Ok(Step::new(Phase::Execute, Outcome::Accepted));
        };
        let count = func.ty(&store).results().len();
        let mut results = vec![Val::I64(0); count];
        func.call(&mut store, &[], &mut results)
            .map_err(|error| stopped(Phase::Execute, &error))?;
        let number = |value: &Val| match value {
            Val::I64(value) => Some(*value),
            Val::I32(value) => Some(i64::from(*value)),
            _ => None,
        };
        let numbers = results.iter().map(number).collect::<Option<Vec<_>>>();
        let outcome = numbers.map_or_else(|| Outcome::Unknown(format!("{results:?}")), Outcome::Results);
        Ok(Step::new(Phase::Execute, outcome))
    }
}

impl Engine for InProcess {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn observe(&self, cases: &[Case], bounds: Bounds) -> Vec<Vec<Step>> {
        cases.iter().map(|case| self.case(case, bounds)).collect()
    }

    fn command_line(&self, case: &Case, step: usize) -> String {
        let (name, call, file) = (&self.identity.name, case.task.step(step), short(&case.file));
        if case.task == Task::Instantiate {
            return format!("transom compare --engines {name} {}", quoted(&file));
        }
        format!(
            "transom compare --engines {name} --invoke {} {}",
            quoted(call),
            quoted(&file)
        )
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
