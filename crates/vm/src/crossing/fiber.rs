//! Programs on fibers: the future of a call polls it, and what waits in it leaves it.
//!
//! Everything between the first frame of a fiber and the place where it is left is code of this project, and compiled code: a future
//! of the embedder's is polled there, and is not running when the fiber is left. So all that is on the stack then can be sent to another
//! thread: what this crate puts there, and futures and closures that are `Send`. Host functions that are not asynchronous may have
//! anything in their frames. So nothing that they can call leaves the fiber: plain calls are refused there (`StoreCore::refuses_plain_calls`).
//!
//! While a fiber is left, the store is as it was before the fiber was resumed: a future can be forgotten instead of dropped. Then what is
//! on its stack stays there for ever, and nothing refers to it.

use crate::pool::{Kind, Lease};
use crate::raw::enter::replace_current;
use crate::raw::frames::Activation;
use crate::raw::store_core::{Running, StoreCore};
use crate::raw::waiting::{Dropped, Waiting};
use crate::store::{Host, StoreShared};
use std::any::Any;
use std::cell::UnsafeCell;
use std::future::Future;
use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::ptr::{NonNull, null};
use std::task::{Context, Poll};
use transom_sys::{Fiber, FiberStack, Suspend};

/// Why nothing can wait for a future.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WaitError {
    /// The program does not run on a fiber that can be left.
    #[error(
        "a function that waits was called where nothing can wait; try: call the program with a function whose name ends in `_async`"
    )]
    NoFiber,
    /// The future of the fiber was dropped.
    #[error(transparent)]
    Dropped(#[from] Dropped),
}

/// Waits for a future that is made of the host.
///
/// # Errors
///
/// The program can't wait.
pub fn wait_for<'h, H: Host + ?Sized, R>(
    host: &'h mut H,
    make: impl FnOnce(&'h mut H) -> Pin<Box<dyn Future<Output = R> + Send + 'h>>,
) -> Result<R, WaitError> {
    let shared = host.store().shared_ptr();
    // Nothing that the future does may leave this fiber.
    let taken = Taken::new(shared).ok_or(WaitError::NoFiber)?;
    let mut future = apart(|| make(host));
    // SAFETY: the store's program runs on this fiber, or there would be nothing to take. Those that the future begins are done or left
    // when it has been polled. The future is `Send`.
    let output = unsafe { taken.waiting.as_ref().wait(future.as_mut()) };
    apart(|| drop(future));
    drop(taken);
    Ok(output?)
}

/// Does something of the embedder's in a function of its own: within one function the compiler takes the address of a thread-local variable
/// only once, also if it is left and gone on with on another thread in between.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Is pending once, and wakes its task at once.
pub async fn yield_once() {
    let mut pending = true;
    std::future::poll_fn(move |context| match std::mem::take(&mut pending) {
        true => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
        false => Poll::Ready(()),
    })
    .await;
}

/// How a store's program waits, taken out of the store.
struct Taken {
    shared: NonNull<StoreShared>,
    waiting: NonNull<Waiting>,
}

impl Taken {
    fn new(shared: NonNull<StoreShared>) -> Option<Taken> {
        // SAFETY: whoever has the pointer has the store borrowed, so the shared part lives, and this thread uses the store.
        let waiting = unsafe { shared.as_ref().replace_waiting(None)? };
        Some(Taken { shared, waiting })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // SAFETY: the store is borrowed by the one who made this, for longer.
        unsafe { self.shared.as_ref().replace_waiting(Some(self.waiting)) };
    }
}

/// How many fibers may be inside each other: each is a stack, and programs decide how many there are.
const MAX_DEPTH: usize = 1000;

/// Does work on a fiber, which can wait in it. The future can be sent to other threads if the host, the work and its result can.
///
/// # Errors
///
/// There is no memory for a stack, or no place for it in the engine's pool, or too many fibers are inside each other.
pub async fn on_fiber<H, R, W>(host: &mut H, work: W) -> transom_error::Result<R>
where
    H: Host + 'static,
    W: FnOnce(&mut H) -> R,
{
    let store = host.store();
    if store.core().fiber_depth() >= MAX_DEPTH {
        let message = format!("{MAX_DEPTH} asynchronous calls are inside each other");
        return Err(transom_error::Error::msg(message));
    }
    let lease = match store.engine().pool() {
        // Who has a stack already does not wait for another: it might be the only one.
        Some(pool) if store.core().fiber_depth() > 0 => pool.take_free(Kind::Stack.one())?,
        Some(pool) => pool.take_later(Kind::Stack.one()).await?,
        None => Lease::default(),
    };
    let store = host.store();
    let stack = match store.take_fiber_stack() {
        Some(stack) => stack,
        None => store.engine().fiber_stacks().take()?,
    };
    // Made where it stays: to move what was just written takes longer than the switch of stacks.
    let job = pin!(Job {
        host,
        state: UnsafeCell::new(State::Ready(work)),
        stack: Some(stack),
        fiber: None,
        waiting: Waiting::default(),
        outer: UnsafeCell::new(Activation::NONE),
        place: Place {
            running: Running::nothing(),
            host: None,
            current: null(),
        },
        _lease: lease,
        _pinned: PhantomPinned,
    });
    match job.await {
        Ok(result) => Ok(result),
        Err(panic) => resume_unwind(panic),
    }
}

