//! Which of the standard streams were closed when the process began.
//!
//! Rust opens the null device in the place of a closed stream before `main`, so that no other file can get its number.
//! A guest should still find it closed, as a native program would, so this is asked even earlier: by a constructor.

use std::sync::atomic::{AtomicU8, Ordering};

/// A bit for each stream that was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

// SAFETY: the section holds addresses of functions that the C runtime calls before `main`, as this one is; it needs
// nothing of Rust's runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTE_CLOSED: extern "C" fn() = note_closed;

extern "C" fn note_closed() {
    for stream in 0..3 {
        // SAFETY: asks for flags, and has no other effect; any number is allowed.
        if unsafe { libc::fcntl(stream, libc::F_GETFD) } < 0 {
            CLOSED.fetch_or(1 << stream, Ordering::Relaxed);
        }
    }
}

/// Whether standard input (0), output (1) or error (2) was closed when the process began: for hosts that hand down their
/// own streams to programs.
pub fn began_closed(stream: u32) -> bool {
    stream < 3 && CLOSED.load(Ordering::Relaxed) & 1 << stream != 0
}
