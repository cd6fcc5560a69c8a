//! Types of components, for those who ask at run time.
//!
//! They are named and used as those of the `wasmtime` crate.

pub(crate) mod items;
pub(crate) mod values;

pub use super::resource_type::ResourceType;
pub use items::{Component, ComponentExtern, ComponentFunc, ComponentInstance, ComponentItem, Module};
pub use values::{
    Case, Enum, Field, Flags, FutureType, List, Map, OptionType, Record, ResultType, StreamType, Tuple, Type,
    Variant,
};
