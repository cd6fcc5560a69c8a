//! What the integration tests share.
#![allow(
    dead_code,
    unused_macros,
    unused_imports,
    reason = "every test file uses a part of it"
)]

pub mod either;

use std::sync::{Mutex, PoisonError};
use transom::error::Context as _;
use transom::*;

/// Makes tests of functions that take the compilers: each is run with the optimising compiler, with the baseline compiler alone and for debuggers, with a
/// mixture of both, and with functions that are replaced while they run. `mixed` has other functions for the last three, which may do less.
/// `asynchronous` has functions that are run once more with asynchronous calls, where they are those of `either`.
macro_rules! in_tiers {
    ($($test:ident),+ $(,)?) => {
        in_tiers!($($test),+; mixed: $($test),+);
    };
    ($($test:ident),+; mixed: $($mixed:ident),+; asynchronous: $($async:ident),+ $(,)?) => {
        in_tiers!($($test),+; mixed: $($mixed),+);
        mod asynchronous {
            $(#[test]
            fn $async() -> transom::Result<()> {
                super::support::either::asynchronously(|| super::$async(transom::Tiers::Mixed(2)))
            })+
        }
    };
    ($($test:ident),+; mixed: $($mixed:ident),+ $(,)?) => {
        in_tiers!(@one optimized, transom::Tiers::Optimized, $($test),+);
        in_tiers!(@one baseline, transom::Tiers::Baseline, $($test),+);
        in_tiers!(@one debugged, transom::Tiers::Debugged, $($mixed),+);
        in_tiers!(@one mixed, transom::Tiers::Mixed(1), $($mixed),+);
        in_tiers!(@one replaced, transom::Tiers::Replaced(100), $($mixed),+);
    };
    (@one $name:ident, $tiers:expr, $($test:ident),+) => {
        mod $name {
            $(#[test]
            fn $test() -> transom::Result<()> {
                super::$test($tiers)
            })+
        }
    };
}

pub(crate) use in_tiers;

/// A configuration whose functions these compilers compile.
pub fn config_of(tiers: Tiers) -> Config {
    let mut config = Config::new();
    config.tiers(tiers).consume_fuel(either::is_asynchronous());
    config
}

/// An engine of it.
pub fn engine_of(tiers: Tiers) -> Result<Engine> {
    Engine::new(&config_of(tiers))
}

/// A store without data and an instance of a module without imports.
pub fn instance(wat: &str) -> Result<(Store<()>, Instance)> {
    instance_in(&Engine::default(), wat)
}

/// The same, of an engine.
pub fn instance_in(engine: &Engine, wat: &str) -> Result<(Store<()>, Instance)> {
    let mut store = Store::new(engine, ());
    let instance = instantiate(&mut store, wat, &[])?;
    Ok((store, instance))
}

/// An instance of a module given as text.
pub fn instantiate(store: &mut Store<()>, wat: &str, imports: &[Extern]) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    Instance::new(store, &module, imports)
}

/// Calls an exported function with any parameters.
pub fn call(store: &mut Store<()>, instance: Instance, name: &str, params: &[Val]) -> Result<Vec<Val>> {
    let func = instance
        .get_func(&mut *store, name)
        .with_context(|| format!("no function `{name}`"))?;
    call_func(store, func, params)
}

/// Calls a function with any parameters.
pub fn call_func(store: &mut Store<()>, func: Func, params: &[Val]) -> Result<Vec<Val>> {
    let count = func.ty(&*store).results().len();
    let mut results = vec![Val::I32(0); count];
    func.call(store, params, &mut results)?;
    Ok(results)
}

/// The one number that an exported function returns; of any type, as bits.
pub fn number(store: &mut Store<()>, instance: Instance, name: &str, params: &[Val]) -> Result<u64> {
    let results = call(store, instance, name, params)?;
    ensure!(results.len() == 1, "`{name}` has {} results", results.len());
    bits(&results[0])
}

/// The bits of a number.
pub fn bits(value: &Val) -> Result<u64> {
    Ok(match *value {
        Val::I32(value) => u64::from(value as u32),
        Val::I64(value) => value as u64,
        Val::F32(bits) => u64::from(bits),
        Val::F64(bits) => bits,
        _ => bail!("{value:?} is not a number"),
    })
}

/// The trap in an error.
pub fn trap(error: &Error) -> Option<Trap> {
    error.downcast_ref::<Trap>().copied()
}

/// Fails unless the outcome is a trap of a kind; gives its error.
#[track_caller]
pub fn expect_trap<T>(outcome: Result<T>, expected: Trap) -> Error {
    match outcome {
        Ok(_) => panic!("expected the trap {expected:?}, but there was none"),
        Err(error) => {
            assert_eq!(trap(&error), Some(expected), "{error:?}");
            error
        }
    }
}

/// The names of the functions in an error's backtrace, innermost first.
pub fn frames(error: &Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    let name = |frame: &FrameInfo| frame.func_name().unwrap_or("?").to_owned();
    trace.frames().iter().map(name).collect()
}

/// What a panic said.
pub fn panic_message(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic
            .downcast::<&str>()
            .map_or_else(|_| "?".to_owned(), |message| (*message).to_owned()),
    }
}

/// Does something that panics on purpose, without its messages among the tests' output.
pub fn quietly<R>(work: impl FnOnce() -> R) -> R {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let result = work();
    std::panic::set_hook(hook);
    result
}

/// Values, to be compared: host references by what they refer to, which no two share.
#[allow(dead_code, reason = "not every test compares values")]
pub fn show(store: impl AsContext, values: &[Val]) -> String {
    let show = |value: &Val| match value {
        Val::ExternRef(Some(reference)) => match reference.data(store.as_context()) {
            Ok(Some(data)) => format!("host value at {:p}", std::ptr::from_ref(data)),
            other => format!("{:?}", other.map(|_| ())),
        },
        other => format!("{other:?}"),
    };
    values.iter().map(show).collect::<Vec<_>>().join(" ")
}
