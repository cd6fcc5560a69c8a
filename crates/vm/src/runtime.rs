//! Engines with all that compiled code calls.

use crate::engine::{Engine, EngineOptions, Runtime};
use crate::libcalls;
use transom_code::Compiler;
use transom_types::TypeRegistry;

impl Engine {
    /// An engine with a compiler whose modules' types are in `registry`.
    ///
    /// # Errors
    ///
    /// The system does not let the process handle faults, or the profiler's file can't be written.
    pub fn new(
        registry: TypeRegistry,
        compiler: Box<dyn Compiler>,
        options: EngineOptions,
    ) -> anyhow::Result<Engine> {
        let runtime = Runtime {
            poll: libcalls::poll_thunk as *const () as usize,
            libcalls: libcalls::table(),
        };
        Engine::with_runtime(registry, compiler, options, runtime)
    }
}
