//! Types of the component model, as a component uses them once its resources are known.
//!
//! A component's types are interned: within one [`Types`], two types are equal if and only if their indices are. Whatever the canonical ABI
//! derives from a type (its size, the core values that it becomes, the offsets of its parts) is computed once, when the type is added.
//!
//! Specialised types (tuples, enums, options, results and maps) keep their own form, which users see, in [`DefinedType`]; their general
//! form (records, variants and lists), by which values are converted, is in [`Parts`].

pub(crate) mod definitions;
mod derived;
mod interned;
mod layout;
#[cfg(test)]
mod tests;
mod text;

pub use definitions::{DefinedType, FlatType, FuncType, FuncTypeIdx, Parts, ResourceIdx, TypeIdx, ValType};
pub use interned::{FuncInfo, TypeInfo, Types};
pub use layout::{Layout, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Move};
pub use text::TypeText;
