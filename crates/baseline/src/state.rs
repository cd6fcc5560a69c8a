//! What is known while the code of a function is emitted.

mod block;
mod frame;
mod handlers;
mod operand;
mod pending;
mod registers;

pub use block::{Block, Classes, Clause, Kind, LegacyTry, Turn};
pub use frame::{Frame, Home, Local, below};
pub use handlers::{Handler, Handlers, Scope};
pub use operand::{Object, Place, Popped, Stack};
pub use pending::{Failure, Pending, PendingFailure, PendingPoll, PendingTarget, PollKind};
pub use registers::{File, Register, Registers, Set};
