//! `transom run`: the steps from the command line to the end of a program.
//!
//! Each step is a file, and needs only what the steps before it have made: the engine, the module, the store with the
//! program's world, the linker, the compiled module, its instance, the call. What to call is decided before anything is
//! compiled.

use crate::args::Run;
use crate::failure::Failure;
use crate::output::say;
use crate::profile::Recording;
use crate::statistics::{self, Times, timed};
use crate::{call, emission, engine, entry, features, linker, optimize, precompiled, timeout, world};
use std::time::Duration;

/// How long a process may wait at its end for functions that are being compiled.
const MOST_WAITED: Duration = Duration::from_millis(500);

/// Runs a program or calls a function, and returns the exit code.
pub fn run(args: &Run) -> Result<u8, Failure> {
    let Some(config) = features::config(&args.wasm.features) else {
        say(features::help())?;
        return Ok(0);
    };
    if optimize::asks_for_help(&args.codegen.optimize) {
        say(optimize::help())?;
        return Ok(0);
    }
    if args.program.is_empty() {
        return Err(Failure::new("no file to run").hint("transom run [OPTIONS] FILE [ARGS]..."));
    }
    let engine = engine::engine(config, args)?;
    let parsed = precompiled::parsed_module(&engine, args.file(), args.caching.allow_precompiled)?;
    let entry = entry::entry(&parsed, "run", args)?;
    if args.imports.preloads.is_empty() {
        emission::check(&args.emission, &parsed)?;
    }
    let recording = Recording::create(args)?;
    let mut store = world::store(&engine, args)?;
    recording.observe(&mut store);
    let (mut linker, preloads) = linker::linker(&mut store, args)?;
    let module = linker::compile(&mut store, &mut linker, parsed, &linker::Linking::of(args))?;
    recording.begin(&mut store, (args.file(), &module), preloads)?;
    let mut times = Times::default();
    let instance = timed(&mut times.instantiate, || {
        linker::instantiate(&mut store, &linker, &module, (args.file(), args))
    });
    let done = instance
        .and_then(|instance| timed(&mut times.run, || call::entry(&mut store, instance, &entry, args)));
    let printed = match args.stats {
        true => statistics::print(&module, &store, &times),
        false => Ok(()),
    };
    // A program that was stopped has not run as it does otherwise, and its report is due.
    if !timeout::expired() {
        let _held = timeout::hold();
        module.write_to_cache_before_exit(MOST_WAITED);
    }
    // The process ends soon, and the system takes all of its memory at once. A debugger is told of each end.
    if !args.codegen.debug_info {
        std::mem::forget(module);
    }
    let recorded = recording.finish(&mut store);
    // The outcome of the program comes before those of its statistics and its profile.
    match (done.and(printed), recorded) {
        (Err(mut failure), Err(other)) => {
            failure.details.push_str(&format!("{}\n", other.what));
            Err(failure)
        }
        (done, recorded) => done.and(recorded).map(|()| 0),
    }
}
