//! Structures that compiled code and the runtime share, and the offsets at which compiled code finds their
//! fields. No behaviour lives here.
//!
//! Everything that compiled code does outside its own stack starts at its *context*: the first argument of
//! every function. The context of a WebAssembly instance is a [`VmContextHeader`], a few fixed fields, and
//! then arrays whose lengths the module gives; [`VmOffsets`] says where each begins. What an instance
//! defines lies in its context itself; what it imports is reached by a pointer.
#![forbid(unsafe_code)]

mod code_slot;
mod component;
mod context;
mod entities;
mod func;
pub mod object;
mod offsets;
mod value;

pub use code_slot::CodeSlot;
pub use component::{
    VmCallProgress, VmCallee, VmComponentCall, VmComponentFlags, VmComponentRows, VmPassRow, VmRowSide,
};
pub use context::{INTERRUPTED, MAX_PART, VmContextHeader, VmPolls, VmStoreContext};
pub use entities::{VmGlobal, VmMemory, VmMemoryImport, VmTable, WASM_PAGE_SIZE};
pub use func::{VmCallSite, VmFuncRef, VmHostContext};
pub use offsets::{VmCounts, VmFunctionOffsets, VmOffsets};
pub use value::{VALUE_SIZE, VmValue};
