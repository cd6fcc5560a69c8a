//! The types of WebAssembly 3.0, as every other crate of Transom sees them.
//!
//! A type is written in terms of references to defined types, and *what such a reference is* is a type
//! parameter: [`TypeId`] once a type lives in an engine's registry, [`RecRef`] while a rec group is being
//! put together. So a type that still talks about its own rec group can't be mistaken for one that any
//! function may compare.
//!
//! * [`TypeRegistry`] interns rec groups and hands out [`RegisteredType`]s that keep them alive.
//! * The subtype relation, and import matching, are methods of the registry (`is_subtype_…`, `matches_…`).
//! * [`TypeDescriptor`] is what compiled code reads of a type to make the same decision.
//! * [`Escaped`] shows names that somebody else chose.
//! * [`nearest()`] finds the name that somebody may have meant.
//! * [`TypeText`] words types, and the reasons why two of them don't match ([`Mismatch`]).
#![forbid(unsafe_code)]

mod descriptor;
mod error;
mod escape;
mod explain;
mod external;
mod group_scope;
mod map;
mod nearest;
#[cfg(test)]
mod random;
mod registry;
mod subtype;
mod text;
mod ty;
mod validate;

pub use descriptor::{DISPLAY_LEN, TypeDescriptor};
pub use error::TypeError;
pub use escape::{Escaped, EscapedLines};
pub use explain::{Mismatch, Place};
pub use external::{ExternType, GlobalType, Limits, MemoryType, TableType, TagType};
pub use nearest::nearest;
pub use registry::{RecGroup, RegisteredType, TypeRegistry};
pub use text::TypeText;
pub use ty::*;
pub use validate::MAX_SUBTYPING_DEPTH;
