//! Compiled modules. [`crate::parsed`] reads the declarations of a module before it is compiled.

pub(crate) mod functions;
pub(crate) mod resources;
mod serialized;

use crate::artifact;
use crate::cached::StoredModule;
use crate::parsed;
use crate::{Engine, ExportType, ExternType, ImportType, ParsedModule};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use transom_error::Result;
use transom_module::EntityIdx;
use transom_ops::events;
use transom_vm::{CodeStore, CompiledModule};

/// A compiled module. A clone is cheap and refers to the same module. A module can be used from several threads.
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
    /// The code that it was made with, if there was some.
    stored: Option<Arc<StoredModule>>,
}

impl Drop for ModuleInner {
    /// Writes what was compiled to the cache.
    fn drop(&mut self) {
        self.compiled.write_to_store();
    }
}

/// The position of an export of a module. It replaces repeated lookups by name.
#[derive(Clone, Copy, Debug)]
pub struct ModuleExport {
    pub(crate) module: usize,
    pub(crate) entity: EntityIdx,
}

/// Statistics of the creation of a module. Times are wall-clock times.
#[derive(Clone, Copy, Default, Debug)]
#[non_exhaustive]
pub struct ModuleStatistics {
    /// Time to decode the binary and to validate everything except the function bodies.
    pub decode: Duration,
    /// Time to validate the function bodies.
    pub validate: Duration,
    /// Time to compile the functions in `Module::new`; functions that are compiled later are not included.
    pub compile: Duration,
    /// Number of functions that the module defines.
    pub functions: usize,
    /// Size of the binary in bytes.
    pub binary_size: usize,
    /// Size of the machine code in bytes. It grows if functions are compiled when they are first called.
    pub code_size: usize,
    /// Number of functions that have been compiled so far.
    pub compiled_functions: usize,
    /// Time to compile functions when they were first called.
    pub compile_on_call: Duration,
    /// What was compiled once more because it ran often.
    pub tier_up: TierUpStatistics,
}

/// Statistics of the functions of a module that were compiled once more because they ran often; see
/// [`Strategy::Tiered`](crate::Strategy::Tiered).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct TierUpStatistics {
    /// Time to compile them. It passes on other threads than the program's.
    pub time: Duration,
    /// Number of functions that have been compiled once more.
    pub functions: usize,
    /// Number of loops for which code has been compiled that begins there.
    pub loops: usize,
    /// Number of functions and loops that could not be compiled once more. They run as before.
    pub failures: usize,
    /// How often a function that was in a loop went on in the new code.
    pub replacements: usize,
    /// Number of calls through references in which the new code has the bodies of functions that were called there before.
    pub inlined_calls: usize,
}

impl ParsedModule {
    /// Compiles the module.
    ///
    /// # Errors
    ///
    /// A function cannot be compiled or the code cannot be made executable, for example because the module uses an
    /// unsupported feature or a function is too large; or
    /// [`Config::compile_interrupt`](crate::Config::compile_interrupt) stopped the compilation.
    pub fn compile(self) -> Result<Module> {
        if self.engine().config().tests.through_artifacts && self.is_fresh() {
            let artifact = artifact::compile(self.engine(), self.description())?;
            return artifact::parse(self.engine(), &artifact)?.compile();
        }
        let (engine, module, stored) = self.into_parts();
        let stored = stored.map(Arc::new);
        let store = stored
            .as_ref()
            .map(|stored| -> Arc<dyn CodeStore> { stored.clone() });
        let compiled = CompiledModule::new(engine.vm(), Arc::new(module), store)?;
        if let Some(stored) = &stored {
            stored.prepare_to_write();
        }
        let module = Module(Arc::new(ModuleInner {
            engine,
            compiled: Arc::new(compiled),
            stored,
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
    /// Compiles a module in the binary or the text format.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let error = Module::new(&engine, "(module (func (result i32) (i64.const 1)))").unwrap_err();
    /// assert!(format!("{error:?}").contains("type mismatch: expected i32, found i64"), "{error:?}");
    /// Module::new(&engine, b"\0asm\x01\0\0\0")?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, or uses an unsupported feature, and the error contains the position; or as
    /// [`ParsedModule::compile`].
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Module> {
        ParsedModule::new(engine, bytes)?.compile()
    }

    /// Compiles a module from a file in the binary or the text format. The file is read once, from beginning to end,
    /// so it may be a pipe. Later changes of the file have no effect.
    ///
    /// ```
    /// # use transom::*;
    /// let folder = tempfile::tempdir()?;
    /// let file = folder.path().join("program.wat");
    /// std::fs::write(&file, "(module $program)")?;
    /// let module = Module::from_file(&Engine::default(), &file)?;
    /// assert_eq!(module.name(), Some("program"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, or as [`new`](Self::new).
    pub fn from_file(engine: &Engine, file: impl AsRef<Path>) -> Result<Module> {
        ParsedModule::from_file(engine, file)?.compile()
    }

    /// Compiles a module in the binary format.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_binary(engine: &Engine, binary: &[u8]) -> Result<Module> {
        ParsedModule::parse(engine, Arc::new(binary.to_vec()))?.compile()
    }

    /// Validates a module in the binary format, without compiling it.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// assert!(Module::validate(&engine, b"\0asm\x01\0\0\0").is_ok());
    /// assert!(Module::validate(&engine, b"\0asm\x01\0\0\0\x01").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error contains the position.
    pub fn validate(engine: &Engine, binary: &[u8]) -> Result<()> {
        ParsedModule::parse(engine, Arc::new(binary.to_vec())).map(drop)
    }

    /// Adds the code that was compiled since to the engine's [`Cache`](crate::Cache), if it has one, instead of when the module is dropped. Nothing
    /// that goes wrong there is an error.
    pub fn write_to_cache(&self) {
        self.0.compiled.write_to_store();
    }

    /// As [`write_to_cache`](Self::write_to_cache), for the end of a process that may be a short one. What takes longer to compile than a program runs would
    /// be begun by each process, and found by none. So when processes that ended while functions were being compiled have run for 100 ms in
    /// all, this waits for that, at most so long. If the time is not enough, no later process waits. What is
    /// compiled is that of the engine, whatever module it belongs to.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::time::Duration;
    /// let module = Module::new(&Engine::default(), "(module)")?;
    /// module.write_to_cache_before_exit(Duration::from_millis(250));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn write_to_cache_before_exit(&self, limit: Duration) {
        let vm = self.engine().vm();
        if let Some(stored) = self.stored().filter(|_| !vm.wait_for_compilation(Duration::ZERO)) {
            stored.end_unfinished(|| vm.wait_for_compilation(limit));
        }
        self.write_to_cache();
    }

    pub(crate) fn stored(&self) -> Option<&StoredModule> {
        self.0.stored.as_deref()
    }

    pub(crate) fn compiled(&self) -> &Arc<CompiledModule> {
        &self.0.compiled
    }

    pub(crate) fn description(&self) -> &transom_module::Module {
        self.0.compiled.module()
    }

    /// The module's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.description().names().module()
    }

    /// The engine that the module belongs to.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The imports, in the order in which [`Instance::new`](crate::Instance::new) takes them.
    ///
    /// ```
    /// # use transom::*;
    /// let module = Module::new(&Engine::default(), r#"(module (import "env" "log" (func (param i32 i32))))"#)?;
    /// let import = module.imports().next().expect("there is one");
    /// assert_eq!((import.module(), import.name()), ("env", "log"));
    /// assert_eq!(import.ty().unwrap_func().params().len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        parsed::imports(self.engine(), self.description())
    }

