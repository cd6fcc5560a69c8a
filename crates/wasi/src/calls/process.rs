//! The program itself: its arguments and environment, and its end.

use crate::errno::{Errno, Result};
use crate::host::Host;
use std::fmt;

/// The error that ends a program after `proc_exit`, with its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct I32Exit(pub i32);

impl I32Exit {
    /// What becomes of a process that writes to a pipe which nobody reads, and has no handler for that.
    pub(crate) const BROKEN_PIPE: I32Exit = I32Exit(128 + 13);

    /// The exit code for the host process: the low byte, as a shell reports it.
    pub fn process_exit_code(&self) -> i32 {
        self.0 & 0xff
    }
}

impl fmt::Display for I32Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As `wasmtime_wasi::I32Exit`: hosts search for it.
        write!(f, "Exited with i32 exit status {}", self.0)
    }
}

impl std::error::Error for I32Exit {}

/// Which list of strings.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Strings {
    Args,
    Env,
}

impl Strings {
    fn of<'a>(self, host: &'a Host<'_>) -> &'a [String] {
        match self {
            Strings::Args => &host.ctx.args,
            Strings::Env => &host.ctx.env,
        }
    }
}

/// `args_sizes_get`, `environ_sizes_get`
pub(crate) fn sizes(host: &mut Host<'_>, which: Strings, count_out: u32, size_out: u32) -> Result<()> {
    let strings = which.of(host);
    let count = u32::try_from(strings.len())?;
    let size = u32::try_from(strings.iter().map(|string| string.len() + 1).sum::<usize>())?;
    host.guest.write_u32(count_out, count)?;
    host.guest.write_u32(size_out, size)
}

/// `args_get`, `environ_get`
pub(crate) fn strings(host: &mut Host<'_>, which: Strings, pointers: u32, buffer: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    let strings = match which {
        Strings::Args => &ctx.args,
        Strings::Env => &ctx.env,
    };
    let (mut slot, mut at) = (pointers, buffer);
    for string in strings {
        let len = u32::try_from(string.len())?;
        guest.write_u32(slot, at)?;
        guest.write(at, string.as_bytes())?;
        guest.write(at.checked_add(len).ok_or(Errno::FAULT)?, &[0])?;
        // Past the end of memory only after the last string, where neither is used.
        slot = slot.wrapping_add(4);
        at = at.wrapping_add(len + 1);
    }
    Ok(())
}

/// `proc_raise`: what the signal does to a process that has no handler for it, and a guest never has one.
pub(crate) fn raise(signal: u32) -> std::result::Result<Result<()>, I32Exit> {
    match signal {
        // None at all, and those that are ignored: child, continue, urgent, window change.
        0 | 16 | 17 | 22 | 27 => Ok(Ok(())),
        // Those that stop a process.
        18..=21 => Ok(Err(Errno::NOTSUP)),
        1..=30 => Err(I32Exit(128 + signal as i32)),
        _ => Ok(Err(Errno::INVAL)),
    }
}

/// `sched_yield`
pub(crate) fn sched_yield() -> Result<()> {
    std::thread::yield_now();
    Ok(())
}
