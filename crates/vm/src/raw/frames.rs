//! Walking the frames of compiled code: a chain of frame pointers from where it was left to where it was entered.

use transom_layout::VmStoreContext;

/// A stretch of compiled frames, from the innermost instruction to the adapter through which they were entered.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// The innermost instruction, or where its call returns to.
    pub pc: usize,
    /// The innermost frame.
    pub fp: usize,
    /// The adapter's frame.
    pub entry_fp: usize,
}

/// What a nested entry into compiled code overwrites, and gets back when it ends. They form a list through
/// `previous`, from the innermost outwards.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    /// Fields of the store's context, as they were.
    pub entry_fp: usize,
    /// See `entry_fp`.
    pub entry_sp: usize,
    /// See `entry_fp`.
    pub entry_handler: usize,
    /// See `entry_fp`.
    pub exit_fp: usize,
    /// See `entry_fp`.
    pub exit_pc: usize,
    /// The next one.
    pub previous: *const Activation,
}

impl Stretch {
    /// Calls `visit` with each return address below the innermost instruction, until it says no.
    ///
    /// # Safety
    ///
    /// The frames are still on the stack.
    pub unsafe fn walk(&self, mut visit: impl FnMut(usize) -> bool) {
        let mut fp = self.fp;
        while fp != self.entry_fp && fp != 0 {
            // SAFETY: every frame of compiled code begins with its caller's frame pointer, and the return
            // address above it.
            let (caller, return_address) = unsafe { (*(fp as *const usize), *(fp as *const usize).add(1)) };
            if caller == self.entry_fp || !visit(return_address) {
                return;
            }
            fp = caller;
        }
    }
}

/// The stretches of a store's compiled frames, from where compiled code was last left outwards.
///
/// # Safety
///
/// Compiled code of this store is on this thread's stack, or was never entered, and has left through a thunk,
/// an adapter or a libcall.
pub unsafe fn stretches(context: *const VmStoreContext) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut add = |pc, fp, entry_fp| {
        if entry_fp != 0 && fp != entry_fp && fp != 0 {
            found.push(Stretch { pc, fp, entry_fp });
        }
    };
    // SAFETY: by the contract, the context and the list of activations are valid.
    unsafe {
        add((*context).exit_pc, (*context).exit_fp, (*context).entry_fp);
    }
    // SAFETY: as above.
    unsafe { outer_stretches(context, &mut add) };
    found
}

/// As [`stretches`], without the innermost.
///
/// # Safety
///
/// As [`stretches`].
pub unsafe fn outer_stretches(context: *const VmStoreContext, add: &mut dyn FnMut(usize, usize, usize)) {
    // SAFETY: by the contract; each activation is in a frame that is still on the stack.
    unsafe {
        let mut activation = (*context).activation.cast::<Activation>();
        while let Some(outer) = activation.as_ref() {
            add(outer.exit_pc, outer.exit_fp, outer.entry_fp);
            activation = outer.previous;
        }
    }
}
