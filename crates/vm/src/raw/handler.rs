//! Finding the handler of an exception among the frames of compiled code.

use super::frame_code::FrameCode;
use super::frames::Stretch;
use super::store_core::StoreCore;
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
    /// The exception, in the lower half.
    pub payload: u64,
}

/// The innermost handler of exceptions of a tag among the frames of the innermost activation. Calls `poll` at each frame:
/// a program can have many frames with many clauses. What it returns as an error ends the search.
///
/// # Safety
///
/// Compiled code of this store has left through a thunk, an adapter or a libcall, and its frames are on the stack.
pub unsafe fn find_handler<E>(
    core: &StoreCore,
    (exception, tag): (u32, u32),
    mut poll: impl FnMut() -> Result<(), E>,
) -> Result<Option<Landing>, E> {
    let mut found = Ok(None);
    let mut code = FrameCode::default();
    // SAFETY: by the contract; a poll may enter compiled code again, which has left when it returns.
    unsafe {
        let context = core.context();
        let stretch = Stretch {
            pc: (*context).exit_pc,
            fp: (*context).exit_fp,
            entry_fp: (*context).entry_fp,
        };
        stretch.visit(|pc, fp| {
            // An exception does not leave the component that throws it.
            if code.of_frame(pc).is_some_and(|object| code[object].is_between()) {
                return Some(());
            }
            found = poll().map(|()| landing((pc, fp), (exception, tag), &mut code));
            (!matches!(found, Ok(None))).then_some(())
        });
    }
    found
}

/// Where a frame goes on if an exception of a tag is thrown by what it calls; none if it doesn't catch it.
///
/// # Safety
///
/// The frame is one of compiled code, which has called.
unsafe fn landing(
    (pc, fp): (usize, usize),
    (exception, tag): (u32, u32),
    code: &mut FrameCode,
) -> Option<Landing> {
    let found = code.of_frame(pc)?;
    let object = &code[found];
    let call = object.catching_call(pc)?;
    let sp = fp - call.frame_size as usize;
    // SAFETY: the compiler says that the function's context lies there, and where it has the tags of its clauses.
    let clause = unsafe {
        let function = *((sp + call.context as usize) as *const usize);
        object.clauses(call).iter().find(|clause| {
            clause.tag.is_none_or(|place| {
                let caught = (function + place as usize) as *const VmTag;
                (*caught).id == tag
            })
        })?
    };
    Some(Landing {
        pc: object.clause_address(clause),
        sp,
        fp,
        payload: u64::from(exception),
    })
}
