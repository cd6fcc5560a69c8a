//! Errors of programs, as a host sees them.
//!
//! A trap becomes an error whose root is its [`Trap`], under what is known of the circumstances, under a
//! [`WasmBacktrace`]; each can be found by `downcast_ref`.

use crate::{Engine, Trap};
use anyhow::Error;
use std::fmt;
use transom_vm::{Backtrace, Unwind};

/// The functions of WebAssembly that were active when a program ended, innermost first.
#[derive(Clone, Debug)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
    omitted: usize,
}

/// An active function.
#[derive(Clone, Debug)]
pub struct FrameInfo(transom_vm::Frame);

impl WasmBacktrace {
    fn new(engine: &Engine, backtrace: Backtrace) -> WasmBacktrace {
        let most = engine.config().backtrace_max_frames;
        let omitted = backtrace.frames.len().saturating_sub(most);
        let frames = backtrace.frames.into_iter().take(most).map(FrameInfo).collect();
        WasmBacktrace { frames, omitted }
    }

    /// The functions, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }
}

impl FrameInfo {
    /// The function's index in its module.
    pub fn func_index(&self) -> u32 {
        self.0.function.as_u32()
    }

    /// The function's name, if its module has names.
    pub fn func_name(&self) -> Option<&str> {
        self.0.module.func_name(self.0.function)
    }

    /// The module's name, if it has one.
    pub fn module_name(&self) -> Option<&str> {
        self.0.module.names().module()
    }

    /// The instruction's offset in the module's bytes, if it is known.
    pub fn module_offset(&self) -> Option<usize> {
        self.0.offset.map(|offset| offset as usize)
    }

    /// The instruction's offset from the beginning of its function's body.
    pub fn func_offset(&self) -> Option<usize> {
        let module = &self.0.module;
        let body = &module.bodies[module.defined_func(self.0.function)?.index()];
        self.module_offset()?.checked_sub(body.range.start)
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error while executing at wasm backtrace:")?;
        for (index, frame) in self.frames.iter().enumerate() {
            let offset = frame
                .module_offset()
                .map_or_else(|| "?".to_owned(), |offset| format!("{offset:#x}"));
            let module = frame.module_name().unwrap_or("<unknown>");
            write!(f, "  {index:>3}: {offset:>8} - {module}!")?;
            match frame.func_name() {
                Some(name) => writeln!(f, "{name}")?,
                None => writeln!(f, "<wasm function {}>", frame.func_index())?,
            }
        }
        if self.omitted > 0 {
            writeln!(f, "       ... {} more frames", self.omitted)?;
        }
        Ok(())
    }
}

/// What was found out about a trap.
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

/// The error for a trap that happened outside of any function.
pub(crate) fn trap_error(engine: &Engine, trap: transom_vm::TrapError) -> Error {
    let mut error = Error::new(trap.trap);
    if let Some(detail) = trap.detail {
        error = error.context(Detail(detail));
    }
    with_backtrace(engine, error, trap.backtrace)
}

fn with_backtrace(engine: &Engine, error: Error, backtrace: Backtrace) -> Error {
    if !engine.config().backtrace || backtrace.frames.is_empty() || error.is::<WasmBacktrace>() {
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

/// A trap with what is known about it.
pub(crate) fn detailed(trap: Trap, detail: String) -> Error {
    Error::new(trap).context(Detail(detail))
}
