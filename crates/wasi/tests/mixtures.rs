//! The C programs of `tests/programs` that need no shell, in mixtures of compilers, which the command can't be told to make. The tests
//! of the command run all programs with each compiler alone.
#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::tempdir;
use transom::{Config, Engine, Linker, Module, Store, Tiers};
use transom_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder};

/// What a program prints.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a program ends, and what it prints, in the form of the expectations.
fn run(name: &str, tiers: Tiers) -> String {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs");
    let engine = Engine::new(Config::new().tiers(tiers)).unwrap();
    let module = Module::from_file(&engine, programs.join(format!("{name}.wasm"))).unwrap();
    let (folder, output) = (tempdir().unwrap(), Output::default());
    let ctx = WasiCtxBuilder::new()
        .arg(name)
        .stdout(output.clone())
        .preopened_dir(folder.path(), ".", FsPerms::ReadWrite)
        .unwrap()
        .build_p1();
    let mut linker = Linker::new(&engine);
    transom_wasi::add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).unwrap();
    let mut store = Store::new(&engine, ctx);
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap();
    let code = match start.call(&mut store, ()) {
        Ok(()) => 0,
        Err(error) => {
            error
                .downcast_ref::<I32Exit>()
                .unwrap_or_else(|| panic!("{name}: {error:?}"))
                .0
        }
    };
    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    format!("exit code {code}\n--- standard output\n{text}\n")
}

fn check(name: &str) {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs");
    let expected = std::fs::read_to_string(programs.join(format!("{name}.expected"))).unwrap();
    for seed in 1..=3 {
        let found = run(name, Tiers::Mixed(seed));
        assert!(expected.starts_with(&found), "{name}, mixed by {seed}:\n{found}");
    }
}

macro_rules! programs {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*
    };
}

programs!(files sort sortfile vectors positions paths readdir);
