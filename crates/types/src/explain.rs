//! Why two types do not match: the innermost place where they part, and the reason.
//!
//! Each function here walks like its namesake of [`crate::subtype`] and asks that for the verdict, so that there
//! is an explanation iff the relation doesn't hold; the tests hold the two together. All words that a user reads
//! about mismatching types are in this module.

pub(crate) mod declared;
mod external;

use crate::subtype::{self, Definitions};
use crate::text::{self, Position, WriteRef};
use crate::{
    CompositeType, ExternType, FieldType, FuncType, HeapType, RefType, StorageType, TypeId, TypeKind,
    TypeRegistry, TypeText, ValType,
};
use core::fmt;

/// Why two types do not match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// From the outside to the place where the two part.
    pub path: Vec<Place>,
    /// What is wrong there.
    pub message: String,
}

/// A step into a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A parameter of a function type, from 0.
    Param(usize),
    /// A result of a function type, from 0.
    Result(usize),
    /// A field of a structure type, from 0.
    Field(usize),
    /// The element of an array or table type.
    Element,
    /// The content of a global.
    Content,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Param(at) => write!(f, "parameter {at}"),
            Place::Result(at) => write!(f, "result {at}"),
            Place::Field(at) => write!(f, "field {at}"),
            Place::Element => f.write_str("element"),
            Place::Content => f.write_str("content"),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.path {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Mismatch {
    fn new(message: impl Into<String>) -> Self {
        Mismatch {
            path: Vec::new(),
            message: message.into(),
        }
    }

    fn at(mut self, place: Place) -> Self {
        self.path.insert(0, place);
        self
    }
}

/// What an explanation needs: the relation, the words for types, and the reason of a missing declaration.
trait Explain<R: Copy>: Definitions<R> + WriteRef<R> {
    /// Why `sub` is not declared below `sup`.
    fn undeclared(&self, sub: R, sup: R) -> String;
}

fn val<R: Copy>(cx: &impl Explain<R>, a: ValType<R>, b: ValType<R>) -> Option<Mismatch> {
    if subtype::val(cx, a, b) {
        return None;
    }
    if let (ValType::Ref(a), ValType::Ref(b)) = (a, b) {
        return reference(cx, a, b);
    }
    let word = |ty| text::to_string(|out| text::write_val(cx, out, ty, Position::TOP));
    Some(Mismatch::new(format!("{} is not {}", word(a), word(b))))
}

fn reference<R: Copy>(cx: &impl Explain<R>, a: RefType<R>, b: RefType<R>) -> Option<Mismatch> {
    reference_noting(cx, a, b, "")
}

/// [`reference`] with a few words on `a`.
fn reference_noting<R: Copy>(
    cx: &impl Explain<R>,
    a: RefType<R>,
    b: RefType<R>,
    note: &str,
) -> Option<Mismatch> {
    if subtype::reference(cx, a, b) {
        return None;
    }
    let word = |ty| text::to_string(|out| text::write_reference(cx, out, ty, Position::TOP));
    let reason = heap_reason(cx, a.heap, b.heap).unwrap_or_else(|| "it may be null".to_owned());
    Some(Mismatch::new(format!(
        "{}{note} is not a subtype of {}: {reason}",
        word(a),
        word(b)
    )))
}

fn heap<R: Copy>(cx: &impl Explain<R>, a: HeapType<R>, b: HeapType<R>) -> Option<Mismatch> {
    let word = |ty| text::to_string(|out| text::write_heap(cx, out, ty, Position::TOP));
    let reason = heap_reason(cx, a, b)?;
    Some(Mismatch::new(format!(
        "{} is not a subtype of {}: {reason}",
        word(a),
        word(b)
    )))
}

fn heap_reason<R: Copy>(cx: &impl Explain<R>, a: HeapType<R>, b: HeapType<R>) -> Option<String> {
    if subtype::heap(cx, a, b) {
        return None;
    }
    let word = |ty| text::to_string(|out| text::write_heap(cx, out, ty, Position::TOP));
    Some(match (a, b) {
        (HeapType::Concrete(a), HeapType::Concrete(b)) => cx.undeclared(a, b),
        _ => match (top(cx, a), top(cx, b)) {
            (Some(top_a), Some(top_b)) if top_a != top_b => {
                format!("one is below {top_a}, the other below {top_b}")
            }
            _ if subtype::heap(cx, b, a) => format!("{} is the wider of the two", word(a)),
            _ => "neither is below the other".to_owned(),
        },
    })
}

/// The name of the hierarchy that a heap type is in.
fn top<R: Copy>(cx: &impl Explain<R>, ty: HeapType<R>) -> Option<&'static str> {
    let abstract_type = match ty {
        HeapType::Concrete(r) => cx.kind(r)?.heap_type::<R>(),
        other => other,
    };
    Some(match abstract_type {
        HeapType::Func | HeapType::NoFunc => "func",
        HeapType::Extern | HeapType::NoExtern => "extern",
        HeapType::Exn | HeapType::NoExn => "exn",
        _ => "any",
    })
}

