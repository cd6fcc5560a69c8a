//! Time limits of programs and commands.

use crate::failure::{Failure, TIMED_OUT};
use crate::report;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};
use transom::Engine;
use transom_compare::process;

/// The time that a program may continue while it waits for the host, where interruption does not stop it; and the time
/// that writing a message may take.
const GRACE: Duration = Duration::from_millis(200);

/// The time that writing what a program leaves behind may take after its time limit.
const HOLD: Duration = Duration::from_secs(10);

/// Whether the time of a program is over.
static EXPIRED: AtomicBool = AtomicBool::new(false);

/// Locked while the process must not be ended, since it writes what the program leaves behind.
static HELD: Mutex<()> = Mutex::new(());

/// Interrupts every program of the engine after `limit`, and ends the process if that is not enough.
///
/// The engine counts epochs, and a store with a deadline of one stops at the next.
pub fn start(engine: &Engine, limit: Duration) {
    let engine = engine.clone();
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        EXPIRED.store(true, Ordering::Release);
        engine.increment_epoch();
        std::thread::sleep(GRACE);
        if waited_for_holder() {
            // Now the process ends by itself, with more to say.
            std::thread::sleep(GRACE);
        }
        end(move || report::timeout(limit));
    });
}

/// Whether the time of [`start`] is over.
pub fn expired() -> bool {
    EXPIRED.load(Ordering::Acquire)
}

/// Keeps the time limit of [`start`] from ending the process while the value is there, for at most [`HOLD`].
pub fn hold() -> MutexGuard<'static, ()> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits while the process must not be ended; whether there was anything to wait for.
fn waited_for_holder() -> bool {
    let end = Instant::now() + HOLD;
    let mut waited = false;
    while let Err(TryLockError::WouldBlock) = HELD.try_lock() {
        if Instant::now() >= end {
            break;
        }
        waited = true;
        std::thread::sleep(Duration::from_millis(1));
    }
    waited
}

/// Ends the process, whether or not anybody reads the message.
fn end(message: impl FnOnce() + Send + 'static) -> ! {
    let (done, written) = std::sync::mpsc::channel();
    let writer = std::thread::Builder::new().spawn(move || {
        message();
        let _ = done.send(());
    });
    if writer.is_ok() {
        // Standard error may be a full pipe.
        let _ = written.recv_timeout(GRACE);
    }
    std::process::exit(TIMED_OUT.into());
}

/// Ends the process after `limit`, whatever it does then, with the programs of others that it has started and without
/// leaving temporary files.
///
/// # Errors
///
/// The folder for temporary files cannot be created.
pub fn watch(limit: Duration) -> Result<(), Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot create a folder for temporary files: {error}")))?;
    // All others are made in this one, so that it is enough to remove it. There is no earlier call.
    let _ = tempfile::env::override_temp_dir(folder.path());
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        process::end_all();
        let _ = folder.close();
        end(move || report::command_timeout(limit));
    });
    Ok(())
}
