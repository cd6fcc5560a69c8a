//! How failures appear on standard error: the message, details such as a backtrace, and a hint.

use crate::args::Limits;
use crate::failure::{Failure, TIMED_OUT};
use crate::output::{Label, complain, complain_with};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;
use transom::{Demangled, Error, Escaped, FrameInfo, Trap, WasmBacktrace};
use transom_wasi::I32Exit;

/// The exit code of a program that trapped, as of a process that aborts.
const TRAPPED: u8 = 134;

impl Failure {
    /// Prints the failure, and returns the exit code.
    pub fn report(&self) -> ExitCode {
        if !self.what.is_empty() {
            self.print();
        }
        ExitCode::from(self.code)
    }

    fn print(&self) {
        complain_with(Label::Error, &self.what);
        if !self.details.is_empty() {
            complain(format_args!("{}\n", self.details.trim_end()));
        }
        if let Some(hint) = &self.hint {
            complain_with(Label::Try, hint);
        }
    }
}

/// The failure of a run that ended with an error. A program's own exit has no message.
pub fn ended(error: &Error, limits: &Limits) -> Failure {
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Failure::silent((exit.process_exit_code() & 0xff) as u8);
    }
    let trap = error.downcast_ref::<Trap>();
    if let (Some(Trap::Interrupt), Some(limit)) = (trap, limits.timeout) {
        let failure = Failure {
            code: TIMED_OUT,
            ..Failure::new(out_of_time(limit))
        };
        return failure.details(backtrace(error)).hint(TIMEOUT_HINT);
    }
    let cause = cause(error);
    match trap {
        Some(trap) => {
            let failure = Failure::new(format!("the program trapped: {cause}"));
            Failure {
                code: TRAPPED,
                hint: trap_hint(*trap, limits),
                ..failure.details(backtrace(error))
            }
        }
        None if error.downcast_ref::<WasmBacktrace>().is_some() => {
            let failure = Failure::new(format!("the program ended with an error: {cause}"));
            Failure {
                code: TRAPPED,
                ..failure.details(backtrace(error))
            }
        }
        None => Failure::new(format!("{error:#}")),
    }
}

/// The error's causes without the backtrace, innermost first.
fn cause(error: &Error) -> String {
    let trace = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string);
    let causes: Vec<String> = error
        .chain()
        .map(ToString::to_string)
        .filter(|cause| Some(cause) != trace.as_ref())
        .collect();
    let causes = causes
        .iter()
        .rev()
        .map(|cause| cause.strip_prefix("wasm trap: ").unwrap_or(cause));
    causes.collect::<Vec<_>>().join(": ")
}

const TIMEOUT_HINT: &str = "a longer --timeout, or look for an infinite loop";

fn out_of_time(limit: Duration) -> String {
    format!("the program exceeded its time limit of {limit:?}")
}

/// Reports a timeout while the program waits for the host.
pub fn timeout(limit: Duration) {
    Failure::new(out_of_time(limit)).hint(TIMEOUT_HINT).print();
}

/// Reports the timeout of a command.
pub fn command_timeout(limit: Duration) {
    Failure::new(format!("the command exceeded its time limit of {limit:?}"))
        .hint("a longer --timeout (--total-timeout for compare, reduce and report), or a smaller input")
        .print();
}

/// A hint for a trap, if there is one.
fn trap_hint(trap: Trap, limits: &Limits) -> Option<String> {
    let hint = match trap {
        Trap::UnreachableCodeReached => {
            "look at the last output of the program: an abort executes this instruction"
        }
        Trap::StackOverflow => "look for an infinite recursion in the functions above",
        Trap::MemoryOutOfBounds => {
            "look for an invalid pointer; most compilers can check pointers in a debug build"
        }
        Trap::OutOfFuel => "a larger --fuel, or look for an infinite loop",
        Trap::HeapOutOfMemory if limits.max_gc_heap.is_some() => {
            "a larger --max-gc-heap, or look for references that keep objects alive"
        }
        Trap::HeapOutOfMemory => {
            "look for references that keep objects alive; --max-total-memory limits all memory"
        }
        Trap::BadSignature | Trap::IndirectCallToNull => {
            "look for a function pointer that was cast to another type or is not initialised"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The functions that were running, innermost first.
fn backtrace(error: &Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return String::new();
    };
    let mut text = String::new();
    let frames = trace.frames();
    for (index, frame) in frames.iter().enumerate().take(MAX_FRAMES) {
        let _ = writeln!(text, "  {index:>2}: {}", function(frame));
    }
    if frames.len() > MAX_FRAMES {
        let _ = writeln!(text, "  … and {} more", frames.len() - MAX_FRAMES);
    }
    text
}

/// The maximum of printed frames: after a stack overflow, further ones repeat.
const MAX_FRAMES: usize = 30;

/// A function and where in it the program was; then, a line each, the lines of its source: where it was in a function
/// that the compiler inlined comes before where that was called.
fn function(frame: &FrameInfo) -> String {
    let mut text = match frame.func_name() {
        Some(name) => Demangled(name).to_string(),
        None => format!("function {}", frame.func_index()),
    };
    if let Some(offset) = frame.module_offset() {
        let _ = write!(text, " at {offset:#x}");
    }
    let symbols = frame.symbols();
    for (index, symbol) in symbols.iter().enumerate() {
        let Some(file) = symbol.file() else { continue };
        let _ = write!(text, "\n        {}", Escaped(file));
        for number in [symbol.line(), symbol.column()]
            .into_iter()
            .map_while(|number| number)
        {
            let _ = write!(text, ":{number}");
        }
        let inlined = index + 1 < symbols.len();
        if let Some(name) = symbol.name().filter(|_| inlined) {
            let _ = write!(text, ", in {}", Demangled(name));
        }
    }
    text
}
