//! Enough stack for the compiler: programs call it, with little left of theirs.

use crate::raw::store_core::RUNTIME_STACK;
use std::io;
use std::panic::resume_unwind;

/// Does something that takes so many bytes of stack for compiled code that has called the runtime: here, if there is that much left,
/// else on another thread.
///
/// # Errors
///
/// The system has no other thread.
pub fn with_stack<R: Send>(bytes: usize, work: impl FnOnce() -> R + Send) -> io::Result<R> {
    /// Bytes by which the place where a stack ends may be wrong: a main thread's stack stops growing at a distance from the next
    /// mapping.
    const INEXACT: usize = 2 << 20;
    // Half of what there is wherever compiled code calls the runtime. The rest is for what is on the way here, and behind.
    if bytes <= RUNTIME_STACK / 2 {
        return Ok(work());
    }
    let pointer = transom_sys::stack_pointer();
    let stack = transom_sys::prepare_thread();
    let stack = stack.filter(|stack| (stack.lowest..stack.end).contains(&pointer));
    // A stack that a library has made for itself is not the thread's: its end is not known.
    if stack.is_some_and(|stack| pointer - stack.lowest >= bytes.saturating_add(INEXACT)) {
        return Ok(work());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("transom-compile".to_owned())
            .stack_size(bytes)
            .spawn_scoped(scope, work)?;
        match thread.join() {
            Ok(result) => Ok(result),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests;
