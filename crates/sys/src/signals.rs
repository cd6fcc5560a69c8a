//! Faults of compiled code, by signal.
//!
//! One handler is installed for the process. It looks only at faults whose program counter is in compiled code,
//! and hands everything else on to the handler that was there before, as if it did not exist.

use crate::code::is_code_address;
use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;

/// A fault of compiled code.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The instruction that faulted.
    pub pc: usize,
    /// Frame pointer.
    pub fp: usize,
    /// Stack pointer.
    pub sp: usize,
    /// The address that could not be accessed, for [`FaultKind::Memory`], unless the processor does not tell: an address
    /// that is none, since its upper bits are not alike.
    pub address: Option<usize>,
    /// What sort of fault it is.
    pub kind: FaultKind,
}

/// Sorts of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// An access to memory.
    Memory,
    /// An instruction that is not one: how compiled code traps on purpose.
    Instruction,
    /// A division.
    Arithmetic,
}

/// Where execution goes on after a fault.
#[derive(Clone, Copy, Debug)]
pub struct Resume {
    /// Program counter.
    pub pc: usize,
    /// Frame pointer.
    pub fp: usize,
    /// Stack pointer.
    pub sp: usize,
}

/// Decides about a fault of compiled code. Runs in a signal handler on the signal stack, interrupting nothing
/// but compiled code. `None` passes the fault on.
pub type FaultHandler = fn(&Fault) -> Option<Resume>;

const SIGNALS: [libc::c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

struct Installed {
    handler: FaultHandler,
    previous: [libc::sigaction; SIGNALS.len()],
}

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// Installs the process's handler; only the first call has an effect.
///
/// # Errors
///
/// The system refused.
pub fn install_fault_handler(handler: FaultHandler) -> io::Result<()> {
    static RESULT: OnceLock<Result<(), i32>> = OnceLock::new();
    let result = RESULT.get_or_init(|| install(handler).map_err(|error| error.raw_os_error().unwrap_or(0)));
    result.map_err(io::Error::from_raw_os_error)
}

fn install(handler: FaultHandler) -> io::Result<()> {
    let mut previous = [const { MaybeUninit::<libc::sigaction>::zeroed() }; SIGNALS.len()];
    // SAFETY: reads the current actions first, so that the handler below never runs without them.
    let previous = unsafe {
        for (signal, old) in SIGNALS.iter().zip(&mut previous) {
            if libc::sigaction(*signal, std::ptr::null(), old.as_mut_ptr()) != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        previous.map(|old| old.assume_init())
    };
    INSTALLED.get_or_init(|| Installed { handler, previous });
    for signal in SIGNALS {
        // SAFETY: the action is fully initialised; the handler has the signature that SA_SIGINFO asks for.
        let result = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_ONSTACK;
            action.sa_sigaction = on_signal as *const () as usize;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(signal, &action, std::ptr::null_mut())
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// The process's handler.
///
/// # Safety
///
/// Only the kernel calls it, with a siginfo and a ucontext.
unsafe extern "C" fn on_signal(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(installed) = INSTALLED.get() else { return };
    // SAFETY: the kernel gives a valid siginfo and ucontext, which this handler alone uses while it runs.
    unsafe {
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let pc = registers[libc::REG_RIP as usize] as usize;
        if is_code_address(pc) {
            let kind = match signal {
                libc::SIGILL => FaultKind::Instruction,
                libc::SIGFPE => FaultKind::Arithmetic,
                _ => FaultKind::Memory,
            };
            let fault = Fault {
                pc,
                fp: registers[libc::REG_RBP as usize] as usize,
                sp: registers[libc::REG_RSP as usize] as usize,
                address: told_address(&*info),
                kind,
            };
            if let Some(resume) = (installed.handler)(&fault) {
                registers[libc::REG_RIP as usize] = resume.pc as i64;
                registers[libc::REG_RBP as usize] = resume.fp as i64;
                registers[libc::REG_RSP as usize] = resume.sp as i64;
                return;
            }
        }
        pass_on(installed, signal, info, context);
    }
}

/// The address of a fault. The kernel reports a general protection fault, and all else that has no address, as its own
/// doing, at address zero.
fn told_address(info: &libc::siginfo_t) -> Option<usize> {
    /// `SI_KERNEL`
    const KERNEL: libc::c_int = 0x80;
    // SAFETY: the field is there for all signals that this handler is installed for.
    (info.si_code != KERNEL).then(|| unsafe { info.si_addr() } as usize)
}

/// Does what would have been done without us.
///
/// # Safety
///
/// As [`on_signal`].
unsafe fn pass_on(
    installed: &Installed,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    let index = SIGNALS.iter().position(|&known| known == signal);
    let Some(previous) = index.and_then(|index| installed.previous.get(index)) else {
        return;
    };
    // SAFETY: what an action holds is a handler of the kind that its flags say. Where there was none, putting
    // the default back lets the instruction fault again and end the process as usual.
    unsafe {
        match previous.sa_sigaction {
            libc::SIG_DFL | libc::SIG_IGN => {
                libc::sigaction(signal, previous, std::ptr::null_mut());
            }
            handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
                type Handler = unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
                let handler: Handler = std::mem::transmute(handler);
                handler(signal, info, context);
            }
            handler => {
                let handler: unsafe extern "C" fn(libc::c_int) = std::mem::transmute(handler);
                handler(signal);
            }
        }
    }
}
