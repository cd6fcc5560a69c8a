//! The engine that compiles and runs a program, configured by the command line.
//!
//! The configuration is complete before the engine exists. The time of `--timeout` includes reading and compiling.

use crate::args::{Codegen, Profile, Run};
use crate::failure::Failure;
use crate::{cache, emission, optimize, progress, timeout};
use transom::{Config, Engine, ProfilingStrategy, WasmBacktraceDetails};

/// The engine of a run. With a time limit, the time starts now.
pub fn engine(mut config: Config, args: &Run) -> Result<Engine, Failure> {
    let strategy = match args.profile {
        Some(Profile::System(strategy)) => strategy,
        Some(Profile::Guest(_)) | None => ProfilingStrategy::None,
    };
    config
        .epoch_interruption(args.limits.timeout.is_some() || args.guest_profile().is_some())
        .consume_fuel(args.limits.fuel.is_some())
        .profiler(strategy)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    if args.world.deterministic.is_some() {
        config
            .cranelift_nan_canonicalization(true)
            .relaxed_simd_deterministic(true);
    }
    codegen(&mut config, &args.codegen);
    emission::configure(&mut config, &args.emission)?;
    cache::configure(&mut config, &args.caching)?;
    progress::show(&mut config);
    let engine = Engine::new(&config)?;
    if let Some(limit) = args.limits.timeout {
        timeout::start(&engine, limit);
    }
    Ok(engine)
}

/// Configures how code is made.
pub fn codegen(config: &mut Config, args: &Codegen) {
    optimize::configure(config, &args.optimize);
    config.debug_info(args.debug_info);
    if args.zeal {
        // What is free is overwritten at each collection, so there should be little of it.
        config.gc_zeal(true).gc_nursery_size(0, 0);
    }
}
