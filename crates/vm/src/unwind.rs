//! Why compiled code ended early, and where it was.

use crate::code_object::{self, CodeLocation};
use crate::exception::ThrownException;
use crate::raw::exception::Landing;
use crate::raw::shared::{FaultRecord, StoreShared, with_store};
use std::any::Any;
use std::collections::HashMap;
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
    /// The frames, as many as the engine's options want.
    pub frames: Vec<Frame>,
    /// How many there are beyond.
    pub omitted: usize,
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
    /// The functions that addresses belong to; each address is behind the instruction that it stands for. Of a deep stack,
    /// only the first `most` frames are described; where the others are is looked up once for each address.
    pub fn resolve(pcs: &[usize], most: usize) -> Backtrace {
        let mut backtrace = Backtrace::default();
        let mut counts = HashMap::new();
        for &pc in pcs {
            if backtrace.frames.len() < most {
                backtrace.frames.extend(locate(pc).map(|location| Frame {
                    module: location.module,
                    function: location.function,
                    offset: location.offset,
                }));
            } else if most > 0 {
                backtrace.omitted += *counts.entry(pc).or_insert_with(|| locate(pc).count());
            }
        }
        let inlined = backtrace.frames.len().saturating_sub(most);
        backtrace.frames.truncate(most);
        backtrace.omitted += inlined;
        backtrace
    }
}

/// The function, and those it was inlined into, that the instruction before an address belongs to.
fn locate(pc: usize) -> impl Iterator<Item = CodeLocation> {
    let code = code_object::lookup(pc - 1);
    code.and_then(|code| code.locate(pc - 1)).into_iter().flatten()
}

/// The trap that a fault of compiled code means.
///
/// A fault at an instruction that has no reason to fault, or at an address that its reason does not explain, means that the
/// compiler, or something that wrote where it must not, has failed: nothing that runs afterwards can be trusted, so the
/// process ends here.
pub fn from_fault(shared: &StoreShared, fault: &FaultRecord, pcs: &[usize]) -> Unwind {
    let site = code_object::lookup(fault.pc).and_then(|code| code.trap_at(fault.pc));
    let trap = match (fault.kind, fault.address, site) {
        (FaultKind::Memory, Some(address), Some(trap)) if explains(shared, trap, address) => trap,
        (FaultKind::Memory, Some(address), _) if shared.is_end_of_stack(address, fault.sp) => {
            Trap::StackOverflow
        }
        (FaultKind::Instruction | FaultKind::Arithmetic, _, Some(trap)) => trap,
        _ => {
            eprintln!(
                "transom: compiled code faulted where it must not: {:?} at {:#x}, address {:#x?}, {site:?}",
                fault.kind, fault.pc, fault.address
            );
            std::process::abort();
        }
    };
    let detail = match (trap, fault.address) {
        (Trap::MemoryOutOfBounds, Some(address)) => {
            with_store(shared, |store| store.describe_address(address))
        }
        _ => None,
    };
    Unwind::Trap(Box::new(TrapError {
        trap,
        detail,
        backtrace: Backtrace::resolve(pcs, shared.backtrace_frames()),
    }))
}

/// Whether an instruction that traps in this way could not access an address for that reason.
fn explains(shared: &StoreShared, trap: Trap, address: usize) -> bool {
    /// Bytes that a function reference has, and more: null is followed by nothing else.
    const NULL: usize = 4096;
    match trap {
        Trap::MemoryOutOfBounds => with_store(shared, |store| store.describe_address(address).is_some()),
        Trap::NullReference => {
            address < NULL || with_store(shared, |store| store.objects.is_null_address(address))
        }
        _ => address < NULL,
    }
}
