//! Finding the handler of an exception, and going on there.

use super::frames::Stretch;
use super::shared::Shared;
use crate::code_object;
use transom_layout::object::VmTag;

/// Where an exception is caught.
#[derive(Clone, Copy, Debug)]
pub struct Landing {
    /// The handler's code.
    pub pc: usize,
    /// The stack pointer of its frame.
    pub sp: usize,
    /// Its frame pointer.
    pub fp: usize,
    /// The exception.
    pub exception: u32,
}

/// The innermost handler of exceptions of a tag among the frames of the innermost activation.
///
/// # Safety
///
/// Compiled code of this store has left through a thunk, an adapter or a libcall, and its frames are on the stack.
pub unsafe fn find_handler(shared: &Shared, exception: u32, tag: u32) -> Option<Landing> {
    let mut landing = None;
    // SAFETY: by the contract.
    unsafe {
        let context = shared.context();
        let stretch = Stretch {
            pc: (*context).exit_pc,
            fp: (*context).exit_fp,
            entry_fp: (*context).entry_fp,
        };
        stretch.visit(|pc, fp| {
            let object = code_object::lookup(pc - 1)?;
            let call = object.catching_call(pc)?;
            let sp = fp - call.frame_size as usize;
            // The compiler says that the function's context lies there.
            let function = *((sp + call.context as usize) as *const usize);
            let clause = object.clauses(call).iter().find(|clause| {
                clause.tag.is_none_or(|place| {
                    let caught = (function + place as usize) as *const VmTag;
                    (*caught).id == tag
                })
            })?;
            landing = Some(Landing {
                pc: object.clause_address(clause),
                sp,
                fp,
                exception,
            });
            landing
        });
    }
    landing
}
