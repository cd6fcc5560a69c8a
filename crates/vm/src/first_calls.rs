//! Functions that are compiled when they are first called: each by one thread, while others that call the same function wait.
//!
//! Whether a function has code is said by its slot, which is read first, without a lock. Under the lock is only which
//! functions are being compiled, and which can't be. A thread that finds its function being compiled waits, but looks up now
//! and then whether its own program was asked to stop: the other thread's function may be large.

use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a thread waits before it looks up whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(5);

/// The functions of a module that are being compiled, or can't be, for a reason `E`.
#[derive(Debug)]
pub struct FirstCalls<E> {
    functions: Mutex<BTreeMap<u32, State<E>>>,
    /// Some function's state has changed.
    changed: Condvar,
}

#[derive(Debug)]
enum State<E> {
    Compiling {
        /// Whether somebody waits for the end of it. Waking nobody is a call of the system, too.
        awaited: bool,
    },
    Failed(E),
}

/// What a thread finds that has called a function.
pub enum Turn<'a, E> {
    /// The function has code.
    Done(usize),
    /// Another thread is compiling it, and this one would not wait.
    GivenUp,
    /// This thread is to compile it.
    Ours(OurTurn<'a, E>),
}

/// The right and duty to compile a function. When it ends without [`fail`](Self::fail), the function has code, or the next
/// thread tries.
pub struct OurTurn<'a, E> {
    calls: &'a FirstCalls<E>,
    function: u32,
}

impl<E> Default for FirstCalls<E> {
    fn default() -> Self {
        FirstCalls {
            functions: Mutex::default(),
            changed: Condvar::new(),
        }
    }
}

impl<E: Clone> FirstCalls<E> {
    /// Finds out what to do for a function that was called: its code, if `code` finds it by now; or to compile it; or it waits
    /// for another thread, until that has ended or `give_up` says so.
    ///
    /// # Errors
    ///
    /// The function can't be compiled.
    pub fn turn(
        &self,
        function: u32,
        code: impl Fn() -> Option<usize>,
        give_up: impl Fn() -> bool,
    ) -> Result<Turn<'_, E>, E> {
        let mut functions = self.lock();
        loop {
            if let Some(address) = code() {
                return Ok(Turn::Done(address));
            }
            match functions.get_mut(&function) {
                Some(State::Failed(error)) => return Err(error.clone()),
                Some(State::Compiling { .. }) if give_up() => return Ok(Turn::GivenUp),
                Some(State::Compiling { awaited }) => {
                    *awaited = true;
                    let woken = self.changed.wait_timeout(functions, PATIENCE);
                    functions = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    functions.insert(function, State::Compiling { awaited: false });
                    return Ok(Turn::Ours(OurTurn {
                        calls: self,
                        function,
                    }));
                }
            }
        }
    }
}

impl<E> FirstCalls<E> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, State<E>>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> OurTurn<'_, E> {
    /// The function can't be compiled, now or later.
    pub fn fail(self, error: E) {
        self.end(Some(error));
    }

    fn end(&self, failure: Option<E>) {
        let mut functions = self.calls.lock();
        let Some(State::Compiling { awaited }) = functions.get(&self.function) else {
            // It has ended already.
            return;
        };
        let awaited = *awaited;
        match failure {
            Some(error) => functions.insert(self.function, State::Failed(error)),
            None => functions.remove(&self.function),
        };
        drop(functions);
        if awaited {
            self.calls.changed.notify_all();
        }
    }
}

impl<E> Drop for OurTurn<'_, E> {
    fn drop(&mut self) {
        self.end(None);
    }
}
