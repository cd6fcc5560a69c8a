//! A private folder of entries: byte strings by name, which a process keeps for later processes of the same user.
//!
//! An entry is machine code that will be executed. Whoever writes an entry that is read controls its reader, so the invariant is:
//! *bytes that another user could have written are never returned*. It is checked where it counts, on open descriptors:
//!
//! - The folder belongs to the effective user, and group and others have no permission on it. It is opened once, and every other
//!   operation is relative to its descriptor, so a folder that is exchanged later changes nothing. Its owner and mode are checked again
//!   before each use.
//! - An entry is a regular file of the effective user with one name, and of mode 0400. So a program in a sandbox that was given a folder
//!   around this one can neither change an entry, which takes the permission to write, nor make one, as long as the sandbox has no way to
//!   set modes; WASI has none. (The superuser needs no permission.) The descriptor is checked, not the name. An access control list cannot widen this: the permissions of a mode's group limit those of every user
//!   and group in the list.
//! - The bytes are copied, and what was copied is checked against the hash in the header of the file (`format.rs`). Nothing is mapped.
//!
//! The hash finds damage, not attacks: an attacker who can write a file of the user's needs no cache. It covers the name of the entry, too.
//!
//! *Every file of an entry is complete.* A writer writes a temporary file and renames it (`write.rs`), under the lock of the folder
//! (`lock.rs`). Nobody waits for the lock: an entry that is not written costs speed only. A writer that is killed leaves a temporary
//! file, which the next writer removes. There is no `fsync`: after a crash of the machine a file may have its new name and not its
//! contents, and then the hash is wrong, and the entry is compiled again.
//!
//! *Work is bounded, whatever lies in the folder*: by the number of names that are read, and by the sizes in [`Limits`].
//!
//! Two things are outside of what this crate can see. Who may write below a file system that enforces no permissions (a network
//! server, a disk image) controls what is read. And a program that may act in the user's name may write entries.
#![forbid(unsafe_code)]

mod distrust;
mod evict;
mod folder;
mod format;
mod home;
mod limits;
mod lock;
mod name;
mod open;
mod pieces;
mod read;
mod scan;
#[cfg(test)]
mod scratch;
mod write;

pub use distrust::Distrust;
pub use folder::{Cleared, Folder, Listed};
pub use limits::Limits;
pub use pieces::Pieces;
