//! Modules that are decoded and validated, but not compiled: their declarations, and whether imports and exports
//! match.

pub(crate) mod read;
mod text;

pub use read::{read_bounded, read_bounded_file};
pub use text::TypeTexts;

use crate::artifact::stored_code::StoredCode;
use crate::cached::{self, Known, Sought, StoredModule};
use crate::{Engine, ExportType, ExternType, FrameSymbol, ImportType};
use std::ops::Range;
use std::sync::Arc;
use transom_error::Result;
use transom_module::{Bytes, FuncIdx, KnownBodies};
use transom_ops::events;
use transom_types::Escaped;

/// A valid module that is not compiled: its imports and exports, with the types of its engine.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let user = ParsedModule::new(&engine, r#"(module (import "a" "f" (func (result anyref))))"#)?;
/// let given = ParsedModule::new(&engine, r#"(module (func (export "f") (result anyref) (ref.null any)))"#)?;
/// assert_eq!(user.imports().next().unwrap().ty().to_string(), "(func (result anyref))");
/// assert_eq!(user.fit(0, &given, "f"), Some(Fit::Exact));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct ParsedModule {
    engine: Engine,
    module: transom_module::Module,
    stored: Option<StoredModule>,
}

/// A known module of so many bytes is hashed on a thread of its own: starting one takes as long as hashing a tenth of them.
const MIN_CONCURRENT_BYTES: usize = 1 << 18;

/// The relation between the type of an export and the type of an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    /// Both types are the same.
    Exact,
    /// The type of the export is a proper subtype of the type of the import.
    Subtype,
    /// The types do not match. The text names the place where they differ.
    Mismatch(String),
}

impl ParsedModule {
    /// Decodes and validates a module in the binary or the text format.
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error contains the position.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<ParsedModule> {
        let binary = transom_module::bytes_to_binary(bytes.as_ref(), None)?;
        ParsedModule::parse(engine, Arc::new(binary.into_owned()))
    }

