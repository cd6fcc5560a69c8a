//! Backtraces: the functions of a program that are active, or were when it ended.
//!
//! A frame keeps its module, so a backtrace outlives its store. Debug information is read when it is needed.

use crate::config::{DETAILS_VARIABLE, Details};
use crate::store::StoreOpaque;
use crate::{AsContext, Demangled, FrameSymbol, Module};
use std::fmt;
use std::sync::OnceLock;
use transom_module::FuncIdx;
use transom_types::Escaped;
use transom_vm::{Backtrace, EngineOptions};

/// The WebAssembly functions that are active, or were when a program ended, innermost first. The errors of programs contain one, and
/// [`capture`](Self::capture) makes one while a program waits for the host.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module $demo
///     (func $inner (unreachable))
///     (func $outer (export "run") (call $inner)))"#)?;
/// let mut store = Store::new(&engine, ());
/// let run = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "run")?;
/// let error = run.call(&mut store, ()).unwrap_err();
/// let backtrace = error.downcast_ref::<WasmBacktrace>().expect("the program trapped");
/// let names: Vec<_> = backtrace.frames().iter().filter_map(FrameInfo::func_name).collect();
/// assert_eq!(names, ["inner", "outer"]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
    omitted: usize,
    /// Whether the environment variable would enable symbols, but is not set.
    hint: bool,
}

/// A frame of a backtrace: an active function.
#[derive(Clone)]
pub struct FrameInfo {
    module: Module,
    function: FuncIdx,
    offset: Option<u32>,
    /// Initialised on first use, or empty from the beginning if symbols are disabled.
    symbols: OnceLock<Vec<FrameSymbol>>,
}

impl WasmBacktrace {
    pub(crate) fn of(store: &dyn StoreOpaque, backtrace: Backtrace) -> WasmBacktrace {
        let details = store.engine().config().backtrace_details;
        let frames = backtrace.frames.into_iter();
        WasmBacktrace {
            frames: frames
                .filter_map(|frame| FrameInfo::of(store, &frame, details))
                .collect(),
            omitted: backtrace.omitted,
            hint: details == Details::NotInEnvironment,
        }
    }

    /// The functions that are active in programs of the store: those that wait for the host function, call hook or epoch callback that
    /// calls this. There are none if no program of the store is running. Frames of other stores are not in it.
    ///
    /// [`Config::wasm_backtrace_max_frames`](crate::Config::wasm_backtrace_max_frames) limits the number of frames. If it disables
    /// backtraces, there are none.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module
    ///     (import "host" "log" (func $log))
    ///     (func $work (call $log))
    ///     (func $main (export "main") (call $work)))"#)?;
    /// let mut store = Store::new(&engine, String::new());
    /// let log = Func::wrap(&mut store, |mut caller: Caller<'_, String>| {
    ///     let backtrace = WasmBacktrace::capture(&caller);
    ///     let names = backtrace.frames().iter().filter_map(FrameInfo::func_name);
    ///     *caller.data_mut() = names.collect::<Vec<_>>().join(" < ");
    /// });
    /// let instance = Instance::new(&mut store, &module, &[log.into()])?;
    /// instance.get_typed_func::<(), ()>(&mut store, "main")?.call(&mut store, ())?;
    /// assert_eq!(store.data(), "work < main");
    /// assert!(WasmBacktrace::capture(&store).frames().is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn capture(store: impl AsContext) -> WasmBacktrace {
        let store = store.as_context().0;
        let most = store.vm().core().backtrace_frames();
        WasmBacktrace::of(store, store.vm().backtrace(most))
    }

    /// As [`capture`](Self::capture), also if the configuration of the engine disables backtraces. Then the default limit applies.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().wasm_backtrace(false))?;
    /// let module = Module::new(&engine, r#"(module (import "host" "f" (func $f)) (func (export "run") (call $f)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Func::wrap(&mut store, |caller: Caller<'_, ()>| {
    ///     assert_eq!(WasmBacktrace::capture(&caller).frames().len(), 0);
    ///     assert_eq!(WasmBacktrace::force_capture(&caller).frames().len(), 1);
    /// });
    /// let instance = Instance::new(&mut store, &module, &[f.into()])?;
    /// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn force_capture(store: impl AsContext) -> WasmBacktrace {
        let store = store.as_context().0;
        let most = match store.vm().core().backtrace_frames() {
            0 => EngineOptions::default().backtrace_frames,
            most => most,
        };
        WasmBacktrace::of(store, store.vm().backtrace(most))
    }

    /// The frames, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }
}

