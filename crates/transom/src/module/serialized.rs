//! Modules as artifacts.

use super::Module;
use crate::artifact::settings::Settings;
use crate::artifact::{HEADER, Precompiled, VERSION, compile, detect, write};
use crate::{Engine, ParsedModule};
use std::fs::File;
use std::hash::Hash;
use std::io::Read;
use std::path::Path;
use transom_error::{Context, Result};
use transom_types::Escaped;

impl Module {
    /// The module as an artifact, for [`deserialize`](Self::deserialize): with the code of all functions, as the best compiler of the engine's
    /// [`Strategy`](crate::Strategy) makes it. They are compiled here, unless the module came from an artifact, so
    /// [`Engine::precompile_module`] takes less time than [`Module::new`] and this function, whatever the strategy is.
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
    /// A function cannot be compiled.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        let module = self.description();
        match self.stored().map(|stored| stored.code.all()) {
            Some(functions) if functions.is_complete(module) => write(self.engine(), module, &functions),
            _ => compile(self.engine(), module),
        }
    }
}

impl Engine {
    /// A module in the binary or the text format as an artifact: compiled, but not made executable; see [`Module::serialize`].
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
    /// The module is malformed or invalid, and the error contains the position; or a function cannot be compiled.
    pub fn precompile_module(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let module = ParsedModule::new(self, bytes)?;
        compile(self, module.description())
    }

    /// What an artifact contains, by its first bytes; `None` if they are no artifact's.
    ///
    /// ```
    /// # use transom::*;
    /// assert_eq!(Engine::detect_precompiled(b"(module)"), None);
    /// ```
    pub fn detect_precompiled(bytes: &[u8]) -> Option<Precompiled> {
        detect(bytes)
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

    /// A value whose hash is the same for engines that read each other's artifacts.
    pub fn precompile_compatibility_hash(&self) -> impl Hash + '_ {
        (VERSION, Settings::of(self))
    }
}
