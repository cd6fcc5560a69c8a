//! Files of modules, read for an engine.

use crate::cached::{BLOCK, Sought};
use crate::parsed::read::{self, Blocks};
use crate::{Engine, ParsedModule};
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use transom_error::{Context, Result};
use transom_module::Bytes;
use transom_types::Escaped;

/// The bytes of a file, read for an engine. If the engine's [`Cache`](crate::Cache) has an entry for such a module and it is large, the bytes are hashed while they are read.
///
/// ```
/// # use transom::*;
/// # use std::fs::File;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("module.wasm");
/// std::fs::write(&path, b"\0asm\x01\0\0\0")?;
/// let file = ModuleFile::read(&Engine::default(), File::open(&path)?)?;
/// assert_eq!(file.bytes().len(), 8);
/// assert_eq!(file.parse()?.imports().len(), 0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct ModuleFile {
    engine: Engine,
    bytes: Bytes,
    sought: Option<Sought>,
}

impl ModuleFile {
    /// Reads a file from its beginning, if it has one. It is read once, so it may be a pipe. Later changes of the file have no effect.
    ///
    /// # Errors
    ///
    /// As [`read_bounded`](crate::read_bounded).
    pub fn read(engine: &Engine, file: File) -> io::Result<ModuleFile> {
        let mut sought = read::length(&file).and_then(|len| {
            let read = |piece: &mut [u8], at: usize| file.read_exact_at(piece, at as u64).is_ok();
            Sought::of(engine, len, read)
        });
        // Hashing a module takes nearly as long as reading it, and is of no use if nothing is known of it.
        let Blocks { bytes, are_given } = match &mut sought {
            Some(Sought {
                place,
                digest,
                present,
            }) if digest.len() >= read::LARGE && place.is_taken() => std::thread::scope(|scope| {
                let entry = std::thread::Builder::new().spawn_scoped(scope, || place.read());
                let read = read::blocks(file, BLOCK, &|index, block: &[u8]| digest.add(index, block));
                *present = entry.ok().and_then(|entry| entry.join().ok().flatten());
                read
            })?,
            // It is hashed when it is there.
            _ => Blocks {
                bytes: read::read_bounded_file(file)?,
                are_given: true,
            },
        };
        // The file may have changed meanwhile: then the hash is of something else.
        let sought = sought.filter(|sought| are_given && sought.digest.len() == bytes.len());
        Ok(ModuleFile {
            engine: engine.clone(),
            bytes: bytes.into(),
            sought,
        })
    }

    /// What was read.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Decodes and validates the module, which is in the binary format.
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error contains the position.
    pub fn parse(self) -> Result<ParsedModule> {
        ParsedModule::parse_sought(&self.engine, self.bytes, self.sought)
    }
}

impl ParsedModule {
    /// Decodes and validates a module from a file in the binary or the text format. The file is read once, from
    /// beginning to end, so it may be a pipe. Later changes of the file have no effect.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or as [`new`](Self::new).
    pub fn from_file(engine: &Engine, file: impl AsRef<Path>) -> Result<ParsedModule> {
        let path = file.as_ref();
        let context = || format!("failed to read input file: {}", Escaped(path.display()));
        let file = File::open(path).and_then(|file| ModuleFile::read(engine, file));
        let file = file.with_context(context)?;
        let parsed = match transom_module::bytes_to_binary(file.bytes(), Some(path))? {
            Cow::Owned(translated) => ParsedModule::parse(engine, Arc::new(translated)),
            Cow::Borrowed(_) => file.parse(),
        };
        parsed.with_context(|| format!("in {}", Escaped(path.display())))
    }
}