fn count(what: &str, a: usize, b: usize) -> Mismatch {
    let plural = if a == 1 { "" } else { "s" };
    Mismatch::new(format!("has {a} {what}{plural}, expected {b}"))
}

fn func<R: Copy>(cx: &impl Explain<R>, a: &FuncType<R>, b: &FuncType<R>) -> Option<Mismatch> {
    if a.params.len() != b.params.len() {
        return Some(count("parameter", a.params.len(), b.params.len()));
    }
    if a.results.len() != b.results.len() {
        return Some(count("result", a.results.len(), b.results.len()));
    }
    let mut params = a.params.iter().zip(&b.params).enumerate();
    let mut results = a.results.iter().zip(&b.results).enumerate();
    params
        .find_map(|(at, (&a, &b))| Some(param(cx, a, b)?.at(Place::Param(at))))
        .or_else(|| results.find_map(|(at, (&a, &b))| Some(val(cx, a, b)?.at(Place::Result(at)))))
}

/// A parameter, which must take whatever the other one takes.
fn param<R: Copy>(cx: &impl Explain<R>, a: ValType<R>, b: ValType<R>) -> Option<Mismatch> {
    match (a, b) {
        (ValType::Ref(a), ValType::Ref(b)) => reference_noting(cx, b, a, ", which may be passed,"),
        _ => val(cx, a, b),
    }
}

fn storage<R: Copy>(cx: &impl Explain<R>, a: StorageType<R>, b: StorageType<R>) -> Option<Mismatch> {
    if subtype::storage(cx, a, b) {
        return None;
    }
    if let (StorageType::Val(a), StorageType::Val(b)) = (a, b) {
        return val(cx, a, b);
    }
    let word = |ty| text::to_string(|out| text::write_storage(cx, out, ty, Position::TOP));
    Some(Mismatch::new(format!("{} is not {}", word(a), word(b))))
}

fn field<R: Copy>(cx: &impl Explain<R>, a: FieldType<R>, b: FieldType<R>) -> Option<Mismatch> {
    if a.mutable != b.mutable {
        return Some(mutability(a.mutable));
    }
    storage(cx, a.storage, b.storage).or_else(|| {
        let back = if a.mutable {
            storage(cx, b.storage, a.storage)?
        } else {
            return None;
        };
        Some(invariant(back))
    })
}

fn mutability(actual: bool) -> Mismatch {
    Mismatch::new(if actual {
        "is mutable, expected immutable"
    } else {
        "is immutable, expected mutable"
    })
}

/// Explains the second half of an equality: the first half holds.
fn invariant(back: Mismatch) -> Mismatch {
    Mismatch {
        message: format!("must be the same type, as it is mutable, but {}", back.message),
        ..back
    }
}

