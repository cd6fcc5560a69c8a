//! Components: the API around them follows that of `wasmtime::component`.
//!
//! A [`Component`] is made of bytes or text. A [`Linker`] has what components import, and makes an [`Instance`] in a
//! [`Store`](crate::Store). Its functions are called with values of Rust types ([`TypedFunc`]) or of any types ([`Func`] with [`Val`]).
//!
//! ```
//! use transom::component::{Component, Linker};
//! use transom::{Engine, Result, Store};
//!
//! fn main() -> Result<()> {
//!     let engine = Engine::default();
//!     let component = Component::new(&engine, r#"(component
//!         (core module $m
//!             (memory (export "memory") 1)
//!             (data (i32.const 8) "hello")
//!             (func (export "greet") (result i32)
//!                 (i64.store (i32.const 0) (i64.const 0x5_0000_0008)) (i32.const 0)))
//!         (core instance $i (instantiate $m))
//!         (func (export "greet") (result string)
//!             (canon lift (core func $i "greet") (memory (core memory $i "memory")))))"#)?;
//!     let mut store = Store::new(&engine, ());
//!     let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
//!     let greet = instance.get_typed_func::<(), (String,)>(&mut store, "greet")?;
//!     assert_eq!(greet.call(&mut store, ())?.0, "hello");
//!     Ok(())
//! }
//! ```
//!
//! Not supported yet: functions and values of the asynchronous ABI (streams, futures, tasks), and host functions that wait.

mod abi;
mod compiled;
mod convert;
mod func;
mod giving;
mod handles;
mod host_rep;
mod instance;
mod instance_types;
mod linker;
mod macros;
mod resource;
mod resource_any;
mod resource_dynamic;
mod resource_table;
mod resource_type;
pub(crate) mod state;
pub mod types;
mod values;

pub use compiled::{Component, ComponentExportIndex, ExportLookup};
pub use convert::lists::{WasmList, WasmStr};
pub use convert::traits::{ComponentNamedList, ComponentType, Lift, Lower};
pub use func::typed::TypedFunc;
pub use func::untyped::Func;
pub use instance::exports::Instance;
pub use instance::pre::InstancePre;
pub use linker::{LinkProblem, Linker, LinkerInstance};
pub use macros::{ComponentType, Lift, Lower, flags};
pub use resource::Resource;
pub use resource_any::ResourceAny;
pub use resource_dynamic::ResourceDynamic;
pub use resource_table::{ResourceTable, ResourceTableError};
pub use transom_component::{Error, FROZEN, GATES, Gate, is_component, validate};
pub use types::{ResourceType, Type};
pub use values::Val;

/// Names in the expansions of the macros, which may change.
#[doc(hidden)]
pub mod __internal {
    pub use super::abi::lift::LiftContext;
    pub use super::abi::lower::LowerContext;
    pub use super::abi::numbers::{NumberReader, NumberWriter};
    pub use super::convert::compound::{LowerAny, format_flags, largest, sum};
    pub use super::convert::traits::{InterfaceType, TypeChecker};
    pub use transom_error::Result;
}
