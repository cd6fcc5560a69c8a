//! A program that calls its host: small calls, files, and directories.

use super::engine::{Engine, Linker, Module, Store, TypedFunc};
use super::pipe::MemoryOutputPipe;
use super::preview1::p1::{WasiP1Ctx, add_to_linker_sync};
use super::preview1::{FsPerms, WasiCtxBuilder};
use crate::files::World;
use crate::measure::{Case, Sample, Target, Unit};
use anyhow::Result;
use std::path::Path;

/// A program with its world.
struct Program {
    store: Store<WasiP1Ctx>,
    function: TypedFunc<i64, i64>,
}

fn program(engine: &Engine, folder: &Path, path: &str, function: &str) -> Result<Program> {
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(MemoryOutputPipe::new(1 << 30));
    builder.preopened_dir(folder, "/", FsPerms::ReadWrite)?;
    let mut store = Store::new(engine, builder.build_p1());
    let mut linker = Linker::new(engine);
    add_to_linker_sync(&mut linker, |ctx: &mut WasiP1Ctx| ctx)?;
    let module = Module::new(engine, wat::parse_str(include_str!("wasi.wat"))?)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let memory = instance.get_memory(&mut store, "memory").expect("the program exports its memory");
    memory.write(&mut store, 1024, path.as_bytes())?;
    let function = instance.get_typed_func(&mut store, function)?;
    Ok(Program { store, function })
}

/// A case that calls a function with `argument`, whose value is the time by `of` that many; with a new program each
/// time, so that nothing of what was captured before is in the way.
fn case(name: &str, unit: Unit, target: Target, call: Call) -> Result<Case> {
    let engine = Engine::default();
    Ok(Case::new(name, unit, target, move |quick| {
        let mut program = program(&engine, &call.folder, call.path, call.function)?;
        // What is no number of calls says which folder or how many bytes, and the world is small enough.
        let argument = if quick && call.counts { call.argument.min(1000) } else { call.argument };
        let clock = unit.clock();
        let start = clock();
        let check = program.function.call(&mut program.store, argument)? as u64;
        let amount = if call.counts { argument as u64 } else { check };
        let value = unit.each(clock() - start, amount);
        Ok(Sample { value, check })
    }))
}

/// What to call.
struct Call {
    folder: std::path::PathBuf,
    function: &'static str,
    path: &'static str,
    argument: i64,
    /// Whether the argument is a number of calls; else the result is what was done.
    counts: bool,
}

pub fn cases(world: &World) -> Result<Vec<Case>> {
    let call = |function, path: &'static str, argument, counts| Call {
        folder: world.folder.path().to_owned(),
        function,
        path,
        argument,
        counts,
    };
    let bytes = world.bytes as i64;
    let (ns, rate) = (Unit::Nanoseconds, Unit::MegabytesPerSecond);
    let level = Target::Ahead(&[("native", 0.9)]);
    Ok(vec![
        case("fd_write of 64 bytes, captured", ns, Target::AtMost(60.0), call("write", "", 200_000, true))?,
        case("clock_time_get, monotonic", ns, Target::AtMost(40.0), call("monotonic", "", 500_000, true))?,
        case("clock_time_get, realtime", ns, Target::AtMost(40.0), call("realtime", "", 500_000, true))?,
        case("random_get of 16 bytes", ns, Target::None, call("random", "", 200_000, true))?,
        case("path_open and fd_close", ns, Target::None, call("open", "read", 20_000, true))?,
        case("writing a file, 64 KiB blocks", rate, level, call("write_file", "write", bytes, false))?,
        case("reading a file, 64 KiB blocks", rate, level, call("read_file", "read", bytes, false))?,
        case("fd_readdir, an entry of many", ns, Target::Times(1.5, "fd_readdir, an entry of few"), call("list", "many", 4, false))?,
        case("fd_readdir, an entry of few", ns, Target::None, call("list", "few", 3, false))?,
    ])
}
