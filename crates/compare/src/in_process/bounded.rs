//! Stores with limits, and what comes of what runs in them.

use crate::outcome::{Limit, Outcome, Phase, Step, Trap};
use crate::process::Bounds;
use crate::table::{brief, table};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use transom::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder, ThrownException};

/// What an instance may take.
const MEMORY: usize = 1 << 32;
/// How often time is looked at.
pub const TICK: Duration = Duration::from_millis(20);

/// An engine with all features that Transom has.
pub fn engine(configure: impl FnOnce(&mut Config)) -> transom::Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_custom_page_sizes(true)
        .wasm_wide_arithmetic(true)
        .wasm_legacy_exceptions(true)
        .relaxed_simd_deterministic(true)
        .parallel_compilation(false)
        .epoch_interruption(true);
    configure(&mut config);
    Engine::new(&config)
}

/// A store whose time and memory are limited.
pub fn store(engine: &Engine, bounds: Bounds) -> Result<Store<StoreLimits>, Step> {
    let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    let ticks = bounds.time.as_millis() / TICK.as_millis();
    store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX).max(1));
    // Where fuel is counted there is enough of it.
    if store.get_fuel().is_ok() {
        store
            .set_fuel(u64::MAX >> 1)
            .map_err(|error| stopped(Phase::Instantiate, &error))?;
    }
    Ok(store)
}

/// What Transom does, or that it panicked.
pub fn guarded<T>(act: impl FnOnce() -> Result<T, Step>) -> Result<T, Step> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Step::new(Phase::Execute, Outcome::Crash("panic".to_owned()))
            .saying(brief(&text.unwrap_or_default())))
    })
}

/// Why a module or a component was refused.
pub fn refused(error: &transom::Error) -> Step {
    Step::new(Phase::Validate, Outcome::Refused).saying(brief(&format!("{error:#}")))
}

/// What an error means that ended a run.
pub fn stopped(phase: Phase, error: &transom::Error) -> Step {
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
        T::CannotEnterComponent => Trap::CannotEnterComponent,
        T::CannotLeaveComponent => Trap::CannotLeaveComponent,
        T::InvalidChar => Trap::InvalidChar,
        T::StringOutOfBounds => Trap::OutOfBoundsString,
        T::ListOutOfBounds => Trap::OutOfBoundsList,
        T::InvalidDiscriminant => Trap::InvalidDiscriminant,
        T::UnalignedPointer => Trap::UnalignedPointer,
        T::UncaughtException => return Outcome::Exception,
        other => return Outcome::Unknown(other.to_string()),
    }])
}
