//! Names of files that modules have an influence on, and what is in the files.

use super::*;
use std::path::Path;
use std::sync::Mutex;
use transom_code::{Compiler, Source, Tunables, offsets_of};
use transom_module::{DefinedFuncIdx, WasmFeatures, text_to_binary};
use transom_types::TypeRegistry;

#[test]
fn names_stay_in_the_folder() {
    let stem = |name: &str| file_stem(FuncIdx::new(7), Some(name));
    assert_eq!(stem("../../etc/passwd"), "wasm-7-.._.._etc_passwd");
    assert_eq!(stem("a\0b\n\u{1b}[31m\\é"), "wasm-7-a_b___31m__");
    assert_eq!(stem(&"x".repeat(10_000)).len(), "wasm-7-".len() + MAX_NAME);
    assert_eq!(
        (stem(""), file_stem(FuncIdx::new(7), None)),
        ("wasm-7".into(), "wasm-7".into())
    );
}

/// Emits the functions of a module for which the filter is true.
fn emit(folder: &Path, text: &str, filter: impl Fn(u32, Option<&str>) -> bool + Send + Sync + 'static) {
    let registry = TypeRegistry::new();
    let binary = text_to_binary(text, None).unwrap();
    let module = Module::parse(&registry, Arc::new(binary), WasmFeatures::WASM3).unwrap();
    let optimizer = crate::Optimizer::new(registry, Tunables::default()).unwrap();
    let optimizer = optimizer.emit_to(Emit {
        folder: folder.to_owned(),
        filter: Some(EmitFilter::new(filter)),
    });
    let offsets = offsets_of(&module);
    for index in 0..module.bodies.len() {
        optimizer
            .compile_function(Source::new(&module, &offsets), DefinedFuncIdx::new(index))
            .unwrap();
    }
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_function_has_four_files() {
    const TEXT: &str = r#"(module
        (import "a" "b" (func))
        (func $small (param i32) (result i32) (i32.div_u (i32.const 9) (local.get 0)))
        (func (export "run") (param i32) (result i32) (call $small (local.get 0))))"#;
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = asked.clone();
    emit(folder.path(), TEXT, move |index, name| {
        list.lock().unwrap().push((index, name.map(str::to_owned)));
        name == Some("run")
    });
    assert_eq!(
        *asked.lock().unwrap(),
        [(1, Some("small".into())), (2, Some("run".into()))]
    );
    let kinds = ["asm", "bin", "clif", "opt.clif"];
    assert_eq!(
        files(folder.path()),
        kinds.map(|kind| format!("wasm-2-run.{kind}"))
    );
    let listing = fs::read_to_string(folder.path().join("wasm-2-run.asm")).unwrap();
    for part in [
        "; function 2 `run`: 0x",
        "integer divide by zero",
        "of function 1 `small`, inlined",
        "block0:",
    ] {
        assert!(listing.contains(part), "{part}: {listing}");
    }
}

#[test]
fn links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, link) = (
        folder.path().join("elsewhere"),
        folder.path().join("wasm-0-f.clif"),
    );
    fs::write(&elsewhere, "untouched").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    emit(folder.path(), "(module (func $f))", |_, _| true);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched");
    assert!(fs::read_to_string(&link).unwrap().contains("function u0:0"));
}
