//! Artifacts: modules in the form that [`Module::serialize`] writes.
//!
//! An artifact has a header of 32 bytes, all numbers little-endian, and then what it contains:
//!
//! | bytes | |
//! |---|---|
//! | 0 to 7 | [`MAGIC`] |
//! | 8 to 11 | the version of the format, [`VERSION`] |
//! | 12 to 15 | what it contains: 0, a module |
//! | 16 to 23 | the length of the contents in bytes |
//! | 24 to 31 | the XXH3 hash of the contents |
//!
//! In version 1 the contents are the module itself in the binary format. It is validated when it is read, so nothing of an artifact is ever
//! trusted, and it fits each engine that supports the module.

use crate::{Engine, Module, ParsedModule};
use std::fs::File;
use std::hash::Hash;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use transom_error::{Context, Result, bail, ensure};
use transom_types::Escaped;
use xxhash_rust::xxh3::xxh3_64;

/// What an artifact begins with. No text and no module in the binary format does.
const MAGIC: &[u8; 8] = b"\x7ftransom";
/// The version of the format.
const VERSION: u32 = 1;
const MODULE: u32 = 0;
const HEADER: usize = 32;

/// What an artifact contains; see [`Engine::detect_precompiled`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precompiled {
    /// A module.
    Module,
    /// A component. No version of Transom writes one so far.
    Component,
}

impl Module {
    /// The module as an artifact, for [`deserialize`](Self::deserialize). So far an artifact contains the module as it was read, but
    /// not its machine code: functions are compiled when they are called, as with [`Module::new`].
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (result i32) (i32.const 7)))"#)?;
    /// let artifact = module.serialize()?;
    /// assert_eq!(Engine::detect_precompiled(&artifact), Some(Precompiled::Module));
    /// // SAFETY: the artifact is one of `serialize`.
    /// let again = unsafe { Module::deserialize(&engine, &artifact)? };
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &again, &[])?;
    /// assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "f")?.call(&mut store, ())?, 7);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        Ok(encode(self.description().bytes()))
    }
}

impl Engine {
    /// A module in the binary or the text format as an artifact, without compiling it; see [`Module::serialize`].
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let artifact = engine.precompile_module(b"(module $demo)")?;
    /// assert_eq!(Engine::detect_precompiled(&artifact), Some(Precompiled::Module));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error contains the position.
    pub fn precompile_module(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let module = ParsedModule::new(self, bytes)?;
        Ok(encode(module.description().bytes()))
    }

    /// What an artifact contains, by its first bytes; `None` if they are no artifact's.
    ///
    /// ```
    /// # use transom::*;
    /// assert_eq!(Engine::detect_precompiled(b"(module)"), None);
    /// ```
    pub fn detect_precompiled(bytes: &[u8]) -> Option<Precompiled> {
        let kind = bytes.strip_prefix(MAGIC)?.get(4..8)?;
        (kind == MODULE.to_le_bytes()).then_some(Precompiled::Module)
    }

    /// As [`detect_precompiled`](Self::detect_precompiled), for a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn detect_precompiled_file(path: impl AsRef<Path>) -> Result<Option<Precompiled>> {
        let path = path.as_ref();
        let context = || format!("failed to read input file: {}", Escaped(path.display()));
        let mut header = Vec::new();
        let file = File::open(path).with_context(context)?;
        file.take(HEADER as u64)
            .read_to_end(&mut header)
            .with_context(context)?;
        Ok(Engine::detect_precompiled(&header))
    }

    /// A value whose hash is the same for engines that read each other's artifacts. So far all engines of the same version of the format do.
    pub fn precompile_compatibility_hash(&self) -> impl Hash + '_ {
        (*MAGIC, VERSION)
    }
}

/// An artifact of a module.
fn encode(binary: &[u8]) -> Vec<u8> {
    let mut artifact = Vec::with_capacity(HEADER + binary.len());
    artifact.extend(MAGIC);
    artifact.extend(VERSION.to_le_bytes());
    artifact.extend(MODULE.to_le_bytes());
    artifact.extend((binary.len() as u64).to_le_bytes());
    artifact.extend(xxh3_64(binary).to_le_bytes());
    artifact.extend(binary);
    artifact
}

/// The module of an artifact.
///
/// # Errors
///
/// It is none, or of another version, truncated or corrupt.
fn decode(artifact: &[u8]) -> Result<&[u8]> {
    let Some(header) = artifact.strip_prefix(MAGIC) else {
        let remedy = match artifact.starts_with(b"\0asm") {
            true => "this is a module in the binary format, which `Module::new` reads",
            false => "`Module::serialize` makes artifacts",
        };
        bail!("the bytes are no artifact of Transom: {remedy}");
    };
    ensure!(
        artifact.len() >= HEADER,
        "the artifact is truncated: it has no header"
    );
    let word = |at: usize| {
        let bytes = header[at..at + 4].try_into();
        u32::from_le_bytes(bytes.expect("four bytes are as many"))
    };
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    let version = word(0);
    ensure!(
        version == VERSION,
        "the artifact has version {version} of the format, and this version of Transom reads version {VERSION}: make it again"
    );
    ensure!(word(4) == MODULE, "the artifact contains no module");
    let contents = &artifact[HEADER..];
    let length = long(8);
    ensure!(
        contents.len() as u64 == length,
        "the artifact is truncated or too long: it contains {} bytes instead of {length}",
        contents.len()
    );
    ensure!(
        xxh3_64(contents) == long(16),
        "the artifact is corrupt: its contents have another hash than when it was made"
    );
    Ok(contents)
}

/// The module of an artifact.
///
/// # Errors
///
/// As [`decode`]; or the engine does not support the module.
pub(crate) fn module(engine: &Engine, artifact: &[u8]) -> Result<Module> {
    let binary = decode(artifact)?;
    ParsedModule::from_binary(engine, Arc::new(binary.to_vec()))?.compile()
}

#[cfg(test)]
mod tests;