fn composite<R: Copy>(cx: &impl Explain<R>, a: &CompositeType<R>, b: &CompositeType<R>) -> Option<Mismatch> {
    match (a, b) {
        (CompositeType::Func(a), CompositeType::Func(b)) => func(cx, a, b),
        (CompositeType::Struct(a), CompositeType::Struct(b)) if a.len() < b.len() => {
            Some(count("field", a.len(), b.len()))
        }
        (CompositeType::Struct(a), CompositeType::Struct(b)) => (a.iter().zip(b).enumerate())
            .find_map(|(at, (&a, &b))| Some(field(cx, a, b)?.at(Place::Field(at)))),
        (CompositeType::Array(a), CompositeType::Array(b)) => Some(field(cx, *a, *b)?.at(Place::Element)),
        _ => Some(Mismatch::new(format!(
            "is {}, expected {}",
            noun(a.kind()),
            noun(b.kind())
        ))),
    }
}

fn noun(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Func => "a function type",
        TypeKind::Struct => "a structure type",
        TypeKind::Array => "an array type",
    }
}

/// Explanations for the types of an engine, in the words that this text has for them.
impl TypeText<'_> {
    /// Why `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_val(&self, a: ValType, b: ValType) -> Option<Mismatch> {
        val(self, a, b)
    }

    /// Why `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_ref(&self, a: RefType, b: RefType) -> Option<Mismatch> {
        reference(self, a, b)
    }

    /// Why `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_heap(&self, a: HeapType, b: HeapType) -> Option<Mismatch> {
        heap(self, a, b)
    }

    /// Why `a` does not match `b` by structure; `None` iff it does.
    pub fn explain_func(&self, a: &FuncType, b: &FuncType) -> Option<Mismatch> {
        func(self, a, b)
    }

    /// Why `a` does not match `b`; `None` iff it does.
    pub fn explain_field(&self, a: FieldType, b: FieldType) -> Option<Mismatch> {
        field(self, a, b)
    }

    /// Why `a` does not match `b` by structure; `None` iff it does.
    pub fn explain_composite(&self, a: &CompositeType, b: &CompositeType) -> Option<Mismatch> {
        composite(self, a, b)
    }

    /// Why the defined type `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_id(&self, a: TypeId, b: TypeId) -> Option<Mismatch> {
        if self.registry.is_subtype_id(a, b) {
            return None;
        }
        let reason = self.undeclared(a, b);
        Some(Mismatch::new(format!(
            "{} is not a subtype of {}: {reason}",
            self.id(a),
            self.id(b)
        )))
    }
}

impl Definitions<TypeId> for TypeText<'_> {
    fn kind(&self, ty: TypeId) -> Option<TypeKind> {
        self.registry.read().kind(ty)
    }

    fn is_declared_subtype(&self, sub: TypeId, sup: TypeId) -> bool {
        self.registry.is_subtype_id(sub, sup)
    }
}

/// Explanations without names; see [`TypeText`] for those with names, and for more kinds of types.
impl TypeRegistry {
    /// Why `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_val(&self, a: ValType, b: ValType) -> Option<Mismatch> {
        self.text().explain_val(a, b)
    }

    /// Why `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_ref(&self, a: RefType, b: RefType) -> Option<Mismatch> {
        self.text().explain_ref(a, b)
    }

    /// Why `a` is not a subtype of `b`; `None` iff it is.
    pub fn explain_id(&self, a: TypeId, b: TypeId) -> Option<Mismatch> {
        self.text().explain_id(a, b)
    }

    /// Why `a` does not match `b` by structure; `None` iff it does.
    pub fn explain_func(&self, a: &FuncType, b: &FuncType) -> Option<Mismatch> {
        self.text().explain_func(a, b)
    }

    /// Why `actual` may not be given for an import of type `expected`; `None` iff it may.
    pub fn explain_extern(&self, actual: &ExternType, expected: &ExternType) -> Option<Mismatch> {
        self.text().explain_extern(actual, expected)
    }
}

#[cfg(test)]
mod tests;
