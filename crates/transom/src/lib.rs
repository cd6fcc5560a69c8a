//! Transom is a WebAssembly runtime. It checks types at every boundary, has a short time to the first result, and
//! isolates untrusted code.
//!
//! ```
//! use transom::*;
//!
//! fn main() -> Result<()> {
//!     let engine = Engine::default();
//!     let module = Module::new(&engine, r#"
//!         (module
//!           (import "host" "double" (func $double (param i32) (result i32)))
//!           (func (export "run") (param i32) (result i32)
//!             (i32.add (call $double (local.get 0)) (i32.const 1))))
//!     "#)?;
//!     let mut linker = Linker::new(&engine);
//!     linker.func_wrap("host", "double", |x: i32| x * 2)?;
//!     let mut store = Store::new(&engine, ());
//!     let instance = linker.instantiate(&mut store, &module)?;
//!     let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
//!     assert_eq!(run.call(&mut store, 20)?, 41);
//!     Ok(())
//! }
//! ```
//!
//! Names, signatures and semantics follow the core API of the `wasmtime` crate. `docs/moving-from-wasmtime.md` in the repository
//! shows how to port a program, and `docs/api-differences.md` lists the differences.
//!
//! The `log` crate receives events for modules, compilations, instances, growth, collections, interruptions and
//! traps. [`events`] lists their targets.
#![deny(unsafe_code)]
#![allow(
    clippy::should_implement_trait,
    reason = "`eq` of types is a function of two, as in the `wasmtime` crate"
)]

mod anyref;
mod arrayref;
mod artifact;
mod backtrace;
mod cached;
pub mod component;
mod config;
mod coredump;
mod default_value;
mod detail;
mod engine;
mod exnref;
mod externals;
mod externref;
mod func;
mod global;
mod handle;
mod heap_error;
mod instance;
mod limits;
mod link_error;
mod linker;
mod memory;
mod module;
mod module_file;
mod object;
mod on_demand;
mod parsed;
mod profiler;
mod reference;
mod shared_memory;
mod store;
mod strategy;
mod structref;
mod table;
mod tag;
mod tiers;
mod trap;
mod types;
mod unchecked;
mod value;

pub use anyref::I31;
pub use arrayref::ArrayRefPre;
pub use artifact::Precompiled;
pub use backtrace::{FrameInfo, WasmBacktrace};
pub use config::cache::{Cache, CacheConfig, CacheEntry};
pub use config::code::{Inlining, ModuleVersionStrategy, RRConfig};
pub use config::collector::Collector;
pub use config::memories::InstanceAllocationStrategy;
pub use config::operator_cost::{OperatorCost, VariableOperatorCost};
pub use config::pool::{Enabled, PoolingAllocationConfig};
pub use config::{Config, OptLevel, RegallocAlgorithm, WasmBacktraceDetails};
pub use coredump::WasmCoreDump;
pub use engine::metrics::PoolingAllocatorMetrics;
pub use engine::{Engine, EngineWeak};
pub use exnref::ExnRefPre;
pub use externals::{Export, Extern};
pub use func::Func;
pub use func::call::{TypedFunc, WasmParams, WasmResults};
pub use func::caller::Caller;
pub use func::host::{IntoFunc, WasmRet};
pub use func::no_func::{NoExtern, NoFunc, NoneRef};
pub use func::wasm_ty::{WasmTy, WasmTyList};
pub use global::Global;
pub use heap_error::GcHeapOutOfMemory;
pub use instance::Instance;
pub use instance::pre::InstancePre;
pub use limits::{DEFAULT_INSTANCE_LIMIT, DEFAULT_MEMORY_LIMIT, DEFAULT_TABLE_LIMIT};
pub use limits::{DEFAULT_TABLE_ELEMENTS, DEFAULT_TOTAL_MEMORY};
pub use limits::{ResourceLimiter, ResourceLimiterAsync, StoreLimits, StoreLimitsBuilder};
pub use link_error::{LinkProblem, UnknownImportError};
pub use linker::Linker;
pub use memory::{Memory, MemoryAccessError};
pub use module::functions::ModuleFunction;
pub use module::resources::ResourcesRequired;
pub use module::{Module, ModuleExport, ModuleStatistics, TierUpStatistics};
pub use module_file::ModuleFile;
pub use parsed::{Fit, ParsedModule, TypeTexts, read_bounded, read_bounded_file};
pub use profiler::GuestProfiler;
pub use reference::rooting::RootScope;
pub use reference::{
    AnyRef, ArrayRef, EqRef, ExnRef, ExternRef, GcRef, OwnedRooted, Rooted, RootedGcRef, StructRef,
};
pub use shared_memory::{SharedMemory, WaitResult};
pub use store::access::{AsContext, AsContextMut};
pub use store::call_hook::CallHook;
pub use store::owner::{InterruptHandle, Store};
pub use store::{CallHookHandler, StoreContext, StoreContextMut, UpdateDeadline};
pub use strategy::Strategy;
pub use structref::StructRefPre;
pub use table::Table;
pub use tag::Tag;
#[doc(hidden)]
pub use tiers::Tiers;
#[doc(inline)]
pub use transom_error as error;
pub use transom_error::{Error, OutOfMemory, Result, ToWasmtimeResult, bail, ensure, format_err};
pub use transom_module::{
    Demangled, FrameSymbol, FuncIdx as FuncIndex, WasmFeatures, encode_quote_wat, encode_wat,
};
pub use transom_ops::{Trap, events};
#[doc(hidden)]
pub use transom_types::nearest;
pub use transom_types::{Escaped, EscapedLines};
pub use transom_vm::crossing::host_stack::{StackCreator, StackMemory};
pub use transom_vm::gc::{HeapStatistics, Pauses};
pub use transom_vm::raw::backing::LinearMemory;
pub use transom_vm::{CompileProgress, PoolConcurrencyLimitError, ProfilingStrategy};
pub use transom_vm::{StoreMemory, StoreStatistics, ThrownException, began_closed};
pub use types::{
    ArrayType, ContType, ExnType, ExportType, ExternType, FieldType, Finality, FuncType, GlobalType,
    HeapType, ImportType, MemoryType, MemoryTypeBuilder, Mutability, RefType, StorageType, StructType,
    TableType, TagType, ValType,
};
pub use unchecked::{MemoryCreator, ValRaw};
pub use value::{ContRef, Ref, V128, Val};