impl FrameInfo {
    /// A frame of a program of the store. The module is always found: a function runs in an instance of its store.
    fn of(store: &dyn StoreOpaque, frame: &transom_vm::Frame, details: Details) -> Option<FrameInfo> {
        let module = store.modules().with_id(frame.module.id());
        debug_assert!(module.is_some(), "a frame of a module without an instance");
        let symbols = match details {
            Details::Wanted => OnceLock::new(),
            Details::Unwanted | Details::NotInEnvironment => Vec::new().into(),
        };
        Some(FrameInfo {
            module: module?.clone(),
            function: frame.function,
            offset: frame.offset,
            symbols,
        })
    }

    /// The module of the function.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") unreachable))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// drop(store);
    /// let backtrace = error.downcast_ref::<WasmBacktrace>().expect("the program trapped");
    /// assert!(Module::same(backtrace.frames()[0].module(), &module));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The index of the function in its module.
    pub fn func_index(&self) -> u32 {
        self.function.as_u32()
    }

    /// The name of the function from the name section of the module, or else from the debug information, if
    /// backtraces use it.
    pub fn func_name(&self) -> Option<&str> {
        let name = self.module.description().func_name(self.function);
        name.or_else(|| self.symbols().last()?.name())
    }

    /// The name of the module, if it has one.
    pub fn module_name(&self) -> Option<&str> {
        self.module.name()
    }

    /// The offset of the instruction in the bytes of the module, if known.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (nop) (unreachable)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// let frame = &error.downcast_ref::<WasmBacktrace>().expect("the program trapped").frames()[0];
    /// assert_eq!(frame.func_offset(), Some(2), "after the number of locals, and a `nop`");
    /// assert!(frame.module_offset() > frame.func_offset());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn module_offset(&self) -> Option<usize> {
        self.offset.map(|offset| offset as usize)
    }

    /// The offset of the instruction from the beginning of the function body, if known.
    pub fn func_offset(&self) -> Option<usize> {
        let module = self.module.description();
        let body = &module.bodies[module.defined_func(self.function)?.index()];
        self.module_offset()?.checked_sub(body.range.start)
    }

    /// The debug information of the instruction: the functions that contain it, with inlined functions first, and
    /// their source positions. Empty if there is no information, or if
    /// [`Config::wasm_backtrace_details`](crate::Config::wasm_backtrace_details) disables it. The first call of this
    /// method, or the first display of the backtrace, reads the information.
    pub fn symbols(&self) -> &[FrameSymbol] {
        let lookup = || Some(self.module.description().symbols(self.module_offset()?));
        self.symbols.get_or_init(|| lookup().unwrap_or_default())
    }

    /// Writes the name of the function, as it stood in the source.
    fn write_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.func_name() {
            Some(name) => write!(f, "{}", Demangled(name)),
            None => write!(f, "<wasm function {}>", self.func_index()),
        }
    }

    /// Writes the functions that the frame stands for, with their places, in several lines.
    fn write_symbols(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols = self.symbols();
        for (index, symbol) in symbols.iter().enumerate() {
            if index > 0 {
                write!(f, "\n                - ")?;
            }
            match symbol.name() {
                _ if index + 1 == symbols.len() => self.write_name(f)?,
                Some(name) => write!(f, "{}", Demangled(name))?,
                None => write!(f, "<inlined function>")?,
            }
            let Some(file) = symbol.file() else { continue };
            write!(f, "\n                    at {}", Escaped(file))?;
            let numbers = [symbol.line(), symbol.line().and(symbol.column())];
            for number in numbers.into_iter().flatten() {
                write!(f, ":{number}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FrameInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameInfo")
            .field("module", &self.module_name())
            .field("func_index", &self.func_index())
            .field("func_name", &self.func_name())
            .field("module_offset", &self.module_offset())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error while executing at wasm backtrace:")?;
        for (index, frame) in self.frames.iter().enumerate() {
            let offset = frame
                .module_offset()
                .map_or_else(|| "?".to_owned(), |offset| format!("{offset:#x}"));
            write!(f, "\n  {index:>3}: {offset:>8} - ")?;
            if frame.symbols().is_empty() {
                write!(f, "{}!", Escaped(frame.module_name().unwrap_or("<unknown>")))?;
                frame.write_name(f)?;
            } else {
                frame.write_symbols(f)?;
            }
        }
        if self.omitted > 0 {
            write!(f, "\n       ... {} more frames", self.omitted)?;
        }
        if self.hint
            && self
                .frames
                .iter()
                .any(|frame| frame.module.description().has_debug_info())
        {
            write!(
                f,
                "\nnote: {DETAILS_VARIABLE}=1 in the environment may show files and lines"
            )?;
        }
        Ok(())
    }
}
