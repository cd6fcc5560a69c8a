//! Engines with all that compiled code calls.

use crate::engine::{Compilers, Engine, EngineOptions, Runtime};
use crate::libcalls;
use transom_types::TypeRegistry;

impl Engine {
    /// An engine with compilers whose modules' types are in `registry`.
    ///
    /// # Errors
    ///
    /// The system does not let the process handle faults, or the profiler's file can't be written.
    pub fn new(
        registry: TypeRegistry,
        compilers: impl Into<Compilers>,
        options: EngineOptions,
    ) -> transom_error::Result<Engine> {
        let runtime = Runtime {
            poll: libcalls::poll_thunk as *const () as usize,
            tick: libcalls::tick_thunk as *const () as usize,
            out_of_fuel: libcalls::fuel_thunk as *const () as usize,
            first_call: libcalls::first_call_thunk as *const () as usize,
            libcalls: libcalls::table(),
        };
        Engine::with_runtime(registry, compilers.into(), options, runtime)
    }
}
