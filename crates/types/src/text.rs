//! The text form of types, in the syntax of the text format (specification §6.4).
//!
//! A reference to a defined type is written, in this order of preference: by the name that a module gives it, by its
//! index there, as `$rec.N` inside its own rec group, by its structure where that is short, and as `(func …)` where it
//! isn't or where structures are nested too deep.

use crate::{
    CompositeType, ExternType, FieldType, FuncType, GlobalType, HeapType, Limits, MemoryType, RecGroup,
    RecRef, RefType, RegisteredType, StorageType, SubType, TableType, TypeId, TypeKind, TypeRegistry,
    ValType,
};

/// Structures in structures are written down to this depth.
const MAX_NESTING: u32 = 3;
/// A structure inside another is written if it has at most this many characters.
const MAX_INLINE_CHARS: usize = 72;
/// More parts than this would be too many characters anyway. Without this limit, a few types with a thousand
/// parameters each would take a thousand to the power of the nesting to write, just to be left out.
const MAX_INLINE_PARTS: usize = 16;

/// Gives defined types the names that a module has for them, without the `$`.
type Namer<'a> = dyn Fn(TypeId) -> Option<String> + 'a;

/// Gives defined types without a name the indices that a module has for them.
type Indices<'a> = dyn Fn(TypeId) -> Option<u32> + 'a;

/// Words types.
#[derive(Clone, Copy)]
pub struct TypeText<'a> {
    pub(crate) registry: &'a TypeRegistry,
    pub(crate) namer: Option<&'a Namer<'a>>,
    pub(crate) indices: Option<&'a Indices<'a>>,
    /// Whether this words a reason inside a reason, which then doesn't look into structures: types may be
    /// recursive.
    pub(crate) nested: bool,
}

/// Where in a text something is written.
#[derive(Clone, Copy)]
pub(crate) struct Position<'a> {
    /// The group whose members are `$rec.N`.
    group: Option<&'a RecGroup>,
    nesting: u32,
}

impl Position<'_> {
    pub(crate) const TOP: Position<'static> = Position {
        group: None,
        nesting: 0,
    };
}

/// How references to defined types are written.
pub(crate) trait WriteRef<R> {
    fn write_ref(&self, out: &mut String, r: R, position: Position<'_>);
}

impl TypeRegistry {
    /// Words the types of this registry.
    pub fn text(&self) -> TypeText<'_> {
        TypeText {
            registry: self,
            namer: None,
            indices: None,
            nested: false,
        }
    }
}

impl<'a> TypeText<'a> {
    /// Takes names of defined types from `namer`, which gives them without the `$`.
    pub fn with_names(self, namer: &'a dyn Fn(TypeId) -> Option<String>) -> Self {
        TypeText {
            namer: Some(namer),
            ..self
        }
    }

    /// Takes indices of defined types without a name from `indices`.
    pub fn with_indices(self, indices: &'a dyn Fn(TypeId) -> Option<u32>) -> Self {
        TypeText {
            indices: Some(indices),
            ..self
        }
    }

    /// A value type: `i32`, `funcref`, `(ref null $t)`.
    pub fn val(&self, ty: ValType) -> String {
        to_string(|out| write_val(self, out, ty, Position::TOP))
    }

    /// A reference type: `funcref`, `(ref null $t)`.
    pub fn reference(&self, ty: RefType) -> String {
        to_string(|out| write_reference(self, out, ty, Position::TOP))
    }

    /// A heap type: `func`, `$t`.
    pub fn heap(&self, ty: HeapType) -> String {
        to_string(|out| write_heap(self, out, ty, Position::TOP))
    }

    /// A function type: `(func (param i32) (result (ref null func)))`.
    pub fn func(&self, ty: &FuncType) -> String {
        to_string(|out| write_func(self, out, ty, Position::TOP))
    }

    /// A storage type: `i8`, `(ref $t)`.
    pub fn storage(&self, ty: StorageType) -> String {
        to_string(|out| write_storage(self, out, ty, Position::TOP))
    }

