//! Throwing.

use super::call::{Call, backtrace};
use super::control::poll;
use crate::raw::handler::find_handler;
use crate::store::{Host, StoreShared};
use crate::unwind::Unwind;
use transom_layout::object::EXCEPTION_TAG;

pub fn throw(call: &mut Call<'_>, exception: u32) -> Result<(), Unwind> {
    Err(throw_in(call.shared, call.host, exception))
}

/// How compiled code that has been left goes on if an exception is thrown there.
pub(crate) fn throw_in(shared: &StoreShared, host: &mut dyn Host, exception: u32) -> Unwind {
    let heap = host.store().objects_mut().heap();
    let tag = heap.read(exception, EXCEPTION_TAG as u32, 4) as u32;
    // A poll moves no objects.
    let poll = || match shared.is_asked_to_stop() {
        true => poll(shared, host),
        false => Ok(()),
    };
    // SAFETY: the exit is noted, and the frames are on the stack.
    #[expect(unsafe_code, reason = "walks the stack")]
    let landing = unsafe { find_handler(shared, (exception, tag), poll) };
    let landing = match landing {
        Ok(landing) => landing,
        Err(unwind) => return unwind,
    };
    let store = host.store();
    if let Some(landing) = landing {
        store.objects.pending_exception = 0;
        return Unwind::Caught(landing);
    }
    store.objects.pending_exception = exception;
    let mut thrown = store.thrown(exception);
    thrown.backtrace = backtrace(shared);
    Unwind::Exception(Box::new(thrown))
}
