//! How work on a fiber waits for a future: it leaves the fiber until somebody polls again.
//!
//! A future is polled on the fiber, with the context that the fiber's own future was polled with. That context ends when the fiber is left.
//! Whoever drops the fiber's future goes on with the fiber once more, without a context: everything that waits ends with an error then.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};
use transom_sys::Suspend;

/// The future of a fiber's work was dropped, so nothing can wait there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the future of the call was dropped while the program waited")]
pub struct Dropped;

/// What connects a fiber with those who poll its future.
#[derive(Debug, Default)]
pub struct Waiting {
    suspend: Cell<Option<Suspend>>,
    /// While the fiber runs, the context to poll with. None where its future was dropped.
    context: Cell<Option<NonNull<Context<'static>>>>,
}

impl Waiting {
    /// The work begins: it is left by this.
    pub fn begin(&self, suspend: Suspend) {
        self.suspend.set(Some(suspend));
    }

    /// The fiber is about to be resumed, to be polled with a context until it is left; without one if its future was dropped.
    pub fn set_context(&self, context: Option<&mut Context<'_>>) {
        self.context
            .set(context.map(|context| NonNull::from(context).cast()));
    }

    /// Leaves the fiber until it is polled again.
    ///
    /// # Errors
    ///
    /// The fiber's future was dropped.
    ///
    /// # Safety
    ///
    /// The caller runs on the fiber, and on no other one that was begun from there.
    unsafe fn leave(&self) -> Result<(), Dropped> {
        let suspend = self.suspend.get().expect("the work has begun");
        // SAFETY: by the contract.
        unsafe { suspend.suspend() };
        self.context.get().map(|_| ()).ok_or(Dropped)
    }

    /// Waits for a future.
    ///
    /// # Errors
    ///
    /// The fiber's future was dropped.
    ///
    /// # Safety
    ///
    /// The caller runs on the fiber, and on no other one that was begun from there. What is on the fiber's stack may be used by another
    /// thread afterwards, the future too.
    pub unsafe fn wait<F: Future + ?Sized>(&self, mut future: Pin<&mut F>) -> Result<F::Output, Dropped> {
        loop {
            let mut context = self.context.get().ok_or(Dropped)?;
            // SAFETY: whoever resumed the fiber waits with the context in hand, and uses it when the fiber is left at the earliest. Nobody
            // else on the fiber uses it: a fiber that the future begins is polled with it, on its stack.
            let polled = poll_apart(future.as_mut(), unsafe { context.as_mut() });
            if let Poll::Ready(output) = polled {
                return Ok(output);
            }
            // SAFETY: by the contract.
            unsafe { self.leave()? };
        }
    }
}

/// Polls a future in a function of its own: what that computes of the thread, addresses of thread-local variables say, is not kept for the
/// next poll, which may be on another thread.
#[inline(never)]
fn poll_apart<F: Future + ?Sized>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(context)
}
