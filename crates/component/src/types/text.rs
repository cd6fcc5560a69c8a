//! Types in WIT's words.

use super::definitions::{DefinedType, FuncType, FuncTypeIdx, ResourceIdx, ValType};
use super::interned::Types;
use std::cell::Cell;
use std::fmt::{self, Display, Formatter};

/// More levels than this of a type are not shown.
const MAX_DEPTH: u32 = 5;
/// More names than this are not shown.
const MAX_NAMES: usize = 12;
/// More types than this in a text are not shown.
const MAX_TYPES: u32 = 60;

/// A type, to be shown with the names of a component's resources.
pub struct TypeText<'a> {
    types: &'a Types,
    resource: &'a dyn Fn(ResourceIdx) -> String,
    what: What,
    shown: Cell<u32>,
}

enum What {
    Value(ValType),
    Func(FuncTypeIdx),
}

impl Types {
    /// The text of a type, as WIT has it.
    pub fn text<'a>(&'a self, ty: ValType, resource: &'a dyn Fn(ResourceIdx) -> String) -> TypeText<'a> {
        TypeText {
            types: self,
            resource,
            what: What::Value(ty),
            shown: Cell::new(0),
        }
    }

    /// The text of a function's type, as WIT has it.
    pub fn func_text<'a>(
        &'a self,
        ty: FuncTypeIdx,
        resource: &'a dyn Fn(ResourceIdx) -> String,
    ) -> TypeText<'a> {
        TypeText {
            types: self,
            resource,
            what: What::Func(ty),
            shown: Cell::new(0),
        }
    }
}

impl Display for TypeText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.shown.set(0);
        match self.what {
            What::Value(ty) => self.value(f, ty, 0),
            What::Func(ty) => self.func(f, &self.types[ty].ty),
        }
    }
}

impl TypeText<'_> {
    fn func(&self, f: &mut Formatter<'_>, ty: &FuncType) -> fmt::Result {
        f.write_str(if ty.is_async { "async func(" } else { "func(" })?;
        for (index, (name, ty)) in ty.params.iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            write!(f, "{name}: ")?;
            self.value(f, *ty, 1)?;
        }
        f.write_str(")")?;
        match ty.result {
            Some(ty) => {
                f.write_str(" -> ")?;
                self.value(f, ty, 1)
            }
            None => Ok(()),
        }
    }

    fn value(&self, f: &mut Formatter<'_>, ty: ValType, depth: u32) -> fmt::Result {
        self.shown.set(self.shown.get() + 1);
        f.write_str(match ty {
            ValType::Bool => "bool",
            ValType::S8 => "s8",
            ValType::U8 => "u8",
            ValType::S16 => "s16",
            ValType::U16 => "u16",
            ValType::S32 => "s32",
            ValType::U32 => "u32",
            ValType::S64 => "s64",
            ValType::U64 => "u64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            ValType::Char => "char",
            ValType::String => "string",
            ValType::ErrorContext => "error-context",
            ValType::Defined(_) if depth > MAX_DEPTH || self.shown.get() > MAX_TYPES => "…",
            ValType::Defined(index) => return self.defined(f, &self.types[index].defined, depth + 1),
        })
    }

    fn defined(&self, f: &mut Formatter<'_>, defined: &DefinedType, depth: u32) -> fmt::Result {
        match defined {
            DefinedType::Record(fields) => self.braced(f, "record", fields, |f, (name, ty)| {
                write!(f, "{name}: ")?;
                self.value(f, *ty, depth)
            }),
            DefinedType::Variant(cases) => self.braced(f, "variant", cases, |f, (name, ty)| {
                f.write_str(name)?;
                match ty {
                    Some(ty) => self.within(f, "", &[Some(*ty)], ["(", ")"], depth),
                    None => Ok(()),
                }
            }),
            DefinedType::Enum(names) => self.braced(f, "enum", names, |f, name| f.write_str(name)),
            DefinedType::Flags(names) => self.braced(f, "flags", names, |f, name| f.write_str(name)),
            DefinedType::Tuple(types) => {
                let types: Vec<_> = types.iter().copied().map(Some).collect();
                self.within(f, "tuple", &types, ["<", ">"], depth)
            }
            &DefinedType::Option(ty) => self.within(f, "option", &[Some(ty)], ["<", ">"], depth),
            &DefinedType::List(ty) => self.within(f, "list", &[Some(ty)], ["<", ">"], depth),
            &DefinedType::Map(key, value) => {
                self.within(f, "map", &[Some(key), Some(value)], ["<", ">"], depth)
            }
            DefinedType::Result {
                ok: None,
                error: None,
            } => f.write_str("result"),
            &DefinedType::Result { ok, error: None } => self.within(f, "result", &[ok], ["<", ">"], depth),
            &DefinedType::Result { ok, error } => self.within(f, "result", &[ok, error], ["<", ">"], depth),
            &DefinedType::Own(resource) => f.write_str(&(self.resource)(resource)),
            &DefinedType::Borrow(resource) => write!(f, "borrow<{}>", (self.resource)(resource)),
            DefinedType::Stream(None) => f.write_str("stream"),
            DefinedType::Future(None) => f.write_str("future"),
            &DefinedType::Stream(ty) => self.within(f, "stream", &[ty], ["<", ">"], depth),
            &DefinedType::Future(ty) => self.within(f, "future", &[ty], ["<", ">"], depth),
        }
    }

    fn within(
        &self,
        f: &mut Formatter<'_>,
        name: &str,
        types: &[Option<ValType>],
        [open, close]: [&str; 2],
        depth: u32,
    ) -> fmt::Result {
        write!(f, "{name}{open}")?;
        for (index, ty) in types.iter().take(MAX_NAMES).enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            match ty {
                Some(ty) => self.value(f, *ty, depth)?,
                None => f.write_str("_")?,
            }
        }
        f.write_str(if types.len() > MAX_NAMES { ", …" } else { "" })?;
        f.write_str(close)
    }

    fn braced<I>(
        &self,
        f: &mut Formatter<'_>,
        name: &str,
        items: &[I],
        mut each: impl FnMut(&mut Formatter<'_>, &I) -> fmt::Result,
    ) -> fmt::Result {
        write!(f, "{name} {{ ")?;
        for (index, item) in items.iter().take(MAX_NAMES).enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            each(f, item)?;
        }
        f.write_str(if items.len() > MAX_NAMES { ", … }" } else { " }" })
    }
}
