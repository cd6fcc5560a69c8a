//! Types of exceptions.
//!
//! WebAssembly has no such types: an exception has a tag, and the tag has a function type. An [`ExnType`] is the type of all exceptions
//! whose tags have one type.

use super::defined::FuncType;
use crate::Engine;
use std::fmt;

/// The type of exceptions whose tags have a type.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let ty = ExnType::new(&engine, [ValType::I32, ValType::EXTERNREF])?;
/// assert_eq!(ty.fields().len(), 2);
/// assert!(ty.field(0).is_some_and(|field| field.element_type().unwrap_val_type().is_i32()));
/// assert_eq!(ty.tag_type().ty().to_string(), "(func (param i32 externref))");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Hash)]
pub struct ExnType {
    /// A function type without results.
    func: FuncType,
}

impl ExnType {
    /// The type of exceptions whose tags have a function type without results.
    pub(super) fn of(func: FuncType) -> ExnType {
        ExnType { func }
    }

    /// The function type of the tags.
    pub(super) fn func(&self) -> &FuncType {
        &self.func
    }

    /// The engine that the type belongs to.
    pub fn engine(&self) -> &Engine {
        self.func.engine()
    }

    /// Whether exceptions of this type may be used where `other` is expected: whether both are the same type.
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn matches(&self, other: &ExnType) -> bool {
        assert!(
            Engine::same(self.engine(), other.engine()),
            "types of different engines are compared"
        );
        FuncType::eq(&self.func, &other.func)
    }

    /// Whether `a` and `b` are the same type.
    ///
    /// # Panics
    ///
    /// If the types belong to different engines.
    pub fn eq(a: &ExnType, b: &ExnType) -> bool {
        a.matches(b)
    }
}

impl fmt::Debug for ExnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for ExnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(exn")?;
        for ty in self.func.params() {
            write!(f, " {ty}")?;
        }
        f.write_str(")")
    }
}
