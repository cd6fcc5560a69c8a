//! Modules of artifacts.
//!
//! Damage is noticed, and so is code for another engine or processor. But no check can tell whether machine code was compiled from the module
//! that is beside it.

use crate::artifact::parse;
use crate::{Engine, Module, ParsedModule, read_bounded_file};
use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use transom_error::{Context, Result};
use transom_types::Escaped;

impl ParsedModule {
    /// The module of an artifact from [`Module::serialize`] or [`Engine::precompile_module`], before its code is made executable.
    ///
    /// # Errors
    ///
    /// As [`Module::deserialize`].
    ///
    /// # Safety
    ///
    /// As for [`Module::deserialize`].
    pub unsafe fn deserialize(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<ParsedModule> {
        parse(engine, bytes.as_ref())
    }
}

impl Module {
    /// The module of an artifact from [`serialize`](Self::serialize) or [`Engine::precompile_module`].
    ///
    /// # Errors
    ///
    /// The bytes are no artifact, or of another version of its format, truncated or corrupt; or the artifact was made by another version of
    /// Transom, on a processor with other instruction sets, or with another configuration, and the error has the first difference.
    ///
    /// # Safety
    ///
    /// The bytes are an artifact that one of these functions has made.
    pub unsafe fn deserialize(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Module> {
        parse(engine, bytes.as_ref())?.compile()
    }

    /// As [`deserialize`](Self::deserialize). The bytes may be changed or freed after the call.
    ///
    /// # Errors
    ///
    /// As [`deserialize`](Self::deserialize).
    ///
    /// # Safety
    ///
    /// As for [`deserialize`](Self::deserialize); and the bytes can be read, and do not change during the call.
    pub unsafe fn deserialize_raw(engine: &Engine, memory: NonNull<[u8]>) -> Result<Module> {
        // SAFETY: by the contract.
        parse(engine, unsafe { memory.as_ref() })?.compile()
    }

    /// The module of an artifact in a file. The file is read once, so later changes of it have no effect.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or as [`deserialize`](Self::deserialize).
    ///
    /// # Safety
    ///
    /// As for [`deserialize`](Self::deserialize).
    pub unsafe fn deserialize_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Module> {
        let path = path.as_ref();
        let file = File::open(path)
            .with_context(|| format!("failed to read input file: {}", Escaped(path.display())))?;
        // SAFETY: by the contract.
        unsafe { Module::deserialize_open_file(engine, file) }
            .with_context(|| format!("in {}", Escaped(path.display())))
    }

    /// As [`deserialize_file`](Self::deserialize_file), of a file that is open.
    ///
    /// # Errors
    ///
    /// As [`deserialize_file`](Self::deserialize_file).
    ///
    /// # Safety
    ///
    /// As for [`deserialize`](Self::deserialize).
    pub unsafe fn deserialize_open_file(engine: &Engine, file: File) -> Result<Module> {
        parse(engine, &read_bounded_file(file)?)?.compile()
    }

    /// The module of a file, which may be an artifact, or a module in the binary or the text format.
    ///
    /// # Errors
    ///
    /// As [`deserialize_file`](Self::deserialize_file) or [`from_file`](Self::from_file).
    ///
    /// # Safety
    ///
    /// As for [`deserialize`](Self::deserialize), if the file is an artifact.
    pub unsafe fn from_trusted_file(engine: &Engine, file: impl AsRef<Path>) -> Result<Module> {
        match Engine::detect_precompiled_file(&file)? {
            // SAFETY: by the contract.
            Some(_) => unsafe { Module::deserialize_file(engine, file) },
            None => Module::from_file(engine, file),
        }
    }
}

#[cfg(test)]
mod tests;
