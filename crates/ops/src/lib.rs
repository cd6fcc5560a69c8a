//! What WebAssembly's operations do, apart from any way of compiling them: the kinds of traps with their
//! messages and the calls that compiled code makes into the runtime. Every tier, the runtime and the tests
//! read the same tables.
#![forbid(unsafe_code)]

mod cast;
pub mod libcall;
pub mod numeric;
mod trap;

pub use cast::CastTarget;
pub use libcall::Libcall;
pub use trap::Trap;
