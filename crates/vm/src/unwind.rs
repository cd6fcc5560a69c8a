//! Why compiled code ended early, and where it was.

use crate::code_object::{self, CodeLocation};
use crate::exception::ThrownException;
use crate::raw::exception::Landing;
use crate::raw::shared::{FaultRecord, Shared};
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use transom_module::{FuncIdx, Module};
use transom_ops::Trap;
use transom_sys::FaultKind;

/// Why compiled code ended early.
#[derive(Debug)]
pub enum Unwind {
    /// A trap.
    Trap(Box<TrapError>),
    /// A host function returned an error.
    Error(anyhow::Error, Backtrace),
    /// A host function panicked.
    Panic(Box<dyn Any + Send>),
    /// An exception was thrown that nothing in the activation catches.
    Exception(Box<ThrownException>),
    /// An exception was thrown that is caught: the activation goes on there.
    Caught(Landing),
}

/// A trap, and what is known about it.
#[derive(Debug, Clone)]
pub struct TrapError {
    /// Its kind.
    pub trap: Trap,
    /// What was expected and what was found, where that is known.
    pub detail: Option<String>,
    /// Where it happened.
    pub backtrace: Backtrace,
}

impl fmt::Display for TrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.trap)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TrapError {}

/// The frames of compiled code, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Backtrace {
    /// The frames.
    pub frames: Vec<Frame>,
}

/// A frame of compiled code.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The function's module.
    pub module: Arc<Module>,
    /// The function.
    pub function: FuncIdx,
    /// The instruction's offset in the module's bytes, where it is known.
    pub offset: Option<u32>,
}

impl Backtrace {
    /// The functions that addresses belong to; each address is behind the instruction that it stands for.
    pub fn resolve(pcs: &[usize]) -> Backtrace {
        let locate = |&pc: &usize| code_object::lookup(pc - 1)?.locate(pc - 1);
        let frame = |location: CodeLocation| Frame {
            module: location.module,
            function: location.function,
            offset: location.offset,
        };
        let located = pcs.iter().filter_map(locate).flatten();
        Backtrace {
            frames: located.map(frame).collect(),
        }
    }
}

/// The trap that a fault of compiled code means.
///
/// A fault at an instruction that has no reason to fault means that the compiler, or something that wrote where
/// it must not, has failed: nothing that runs afterwards can be trusted, so the process ends here.
pub fn from_fault(shared: &Shared, fault: &FaultRecord, pcs: &[usize]) -> Unwind {
    let site = code_object::lookup(fault.pc).and_then(|code| code.trap_at(fault.pc));
    let trap = match site {
        Some(trap) => trap,
        None if is_stack_overflow(fault) => Trap::StackOverflow,
        None => {
            eprintln!(
                "transom: compiled code faulted where it must not: {:?} at {:#x}",
                fault.kind, fault.pc
            );
            std::process::abort();
        }
    };
    let detail = match (trap, fault.kind) {
        (Trap::MemoryOutOfBounds, FaultKind::Memory) => describe_address(shared, fault.address),
        _ => None,
    };
    Unwind::Trap(Box::new(TrapError {
        trap,
        detail,
        backtrace: Backtrace::resolve(pcs),
    }))
}

/// Whether a fault is one of a function's frame touching the end of the thread's stack. Large frames touch each
/// of their pages, so the place is close to the stack pointer, or between it and the frame's end.
fn is_stack_overflow(fault: &FaultRecord) -> bool {
    /// More, in bytes, than any frame can have: the limits on locals and operands bound it.
    const LARGEST_FRAME: usize = 8 << 20;
    fault.kind == FaultKind::Memory && fault.address.abs_diff(fault.sp) < LARGEST_FRAME
}

fn describe_address(shared: &Shared, address: usize) -> Option<String> {
    crate::raw::shared::with_store(shared, |store| store.describe_address(address))
}
