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

impl Activation {
    /// Where compiled code was not entered, inside of nothing.
    pub const NONE: Activation = Activation {
        entry_fp: 0,
        entry_sp: 0,
        entry_handler: 0,
        exit_fp: 0,
        exit_pc: 0,
        previous: std::ptr::null(),
    };
}

impl Stretch {
    /// Calls `visit` with each frame that a call is to return to, the innermost first: where to, and its frame pointer. A stretch
    /// that compiled code was never entered for has none. Ends where `visit` finds something.
    ///
    /// # Safety
    ///
    /// The frames are still on the stack.
    pub unsafe fn visit<R>(&self, mut visit: impl FnMut(usize, usize) -> Option<R>) {
        let Stretch {
            mut pc,
            mut fp,
            entry_fp,
        } = *self;
        if entry_fp == 0 {
            return;
        }
        while fp != entry_fp && fp != 0 {
            if visit(pc, fp).is_some() {
                return;
            }
            // SAFETY: every frame of compiled code begins with its caller's frame pointer, and the return address above
            // it.
            unsafe { (fp, pc) = (*(fp as *const usize), *(fp as *const usize).add(1)) };
        }
    }
}

/// The stretches of a store's compiled frames, from the second outwards: calls `add` with the fields of each.
///
/// # Safety
///
/// The store's compiled code is entered on this thread, or not at all.
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
