//! WASI preview 1 for Transom: what a command-line program asks of its host.
//!
//! A [`WasiCtx`] holds what one program may touch: its arguments and environment, three streams, and the folders
//! that were opened for it. There is nothing else: a path is resolved inside of one of those folders (by
//! `cap-std`), and neither `..`, nor an absolute path, nor a symbolic link leads out of it. Each descriptor carries the
//! rights that it was opened with, and a call that needs another right fails with `ENOTCAPABLE`.
//!
//! Whatever the program passes is checked before it is used: a pointer out of its memory is `EFAULT`, and nothing
//! that it passes makes the host allocate more than its own memory holds.
//!
//! To open a path never waits. A named pipe without another end is empty when it is read, and `ENXIO` when it is
//! opened for writing; POSIX would wait, but a program that waits inside of a call can't be stopped.
//!
//! ```no_run
//! use transom::{Engine, Linker, Module, Store};
//! use transom_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};
//!
//! # fn main() -> transom::Result<()> {
//! let engine = Engine::default();
//! let mut linker = Linker::new(&engine);
//! transom_wasi::add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx)?;
//! let ctx = WasiCtxBuilder::new()
//!     .args(&["program", "--flag"])
//!     .inherit_stdio()
//!     .preopened_dir("data", "/data", FsPerms::ReadOnly)?
//!     .build_p1();
//! let mut store = Store::new(&engine, ctx);
//! let instance = linker.instantiate(&mut store, &Module::from_file(&engine, "program.wasm")?)?;
//! instance.get_typed_func::<(), ()>(&mut store, "_start")?.call(&mut store, ())?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod abi;
mod calls;
mod clock;
mod ctx;
mod errno;
mod guest;
mod host;
mod initial;
mod link;
mod listing;
pub mod pipe;
mod random;
mod stream;
mod table;
mod transfer;

pub use calls::process::I32Exit;
pub use clock::{HostMonotonicClock, HostWallClock};
pub use ctx::{FsPerms, WasiCtx, WasiCtxBuilder};
pub use link::add_to_linker;

/// The names under which the crate `wasmtime-wasi` has the same things.
pub mod p1 {
    pub use crate::add_to_linker as add_to_linker_sync;

    /// A [`WasiCtx`](crate::WasiCtx).
    pub type WasiP1Ctx = crate::WasiCtx;
}
