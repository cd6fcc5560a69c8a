//! Why two types do not match: the innermost place where they part, and the reason.
//!
//! Each function here walks like its namesake of [`crate::subtype`] and asks that for the verdict, so that there
//! is an explanation iff the relation doesn't hold; the tests hold the two together. All words that a user reads
//! about mismatching types are in this file.

use crate::subtype::{self, Definitions};
use crate::text::{self, Position, TypeText, WriteRef};
use crate::{
    CompositeType, ExternType, FieldType, FuncType, GlobalType, HeapType, Limits, MemoryType, RecRef,
    RefType, RegisteredType, StorageType, SubType, TableType, TagType, TypeId, TypeKind, TypeRegistry,
    ValType,
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

fn limits(a: &Limits, b: &Limits) -> Option<String> {
    if a.min < b.min {
        return Some(format!("has size {}, expected at least {}", a.min, b.min));
    }
    match (a.max, b.max) {
        (Some(max), Some(expected)) if max > expected => {
            Some(format!("may grow to {max}, expected at most {expected}"))
        }
        (None, Some(expected)) => Some(format!("may grow without limit, expected at most {expected}")),
        _ => None,
    }
}

fn index_type(actual: bool, expected: bool) -> Option<Mismatch> {
    let word = |index64| if index64 { "i64" } else { "i32" };
    (actual != expected).then(|| {
        Mismatch::new(format!(
            "is indexed by {}, expected {}",
            word(actual),
            word(expected)
        ))
    })
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

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_table(&self, actual: &TableType, expected: &TableType) -> Option<Mismatch> {
        let element = || {
            reference(self, actual.element, expected.element)
                .or_else(|| Some(invariant(reference(self, expected.element, actual.element)?)))
        };
        index_type(actual.index64, expected.index64)
            .or_else(|| Some(element()?.at(Place::Element)))
            .or_else(|| limits(&actual.limits, &expected.limits).map(Mismatch::new))
    }

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_memory(&self, actual: &MemoryType, expected: &MemoryType) -> Option<Mismatch> {
        if actual.shared != expected.shared {
            let word = |shared| if shared { "shared" } else { "not shared" };
            let message = format!("is {}, expected {}", word(actual.shared), word(expected.shared));
            return Some(Mismatch::new(message));
        }
        if actual.page_size_log2 != expected.page_size_log2 {
            let (a, b) = (actual.page_size(), expected.page_size());
            return Some(Mismatch::new(format!("has pages of {a} bytes, expected {b}")));
        }
        index_type(actual.index64, expected.index64)
            .or_else(|| limits(&actual.limits, &expected.limits).map(|text| Mismatch::new(text + " pages")))
    }

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_global(&self, actual: &GlobalType, expected: &GlobalType) -> Option<Mismatch> {
        let field = |ty: &GlobalType| FieldType {
            storage: StorageType::Val(ty.value),
            mutable: ty.mutable,
        };
        let mismatch = self.explain_field(field(actual), field(expected))?;
        Some(if actual.mutable == expected.mutable {
            mismatch.at(Place::Content)
        } else {
            mismatch
        })
    }

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_tag(&self, actual: &TagType, expected: &TagType) -> Option<Mismatch> {
        if actual.ty == expected.ty {
            return None;
        }
        let reason = self.explain_id(actual.ty, expected.ty);
        Some(reason.unwrap_or_else(|| {
            let (a, b) = (self.id(actual.ty), self.id(expected.ty));
            Mismatch::new(format!("{a} is not the same type as {b}, only a subtype"))
        }))
    }

    /// Why `actual` may not be given for an import of type `expected`; `None` iff it may.
    pub fn explain_extern(&self, actual: &ExternType, expected: &ExternType) -> Option<Mismatch> {
        match (actual, expected) {
            (ExternType::Func(a), ExternType::Func(b)) => self.explain_id(*a, *b),
            (ExternType::Table(a), ExternType::Table(b)) => self.explain_table(a, b),
            (ExternType::Memory(a), ExternType::Memory(b)) => self.explain_memory(a, b),
            (ExternType::Global(a), ExternType::Global(b)) => self.explain_global(a, b),
            (ExternType::Tag(a), ExternType::Tag(b)) => self.explain_tag(a, b),
            _ => Some(Mismatch::new(format!(
                "is a {}, expected a {}",
                actual.noun(),
                expected.noun()
            ))),
        }
    }

    /// The reason between two living types that are not declared subtypes.
    fn undeclared_reason(&self, sub: &RegisteredType, sup: &RegisteredType) -> String {
        if sub.kind() != sup.kind() {
            return format!("one is {}, the other {}", noun(sub.kind()), noun(sup.kind()));
        }
        if sup.is_subtype_of(sub) {
            return "it is the wider of the two".to_owned();
        }
        if let Some(reason) = nearly_equal(sub, sup) {
            return reason.to_owned();
        }
        if !self.nested {
            let nested = TypeText {
                nested: true,
                ..*self
            };
            if let Some(mismatch) = composite(&nested, sub.composite(), sup.composite()) {
                return mismatch.to_string();
            }
        }
        if sup.sub_type().is_final {
            return format!("not declared a subtype: {} is final", self.short(sup));
        }
        let supers = self.supers(sub);
        match &*supers {
            [] => format!("not declared a subtype: {} has no supertype", self.short(sub)),
            [one] => format!(
                "not declared a subtype: the supertype of {} is {one}",
                self.short(sub)
            ),
            more => {
                format!(
                    "not declared a subtype: the supertypes of {} are {}",
                    self.short(sub),
                    more.join(", ")
                )
            }
        }
    }

    /// A name, or the definition in full.
    fn short(&self, ty: &RegisteredType) -> String {
        self.name(ty.id()).unwrap_or_else(|| self.definition(ty))
    }

    fn supers(&self, ty: &RegisteredType) -> Vec<String> {
        let above = |ty: &RegisteredType| self.registry.lookup(ty.sub_type().supertype?);
        core::iter::successors(above(ty), above)
            .map(|ty| self.short(&ty))
            .collect()
    }
}

/// What keeps apart two types that look the same.
fn nearly_equal(a: &RegisteredType, b: &RegisteredType) -> Option<&'static str> {
    let (in_a, in_b) = (
        &a.group().canonical()[a.index()],
        &b.group().canonical()[b.index()],
    );
    if in_a.composite != in_b.composite || in_a.supertype != in_b.supertype {
        return None;
    }
    Some(match (in_a.is_final, in_b.is_final) {
        (true, false) => "equal structure, but it is final and the expected type is not",
        (false, true) => "equal structure, but the expected type is final and it is not",
        _ if a.group() == b.group() => "equal structure, but at another position of the rec group",
        _ => "equal structure, but in another rec group",
    })
}

