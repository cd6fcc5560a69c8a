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
//! The contents are the settings that the code was made for, the module in the binary format, what its validation found, and the machine code
//! of its functions. The hash notices damage, but whoever makes an artifact makes its hash, too: machine code is trusted, so
//! the functions that read artifacts are `unsafe`.

pub(crate) mod contents;
mod encoding;
pub(crate) mod settings;
pub(crate) mod stored_code;

use crate::{Engine, ParsedModule};
use contents::{Contents, Source};
use settings::Settings;
use std::sync::Arc;
use stored_code::{Functions, Merged, StoredCode};
use transom_error::{Result, bail, ensure};
use transom_vm::compile_for_store;
use xxhash_rust::xxh3::xxh3_64;

/// What an artifact begins with. No text and no module in the binary format does.
const MAGIC: &[u8; 8] = b"\x7ftransom";
/// The version of the format.
pub(crate) const VERSION: u32 = 4;
const MODULE: u32 = 0;
pub(crate) const HEADER: usize = 32;

/// What an artifact contains; see [`Engine::detect_precompiled`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precompiled {
    /// A module.
    Module,
    /// A component. No version of Transom writes one so far.
    Component,
}

/// What an artifact contains, by its first bytes; `None` if they are no artifact's.
pub(crate) fn detect(bytes: &[u8]) -> Option<Precompiled> {
    let kind = bytes.strip_prefix(MAGIC)?.get(4..8)?;
    (kind == MODULE.to_le_bytes()).then_some(Precompiled::Module)
}

/// An artifact with contents that come in pieces.
fn encode<'a>(contents: impl Iterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let len = contents.clone().map(<[u8]>::len).sum::<usize>();
    let mut artifact = Vec::with_capacity(HEADER + len);
    artifact.extend(MAGIC);
    artifact.extend(VERSION.to_le_bytes());
    artifact.extend(MODULE.to_le_bytes());
    artifact.extend((len as u64).to_le_bytes());
    artifact.extend([0; 8]);
    contents.for_each(|piece| artifact.extend(piece));
    let hash = xxh3_64(&artifact[HEADER..]);
    artifact[HEADER - 8..HEADER].copy_from_slice(&hash.to_le_bytes());
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

/// The artifact of a module that is compiled here.
pub(crate) fn compile(engine: &Engine, module: &transom_module::Module) -> Result<Vec<u8>> {
    let code = StoredCode::new(Functions::default(), usize::MAX);
    // Debuggers ask for more than is stored, so functions are compiled for them when the artifact is read.
    if !engine.config().options.debugger {
        compile_for_store(engine.vm(), module, &code)?;
    }
    write(engine, module, &code.all())
}

pub(crate) fn write(
    engine: &Engine,
    module: &transom_module::Module,
    functions: &Merged<'_>,
) -> Result<Vec<u8>> {
    let source = Source::Bytes(module.bytes());
    let before = Contents::encode(source, module.known_bodies(), functions, &Settings::of(engine))?;
    Ok(encode(std::iter::once(&before[..]).chain(functions.code())))
}

/// The module of an artifact, whose code is trusted.
///
/// # Errors
///
/// As [`decode`]; or the artifact was made for other settings than the engine's.
pub(crate) fn parse(engine: &Engine, artifact: &[u8]) -> Result<ParsedModule> {
    let contents = decode(artifact)?;
    let (
        Contents {
            source,
            bodies: known,
            table,
        },
        start,
    ) = Contents::decode(contents, &Settings::of(engine))?;
    let Source::Bytes(bytes) = source else {
        bail!("the artifact contains no module");
    };
    let code = StoredCode::new(Contents::functions(table, contents[start..].to_vec(), 0)?, 0);
    let parsed = ParsedModule::parse_known(engine, Arc::new(bytes.to_vec()), || Some(known.into_owned()))?;
    Ok(parsed.with_code(code))
}

#[cfg(test)]
mod tests;