/// The future of work on a fiber. The fiber has its address, once it was polled.
struct Job<'a, H, R, W>
where
    H: Host + 'static,
    W: FnOnce(&mut H) -> R,
{
    host: &'a mut H,
    state: UnsafeCell<State<R, W>>,
    /// Before the fiber begins.
    stack: Option<FiberStack>,
    fiber: Option<Fiber<'static>>,
    waiting: Waiting,
    /// The activation of the store's compiled code, on another stack, from which this future is polled: what is entered on the fiber is
    /// inside of it.
    outer: UnsafeCell<Activation>,
    /// What the store does on the fiber, while it is left; and what it does outside, while the fiber runs.
    place: Place,
    /// The stack's place in the engine's pool, until the stack was given back.
    _lease: Lease,
    _pinned: PhantomPinned,
}

enum State<R, W> {
    Ready(W),
    Running,
    Done(Result<R, Box<dyn Any + Send>>),
}

/// Who runs programs on a stack.
struct Place {
    running: Running,
    host: Option<NonNull<dyn Host>>,
    /// The thread's note of the store whose code it runs.
    current: *const StoreCore,
}

impl Place {
    /// Lets the programs of a store run on another stack, and gives what was so on this one.
    ///
    /// # Safety
    ///
    /// This thread uses the store, and runs no compiled code of it until it is on that stack.
    unsafe fn swap(&mut self, shared: &StoreShared) {
        // SAFETY: by the contract.
        unsafe {
            shared.swap_running(&mut self.running);
            self.host = shared.replace_host(self.host);
            self.current = replace_current(self.current);
        }
    }
}

// SAFETY: what the fiber's stack holds when it is left can be sent: see the module's comment. The work, its result and the host are `Send`. The
// pointers lead to this structure, to the store, and to the fiber's stack; whoever polls has all of them.
unsafe impl<H, R: Send, W: Send> Send for Job<'_, H, R, W>
where
    H: Host + Send + 'static,
    W: FnOnce(&mut H) -> R,
{
}

impl<H, R, W> Job<'_, H, R, W>
where
    H: Host + 'static,
    W: FnOnce(&mut H) -> R,
{
    /// Goes on with the fiber until it is left or done: whether it is done.
    ///
    /// # Safety
    ///
    /// `this` is valid, stays where it is until it is dropped, and nobody else uses it meanwhile.
    unsafe fn resume(this: *mut Self, context: Option<&mut Context<'_>>) -> bool {
        // SAFETY: by the contract. While the fiber runs, it uses the host, the state and what waits, and this function only its own
        // variables and the fiber.
        unsafe {
            let shared = (*this).host.store().shared_ptr();
            let shared = shared.as_ref();
            if (*this).fiber.is_none() {
                Self::begin(this, shared);
            }
            (*this).waiting.set_context(context);
            (*this).place.swap(shared);
            (*this).place.running.note_activation(&mut *(*this).outer.get());
            let fiber = (*this).fiber.as_mut().expect("the fiber has begun");
            let done = fiber.resume();
            (*this).place.swap(shared);
            done
        }
    }

    /// # Safety
    ///
    /// As [`resume`](Self::resume).
    unsafe fn begin(this: *mut Self, shared: &StoreShared) {
        // SAFETY: by the contract the structure stays where it is, so the fiber may have its address.
        unsafe {
            let stack = (*this).stack.take().expect("the fiber has not begun");
            let (work, this_job): (unsafe fn(*mut (), Suspend), _) = (Self::work, this.cast::<()>());
            (*this).fiber = Some(Fiber::new(stack, move |suspend| work(this_job, suspend)));
            let outer = (*this).outer.get();
            let waiting = NonNull::from(&(*this).waiting);
            let running = &mut (*this).place.running;
            running.begin(outer, shared.fiber_depth() + 1, waiting);
        }
    }

    /// What the fiber does.
    ///
    /// # Safety
    ///
    /// `this` is the structure that has begun the fiber, and this is the fiber.
    unsafe fn work(this: *mut (), suspend: Suspend) {
        let this: *mut Self = this.cast();
        // SAFETY: by the contract; whoever resumes the fiber uses neither the host nor the state meanwhile.
        unsafe {
            (*this).waiting.begin(suspend);
            let state = (*this).state.get();
            let State::Ready(work) = std::mem::replace(&mut *state, State::Running) else {
                unreachable!("the fiber begins once")
            };
            let host = &mut *(*this).host;
            *state = State::Done(catch_unwind(AssertUnwindSafe(|| work(host))));
        }
    }
}

impl<H, R, W> Future for Job<'_, H, R, W>
where
    H: Host + 'static,
    W: FnOnce(&mut H) -> R,
{
    type Output = Result<R, Box<dyn Any + Send>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out of the pinned structure, and it is dropped before its memory is used for anything else.
        let this: *mut Self = unsafe { self.get_unchecked_mut() };
        // SAFETY: the pointer is that of a pinned structure that this function has borrowed.
        if !unsafe { Job::resume(this, Some(context)) } {
            return Poll::Pending;
        }
        // SAFETY: as above; the fiber is done, so nobody else uses the state.
        let state = unsafe { &mut *(*this).state.get() };
        match std::mem::replace(state, State::Running) {
            State::Done(result) => Poll::Ready(result),
            _ => unreachable!("the fiber has done its work"),
        }
    }
}

impl<H, R, W> Drop for Job<'_, H, R, W>
where
    H: Host + 'static,
    W: FnOnce(&mut H) -> R,
{
    fn drop(&mut self) {
        let this: *mut Self = self;
        let mut stack = self.stack.take();
        if let Some(fiber) = &self.fiber {
            if !fiber.is_done() {
                // Whatever waits there ends with an error now, and nothing waits again.
                // SAFETY: the structure was pinned when the fiber began, and is where it was.
                while !unsafe { Job::resume(this, None) } {}
            }
            stack = self.fiber.take().map(Fiber::into_stack);
        }
        if let Some(stack) = stack {
            self.host.store().give_fiber_stack(stack);
        }
    }
}
