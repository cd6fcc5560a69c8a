//! What a run leaves behind when its program ends with an error: a failure, and a core dump if there should be one.

use crate::args::Run;
use crate::failure::Failure;
use crate::report;
use crate::world::World;
use std::fmt::Write as _;
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
        let bytes = dump.serialize(store, &args.file().to_string_lossy());
        let written = write(file, &bytes);
        // Writing to a string can't fail.
        let _ = writeln!(failure.details, "{written}");
    }
    failure
}

fn write(file: &Path, bytes: &[u8]) -> String {
    let name = Escaped(file.display());
    match std::fs::write(file, bytes) {
        Ok(()) => format!("core dump: {name}"),
        Err(error) => format!("cannot write the core dump: {name}: {error}"),
    }
}
