//! The shapes of types (specification, "Structure / Types"): plain data, no behaviour but questions that a
//! type can answer about itself.

/// A defined type that an engine's registry has interned: one id per canonical type.
///
/// Ids are only meaningful together with the registry that gave them, and only while something keeps the
/// type's rec group alive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// The number behind the id; compiled code compares it.
    pub fn as_u32(self) -> u32 {
        self.0
    }
}

/// A reference to a defined type from inside a rec group that is being put together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RecRef {
    /// The type at this position of the same rec group.
    Rec(u32),
    /// A type that the registry knows already.
    Outer(TypeId),
}

/// A value type (specification 3.0, §2.3.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ValType<R = TypeId> {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// A reference.
    Ref(RefType<R>),
}

/// A reference type: a heap type, and whether null is among its values (§2.3.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RefType<R = TypeId> {
    /// Whether null is a value of the type.
    pub nullable: bool,
    /// What a value that is not null refers to.
    pub heap: HeapType<R>,
}

/// A heap type: an abstract one, or a defined type (§2.3.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HeapType<R = TypeId> {
    /// Any function.
    Func,
    /// No function: the bottom of the function hierarchy.
    NoFunc,
    /// Any host value.
    Extern,
    /// No host value.
    NoExtern,
    /// Any internal value.
    Any,
    /// Internal values that `ref.eq` compares.
    Eq,
    /// Unboxed 31-bit integers.
    I31,
    /// Any structure.
    Struct,
    /// Any array.
    Array,
    /// No internal value.
    None,
    /// Any exception.
    Exn,
    /// No exception.
    NoExn,
    /// A defined type.
    Concrete(R),
}

/// Parameters and results of a function (§2.3.8).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncType<R = TypeId> {
    /// Types of the parameters, first to last.
    pub params: Box<[ValType<R>]>,
    /// Types of the results, first to last.
    pub results: Box<[ValType<R>]>,
}

/// What a field or an array element stores (§2.3.9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StorageType<R = TypeId> {
    /// Packed 8-bit integer.
    I8,
    /// Packed 16-bit integer.
    I16,
    /// An unpacked value.
    Val(ValType<R>),
}

/// A field of a structure, or the element of an array (§2.3.9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FieldType<R = TypeId> {
    /// What it stores.
    pub storage: StorageType<R>,
    /// Whether it can be assigned to.
    pub mutable: bool,
}

/// A function, structure or array type (§2.3.10).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CompositeType<R = TypeId> {
    /// A function type.
    Func(FuncType<R>),
    /// A structure: its fields in order.
    Struct(Box<[FieldType<R>]>),
    /// An array: its element.
    Array(FieldType<R>),
}

/// One definition of a rec group (§2.3.11).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SubType<R = TypeId> {
    /// Whether nothing may declare this type as its supertype.
    pub is_final: bool,
    /// The declared supertype.
    pub supertype: Option<R>,
    /// The structure.
    pub composite: CompositeType<R>,
}
