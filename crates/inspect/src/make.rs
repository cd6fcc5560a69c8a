//! Components that are made of core modules, and the interfaces that they are made for.

use crate::component::{Interface, printed};
use crate::guard::guarded;
use crate::{Error, Result};
use std::path::Path;
use transom::Escaped;
use wasi_preview1_component_adapter_provider as provider;
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// What modules for WASI preview 1 import.
const PREVIEW_1: &str = provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;

/// A core module that is linked into a component and implements what another one imports under a name.
pub struct Adapter {
    /// The name of the imports.
    pub name: String,
    /// The module in the binary format.
    pub module: Vec<u8>,
}

/// A component made of a core module that has the interface which it was compiled for, as `wit-bindgen` writes it. A module that imports WASI
/// preview 1 gets the adapter to 0.2, unless it is given one.
///
/// # Errors
///
/// The module or an adapter is invalid, has no interface, or does not fit it.
pub fn component(core: &[u8], adapters: &[Adapter]) -> Result<Vec<u8>> {
    let preview_1 = preview_1(core);
    if preview_1.is_none() && adapters.is_empty() && embedded_interface(core)?.is_none() {
        let what = "the module has no interface, so nothing of it would be in the component";
        return Err(Error::new(what).remedy("add one: transom component embed WIT FILE"));
    }
    let made = || {
        let mut encoder = ComponentEncoder::default();
        encoder.validate(true).module(core)?;
        for Adapter { name, module } in adapters {
            encoder.adapter(name, module)?;
        }
        if let Some(adapter) = preview_1.filter(|_| adapters.iter().all(|adapter| adapter.name != PREVIEW_1))
        {
            encoder.adapter(PREVIEW_1, adapter)?;
        }
        encoder.encode()
    };
    tried(made).map_err(|error| Error::new(format!("no component can be made of the module: {error:#}")))
}

/// The result of a library's work on interfaces, which takes much for granted that tools see to, and panics where that is not so.
fn tried<R>(work: impl FnOnce() -> anyhow::Result<R>) -> anyhow::Result<R> {
    guarded(work).unwrap_or_else(|_| Err(anyhow::Error::msg("the interface is malformed")))
}

/// The adapter that a module needs, if it imports WASI preview 1: there is one for programs, and one for libraries.
fn preview_1(core: &[u8]) -> Option<&'static [u8]> {
    let (mut needs, mut is_program) = (false, false);
    for payload in Parser::new(0).parse_all(core).map_while(Result::ok) {
        match payload {
            Payload::ImportSection(imports) => {
                needs |= imports
                    .into_imports()
                    .map_while(Result::ok)
                    .any(|import| import.module == PREVIEW_1);
            }
            Payload::ExportSection(exports) => {
                is_program |= exports
                    .into_iter()
                    .map_while(Result::ok)
                    .any(|export| export.name == "_start");
            }
            _ => {}
        }
    }
    needs.then_some(match is_program {
        true => provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        false => provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
    })
}

/// A module with the interface that it was compiled for: a world of a WIT file or of a folder of such files. The name of the world may be absent if
/// there is one.
///
/// # Errors
///
/// The WIT is malformed or has no such world, or the module is malformed.
pub fn embedded(core: &[u8], wit: &Path, world: Option<&str>) -> Result<Vec<u8>> {
    let mut bytes = core.to_vec();
    let embed = || {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(wit)?;
        let world = resolve.select_world(&[package], world)?;
        wit_component::embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8, false)
    };
    tried(embed).map_err(|error| in_wit(wit, &error))?;
    Ok(bytes)
}

/// The package of a WIT file, or of a folder of such files, in one text.
///
/// # Errors
///
/// The WIT is malformed.
pub fn package(wit: &Path) -> Result<Interface> {
    let read = || {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(wit)?;
        Ok((resolve, package))
    };
    let (resolve, package) = tried(read).map_err(|error| in_wit(wit, &error))?;
    printed(&resolve, package)
}

/// The interface that a core module was compiled for, if it has one.
///
/// # Errors
///
/// What it has is malformed.
pub fn embedded_interface(core: &[u8]) -> Result<Option<Interface>> {
    let decoded = tried(|| wit_component::metadata::decode(core));
    let (rest, bindgen) = decoded.map_err(crate::print::malformed)?;
    if rest.is_none() {
        return Ok(None);
    }
    let package = bindgen.resolve.worlds[bindgen.world].package;
    package
        .map(|package| printed(&bindgen.resolve, package))
        .transpose()
}

fn in_wit(wit: &Path, error: &anyhow::Error) -> Error {
    Error::new(format!("`{}`: {error:#}", Escaped(wit.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn core(text: &str) -> Vec<u8> {
        Source::new("test", text).binary().expect("a module").into_owned()
    }

    #[test]
    fn a_world_is_embedded_and_becomes_the_interface_of_a_component() {
        let folder = tempfile::tempdir().expect("a folder");
        let wit = folder.path().join("calc.wit");
        let text = "package a:calc;\nworld calc { import log: func(at: u32); export add: func(a: u32, b: u32) -> u32; }";
        std::fs::write(&wit, text).expect("it is written");
        let module = core(
            r#"(module (import "$root" "log" (func $log (param i32)))
                (func (export "add") (param i32 i32) (result i32)
                    (call $log (local.get 0)) (i32.add (local.get 0) (local.get 1))))"#,
        );
        assert!(embedded_interface(&module).expect("well-formed").is_none());
        let with = embedded(&module, &wit, None).expect("there is one world");
        assert!(embedded(&module, &wit, Some("other")).is_err());
        let seen = embedded_interface(&with)
            .expect("well-formed")
            .expect("it has one");
        assert!(
            seen.wit.contains("export add: func(a: u32, b: u32) -> u32"),
            "{seen}"
        );
        assert!(package(&wit).expect("well-formed").wit.contains("world calc"));
        let made = component(&with, &[]).expect("it fits");
        crate::component::validate(&made, transom::WasmFeatures::WASM3).expect("valid");
        let seen = crate::component::interface(&made).expect("it has one");
        assert!(seen.wit.contains("import log: func(at: u32)"), "{seen}");
        let other = embedded(&core("(module)"), &wit, None).expect("nothing is compared");
        let error = component(&other, &[]).expect_err("there is no `add`");
        assert!(error.message.contains("add"), "{error:?}");
    }

    #[test]
    fn programs_for_preview_1_become_components() {
        let program = core(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 3))))"#,
        );
        let made = component(&program, &[]).expect("the adapter is there");
        crate::component::validate(&made, transom::WasmFeatures::WASM3).expect("valid");
        let seen = crate::component::interface(&made).expect("it has one");
        assert!(seen.wit.contains("export wasi:cli/run@0.2"), "{seen}");
        let own = Adapter {
            name: PREVIEW_1.to_owned(),
            module: core("(module)"),
        };
        assert!(
            component(&program, &[own]).is_err(),
            "another adapter has no `proc_exit`"
        );
    }
}