impl ExternType {
    /// What it is the type of.
    pub fn noun(&self) -> &'static str {
        match self {
            ExternType::Func(_) => "function",
            ExternType::Table(_) => "table",
            ExternType::Memory(_) => "memory",
            ExternType::Global(_) => "global",
            ExternType::Tag(_) => "tag",
        }
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

impl Explain<TypeId> for TypeText<'_> {
    fn undeclared(&self, sub: TypeId, sup: TypeId) -> String {
        match (self.registry.lookup(sub), self.registry.lookup(sup)) {
            (Some(sub), Some(sup)) => self.undeclared_reason(&sub, &sup),
            _ => "one of the types is gone".to_owned(),
        }
    }
}

/// The same for a group that isn't interned yet.
struct GroupText<'a> {
    text: TypeText<'a>,
    group: &'a [SubType<RecRef>],
}

impl Definitions<RecRef> for GroupText<'_> {
    fn kind(&self, ty: RecRef) -> Option<TypeKind> {
        let tables = self.text.registry.read();
        crate::validate::GroupScope {
            group: self.group,
            tables: &tables,
        }
        .kind(ty)
    }

    fn is_declared_subtype(&self, sub: RecRef, sup: RecRef) -> bool {
        let tables = self.text.registry.read();
        crate::validate::GroupScope {
            group: self.group,
            tables: &tables,
        }
        .is_declared_subtype(sub, sup)
    }
}

impl WriteRef<RecRef> for GroupText<'_> {
    fn write_ref(&self, out: &mut String, r: RecRef, position: Position<'_>) {
        self.text.write_ref(out, r, position);
    }
}

impl Explain<RecRef> for GroupText<'_> {
    fn undeclared(&self, sub: RecRef, sup: RecRef) -> String {
        match (sub, sup) {
            (RecRef::Outer(sub), RecRef::Outer(sup)) => self.text.undeclared(sub, sup),
            _ => "not declared a subtype".to_owned(),
        }
    }
}

/// Why a composite type of a group doesn't match its supertype's.
pub(crate) fn in_group(
    registry: &TypeRegistry,
    group: &[SubType<RecRef>],
    sub: &CompositeType<RecRef>,
    sup: &CompositeType<RecRef>,
) -> String {
    let cx = GroupText {
        text: registry.text(),
        group,
    };
    composite(&cx, sub, sup).map_or_else(String::new, |mismatch| mismatch.to_string())
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
