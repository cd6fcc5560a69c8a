//! The shapes of types (specification, "Structure / Types"): plain data, no behaviour but questions that a
//! type can answer about itself.

/// A defined type that an engine's registry has interned: one id per canonical type.
///
/// Ids are only meaningful together with the registry that gave them, and only while something keeps the
/// type's rec group alive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
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

/// Which of the three composite types a defined type expands to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum TypeKind {
    /// A function type.
    Func = 0,
    /// A structure type.
    Struct = 1,
    /// An array type.
    Array = 2,
}

impl TypeKind {
    /// The abstract heap type right above every type of this kind.
    pub fn heap_type<R>(self) -> HeapType<R> {
        match self {
            TypeKind::Func => HeapType::Func,
            TypeKind::Struct => HeapType::Struct,
            TypeKind::Array => HeapType::Array,
        }
    }
}

impl<R> ValType<R> {
    /// The nullable reference to any function.
    pub const FUNCREF: Self = ValType::Ref(RefType::FUNCREF);
    /// The nullable reference to any host value.
    pub const EXTERNREF: Self = ValType::Ref(RefType::EXTERNREF);
    /// The nullable reference to any internal value.
    pub const ANYREF: Self = ValType::Ref(RefType::ANYREF);
    /// The nullable reference to any exception.
    pub const EXNREF: Self = ValType::Ref(RefType::EXNREF);

    /// Whether this is a reference type.
    pub fn is_ref(&self) -> bool {
        matches!(self, ValType::Ref(_))
    }

    /// The reference type, if it is one.
    pub fn as_ref_type(&self) -> Option<&RefType<R>> {
        match self {
            ValType::Ref(r) => Some(r),
            _ => None,
        }
    }

    /// Whether a variable of the type has an initial value: all but non-null references (§3.2.16).
    pub fn is_defaultable(&self) -> bool {
        !matches!(self, ValType::Ref(RefType { nullable: false, .. }))
    }
}

impl<R> RefType<R> {
    /// `funcref`
    pub const FUNCREF: Self = RefType::nullable(HeapType::Func);
    /// `externref`
    pub const EXTERNREF: Self = RefType::nullable(HeapType::Extern);
    /// `anyref`
    pub const ANYREF: Self = RefType::nullable(HeapType::Any);
    /// `eqref`
    pub const EQREF: Self = RefType::nullable(HeapType::Eq);
    /// `i31ref`
    pub const I31REF: Self = RefType::nullable(HeapType::I31);
    /// `structref`
    pub const STRUCTREF: Self = RefType::nullable(HeapType::Struct);
    /// `arrayref`
    pub const ARRAYREF: Self = RefType::nullable(HeapType::Array);
    /// `exnref`
    pub const EXNREF: Self = RefType::nullable(HeapType::Exn);

    /// A reference that may be null.
    pub const fn nullable(heap: HeapType<R>) -> Self {
        RefType { nullable: true, heap }
    }

    /// A reference that is never null.
    pub const fn non_null(heap: HeapType<R>) -> Self {
        RefType {
            nullable: false,
            heap,
        }
    }
}

impl<R> HeapType<R> {
    /// The defined type, if it is one.
    pub fn as_concrete(&self) -> Option<&R> {
        match self {
            HeapType::Concrete(r) => Some(r),
            _ => None,
        }
    }

    /// Whether no value but null has the type.
    pub fn is_bottom(&self) -> bool {
        matches!(
            self,
            HeapType::None | HeapType::NoFunc | HeapType::NoExtern | HeapType::NoExn
        )
    }
}

impl<R> FuncType<R> {
    /// A function type of these parameters and results.
    pub fn new(
        params: impl IntoIterator<Item = ValType<R>>,
        results: impl IntoIterator<Item = ValType<R>>,
    ) -> Self {
        FuncType {
            params: params.into_iter().collect(),
            results: results.into_iter().collect(),
        }
    }
}

impl<R> CompositeType<R> {
    /// Which kind of composite type it is.
    pub fn kind(&self) -> TypeKind {
        match self {
            CompositeType::Func(_) => TypeKind::Func,
            CompositeType::Struct(_) => TypeKind::Struct,
            CompositeType::Array(_) => TypeKind::Array,
        }
    }

    /// The function type, if it is one.
    pub fn as_func(&self) -> Option<&FuncType<R>> {
        match self {
            CompositeType::Func(f) => Some(f),
            _ => None,
        }
    }

    /// The fields, if it is a structure.
    pub fn as_struct(&self) -> Option<&[FieldType<R>]> {
        match self {
            CompositeType::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    /// The element, if it is an array.
    pub fn as_array(&self) -> Option<&FieldType<R>> {
        match self {
            CompositeType::Array(element) => Some(element),
            _ => None,
        }
    }
}

impl<R> SubType<R> {
    /// A final type without supertype: what a bare `(type (func …))` means.
    pub fn final_of(composite: CompositeType<R>) -> Self {
        SubType {
            is_final: true,
            supertype: None,
            composite,
        }
    }
}

impl<R> StorageType<R> {
    /// The type of the value that a read gives: packed integers widen to `i32`.
    pub fn unpacked(&self) -> ValType<R>
    where
        R: Copy,
    {
        match self {
            StorageType::I8 | StorageType::I16 => ValType::I32,
            StorageType::Val(v) => *v,
        }
    }

    /// Whether it is a packed integer.
    pub fn is_packed(&self) -> bool {
        matches!(self, StorageType::I8 | StorageType::I16)
    }
}
