//! WASI preview 1 for Transom.
//!
//! A [`WasiCtx`] holds the resources of one program: its arguments and environment, three streams, sockets, and the
//! folders that the host opened for it. The program has no other resources. `cap-std` resolves each path inside one of these
//! folders: `..`, an absolute path or a symbolic link cannot leave it. Each descriptor has the rights that it was opened
//! with. A call that needs another right fails with `ENOTCAPABLE`.
//!
//! Every argument of the program is checked before use. A pointer outside its memory is `EFAULT`. No argument makes the
//! host allocate more than the size of the program's memory.
//!
//! Opening a path never blocks. A named pipe without a second end is empty when it is read, and opening it for writing is
//! `ENXIO`. POSIX would block, but a program that blocks inside a call cannot be stopped.
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

/// Defines the functions of a version.
macro_rules! version {
    ($module:ident, $version:expr, $name:literal) => {
        #[doc = concat!("The version `", $name, "`, with names of the crate `wasmtime-wasi`.")]
        pub mod $module {
            use crate::WasiCtx;
            use crate::abi::Version;
            use crate::link::add_version;
            use transom::Linker;

            #[doc = concat!("Defines the functions of `", $name, "` in a linker, for stores whose data holds a [`WasiCtx`] that `get` finds.")]
            /// [`add_to_linker`](crate::add_to_linker) defines those of both versions.
            ///
            /// # Errors
            ///
            /// If the linker already has a function of one of the names.
            pub fn add_to_linker_sync<T: 'static>(
                linker: &mut Linker<T>,
                get: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
            ) -> transom::Result<()> {
                add_version(linker, $version, get)
            }

            /// A [`WasiCtx`].
            pub type WasiP1Ctx = WasiCtx;
        }
    };
}

version!(p0, Version::Unstable, "wasi_unstable");
version!(p1, Version::Preview1, "wasi_snapshot_preview1");
