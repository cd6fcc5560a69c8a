//! Errors of programs.
//!
//! A trap becomes an error with up to three layers: the [`Trap`] is the root, then details of the trap, then a
//! [`WasmBacktrace`]. `downcast_ref` finds the trap and the backtrace.

use crate::config::{DETAILS_VARIABLE, Details};
use crate::{Demangled, Engine, FrameSymbol, Trap, events};
use std::fmt;
use std::sync::{Arc, OnceLock};
use transom_error::Error;
use transom_types::Escaped;
use transom_vm::{Backtrace, Unwind};

/// The WebAssembly functions that were active when a program ended, innermost first.
#[derive(Clone, Debug)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
    omitted: usize,
    /// Whether the environment variable would enable symbols, but is not set.
    hint: bool,
}

/// A frame of a backtrace: an active function.
#[derive(Clone, Debug)]
pub struct FrameInfo {
    frame: transom_vm::Frame,
    /// Initialised on first use, or empty from the beginning if symbols are disabled.
    symbols: OnceLock<Vec<FrameSymbol>>,
}

impl WasmBacktrace {
    fn new(engine: &Engine, backtrace: Backtrace) -> WasmBacktrace {
        let details = engine.config().backtrace_details;
        let frames = backtrace.frames.into_iter();
        WasmBacktrace {
            frames: frames.map(|frame| FrameInfo::new(frame, details)).collect(),
            omitted: backtrace.omitted,
            hint: details == Details::NotInEnvironment,
        }
    }

    /// The frames, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }
}

impl FrameInfo {
    fn new(frame: transom_vm::Frame, details: Details) -> FrameInfo {
        let symbols = match details {
            Details::Wanted => OnceLock::new(),
            Details::Unwanted | Details::NotInEnvironment => Vec::new().into(),
        };
        FrameInfo { frame, symbols }
    }

    /// The module of the function.
    pub(crate) fn module(&self) -> &Arc<transom_module::Module> {
        &self.frame.module
    }

    /// The index of the function in its module.
    pub fn func_index(&self) -> u32 {
        self.frame.function.as_u32()
    }

    /// The name of the function from the name section of the module, or else from the debug information, if
    /// backtraces use it.
    pub fn func_name(&self) -> Option<&str> {
        let name = self.frame.module.func_name(self.frame.function);
        name.or_else(|| self.symbols().last()?.name())
    }

    /// The name of the module, if it has one.
    pub fn module_name(&self) -> Option<&str> {
        self.frame.module.names().module()
    }

    /// The offset of the instruction in the bytes of the module, if known.
    pub fn module_offset(&self) -> Option<usize> {
        self.frame.offset.map(|offset| offset as usize)
    }

    /// The offset of the instruction from the beginning of the function body, if known.
    pub fn func_offset(&self) -> Option<usize> {
        let module = &self.frame.module;
        let body = &module.bodies[module.defined_func(self.frame.function)?.index()];
        self.module_offset()?.checked_sub(body.range.start)
    }

    /// The debug information of the instruction: the functions that contain it, with inlined functions first, and
    /// their source positions. Empty if there is no information, or if
    /// [`Config::wasm_backtrace_details`](crate::Config::wasm_backtrace_details) disables it. The first call of this
    /// method, or the first display of the backtrace, reads the information.
    pub fn symbols(&self) -> &[FrameSymbol] {
        let lookup = || Some(self.frame.module.symbols(self.module_offset()?));
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
                write!(f, "                - ")?;
            }
            match symbol.name() {
                _ if index + 1 == symbols.len() => self.write_name(f)?,
                Some(name) => write!(f, "{}", Demangled(name))?,
                None => write!(f, "<inlined function>")?,
            }
            writeln!(f)?;
            let Some(file) = symbol.file() else { continue };
            write!(f, "                    at {}", Escaped(file))?;
            let numbers = [symbol.line(), symbol.line().and(symbol.column())];
            for number in numbers.into_iter().flatten() {
                write!(f, ":{number}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error while executing at wasm backtrace:")?;
        for (index, frame) in self.frames.iter().enumerate() {
            let offset = frame
                .module_offset()
                .map_or_else(|| "?".to_owned(), |offset| format!("{offset:#x}"));
            write!(f, "  {index:>3}: {offset:>8} - ")?;
            if frame.symbols().is_empty() {
                write!(f, "{}!", Escaped(frame.module_name().unwrap_or("<unknown>")))?;
                frame.write_name(f)?;
                writeln!(f)?;
            } else {
                frame.write_symbols(f)?;
            }
        }
        if self.omitted > 0 {
            writeln!(f, "       ... {} more frames", self.omitted)?;
        }
        if self.hint
            && self
                .frames
                .iter()
                .any(|frame| frame.frame.module.has_debug_info())
        {
            writeln!(
                f,
                "note: {DETAILS_VARIABLE}=1 in the environment may show files and lines"
            )?;
        }
        Ok(())
    }
}

/// The details of a trap.
struct Detail(String);

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of a trap with its details.
struct Description<'a>(&'a transom_vm::TrapError);

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trap.message())?;
        match &self.0.detail {
            Some(detail) => write!(f, ": {}", Escaped(detail)),
            None => Ok(()),
        }
    }
}

/// The text of the position of a program.
struct Place<'a>(&'a Backtrace);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(frame) = self.0.frames.first() else {
            return Ok(());
        };
        write!(f, ", in function {}", frame.function.as_u32())?;
        if let Some(name) = frame.module.func_name(frame.function) {
            write!(f, " `{}`", Demangled(name))?;
        }
        match frame.offset {
            Some(offset) => write!(f, " at {offset:#x}"),
            None => Ok(()),
        }
    }
}

/// The error for a trap.
pub(crate) fn trap_error(engine: &Engine, trap: transom_vm::TrapError) -> Error {
    log::info!(target: events::TRAP, "{}{}", Description(&trap), Place(&trap.backtrace));
    let mut error = Error::new(trap.trap);
    if let Some(detail) = trap.detail {
        error = error.context(Detail(detail));
    }
    with_backtrace(engine, error, trap.backtrace)
}

fn with_backtrace(engine: &Engine, error: Error, backtrace: Backtrace) -> Error {
    if backtrace.frames.is_empty() || error.is::<WasmBacktrace>() {
        return error;
    }
    error.context(WasmBacktrace::new(engine, backtrace))
}

/// The error for the end of an activation; a panic goes on as a panic.
pub(crate) fn unwind_error(engine: &Engine, unwind: Unwind) -> Error {
    match unwind {
        Unwind::Trap(trap) => trap_error(engine, *trap),
        Unwind::Error(error, backtrace) => with_backtrace(engine, error, backtrace),
        Unwind::Panic(panic) => std::panic::resume_unwind(panic),
        Unwind::Exception(thrown) => {
            let backtrace = thrown.backtrace().clone();
            with_backtrace(engine, Error::new(*thrown), backtrace)
        }
        Unwind::Caught(_) => unreachable!("an exception that is caught ends no activation"),
    }
}

/// The error for a trap with details.
pub(crate) fn detailed(trap: Trap, detail: String) -> Error {
    Error::new(trap).context(Detail(detail))
}
