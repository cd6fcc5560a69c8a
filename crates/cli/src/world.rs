//! The store of a program: its host resources and its limits.
//!
//! A program reaches nothing of the host except its streams and what an option names.

use crate::args::{self, Run};
use crate::failure::Failure;
use crate::features;
use std::net::TcpListener;
use transom::{Engine, Escaped, GuestProfiler, Store, StoreLimits, StoreLimitsBuilder};
use transom_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

/// What a store holds for its program.
pub struct World {
    pub wasi: WasiCtx,
    pub limits: StoreLimits,
    /// The profile of the program, except while the profiler looks at the store.
    pub profiler: Option<GuestProfiler>,
}

impl World {
    /// The world that the command line describes.
    pub fn new(args: &Run) -> Result<Self, Failure> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.inherit_stdio().end_at_broken_pipes(true);
        arguments(&mut wasi, args);
        environment(&mut wasi, &args.world)?;
        sockets(&mut wasi, &args.world.listeners)?;
        folders(&mut wasi, "--dir", &args.world.dirs, FsPerms::ReadWrite)?;
        folders(
            &mut wasi,
            "--read-only-dir",
            &args.world.read_only_dirs,
            FsPerms::ReadOnly,
        )?;
        if let Some(seed) = args.world.deterministic {
            wasi.deterministic(seed);
        }
        Ok(World {
            wasi: wasi.build_p1(),
            limits: limits(args),
            profiler: None,
        })
    }
}

/// A store with the world, the fuel and the deadline that the command line describes.
pub fn store(engine: &Engine, args: &Run) -> Result<Store<World>, Failure> {
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

fn arguments(wasi: &mut WasiCtxBuilder, args: &Run) {
    let file_name = || {
        let name = args.file().file_name();
        name.map(|name| name.to_string_lossy().into_owned())
    };
    let name = args.world.argv0.clone().or_else(file_name);
    wasi.arg(name.unwrap_or_default());
    if args.invoke.is_none() {
        wasi.args(args.args());
    }
}

/// Sets the variables of `--inherit-env` and `--env`. Of several values for a name, the last one counts, as in a shell; its place is
/// that of the first.
fn environment(wasi: &mut WasiCtxBuilder, world: &args::World) -> Result<(), Failure> {
    let mut variables: Vec<(String, String)> = Vec::new();
    if world.inherit_env {
        // Programs read UTF-8.
        let text = std::env::vars_os().map(|(name, value)| (name.into_string(), value.into_string()));
        variables.extend(text.filter_map(|(name, value)| Some((name.ok()?, value.ok()?))));
    }
    for setting in &world.env {
        let (name, value) = match setting.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => (&**setting, inherited(setting)?),
        };
        if name.is_empty() {
            let failure = Failure::new(format!("--env {}: the name is empty", Escaped(setting)));
            return Err(failure.hint("set a value: --env NAME=VALUE"));
        }
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some((_, earlier)) => *earlier = value,
            None => variables.push((name.to_owned(), value)),
        }
    }
    wasi.envs(&variables);
    Ok(())
}

/// The host's value of a variable.
fn inherited(name: &str) -> Result<String, Failure> {
    if name.is_empty() {
        return Ok(String::new());
    }
    std::env::var(name).map_err(|error| {
        let name = Escaped(name);
        let failure = Failure::new(format!("--env {name}: {error}"));
        failure.hint(format!("set a value: --env {name}=VALUE"))
    })
}

fn sockets(wasi: &mut WasiCtxBuilder, addresses: &[String]) -> Result<(), Failure> {
    for address in addresses {
        let listener = TcpListener::bind(address).map_err(|error| {
            let failure = Failure::new(format!("--tcplisten {}: {error}", Escaped(address)));
            failure.hint("an address of this machine and a free port: --tcplisten 127.0.0.1:8080")
        })?;
        wasi.preopened_socket(listener);
    }
    Ok(())
}

fn folders(
    wasi: &mut WasiCtxBuilder,
    option: &str,
    folders: &[String],
    perms: FsPerms,
) -> Result<(), Failure> {
    for folder in folders {
        let (host, guest) = folder.split_once("::").unwrap_or((folder, folder));
        wasi.preopened_dir(host, guest, perms).map_err(|error| {
            let failure = Failure::new(format!("{option} {}: {error:#}", Escaped(folder)));
            failure.hint(format!(
                "an existing folder: {option} HOST, or {option} HOST::GUEST"
            ))
        })?;
    }
    Ok(())
}

fn limits(args: &Run) -> StoreLimits {
    let traps = features::traps_on_grow_failure(&args.wasm.features);
    let args = &args.limits;
    let mut limits = StoreLimitsBuilder::new()
        .trap_on_grow_failure(traps)
        .table_elements(args.max_table_elements)
        .total_memory(args.max_total_memory);
    if let Some(size) = args.max_memory_size {
        limits = limits.memory_size(size);
    }
    if let Some(size) = args.max_gc_heap {
        limits = limits.gc_heap_size(size);
    }
    limits.build()
}