    /// A field type: `i32`, `(mut i8)`.
    pub fn field(&self, ty: FieldType) -> String {
        to_string(|out| write_field(self, out, ty, Position::TOP))
    }

    /// A composite type: `(struct (field i32) (field (mut i8)))`.
    pub fn composite(&self, ty: &CompositeType) -> String {
        to_string(|out| write_composite(self, out, ty, Position::TOP))
    }

    /// A definition: `(sub final $x (struct (field (mut i8))))`, or the composite type alone if nothing else is
    /// said.
    pub fn sub_type(&self, ty: &SubType) -> String {
        to_string(|out| write_sub_type(self, out, ty, Position::TOP))
    }

    /// A defined type, by its name or else its definition.
    pub fn id(&self, id: TypeId) -> String {
        to_string(|out| self.write_ref(out, id, Position::TOP))
    }

    /// A defined type, always by its definition; the other types of its group are `$rec.N`.
    pub fn definition(&self, ty: &RegisteredType) -> String {
        let position = Position {
            group: Some(ty.group()),
            nesting: 0,
        };
        to_string(|out| write_sub_type(self, out, ty.sub_type(), position))
    }

    /// A whole rec group: `(rec (type $rec.0 (func)) (type $rec.1 (struct)))`, or `(type $rec.0 …)` if it has
    /// one type.
    pub fn group(&self, group: &RecGroup) -> String {
        let position = Position {
            group: Some(group),
            nesting: 0,
        };
        let types: Vec<String> = (group.iter().enumerate())
            .map(|(at, ty)| {
                to_string(|out| {
                    out.push_str("(type ");
                    match self.name(ty.id()) {
                        Some(name) => out.push_str(&name),
                        None => out.push_str(&format!("$rec.{at}")),
                    }
                    out.push(' ');
                    write_sub_type(self, out, ty.sub_type(), position);
                    out.push(')');
                })
            })
            .collect();
        match &*types {
            [one] => one.clone(),
            [] => "(rec)".to_owned(),
            more => format!("(rec {})", more.join(" ")),
        }
    }

    /// Limits: `1`, `1 2`.
    pub fn limits(&self, limits: &Limits) -> String {
        match limits.max {
            Some(max) => format!("{} {max}", limits.min),
            None => limits.min.to_string(),
        }
    }

    /// A table type: `(table 1 2 funcref)`, `(table i64 1 funcref)`.
    pub fn table(&self, ty: &TableType) -> String {
        let index = if ty.index64 { "i64 " } else { "" };
        format!(
            "(table {index}{} {})",
            self.limits(&ty.limits),
            self.reference(ty.element)
        )
    }

    /// A memory type: `(memory 1 2 shared)`, `(memory i64 1 (pagesize 1))`.
    pub fn memory(&self, ty: &MemoryType) -> String {
        let index = if ty.index64 { "i64 " } else { "" };
        let shared = if ty.shared { " shared" } else { "" };
        let page = match ty.page_size_log2 {
            MemoryType::DEFAULT_PAGE_SIZE_LOG2 => String::new(),
            _ => format!(" (pagesize {})", ty.page_size()),
        };
        format!("(memory {index}{}{shared}{page})", self.limits(&ty.limits))
    }

    /// A global type: `(global i32)`, `(global (mut i32))`.
    pub fn global(&self, ty: &GlobalType) -> String {
        let field = FieldType {
            storage: StorageType::Val(ty.value),
            mutable: ty.mutable,
        };
        format!("(global {})", self.field(field))
    }

    /// The type of an import or export. Functions and tags are written with their definition.
    pub fn extern_type(&self, ty: &ExternType) -> String {
        match ty {
            ExternType::Func(id) => self.defined_extern(*id, "func"),
            ExternType::Table(ty) => self.table(ty),
            ExternType::Memory(ty) => self.memory(ty),
            ExternType::Global(ty) => self.global(ty),
            ExternType::Tag(ty) => self.defined_extern(ty.ty, "tag"),
        }
    }

