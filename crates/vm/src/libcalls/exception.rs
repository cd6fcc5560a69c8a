//! Throwing.

use super::call::{Call, Exit};
use super::control::poll_if_asked;
use crate::store::Host;
use crate::unwind::Unwind;
use transom_layout::object::EXCEPTION_TAG;

pub fn throw(call: &mut Call<'_>, exception: u32) -> Result<(), Unwind> {
    Err(throw_in(call.exit, call.host, exception))
}

/// How compiled code that has been left goes on if an exception is thrown there.
pub(crate) fn throw_in(exit: Exit<'_>, host: &mut dyn Host, exception: u32) -> Unwind {
    let heap = host.store().objects_mut().heap();
    let tag = heap.read(exception, EXCEPTION_TAG as u32, 4) as u32;
    // A poll moves no objects.
    let landing = match exit.find_handler((exception, tag), || poll_if_asked(exit, host)) {
        Ok(landing) => landing,
        Err(unwind) => return unwind,
    };
    let store = host.store();
    if let Some(mut landing) = landing {
        let dirt = store.engine().options().tunables.dirt(exception);
        landing.payload |= u64::from(dirt) << 32;
        store.objects.pending_exception = 0;
        return Unwind::Caught(landing);
    }
    store.objects.pending_exception = exception;
    let mut thrown = store.thrown(exception);
    thrown.backtrace = exit.backtrace();
    Unwind::Exception(Box::new(thrown))
}
