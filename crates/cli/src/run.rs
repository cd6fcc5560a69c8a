//! `transom run`: gives a program its world, and runs it.

use crate::args::{Limits, Run};
use crate::failure::Failure;
use crate::invoke::{self, Invocation};
use crate::output::say;
use crate::report;
use crate::statistics::{self, Times, timed};
use crate::world::World;
use crate::{features, input, progress, timeout};
use std::path::Path;
use transom::{
    Config, Engine, Escaped, Instance, Linker, Module, ParsedModule, ProfilingStrategy, Store,
    WasmBacktraceDetails,
};

/// Runs a program or calls a function; the exit code is 0 unless something says otherwise.
pub fn run(args: &Run) -> Result<u8, Failure> {
    let Some(mut config) = features::config(&args.wasm.features) else {
        say(features::help())?;
        return Ok(0);
    };
    if args.program.is_empty() {
        return Err(Failure::new("no file to run").hint("transom run [OPTIONS] FILE [ARGS]..."));
    }
    configure(&mut config, args);
    let engine = Engine::new(&config)?;
    if let Some(limit) = args.limits.timeout {
        timeout::start(&engine, limit);
    }
    let main = input::parsed_module(&engine, args.file())?;
    let mut store = store(&engine, args)?;
    let linker = linker(&mut store, args)?;
    let module = load(&mut store, &linker, main, args.file())?;
    let mut times = Times::default();
    let done = program(&mut store, &linker, &module, args, &mut times);
    let printed = match args.stats {
        true => statistics::print(&module, &store, &times),
        false => Ok(()),
    };
    // What became of the program is more than what became of its statistics.
    done.and(printed).map(|()| 0)
}

fn configure(config: &mut Config, args: &Run) {
    config
        .epoch_interruption(args.limits.timeout.is_some())
        .consume_fuel(args.limits.fuel.is_some())
        .profiler(args.profile.unwrap_or(ProfilingStrategy::None))
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    if args.world.deterministic.is_some() {
        config
            .cranelift_nan_canonicalization(true)
            .relaxed_simd_deterministic(true);
    }
    progress::show(config);
}

fn store(engine: &Engine, args: &Run) -> Result<Store<World>, Failure> {
    let mut store = Store::new(engine, World::new(args)?);
    store.limiter(|world| &mut world.limits);
    if args.limits.timeout.is_some() {
        store.set_epoch_deadline(1);
    }
    if let Some(fuel) = args.limits.fuel {
        store.set_fuel(fuel)?;
    }
    Ok(store)
}

/// What the program may import: WASI, and the modules that come before it.
fn linker(store: &mut Store<World>, args: &Run) -> Result<Linker<World>, Failure> {
    let mut linker = Linker::new(store.engine());
    transom_wasi::add_to_linker(&mut linker, |world: &mut World| &mut world.wasi)?;
    for (name, file) in &args.preloads {
        let module = input::parsed_module(store.engine(), file)?;
        let module = load(store, &linker, module, file)?;
        let instance = instantiate(store, &linker, &module, file, &args.limits)?;
        linker.instance(&mut *store, name, instance).map_err(|error| {
            Failure::new(format!(
                "--preload {}={}: {error:#}",
                Escaped(name),
                Escaped(file.display())
            ))
        })?;
        call(store, instance, "_initialize", &args.limits)?;
    }
    Ok(linker)
}

/// Compiles a module, if there is something for all that it imports: nobody waits for that just to hear of it.
fn load(
    store: &mut Store<World>,
    linker: &Linker<World>,
    module: ParsedModule,
    file: &Path,
) -> Result<Module, Failure> {
    let missing = module
        .imports()
        .filter(|import| linker.get_by_import(&mut *store, import).is_none());
    let missing =
        missing.map(|import| format!("  `{}` of `{}`", Escaped(import.name()), Escaped(import.module())));
    let missing = missing.collect::<Vec<_>>();
    if !missing.is_empty() {
        let what = format!("`{}` imports what transom doesn't have", Escaped(file.display()));
        let hint = "compile for WASI preview 1 (wasm32-wasip1), give another module with --preload NAME=FILE, or use \
                    the library `transom` to provide it";
        return Err(Failure::new(what).details(missing.join("\n")).hint(hint));
    }
    module
        .compile()
        .map_err(|error| Failure::new(format!("{}: {error:#}", Escaped(file.display()))))
}

/// Instantiates and runs.
fn program(
    store: &mut Store<World>,
    linker: &Linker<World>,
    module: &Module,
    args: &Run,
    times: &mut Times,
) -> Result<(), Failure> {
    let instance = timed(&mut times.instantiate, || {
        instantiate(store, linker, module, args.file(), &args.limits)
    })?;
    timed(&mut times.run, || execute(store, module, instance, args))
}

fn instantiate(
    store: &mut Store<World>,
    linker: &Linker<World>,
    module: &Module,
    file: &Path,
    limits: &Limits,
) -> Result<Instance, Failure> {
    linker.instantiate(&mut *store, module).map_err(|error| {
        let failure = report::ended(&error, limits).of(file);
        let too_small = limits.max_memory_size.is_some() && failure.what.contains("memory");
        if too_small {
            failure.hint("a larger --max-memory-size")
        } else {
            failure
        }
    })
}

fn execute(store: &mut Store<World>, module: &Module, instance: Instance, args: &Run) -> Result<(), Failure> {
    if let Some(name) = &args.invoke {
        // A library of WASI is set up by this function before any other one is called.
        call(store, instance, "_initialize", &args.limits)?;
        let call = Invocation {
            name,
            args: args.args(),
            limits: &args.limits,
        };
        return invoke::invoke(store, module, instance, &call);
    }
    if !call(store, instance, "_start", &args.limits)? {
        let (file, exports) = (Escaped(args.file().display()), invoke::exports(module));
        say(match exports.is_empty() {
            true => format!("`{file}` is no program, and exports nothing\n"),
            false => format!("`{file}` is no program (it has no `_start`); it exports\n{exports}"),
        })?;
    }
    Ok(())
}

/// Calls an export that takes and returns nothing; whether there is one.
fn call(store: &mut Store<World>, instance: Instance, name: &str, limits: &Limits) -> Result<bool, Failure> {
    let Ok(func) = instance.get_typed_func::<(), ()>(&mut *store, name) else {
        return Ok(false);
    };
    func.call(&mut *store, ())
        .map_err(|error| report::ended(&error, limits))?;
    Ok(true)
}
