//! Reading modules: binary or text, told apart by their first bytes.

use crate::locate;
use crate::report::Failure;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use transom::{Engine, Module};

const MAGIC: &[u8] = b"\0asm";
/// The version and layer of a component, where a module has `1, 0, 0, 0`.
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];

/// A file's bytes.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("can't read `{}`: {error}", path.display()));
    failure.hint("check the path; options for transom come before the file")
}

/// The binary form of what a file holds, which may be text.
pub fn binary(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if bytes.starts_with(MAGIC) {
        if bytes.get(4..8) == Some(COMPONENT) {
            let failure = Failure::new(format!(
                "`{}` is a component, and transom runs modules",
                path.display()
            ));
            return Err(failure.hint("compile for `wasm32-wasip1` instead of `wasm32-wasip2`"));
        }
        return Ok(bytes);
    }
    let Ok(text) = String::from_utf8(bytes) else {
        let failure = Failure::new(format!("`{}` is neither a module nor text", path.display()));
        return Err(failure.hint("a binary module starts with the bytes `00 61 73 6d`"));
    };
    encode(&text).map_err(|error| {
        let (line, column) = error.span().linecol_in(&text);
        Failure::at(path, format!("{}:{}", line + 1, column + 1), error.message())
    })
}

fn encode(text: &str) -> Result<Vec<u8>, wast::Error> {
    let buffer = wast::parser::ParseBuffer::new(text)?;
    transom::encode_wat(&mut wast::parser::parse::<wast::Wat<'_>>(&buffer)?)
}

/// The compiled module, or where the file is wrong. A binary is mapped, not read.
pub fn module(engine: &Engine, path: &Path) -> Result<Module, Failure> {
    if begins(path)?.starts_with(MAGIC) {
        let module = Module::from_file(engine, path);
        return module.or_else(|error| {
            let bytes = read(path)?;
            Err(invalid(path, &bytes, &binary(path, bytes.clone())?, &error))
        });
    }
    let bytes = read(path)?;
    let binary = binary(path, bytes.clone())?;
    Module::new(engine, &binary).map_err(|error| invalid(path, &bytes, &binary, &error))
}

/// The first bytes of a file.
fn begins(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// The failure of a module that is not valid: with its line if it was written as text, else with its offset.
pub fn invalid(path: &Path, source: &[u8], binary: &[u8], error: &transom::Error) -> Failure {
    let message = error.root_cause().to_string();
    let Some((what, offset)) = locate::offset(&message) else {
        return Failure::new(format!("{}: {message}", path.display()));
    };
    let text = std::str::from_utf8(source)
        .ok()
        .filter(|_| !source.starts_with(MAGIC));
    let position = text.and_then(|text| locate::position(text, binary, offset));
    let place = match position {
        Some((line, column)) => format!("{line}:{column}"),
        None => format!("offset {offset:#x}"),
    };
    let failure = Failure::at(path, place, what.to_owned());
    if what.contains("not enabled") || what.contains("support") {
        failure.hint("switch the feature on with -W; `-W help` lists them")
    } else {
        failure
    }
}