    fn defined_extern(&self, id: TypeId, keyword: &str) -> String {
        let text = self.registry.lookup(id).map(|ty| self.definition(&ty));
        let signature = text.as_ref().and_then(|text| text.strip_prefix("(func"));
        match (self.name(id), signature, &text) {
            // The type and its definition, as the text format allows.
            (Some(name), Some(signature), _) => format!("({keyword} (type {name}){signature}"),
            (Some(name), None, _) => format!("({keyword} (type {name}))"),
            (None, Some(signature), _) => format!("({keyword}{signature}"),
            (None, None, Some(text)) => format!("({keyword} (type {text}))"),
            (None, None, None) => format!("({keyword} (type $type.{}))", id.as_u32()),
        }
    }

    /// The name of a type with its `$`, quoted if it isn't an identifier; else its index, if it has one.
    pub(crate) fn name(&self, id: TypeId) -> Option<String> {
        let Some(name) = self.namer.and_then(|namer| namer(id)) else {
            return Some(self.indices?(id)?.to_string());
        };
        let plain = |c: char| c.is_ascii_graphic() && !"\"(),;[]{}".contains(c);
        if !name.is_empty() && name.chars().all(plain) {
            Some(format!("${name}"))
        } else {
            Some(format!("${name:?}"))
        }
    }

    fn write_structure(&self, out: &mut String, ty: &RegisteredType, nesting: u32) {
        let inside = Position {
            group: Some(ty.group()),
            nesting: nesting + 1,
        };
        let parts = match ty.composite() {
            CompositeType::Func(func) => func.params.len() + func.results.len(),
            CompositeType::Struct(fields) => fields.len(),
            CompositeType::Array(_) => 1,
        };
        let text = (nesting == 0 || (nesting < MAX_NESTING && parts <= MAX_INLINE_PARTS))
            .then(|| to_string(|out| write_sub_type(self, out, ty.sub_type(), inside)))
            .filter(|text| nesting == 0 || text.len() <= MAX_INLINE_CHARS);
        match text {
            Some(text) => out.push_str(&text),
            None => out.push_str(match ty.kind() {
                TypeKind::Func => "(func …)",
                TypeKind::Struct => "(struct …)",
                TypeKind::Array => "(array …)",
            }),
        }
    }
}

impl WriteRef<TypeId> for TypeText<'_> {
    fn write_ref(&self, out: &mut String, id: TypeId, position: Position<'_>) {
        if let Some(name) = self.name(id) {
            return out.push_str(&name);
        }
        if let Some(at) = position.group.and_then(|group| group.position(id)) {
            return out.push_str(&format!("$rec.{at}"));
        }
        match self.registry.lookup(id) {
            Some(ty) => self.write_structure(out, &ty, position.nesting),
            None => out.push_str(&format!("$type.{}", id.as_u32())),
        }
    }
}

impl WriteRef<RecRef> for TypeText<'_> {
    fn write_ref(&self, out: &mut String, r: RecRef, position: Position<'_>) {
        match r {
            RecRef::Rec(index) => out.push_str(&format!("$rec.{index}")),
            RecRef::Outer(id) => self.write_ref(out, id, position),
        }
    }
}

pub(crate) fn to_string(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
}

/// The name of a heap type that isn't a defined one.
fn abstract_name<R>(ty: &HeapType<R>) -> Option<&'static str> {
    Some(match ty {
        HeapType::Func => "func",
        HeapType::NoFunc => "nofunc",
        HeapType::Extern => "extern",
        HeapType::NoExtern => "noextern",
        HeapType::Any => "any",
        HeapType::Eq => "eq",
        HeapType::I31 => "i31",
        HeapType::Struct => "struct",
        HeapType::Array => "array",
        HeapType::None => "none",
        HeapType::Exn => "exn",
        HeapType::NoExn => "noexn",
        HeapType::Concrete(_) => return None,
    })
}

