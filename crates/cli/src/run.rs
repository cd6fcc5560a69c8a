//! `transom run`: the steps from the command line to the end of a program.
//!
//! Each step is a file, and needs only what the steps before it have made: the engine, the module or component, the store with the
//! program's world, the linker, the compiled module, its instance, the call. What to call is decided before anything is
//! instantiated, and before a module is compiled.

use crate::args::Run;
use crate::failure::Failure;
use crate::output::say;
use crate::precompiled::Program;
use crate::profile::Recording;
use crate::statistics::{self, Times, timed};
use crate::world::World;
use crate::{
    call, dependencies, emission, engine, entry, features, functions, linker, optimize, precompiled, timeout,
    world,
};
use std::time::Duration;
use transom::component::Component;
use transom::{Engine, Module, ParsedModule, Store};

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
    match precompiled::program(&engine, args.file(), args.caching.allow_precompiled)? {
        Program::Module(parsed) => module(&engine, *parsed, args),
        Program::Component(component) => self::component(&engine, &component, args),
    }
}

fn module(engine: &Engine, parsed: ParsedModule, args: &Run) -> Result<u8, Failure> {
    let entry = entry::entry(&parsed, "run", args)?;
    if args.imports.preloads.is_empty() {
        emission::check(&args.emission, &parsed)?;
    }
    let recording = Recording::create(args)?;
    let mut store = world::store(engine, args)?;
    recording.observe(&mut store);
    let (mut linker, preloads) = linker::linker(&mut store, args)?;
    let module = linker::compile(&mut store, &mut linker, parsed, &linker::Linking::of(args))?;
    let named = (args.file().display().to_string(), module.clone());
    recording.begin(
        &mut store,
        args.file(),
        preloads.into_iter().chain([named]).collect(),
    )?;
    let mut times = Times::default();
    let instance = timed(&mut times.instantiate, || {
        linker::instantiate(&mut store, &linker, &module, (args.file(), args))
    });
    let done = instance
        .and_then(|instance| timed(&mut times.run, || call::entry(&mut store, instance, &entry, args)));
    let run = Finished { store, times, done };
    let done = run.finish(&[&module], recording, args);
    keep(module, args);
    done
}

fn component(engine: &Engine, component: &Component, args: &Run) -> Result<u8, Failure> {
    dependencies::check(args)?;
    let call = functions::call(component, args)?;
    let recording = Recording::create(args)?;
    let mut store = world::store(engine, args)?;
    recording.observe(&mut store);
    let (mut linker, mut components) = dependencies::linker(&mut store, args)?;
    dependencies::define_unknown(&mut linker, component, args)?;
    components.push((args.file().display().to_string(), component.clone()));
    recording.begin(&mut store, args.file(), modules(&components))?;
    let mut times = Times::default();
    let instance = timed(&mut times.instantiate, || {
        dependencies::instantiate(&mut store, &linker, component, (args.file(), args))
    });
    let done = instance.and_then(|instance| {
        timed(&mut times.run, || {
            call::component(&mut store, &instance, &call, args)
        })
    });
    let run = Finished { store, times, done };
    let modules: Vec<_> = component.modules().collect();
    let done = run.finish(&modules, recording, args);
    keep(component.clone(), args);
    done
}

/// The core modules of components, with names.
fn modules(components: &[(String, Component)]) -> Vec<(String, Module)> {
    let of = |(name, component): &(String, Component)| {
        let named = component.modules().enumerate();
        let named = named.map(|(index, module)| (format!("{name}, core module {index}"), module.clone()));
        named.collect::<Vec<_>>()
    };
    components.iter().flat_map(of).collect()
}

/// Keeps a program from being dropped. The process ends soon, and the system takes all of its memory at once. A debugger is told of each
/// end.
fn keep<P>(program: P, args: &Run) {
    if !args.codegen.debug_info {
        std::mem::forget(program);
    }
}

/// A run whose program has ended.
struct Finished {
    store: Store<World>,
    times: Times,
    done: Result<(), Failure>,
}

impl Finished {
    /// Writes what is to be written after a run, and returns the exit code.
    fn finish(mut self, modules: &[&Module], recording: Recording<'_>, args: &Run) -> Result<u8, Failure> {
        let printed = match args.stats {
            true => statistics::print(
                &statistics::total(modules.iter().copied()),
                &self.store,
                &self.times,
            ),
            false => Ok(()),
        };
        // A program that was stopped has not run as it does otherwise, and its report is due.
        if !timeout::expired() {
            let _held = timeout::hold();
            for module in modules {
                module.write_to_cache_before_exit(MOST_WAITED);
            }
        }
        let recorded = recording.finish(&mut self.store);
        // The outcome of the program comes before those of its statistics and its profile.
        match (self.done.and(printed), recorded) {
            (Err(mut failure), Err(other)) => {
                failure.details.push_str(&format!("{}\n", other.what));
                Err(failure)
            }
            (done, recorded) => done.and(recorded).map(|()| 0),
        }
    }
}
