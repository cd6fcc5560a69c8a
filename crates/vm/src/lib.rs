//! Execution: what modules become when they run.
//!
//! A [`Store`] owns everything that instances are made of, until it is dropped. Compiled code sees that through
//! `transom-layout`'s structures, which live in the store's allocations and never move; Rust sees it through
//! indices into the store ([`InstanceId`], [`MemoryId`], …) and [`FuncPtr`]s, which name their store.
//!
//! The unsafe parts are two: [`raw`] owns every structure that compiled code reads, and every crossing between
//! it and Rust; [`libcalls`] is what compiled code calls. All else is safe code on top of them.
#![deny(unsafe_code)]

mod code_object;
mod compiled;
mod constant;
mod engine;
mod exception;
pub mod handles;
pub mod heap;
mod host;
mod instance;
mod interrupt;
pub mod libcalls;
mod link;
mod memory;
mod profiler;
mod progress;
pub mod raw;
mod store;
mod table;
mod unwind;

pub use code_object::{CodeObject, PublishError};
pub use compiled::{CompileModuleError, CompiledModule};
pub use engine::{Engine, EngineOptions};
pub use exception::ThrownException;
pub use host::{Host, HostBody, HostFunction};
pub use instance::{Instance, InstanceId, InstantiateError, instantiate};
pub use interrupt::InterruptHandle;
pub use link::{Extern, LinkMismatch};
pub use memory::{MemoryInstance, SharedMemory, WaitResult};
pub use profiler::{ProfileError, ProfilingStrategy};
pub use progress::{CompileInterrupt, CompileProgress, ProgressHook};
pub use raw::enter::FuncPtr;
pub use raw::shared::StoreShared;
pub use store::{
    FuncInfo, GlobalId, GlobalInstance, MemoryId, Store, StoreId, StoreStatistics, TableId, TagId,
};
pub use table::{Element, TableInstance};
pub use transom_gc as gc;
pub use transom_layout as layout;
pub use transom_sys::began_closed;
pub use unwind::{Backtrace, Frame, TrapError, Unwind};