pub(crate) fn write_heap<R: Copy>(w: &impl WriteRef<R>, out: &mut String, ty: HeapType<R>, at: Position<'_>) {
    match ty {
        HeapType::Concrete(r) => w.write_ref(out, r, at),
        other => out.push_str(abstract_name(&other).expect("all others have names")),
    }
}

pub(crate) fn write_reference<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    ty: RefType<R>,
    at: Position<'_>,
) {
    let shorthand = match ty.heap {
        HeapType::None => Some("nullref"),
        HeapType::NoFunc => Some("nullfuncref"),
        HeapType::NoExtern => Some("nullexternref"),
        HeapType::NoExn => Some("nullexnref"),
        _ => None,
    };
    match (ty.nullable, shorthand, abstract_name(&ty.heap)) {
        (true, Some(shorthand), _) => out.push_str(shorthand),
        (true, None, Some(name)) => {
            out.push_str(name);
            out.push_str("ref");
        }
        (nullable, ..) => {
            out.push_str(if nullable { "(ref null " } else { "(ref " });
            let inside = Position {
                nesting: at.nesting.max(1),
                ..at
            };
            write_heap(w, out, ty.heap, inside);
            out.push(')');
        }
    }
}

pub(crate) fn write_val<R: Copy>(w: &impl WriteRef<R>, out: &mut String, ty: ValType<R>, at: Position<'_>) {
    match ty {
        ValType::I32 => out.push_str("i32"),
        ValType::I64 => out.push_str("i64"),
        ValType::F32 => out.push_str("f32"),
        ValType::F64 => out.push_str("f64"),
        ValType::V128 => out.push_str("v128"),
        ValType::Ref(r) => write_reference(w, out, r, at),
    }
}

fn write_vals<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    (keyword, types): (&str, &[ValType<R>]),
    at: Position<'_>,
) {
    if types.is_empty() {
        return;
    }
    out.push_str(" (");
    out.push_str(keyword);
    for &ty in types {
        out.push(' ');
        write_val(w, out, ty, at);
    }
    out.push(')');
}

pub(crate) fn write_func<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    ty: &FuncType<R>,
    at: Position<'_>,
) {
    out.push_str("(func");
    write_vals(w, out, ("param", &ty.params), at);
    write_vals(w, out, ("result", &ty.results), at);
    out.push(')');
}

pub(crate) fn write_storage<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    ty: StorageType<R>,
    at: Position<'_>,
) {
    match ty {
        StorageType::I8 => out.push_str("i8"),
        StorageType::I16 => out.push_str("i16"),
        StorageType::Val(v) => write_val(w, out, v, at),
    }
}

pub(crate) fn write_field<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    ty: FieldType<R>,
    at: Position<'_>,
) {
    if ty.mutable {
        out.push_str("(mut ");
    }
    write_storage(w, out, ty.storage, at);
    if ty.mutable {
        out.push(')');
    }
}

pub(crate) fn write_composite<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    ty: &CompositeType<R>,
    at: Position<'_>,
) {
    match ty {
        CompositeType::Func(func) => write_func(w, out, func, at),
        CompositeType::Struct(fields) => {
            out.push_str("(struct");
            for &field in fields {
                out.push_str(" (field ");
                write_field(w, out, field, at);
                out.push(')');
            }
            out.push(')');
        }
        CompositeType::Array(element) => {
            out.push_str("(array ");
            write_field(w, out, *element, at);
            out.push(')');
        }
    }
}

pub(crate) fn write_sub_type<R: Copy>(
    w: &impl WriteRef<R>,
    out: &mut String,
    ty: &SubType<R>,
    at: Position<'_>,
) {
    let plain = ty.is_final && ty.supertype.is_none();
    if !plain {
        out.push_str(if ty.is_final { "(sub final " } else { "(sub " });
        if let Some(supertype) = ty.supertype {
            let inside = Position {
                nesting: at.nesting.max(1),
                ..at
            };
            w.write_ref(out, supertype, inside);
            out.push(' ');
        }
    }
    write_composite(w, out, &ty.composite, at);
    if !plain {
        out.push(')');
    }
}

#[cfg(test)]
mod tests;