    /// Decodes and validates a module in the binary format, without copying the bytes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_binary(engine: &Engine, bytes: Arc<Vec<u8>>) -> Result<ParsedModule> {
        ParsedModule::parse(engine, bytes)
    }

    pub(crate) fn parse(engine: &Engine, bytes: Bytes) -> Result<ParsedModule> {
        ParsedModule::parse_sought(engine, bytes, None)
    }

    /// As [`parse`](Self::parse), of what was sought in the engine's cache, or is to be.
    pub(crate) fn parse_sought(
        engine: &Engine,
        bytes: Bytes,
        sought: Option<Sought>,
    ) -> Result<ParsedModule> {
        let sought = sought.or_else(|| Sought::of_bytes(engine, &bytes));
        let Some(Sought {
            place,
            digest,
            present,
        }) = sought
        else {
            return ParsedModule::parse_known(engine, bytes, || None);
        };
        let mut known = None;
        let mut bodies = |found: Option<Known>| {
            let Known { bodies, stored } = found?;
            known = Some(stored);
            bodies
        };
        let is_quick = present.is_some() || bytes.len() < MIN_CONCURRENT_BYTES || !place.is_taken();
        let look = || {
            let present = present.or_else(|| place.read());
            cached::known(place, present, bytes.clone(), digest)
        };
        let parsed = match is_quick {
            true => ParsedModule::parse_known(engine, bytes.clone(), || bodies(Some(look()))),
            // The bytes are hashed and the entry is read while the sections are decoded. Without a thread, there is no entry.
            false => std::thread::scope(|scope| {
                let thread = std::thread::Builder::new().spawn_scoped(scope, look);
                ParsedModule::parse_known(engine, bytes.clone(), || bodies(thread.ok()?.join().ok()))
            }),
        };
        let mut parsed = parsed?;
        parsed.stored = known;
        Ok(parsed)
    }

    /// As [`parse`](Self::parse), without validating bodies of which everything is known. The caller vouches for that.
    pub(crate) fn parse_known(
        engine: &Engine,
        bytes: Bytes,
        known: impl FnOnce() -> Option<KnownBodies<'static>>,
    ) -> Result<ParsedModule> {
        let features = engine.config().features & transom_module::SUPPORTED_FEATURES;
        let module = transom_module::Module::parse_known(engine.registry(), bytes, features, known)?;
        let times = module.times;
        log::info!(
            target: events::MODULE,
            "{}: {} bytes, {} functions; decoded in {:.1?}, validated in {:.1?}",
            module_label(&module),
            module.bytes().len(),
            module.bodies.len(),
            times.decode,
            times.validate
        );
        Ok(ParsedModule {
            engine: engine.clone(),
            module,
            stored: None,
        })
    }

    /// Whether there is no code that was stored.
    pub(crate) fn is_fresh(&self) -> bool {
        self.stored.is_none()
    }

    /// The same module with code that was stored, which is trusted.
    pub(crate) fn with_code(mut self, code: StoredCode) -> ParsedModule {
        self.stored = Some(StoredModule { code, entry: None });
        self
    }

    /// The engine, the description, and code that was stored, for the compilation.
    pub(crate) fn into_parts(self) -> (Engine, transom_module::Module, Option<StoredModule>) {
        (self.engine, self.module, self.stored)
    }

    pub(crate) fn description(&self) -> &transom_module::Module {
        &self.module
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The name of the module, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.module.names().module()
    }

    /// The imports, in the order in which [`Instance::new`](crate::Instance::new) takes them.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        imports(&self.engine, &self.module)
    }

    /// The exports, in their order in the module.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        exports(&self.engine, &self.module)
    }

    /// The types of all memories, then of all tables, each in the order of the index space, including imports.
    pub fn storage(&self) -> impl Iterator<Item = ExternType> {
        let types = text::storage(&self.module);
        types.map(|ty| ExternType::lift(&self.engine, &ty))
    }

    /// The indices of the functions that the module defines. Imported functions have lower indices.
    pub fn functions(&self) -> Range<u32> {
        self.module.imported.functions..self.module.functions.len() as u32
    }

    /// The name of the function with this index, or the name of its first export if it has no name.
    pub fn function_name(&self, index: u32) -> Option<&str> {
        self.module.func_or_export_name(FuncIdx::from_u32(index))
    }

    /// The debug information of the instruction at an offset of the module's bytes: the functions that contain it, with
    /// inlined functions first, and their source positions. Empty if there is no information. The first call reads the
    /// module's debug information.
    pub fn symbols(&self, offset: usize) -> Vec<FrameSymbol> {
        self.module.symbols(offset)
    }

    /// The index of the start function, if there is one.
    pub fn start(&self) -> Option<usize> {
        self.module.start.map(|start| start.index())
    }

    /// The types of the module in the text format, by the module's own names.
    pub fn type_texts(&self) -> TypeTexts<'_> {
        TypeTexts::new(self.engine.registry(), &self.module)
    }

    /// How the export `export` of the module `given` matches the import at position `import`. `None` if `given` has
    /// no such export.
    ///
    /// # Panics
    ///
    /// If there is no such import, or the modules belong to different engines.
    pub fn fit(&self, import: usize, given: &ParsedModule, export: &str) -> Option<Fit> {
        let registry = self.engine.registry();
        assert!(registry.same(given.engine.registry()), "modules of one engine");
        let expected = self.module.extern_type(self.module.imports[import].entity);
        let actual = given.module.extern_type(given.module.export(export)?);
        Some(match registry.explain_extern(&actual, &expected) {
            Some(mismatch) => Fit::Mismatch(mismatch.to_string()),
            None if actual == expected => Fit::Exact,
            None => Fit::Subtype,
        })
    }
}

/// A label of a module for messages, with its name if it has one.
pub(crate) fn module_label(module: &transom_module::Module) -> String {
    match module.names().module() {
        Some(name) => format!("module `{}`", Escaped(name)),
        None => "a module without a name".to_owned(),
    }
}

/// The imports of a module, with the types of an engine.
pub(crate) fn imports<'m>(
    engine: &'m Engine,
    module: &'m transom_module::Module,
) -> impl ExactSizeIterator<Item = ImportType<'m>> {
    module.imports.iter().map(|import| ImportType {
        module: &import.module,
        name: &import.name,
        ty: ExternType::lift(engine, &module.extern_type(import.entity)),
    })
}

/// The exports of a module, with the types of an engine.
pub(crate) fn exports<'m>(
    engine: &'m Engine,
    module: &'m transom_module::Module,
) -> impl ExactSizeIterator<Item = ExportType<'m>> {
    module.exports.iter().map(|(name, entity)| ExportType {
        name,
        ty: ExternType::lift(engine, &module.extern_type(entity)),
    })
}
