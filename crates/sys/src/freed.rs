//! Memory that the process has freed, and that its allocator keeps.

/// Gives such memory back to the system where the C library's allocator can. It takes about a millisecond for ten megabytes.
pub fn return_freed_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes no pointer, changes nothing that is allocated, and may be called by any thread at any time.
    let _whether_there_was_any = unsafe { libc::malloc_trim(0) };
}
