//! What a run leaves behind when its program ends with an error: a failure, and a core dump if there should be one.

use crate::args::Run;
use crate::failure::Failure;
use crate::report;
use crate::world::World;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use transom::{Error, Escaped, Store, WasmCoreDump};
use transom_wasi::I32Exit;

/// The failure of a program that ended with an error. Its state is written first: a core dump that can't be written is a part of
/// the failure, and changes nothing else of it.
pub fn failure(store: &Store<World>, error: &Error, args: &Run) -> Failure {
    let mut failure = report::ended(error, &args.limits);
    if let Some(file) = &args.coredump
        && !error.is::<I32Exit>()
        && let Some(dump) = WasmCoreDump::new(store, error)
    {
        let written = write(&dump, store, args, file);
        // Writing to a string can't fail.
        let _ = writeln!(failure.details, "{written}");
    }
    failure
}

/// The failure of an instantiation.
pub fn of_instantiation(store: &Store<World>, error: &Error, file: &Path, args: &Run) -> Failure {
    let failure = failure(store, error, args).of(file);
    let too_small = args.limits.max_memory_size.is_some() && failure.what.contains("memory");
    if too_small {
        failure.hint("a larger --max-memory-size")
    } else if failure.what.contains("cannot allocate") && failure.hint.is_none() {
        failure.hint("needs less address space: -O memory-reservation=64M")
    } else {
        failure
    }
}

fn write(dump: &WasmCoreDump, store: &Store<World>, args: &Run, file: &Path) -> String {
    let name = Escaped(file.display());
    let written = File::create(file).map_err(Error::from).and_then(|created| {
        let mut out = BufWriter::new(created);
        dump.write(store, &args.file().to_string_lossy(), &mut out)?;
        out.flush()?;
        Ok(())
    });
    match written {
        Ok(()) => format!("core dump: {name}"),
        Err(error) => format!("cannot write the core dump: {name}: {error:#}"),
    }
}
