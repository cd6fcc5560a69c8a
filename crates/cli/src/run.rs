//! `transom run`: gives a program its world, and runs it.

use crate::args::{self, Run};
use crate::invoke::{self, Invocation};
use crate::report::{self, Failure};
use crate::{features, input, timeout};
use transom::{Engine, Instance, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};
use transom_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

/// What a store holds for its program.
pub struct World {
    wasi: WasiCtx,
    limits: StoreLimits,
}

/// Runs a program or calls a function; the exit code is 0 unless something says otherwise.
pub fn run(args: &Run) -> Result<u8, Failure> {
    let Some(mut config) = features::config(&args.wasm.features) else {
        report::say(features::help());
        return Ok(0);
    };
    if args.program.is_empty() {
        return Err(Failure::new("no file to run").hint("transom run [OPTIONS] FILE [ARGS]..."));
    }
    config.epoch_interruption(args.limits.timeout.is_some());
    let engine = Engine::new(&config).map_err(|error| Failure::new(format!("{error:#}")))?;
    if let Some(limit) = args.limits.timeout {
        timeout::start(&engine, limit);
    }
    let module = input::module(&engine, args.file())?;
    let mut store = Store::new(&engine, world(args)?);
    store.limiter(|world| &mut world.limits);
    if args.limits.timeout.is_some() {
        store.set_epoch_deadline(1);
    }
    let instance = instantiate(&mut store, &module, args)?;
    execute(&mut store, &module, instance, args)?;
    Ok(0)
}

fn world(args: &Run) -> Result<World, Failure> {
    let args::World { dirs, env, argv0 } = &args.world;
    let file_name = || {
        args.file()
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let mut wasi = WasiCtxBuilder::new();
    wasi.inherit_stdio();
    wasi.arg(argv0.clone().or_else(file_name).unwrap_or_default());
    if args.invoke.is_none() {
        wasi.args(args.args());
    }
    for setting in env {
        match setting.split_once('=') {
            Some((name, value)) => wasi.env(name, value),
            None => match std::env::var(setting) {
                Ok(value) => wasi.env(setting, value),
                Err(error) => {
                    let failure = Failure::new(format!("--env {setting}: {error}"));
                    return Err(failure.hint(format!("give it a value: --env {setting}=VALUE")));
                }
            },
        };
    }
    for dir in dirs {
        let (host, guest) = dir.split_once("::").unwrap_or((dir, dir));
        let opened = wasi.preopened_dir(host, guest, FsPerms::ReadWrite);
        opened.map_err(|error| Failure::new(format!("--dir {dir}: {error:#}")))?;
    }
    let limits = match args.limits.max_memory_size {
        Some(size) => StoreLimitsBuilder::new().memory_size(size).build(),
        None => StoreLimits::default(),
    };
    Ok(World {
        wasi: wasi.build_p1(),
        limits,
    })
}

fn instantiate(store: &mut Store<World>, module: &Module, args: &Run) -> Result<Instance, Failure> {
    let mut linker = Linker::new(store.engine());
    transom_wasi::add_to_linker(&mut linker, |world: &mut World| &mut world.wasi)
        .map_err(|error| Failure::new(format!("{error:#}")))?;
    let missing = module
        .imports()
        .filter(|import| linker.get_by_import(&mut *store, import).is_none());
    let missing = missing.map(|import| format!("  `{}` of `{}`", import.name(), import.module()));
    let missing = missing.collect::<Vec<_>>();
    if !missing.is_empty() {
        let what = format!("`{}` imports what transom doesn't have", args.file().display());
        let hint = "compile for WASI preview 1 (wasm32-wasip1), or use the library `transom` to provide it";
        return Err(Failure::new(what).details(missing.join("\n")).hint(hint));
    }
    linker.instantiate(&mut *store, module).map_err(|error| {
        let failure = report::ended(&error, args.limits.timeout).of(args.file());
        let too_small = args.limits.max_memory_size.is_some() && failure.what().contains("memory");
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
        call(store, instance, "_initialize", args)?;
        let call = Invocation {
            name,
            args: args.args(),
            limit: args.limits.timeout,
        };
        return invoke::invoke(store, module, instance, &call);
    }
    if !call(store, instance, "_start", args)? {
        let (file, exports) = (args.file().display(), invoke::exports(module));
        report::say(match exports.is_empty() {
            true => format!("`{file}` is no program, and exports nothing\n"),
            false => format!("`{file}` is no program (it has no `_start`); it exports\n{exports}"),
        });
    }
    Ok(())
}

/// Calls an export that takes and returns nothing; whether there is one.
fn call(store: &mut Store<World>, instance: Instance, name: &str, args: &Run) -> Result<bool, Failure> {
    let Ok(func) = instance.get_typed_func::<(), ()>(&mut *store, name) else {
        return Ok(false);
    };
    func.call(&mut *store, ())
        .map_err(|error| report::ended(&error, args.limits.timeout))?;
    Ok(true)
}
