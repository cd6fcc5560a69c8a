//! What Transom asks of the operating system: address space, executable memory, signals and stacks. Linux on
//! x86-64, for now. The rest of Transom knows no system call.
#![expect(unsafe_code, reason = "system calls")]

mod child;
mod code;
mod debugger;
mod fiber;
mod forking;
mod freed;
mod image;
mod mapping;
mod pages;
mod profiler;
mod region;
mod signals;
mod stack;
mod streams;
mod written;

pub use child::in_child;
pub use code::{CodeArena, CodeMapping, CodeWords, is_code_address};
pub use debugger::{DebuggerFile, debugger_files};
pub use fiber::{Fiber, FiberStack, Suspend};
pub use forking::unless_forking;
pub use freed::return_freed_memory;
pub use image::Image;
pub use mapping::Reservation;
pub use pages::{page_size, populate};
pub use profiler::{FileMarker, create_own_file, monotonic_nanoseconds, thread_id};
pub use region::Region;
pub use signals::{Fault, FaultHandler, FaultKind, Resume, install_fault_handler};
pub use stack::{Stack, prepare_thread, stack_number, stack_pointer};
pub use streams::began_closed;
pub use written::is_known as knows_written_pages;
