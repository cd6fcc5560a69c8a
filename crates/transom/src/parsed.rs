//! Modules that were read and not compiled yet: what they declare, and whether that fits together.

use crate::{Engine, ExportType, ExternType, ImportType};
use anyhow::{Context, Result};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use transom_module::{Bytes, EntityIdx, FuncIdx};
use transom_ops::events;
use transom_types::Escaped;

/// A valid module as others see it: what it imports and exports, with the types as this engine knows them.
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
}

/// How what is exported fits an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    /// Both have the same type.
    Exact,
    /// The type of the export matches that of the import, but is another one.
    Subtype,
    /// The types don't match, and this is where they part.
    Mismatch(String),
}

impl ParsedModule {
    /// Reads a module in its binary or its text format.
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error says where.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<ParsedModule> {
        let binary = transom_module::bytes_to_binary(bytes.as_ref(), None)?;
        ParsedModule::parse(engine, Arc::new(binary.into_owned()))
    }

    /// Reads a module in its binary format, without copying the bytes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_binary(engine: &Engine, bytes: Arc<Vec<u8>>) -> Result<ParsedModule> {
        ParsedModule::parse(engine, bytes)
    }

    /// Reads a module from a file, in the binary or the text format. The file is read once, from its beginning to its
    /// end, so it may be a pipe; later changes of it have no effect.
    ///
    /// # Errors
    ///
    /// The file can't be read, or as [`new`](Self::new).
    pub fn from_file(engine: &Engine, file: impl AsRef<Path>) -> Result<ParsedModule> {
        let path = file.as_ref();
        let context = || format!("failed to read input file: {}", Escaped(path.display()));
        let bytes = File::open(path).and_then(read_bounded).with_context(context)?;
        let binary = match transom_module::bytes_to_binary(&bytes, Some(path))? {
            Cow::Owned(translated) => translated,
            Cow::Borrowed(_) => bytes,
        };
        ParsedModule::parse(engine, Arc::new(binary))
            .with_context(|| format!("in {}", Escaped(path.display())))
    }

    pub(crate) fn parse(engine: &Engine, bytes: Bytes) -> Result<ParsedModule> {
        let features = engine.config().features;
        let module = transom_module::Module::parse(engine.registry(), bytes, features)?;
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
        })
    }

    /// The engine and the description, for whoever compiles it.
    pub(crate) fn into_parts(self) -> (Engine, transom_module::Module) {
        (self.engine, self.module)
    }

    /// What the module calls itself.
    pub fn name(&self) -> Option<&str> {
        self.module.names().module()
    }

    /// The imports, in the order in which they are to be given.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        imports(&self.engine, &self.module)
    }

    /// The exports, in the order of the module.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        exports(&self.engine, &self.module)
    }

    /// The types of its memories and then its tables, in the order of their index spaces, imported ones among them.
    pub fn storage(&self) -> impl Iterator<Item = ExternType> {
        let memories = (0..).take(self.module.memories.len());
        let memories = memories.map(|index: u32| EntityIdx::Memory(index.into()));
        let tables = (0..).take(self.module.tables.len());
        let tables = tables.map(|index: u32| EntityIdx::Table(index.into()));
        memories
            .chain(tables)
            .map(|entity| ExternType::lift(&self.engine, &self.module.extern_type(entity)))
    }

    /// The indices of the functions that it defines: those that it imports come before them.
    pub fn functions(&self) -> Range<u32> {
        self.module.imported.functions..self.module.functions.len() as u32
    }

    /// The name of a function by its index, or else that of its first export.
    pub fn function_name(&self, index: u32) -> Option<&str> {
        self.module.func_or_export_name(FuncIdx::from_u32(index))
    }

    /// The number of the function that instantiation calls.
    pub fn start(&self) -> Option<usize> {
        self.module.start.map(|start| start.index())
    }

    /// Its rec groups in the text format, in canonical form: types of the same group are `$rec.N`.
    pub fn rec_groups(&self) -> Vec<String> {
        let first = |ty: &&transom_types::RegisteredType| ty.index() == 0;
        let groups = self.module.types.iter().filter(first);
        let text = self.engine.registry().text();
        groups.map(|ty| text.group(ty.group())).collect()
    }

    /// How an export of another module fits the import at a position; nothing if there is no such export.
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

/// All that there is to read, unless it is more than a module may have: a device or a pipe may never end.
///
/// # Errors
///
/// Reading failed, or the input has more than 1 GiB, the limit of all engines; then
/// [`ErrorKind::FileTooLarge`](io::ErrorKind::FileTooLarge).
pub fn read_bounded(input: impl Read) -> io::Result<Vec<u8>> {
    const MOST: u64 = 1 << 30;
    let mut bytes = Vec::new();
    input.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        let message = format!("the file exceeds {MOST} bytes, the maximum size of a module");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// A module in a text: its name if it has one.
pub(crate) fn module_label(module: &transom_module::Module) -> String {
    match module.names().module() {
        Some(name) => format!("module `{}`", Escaped(name)),
        None => "a module without a name".to_owned(),
    }
}

/// The imports of a module, with their types as an engine knows them.
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

/// The exports of a module, with their types as an engine knows them.
pub(crate) fn exports<'m>(
    engine: &'m Engine,
    module: &'m transom_module::Module,
) -> impl ExactSizeIterator<Item = ExportType<'m>> {
    module.exports.iter().map(|(name, entity)| ExportType {
        name,
        ty: ExternType::lift(engine, &module.extern_type(entity)),
    })
}
