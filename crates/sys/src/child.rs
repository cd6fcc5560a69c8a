//! Copies of this process, for tests of what a fork leaves of it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How long to sleep before looking again whether the child has ended.
const PAUSE: Duration = Duration::from_millis(1);

/// Forks the process, does something in the child, and waits for the child's end. False if the work gave false or panicked, or if the
/// child ended otherwise, or has not ended after `patience`: then it is killed.
///
/// # Errors
///
/// The process can't be forked.
#[doc(hidden)]
pub fn in_child(patience: Duration, work: impl FnOnce() -> bool) -> io::Result<bool> {
    // SAFETY: the child has only this thread, and a copy of all memory. What other threads had locked stays locked there, which can
    // make the child wait for ever, but breaks no invariant; and then it is killed.
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or(false);
            // SAFETY: the child ends here, without the handlers and destructors that belong to its parent.
            unsafe { libc::_exit(i32::from(!done)) }
        }
        _ => wait(child, patience),
    }
}

fn wait(child: libc::pid_t, patience: Duration) -> io::Result<bool> {
    let begun = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: the status is this function's own, and nobody else waits for this child.
        match unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } {
            0 if begun.elapsed() < patience => std::thread::sleep(PAUSE),
            0 => {
                // SAFETY: the child has not been waited for, so its number is still its own.
                unsafe {
                    libc::kill(child, libc::SIGKILL);
                    libc::waitpid(child, &raw mut status, 0);
                }
                return Ok(false);
            }
            -1 => return Err(io::Error::last_os_error()),
            _ => return Ok(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_says_how_its_work_ended() {
        let patience = Duration::from_secs(20);
        assert!(in_child(patience, || true).unwrap());
        assert!(!in_child(patience, || false).unwrap());
        assert!(!in_child(patience, || std::panic::resume_unwind(Box::new(()))).unwrap());
        assert!(!in_child(patience, || std::process::abort()).unwrap());
        let forever = || loop {
            std::thread::sleep(PAUSE);
        };
        assert!(!in_child(Duration::from_millis(50), forever).unwrap());
    }
}
