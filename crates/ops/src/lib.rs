//! What WebAssembly's instructions do, apart from any way of compiling them: what there is to know of each, what numeric ones
//! compute, the kinds of traps with their messages, the calls that compiled code makes into the runtime, and the targets of
//! events. Every tier, the runtime and the tests read the same tables.
#![forbid(unsafe_code)]

mod cast;
pub mod events;
pub mod instruction;
pub mod libcall;
pub mod numeric;
mod trap;

pub use cast::CastTarget;
pub use instruction::Instruction;
pub use libcall::Libcall;
pub use trap::Trap;
