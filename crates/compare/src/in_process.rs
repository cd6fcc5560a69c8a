//! Transom itself, in this process, in each of its configurations.

use crate::engine::{Case, Engine, Identity, Task, all, impossible, quoted, short};
use crate::outcome::{Limit, Outcome, Phase, Step, Trap, Unlinkable};
use crate::process::Bounds;
use crate::table::{brief, table};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use transom::{
    Config, Instance, Module, OptLevel, Store, StoreLimits, StoreLimitsBuilder, ThrownException, Tiers, Val,
};

/// What an instance may take.
const MEMORY: usize = 1 << 32;
/// How often time is looked at.
const TICK: Duration = Duration::from_millis(20);

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
        let mut config = Config::new();
        config
            .wasm_custom_page_sizes(true)
            .wasm_wide_arithmetic(true)
            .wasm_legacy_exceptions(true)
            .relaxed_simd_deterministic(true)
            .parallel_compilation(false)
            .epoch_interruption(true);
        configure(&mut config);
        let engine = transom::Engine::new(&config)?;
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
        let Task::Calls(calls) = &case.task else {
            return all(
                &case.task,
                &impossible("it cannot run programs or scripts in this process"),
            );
        };
        let binary = match File::open(&case.file).and_then(transom::read_bounded) {
            Ok(binary) => binary,
            Err(error) => {
                return all(
                    &case.task,
                    &impossible(format!("cannot read the module's file: {error}")),
                );
            }
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
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits: &mut StoreLimits| limits);
        let ticks = bounds.time.as_millis() / TICK.as_millis();
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).max(1));
        // Where fuel is counted there is enough of it.
        if store.get_fuel().is_ok() {
            store
                .set_fuel(u64::MAX >> 1)
                .map_err(|error| stopped(Phase::Instantiate, &error))?;
        }
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

/// What Transom does, or that it panicked.
fn guarded<T>(act: impl FnOnce() -> Result<T, Step>) -> Result<T, Step> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Step::new(Phase::Execute, Outcome::Crash("panic".to_owned()))
            .saying(brief(&text.unwrap_or_default())))
    })
}

/// Why a module was refused.
fn refused(error: &transom::Error) -> Step {
    Step::new(Phase::Validate, Outcome::Refused).saying(brief(&format!("{error:#}")))
}

/// What an error means that ended a run.
fn stopped(phase: Phase, error: &transom::Error) -> Step {
    let message = format!("{error:#}");
    let known = || table("transom").and_then(|table| table.meaning(&message));
    let outcome = match error.downcast_ref::<transom::Trap>() {
        _ if error.downcast_ref::<ThrownException>().is_some() => Outcome::Exception,
        Some(trap) => trapped(*trap),
        None => known().map_or_else(|| Outcome::Unknown(brief(&message)), |step| step.outcome),
    };
    Step::new(phase, outcome).saying(brief(&error.root_cause().to_string()))
}

fn trapped(trap: transom::Trap) -> Outcome {
    use transom::Trap as T;
    Outcome::Trap(vec![match trap {
        T::StackOverflow => return Outcome::Limit(Limit::Stack),
        T::HeapOutOfMemory => return Outcome::Limit(Limit::Memory),
        T::Interrupt => return Outcome::Limit(Limit::Time),
        T::MemoryOutOfBounds => Trap::OutOfBoundsMemory,
        T::HeapMisaligned => Trap::UnalignedAtomic,
        T::TableOutOfBounds => return Outcome::Trap(vec![Trap::OutOfBoundsTable, Trap::UndefinedElement]),
        T::IndirectCallToNull => Trap::UninitializedElement,
        T::BadSignature => Trap::IndirectCallTypeMismatch,
        T::IntegerOverflow => Trap::IntegerOverflow,
        T::IntegerDivisionByZero => Trap::IntegerDivideByZero,
        T::BadConversionToInteger => Trap::InvalidConversionToInteger,
        T::UnreachableCodeReached => Trap::Unreachable,
        T::NullReference => Trap::NullReference,
        T::ArrayOutOfBounds => Trap::OutOfBoundsArray,
        T::CastFailure => Trap::CastFailure,
        T::AtomicWaitNonSharedMemory => Trap::ExpectedSharedMemory,
        other => return Outcome::Unknown(other.to_string()),
    }])
}