    /// The exports, in their order in the module.
    ///
    /// ```
    /// # use transom::*;
    /// let module = Module::new(&Engine::default(), r#"(module (func (export "run")) (memory (export "memory") 2))"#)?;
    /// for export in module.exports() {
    ///     match export.ty() {
    ///         ExternType::Func(ty) => assert_eq!((export.name(), ty.params().len()), ("run", 0)),
    ///         ExternType::Memory(ty) => assert_eq!((export.name(), ty.minimum()), ("memory", 2)),
    ///         other => panic!("{other}"),
    ///     }
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        parsed::exports(self.engine(), self.description())
    }

    /// The type of the export `name`, or `None` if there is no such export.
    ///
    /// ```
    /// # use transom::*;
    /// let module = Module::new(&Engine::default(), r#"(module (func (export "_start")))"#)?;
    /// let is_command = module.get_export("_start").is_some_and(|ty| ty.func().is_some());
    /// assert!(is_command);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_export(&self, name: &str) -> Option<ExternType> {
        let module = self.description();
        Some(ExternType::lift(
            self.engine(),
            &module.extern_type(module.export(name)?),
        ))
    }

    /// The machine code of the module: all functions, one after the other. Empty if the functions are compiled when they
    /// are first called; see [`Config::compilation`](crate::Config::compilation).
    pub fn text(&self) -> &[u8] {
        self.0.compiled.code().map_or(&[], |code| code.bytes())
    }

    /// The addresses of the machine code, if the module is compiled as a whole: those of [`text`](Self::text). Otherwise functions lie in
    /// several places, and the range is empty.
    pub fn image_range(&self) -> Range<*const u8> {
        self.text().as_ptr_range()
    }

    /// Times and sizes of the module.
    ///
    /// ```
    /// # use transom::*;
    /// let module = Module::new(&Engine::default(), "(module (func) (func))")?;
    /// let statistics = module.statistics();
    /// assert_eq!((statistics.functions, statistics.compiled_functions), (2, 0), "they are compiled when they are called");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn statistics(&self) -> ModuleStatistics {
        let module = self.description();
        let promoted = self.0.compiled.promotion_counts();
        ModuleStatistics {
            decode: module.times.decode,
            validate: module.times.validate,
            compile: self.0.compiled.compile_time(),
            functions: module.bodies.len(),
            binary_size: module.bytes().len(),
            code_size: self.0.compiled.code_size(),
            compiled_functions: self.0.compiled.compiled_functions(),
            compile_on_call: self.0.compiled.first_call_time(),
            tier_up: TierUpStatistics {
                time: promoted.time,
                functions: promoted.functions,
                loops: promoted.loops,
                failures: promoted.failures,
                replacements: promoted.replaced,
                inlined_calls: promoted.expected,
            },
        }
    }

    /// The position of the export `name`, for lookups in instances without the name. `None` if there is no such
    /// export.
    pub fn get_export_index(&self, name: &str) -> Option<ModuleExport> {
        Some(ModuleExport {
            module: self.key(),
            entity: self.description().export(name)?,
        })
    }

    /// A key that is unique among live modules.
    pub(crate) fn key(&self) -> usize {
        Arc::as_ptr(&self.0.compiled) as usize
    }

    /// Whether `a` and `b` are the same module.
    pub fn same(a: &Module, b: &Module) -> bool {
        a.key() == b.key()
    }
}
