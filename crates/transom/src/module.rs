//! Compiled modules. What one declares is read by [`crate::parsed`] before it is compiled.

use crate::parsed;
use crate::{Engine, ExportType, ExternType, ImportType, ParsedModule};
use anyhow::Result;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use transom_module::EntityIdx;
use transom_ops::events;
use transom_vm::CompiledModule;

/// A compiled module. Cloning one is cheap, and both are the same module; it can be used from several threads.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module $demo (func (export "f") (param i32)))"#)?;
/// assert_eq!(module.name(), Some("demo"));
/// assert_eq!(module.exports().next().unwrap().name(), "f");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Module(Arc<ModuleInner>);

#[derive(Debug)]
struct ModuleInner {
    engine: Engine,
    compiled: Arc<CompiledModule>,
}

/// An export of a module, found once and then by its position.
#[derive(Clone, Copy, Debug)]
pub struct ModuleExport {
    pub(crate) module: usize,
    pub(crate) entity: EntityIdx,
}

/// What it took to make a module, and what came of it. Times are by the clock on the wall.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ModuleStatistics {
    /// How long it took to decode the binary, and to validate all but the bodies of functions.
    pub decode: Duration,
    /// How long it took to validate the bodies of functions.
    pub validate: Duration,
    /// How long it took to compile them.
    pub compile: Duration,
    /// Functions that the module defines.
    pub functions: usize,
    /// Bytes of the binary.
    pub binary_size: usize,
    /// Bytes of machine code.
    pub code_size: usize,
}

impl ParsedModule {
    /// Compiles the module.
    ///
    /// # Errors
    ///
    /// It needs what is not implemented.
    pub fn compile(self) -> Result<Module> {
        let (engine, module) = self.into_parts();
        let compiled = CompiledModule::new(engine.vm(), Arc::new(module))?;
        let module = Module(Arc::new(ModuleInner {
            engine,
            compiled: Arc::new(compiled),
        }));
        let ModuleStatistics {
            functions,
            code_size,
            compile,
            ..
        } = module.statistics();
        log::info!(
            target: events::COMPILE,
            "{}: {functions} functions, {code_size} bytes of code, compiled in {compile:.1?}",
            parsed::module_label(module.description())
        );
        Ok(module)
    }
}

impl Module {
    /// Compiles a module from its binary or its text format.
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error says where; or it needs what is not implemented.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Module> {
        ParsedModule::new(engine, bytes)?.compile()
    }

    /// Compiles a module from a file, in the binary or the text format. The file is read once, from its beginning to its
    /// end, so it may be a pipe; later changes of it have no effect.
    ///
    /// # Errors
    ///
    /// The file can't be read, or as [`new`](Self::new).
    pub fn from_file(engine: &Engine, file: impl AsRef<Path>) -> Result<Module> {
        ParsedModule::from_file(engine, file)?.compile()
    }

    /// Compiles a module from its binary format.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_binary(engine: &Engine, binary: &[u8]) -> Result<Module> {
        ParsedModule::parse(engine, Arc::new(binary.to_vec()))?.compile()
    }

    /// Checks that a binary is a valid module, without compiling it.
    ///
    /// # Errors
    ///
    /// It is not; the error says where.
    pub fn validate(engine: &Engine, binary: &[u8]) -> Result<()> {
        ParsedModule::parse(engine, Arc::new(binary.to_vec())).map(drop)
    }

    pub(crate) fn compiled(&self) -> &Arc<CompiledModule> {
        &self.0.compiled
    }

    pub(crate) fn description(&self) -> &transom_module::Module {
        self.0.compiled.module()
    }

    /// The module of an engine that a compiled module belongs to.
    pub(crate) fn of(engine: &Engine, compiled: &Arc<CompiledModule>) -> Module {
        Module(Arc::new(ModuleInner {
            engine: engine.clone(),
            compiled: compiled.clone(),
        }))
    }

    /// The module's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.description().names().module()
    }

    /// The engine that the module belongs to.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The imports, in the order in which they are to be given.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        parsed::imports(self.engine(), self.description())
    }

    /// The exports, in the order of the module.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        parsed::exports(self.engine(), self.description())
    }

    /// The type of an export.
    pub fn get_export(&self, name: &str) -> Option<ExternType> {
        let module = self.description();
        Some(ExternType::lift(
            self.engine(),
            &module.extern_type(module.export(name)?),
        ))
    }

    /// The module's machine code, function after function.
    pub fn text(&self) -> &[u8] {
        self.0.compiled.code().bytes()
    }

    /// How long it took to make the module, and how large it is.
    pub fn statistics(&self) -> ModuleStatistics {
        let module = self.description();
        ModuleStatistics {
            decode: module.times.decode,
            validate: module.times.validate,
            compile: self.0.compiled.compile_time(),
            functions: module.bodies.len(),
            binary_size: module.bytes().len(),
            code_size: self.text().len(),
        }
    }

    /// An export, for finding it in instances without looking up its name.
    pub fn get_export_index(&self, name: &str) -> Option<ModuleExport> {
        Some(ModuleExport {
            module: self.key(),
            entity: self.description().export(name)?,
        })
    }

    /// Tells modules apart as long as they exist.
    pub(crate) fn key(&self) -> usize {
        Arc::as_ptr(&self.0.compiled) as usize
    }

    /// Whether two are the same module.
    pub fn same(a: &Module, b: &Module) -> bool {
        a.key() == b.key()
    }
}
