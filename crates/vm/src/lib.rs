//! Execution: what modules become when they run.
//!
//! A [`Store`] owns everything that instances are made of, until it is dropped. Compiled code sees that through
//! `transom-layout`'s structures, which live in the store's allocations and never move; Rust sees it through
//! indices into the store ([`InstanceId`], [`MemoryId`], …) and [`FuncPtr`]s, which name their store.
//!
//! # Layers
//! Each file uses only those before it, which `cargo xtask tidy` proves:
//! 1. `sync`, `ids`, `handles`, `progress`, `first_calls`, `call_sites`, `tuning`, `promotion`, `workers`,
//!    `host_function`, `pool`: plain data, threads.
//! 2. [`raw`]: every structure that compiled code reads, entering compiled code, walking its frames.
//! 3. `value`; `backtrace`, `exception`, `unwind`: why a program ended early.
//! 4. `epoch`, `engine`, and what a store owns: `enough_stack`, `memory`, `table`, `global`, `compiled`, `tier_up`, `instance`,
//!    `objects`.
//! 5. `store`: the store, and the [`Host`] that answers for it.
//! 6. What is done with a store: `link`, `lease`, `instantiate`, `heap`, `thrown`, `usage`.
//! 7. [`libcalls`], which compiled code calls, and [`crossing`]: entering compiled code with a store, host functions, collections,
//!    and the [`Value`]s and objects that Rust stores where compiled code finds them.
//!
//! `unsafe` is in `raw`, `crossing` and `libcalls`; all else is safe code on top of them.
#![deny(unsafe_code)]

mod backtrace;
mod call_sites;
mod collection_event;
mod compiled;
mod constant;
pub mod crossing;
mod engine;
mod enough_stack;
mod epoch;
mod exception;
mod external;
mod fiber_stacks;
mod first_calls;
mod global;
pub mod handles;
pub mod heap;
mod heap_spaces;
mod host_function;
mod ids;
mod instance;
mod instantiate;
mod interrupt;
mod lease;
pub mod libcalls;
mod link;
mod memory;
pub mod objects;
mod pool;
mod progress;
mod promotion;
pub mod raw;
mod runtime;
mod store;
mod stored;
mod sync;
mod table;
mod thrown;
mod tier_up;
mod tuning;
mod unwind;
mod usage;
mod value;
mod workers;

pub use backtrace::{Backtrace, Frame};
pub use compiled::{CompileModuleError, CompiledModule, compile_for_store};
pub use engine::{CompileOptions, Compilers, Engine, EngineOptions, MemoryOptions, TierUp};
pub use exception::ThrownException;
pub use external::Extern;
pub use fiber_stacks::{FiberOptions, MakeStack};
pub use global::GlobalInstance;
pub use host_function::{HostBody, HostFunction};
pub use ids::{GlobalId, InstanceId, MemoryId, StoreId, TableId, TagId};
pub use instance::Instance;
pub use instantiate::{InstantiateError, instantiate};
pub use interrupt::InterruptHandle;
pub use lease::{lease, needs, take_beforehand};
pub use link::{LinkMismatch, Linked};
pub use memory::kept::KeptMemories;
pub use memory::{MemoryInstance, SharedMemory, WaitResult};
pub use pool::{BeyondPool, Kind, Lease, Numbers, Pool, PoolConcurrencyLimitError, PoolOptions};
pub use progress::{CompileInterrupt, CompileProgress, ProgressHook};
pub use promotion::PromotionCounts;
pub use raw::function::FuncPtr;
pub use store::{AtDeadline, FuncInfo, Host, Store, StoreShared, StoreStatistics};
pub use stored::{CodeStore, Stage};
pub use table::{OutOfBounds, TableInstance};
pub use transom_codespace::{CodeObject, ProfileError, ProfilingStrategy, PublishError};
pub use transom_gc as gc;
pub use transom_layout as layout;
pub use transom_sys::{
    FiberStack, Stack, began_closed, knows_written_pages, populate, prepare_thread, unless_forking,
};
pub use unwind::{TrapError, Unwind};
pub use usage::StoreMemory;
pub use value::Value;

// Not a part of its file, which `tests/protocols` compiles once more.
#[cfg(test)]
#[path = "workers/tests.rs"]
mod workers_tests;
