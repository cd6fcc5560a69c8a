//! The GDB JIT interface, by which debuggers of the system find code that was made while the process runs.
//!
//! A debugger knows two symbols by their names: the head of a list of object files in memory, and a function in which it sets a
//! breakpoint, and which is called at each change of the list. There is one such list in a process, whoever uses it. So both symbols are
//! weak: where another library of the process has them, too, the linker takes one of each. Nothing orders the accesses of different
//! libraries; those of this one take a lock.

use core::arch::global_asm;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};

global_asm!(
    ".pushsection .text.__jit_debug_register_code,\"ax\",@progbits",
    ".weak __jit_debug_register_code",
    ".type __jit_debug_register_code,@function",
    "__jit_debug_register_code:",
    ".cfi_startproc",
    "nop",
    "ret",
    ".cfi_endproc",
    ".size __jit_debug_register_code, . - __jit_debug_register_code",
    ".popsection",
    ".pushsection .data.__jit_debug_descriptor,\"aw\",@progbits",
    ".weak __jit_debug_descriptor",
    ".type __jit_debug_descriptor,@object",
    ".balign 8",
    "__jit_debug_descriptor:",
    // The version of the interface; then zeros, the rest of `List`.
    ".long 1",
    ".zero 20",
    ".size __jit_debug_descriptor, 24",
    ".popsection",
);

// SAFETY: the definitions above have these types; another library's have them, too, since debuggers read them.
unsafe extern "C" {
    #[link_name = "__jit_debug_register_code"]
    fn changed();
    #[link_name = "__jit_debug_descriptor"]
    static mut LIST: List;
}

/// What debuggers read.
#[repr(C)]
struct List {
    version: u32,
    action: u32,
    /// What the action is about.
    relevant: *mut Entry,
    first: *mut Entry,
}

/// The actions.
const NONE: u32 = 0;
const ADDED: u32 = 1;
const REMOVED: u32 = 2;

/// An object file in the list.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    len: u64,
}

/// Held by who reads or changes the list.
static LOCK: Mutex<()> = Mutex::new(());

/// An object file that debuggers of the system know of as long as this lives.
#[derive(Debug)]
pub struct DebuggerFile {
    entry: NonNull<Entry>,
    /// The entry points to it.
    _file: Box<[u8]>,
}

// SAFETY: the entry is only reached through the list, under the lock, from whatever thread.
unsafe impl Send for DebuggerFile {}
// SAFETY: as above; nothing is done with a shared reference.
unsafe impl Sync for DebuggerFile {}

impl DebuggerFile {
    /// Lets debuggers know of an object file, whose addresses are those of this process.
    pub fn new(file: Vec<u8>) -> DebuggerFile {
        let file = file.into_boxed_slice();
        let entry = Box::new(Entry {
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
            file: file.as_ptr(),
            len: file.len() as u64,
        });
        let entry = NonNull::from(Box::leak(entry));
        let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the list is valid, and so are its entries until they are removed; under the lock nobody else of this library has a
        // reference to any of them. The new entry is owned, and not in the list yet.
        unsafe {
            let list = &raw mut LIST;
            (*entry.as_ptr()).next = (*list).first;
            if let Some(next) = NonNull::new((*list).first) {
                (*next.as_ptr()).previous = entry.as_ptr();
            }
            (*list).first = entry.as_ptr();
            notify(ADDED, entry);
        }
        DebuggerFile { entry, _file: file }
    }
}

impl Drop for DebuggerFile {
    fn drop(&mut self) {
        let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: as in `new`; this entry is in the list, since only this removes it, and is freed when nothing refers to it any more.
        unsafe {
            let list = &raw mut LIST;
            let Entry { next, previous, .. } = *self.entry.as_ptr();
            match NonNull::new(previous) {
                Some(previous) => (*previous.as_ptr()).next = next,
                None => (*list).first = next,
            }
            if let Some(next) = NonNull::new(next) {
                (*next.as_ptr()).previous = previous;
            }
            notify(REMOVED, self.entry);
            drop(Box::from_raw(self.entry.as_ptr()));
        }
    }
}

/// Copies of all object files that debuggers know of, the last one first, as a debugger reads them: for tests.
///
/// # Panics
///
/// If the list is not as a debugger expects it.
pub fn debugger_files() -> Vec<Vec<u8>> {
    let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut files = Vec::new();
    // SAFETY: under the lock, the list and all its entries are valid, and nobody else of this library accesses them.
    unsafe {
        let list = &raw const LIST;
        assert_eq!(((*list).version, (*list).action), (1, NONE));
        let (mut entry, mut previous) = ((*list).first, ptr::null_mut());
        while let Some(here) = NonNull::new(entry) {
            let Entry { next, file, len, .. } = *here.as_ptr();
            assert_eq!(
                (*here.as_ptr()).previous,
                previous,
                "the list leads back as it leads on"
            );
            files.push(std::slice::from_raw_parts(file, len as usize).to_vec());
            (previous, entry) = (entry, next);
        }
    }
    files
}

/// Stops in the debugger, if there is one, with a change of the list.
///
/// # Safety
///
/// The caller holds the lock, and the entry is valid.
unsafe fn notify(action: u32, entry: NonNull<Entry>) {
    // SAFETY: by the lock, nobody else of this library accesses the list; the function does nothing but return.
    unsafe {
        let list = &raw mut LIST;
        (*list).action = action;
        (*list).relevant = entry.as_ptr();
        changed();
        (*list).action = NONE;
        (*list).relevant = ptr::null_mut();
    }
}

#[cfg(test)]
mod tests;
