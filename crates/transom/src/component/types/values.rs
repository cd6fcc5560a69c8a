//! Types of values.

use crate::component::instance_types::InstanceTypes;
use crate::component::resource_type::ResourceType;
use std::fmt;
use std::sync::Arc;
use transom_component::types::{DefinedType, TypeIdx, ValType};
use transom_component::{Comparison, Side};

/// A defined type, with the types that it refers to.
#[derive(Clone)]
struct Handle {
    index: TypeIdx,
    types: Arc<InstanceTypes>,
}

impl Handle {
    fn defined(&self) -> &DefinedType {
        &self.types.types()[self.index].defined
    }

    fn of(&self, ty: ValType) -> Type {
        Type::new(ty, &self.types)
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        let name = |_| String::new();
        let (a, b) = (
            Side {
                types: self.types.types(),
                name: &name,
            },
            Side {
                types: other.types.types(),
                name: &name,
            },
        );
        let same = |x, y| self.types.resource(x).ty == other.types.resource(y).ty;
        let mut comparison = Comparison::new(&a, &b, &same);
        comparison
            .value(ValType::Defined(self.index), ValType::Defined(other.index))
            .is_ok()
    }
}

impl Eq for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |index| self.types.resource_name(index);
        let text = self.types.types().text(ValType::Defined(self.index), &name);
        write!(f, "{text}")
    }
}

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Eq, Debug)]
            pub struct $name(Handle);
        )*
    };
}

types! {
    /// The type of lists.
    List;
    /// The type of maps.
    Map;
    /// The type of records.
    Record;
    /// The type of tuples.
    Tuple;
    /// The type of variants.
    Variant;
    /// The type of enumerations.
    Enum;
    /// The type of options.
    OptionType;
    /// The type of results.
    ResultType;
    /// The type of sets of flags.
    Flags;
    /// The type of futures.
    FutureType;
    /// The type of streams.
    StreamType;
}

/// A field of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: Type,
}

/// A case of a variant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case<'a> {
    /// Its name.
    pub name: &'a str,
    /// The type of its payload, if it has one.
    pub ty: Option<Type>,
}

/// The type of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "they are named as they are")]
pub enum Type {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    Float32,
    Float64,
    Char,
    String,
    List(List),
    Map(Map),
    Record(Record),
    Tuple(Tuple),
    Variant(Variant),
    Enum(Enum),
    Option(OptionType),
    Result(ResultType),
    Flags(Flags),
    Own(ResourceType),
    Borrow(ResourceType),
    Future(FutureType),
    Stream(StreamType),
    ErrorContext,
}

impl Type {
    pub(crate) fn new(ty: ValType, types: &Arc<InstanceTypes>) -> Type {
        let index = match ty {
            ValType::Bool => return Type::Bool,
            ValType::S8 => return Type::S8,
            ValType::U8 => return Type::U8,
            ValType::S16 => return Type::S16,
            ValType::U16 => return Type::U16,
            ValType::S32 => return Type::S32,
            ValType::U32 => return Type::U32,
            ValType::S64 => return Type::S64,
            ValType::U64 => return Type::U64,
            ValType::F32 => return Type::Float32,
            ValType::F64 => return Type::Float64,
            ValType::Char => return Type::Char,
            ValType::String => return Type::String,
            ValType::ErrorContext => return Type::ErrorContext,
            ValType::Defined(index) => index,
        };
        let handle = Handle {
            index,
            types: types.clone(),
        };
        match &types.types()[index].defined {
            DefinedType::Record(_) => Type::Record(Record(handle)),
            DefinedType::Tuple(_) => Type::Tuple(Tuple(handle)),
            DefinedType::Variant(_) => Type::Variant(Variant(handle)),
            DefinedType::Enum(_) => Type::Enum(Enum(handle)),
            DefinedType::Flags(_) => Type::Flags(Flags(handle)),
            DefinedType::Option(_) => Type::Option(OptionType(handle)),
            DefinedType::Result { .. } => Type::Result(ResultType(handle)),
            DefinedType::List(_) => Type::List(List(handle)),
            DefinedType::Map(..) => Type::Map(Map(handle)),
            &DefinedType::Own(resource) => Type::Own(types.resource(resource).ty),
            &DefinedType::Borrow(resource) => Type::Borrow(types.resource(resource).ty),
            DefinedType::Stream(_) => Type::Stream(StreamType(handle)),
            DefinedType::Future(_) => Type::Future(FutureType(handle)),
        }
    }
}

macro_rules! unwraps {
    ($($name:ident $variant:ident $ty:ident;)*) => {
        impl Type {
            $(
                #[doc = concat!("The [`", stringify!($ty), "`].\n\n# Panics\n\nIf it is another type.")]
                pub fn $name(&self) -> &$ty {
                    match self {
                        Type::$variant(ty) => ty,
                        other => panic!("attempted to unwrap a {other:?} to a {}", stringify!($variant)),
                    }
                }
            )*
        }
    };
}

unwraps! {
    unwrap_list List List;
    unwrap_map Map Map;
    unwrap_record Record Record;
    unwrap_tuple Tuple Tuple;
    unwrap_variant Variant Variant;
    unwrap_enum Enum Enum;
    unwrap_option Option OptionType;
    unwrap_result Result ResultType;
    unwrap_flags Flags Flags;
    unwrap_own Own ResourceType;
    unwrap_borrow Borrow ResourceType;
}

/// The parts of a defined type of one kind.
macro_rules! parts {
    ($handle:expr, $pattern:pat => $parts:expr) => {
        match $handle.defined() {
            $pattern => $parts,
            _ => unreachable!("the handle is made for this kind of type"),
        }
    };
}

impl List {
    /// The type of the elements.
    pub fn ty(&self) -> Type {
        parts!(self.0, &DefinedType::List(element) => self.0.of(element))
    }
}

impl Map {
    /// The type of the keys.
    pub fn key(&self) -> Type {
        parts!(self.0, &DefinedType::Map(key, _) => self.0.of(key))
    }

    /// The type of the values.
    pub fn value(&self) -> Type {
        parts!(self.0, &DefinedType::Map(_, value) => self.0.of(value))
    }
}

impl Record {
    /// The fields, in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = Field<'_>> {
        let fields = parts!(self.0, DefinedType::Record(fields) => fields);
        fields.iter().map(|(name, ty)| Field {
            name,
            ty: self.0.of(*ty),
        })
    }
}

impl Tuple {
    /// The types of the fields.
    pub fn types(&self) -> impl ExactSizeIterator<Item = Type> + '_ {
        let types = parts!(self.0, DefinedType::Tuple(types) => types);
        types.iter().map(|&ty| self.0.of(ty))
    }
}

impl Variant {
    /// The cases, in order.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = Case<'_>> {
        let cases = parts!(self.0, DefinedType::Variant(cases) => cases);
        cases.iter().map(|(name, ty)| Case {
            name,
            ty: ty.map(|ty| self.0.of(ty)),
        })
    }
}

impl Enum {
    /// The names of the cases, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        parts!(self.0, DefinedType::Enum(names) => names.iter().map(|name| &**name))
    }
}

impl OptionType {
    /// The type of the payload.
    pub fn ty(&self) -> Type {
        parts!(self.0, &DefinedType::Option(ty) => self.0.of(ty))
    }
}

impl ResultType {
    /// The type of what is there on success.
    pub fn ok(&self) -> Option<Type> {
        parts!(self.0, &DefinedType::Result { ok, .. } => ok.map(|ty| self.0.of(ty)))
    }

    /// The type of what is there on failure.
    pub fn err(&self) -> Option<Type> {
        parts!(self.0, &DefinedType::Result { error, .. } => error.map(|ty| self.0.of(ty)))
    }
}

impl Flags {
    /// The names of the flags, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        parts!(self.0, DefinedType::Flags(names) => names.iter().map(|name| &**name))
    }
}

impl FutureType {
    /// The type of the value.
    pub fn ty(&self) -> Option<Type> {
        parts!(self.0, &DefinedType::Future(ty) => ty.map(|ty| self.0.of(ty)))
    }
}

impl StreamType {
    /// The type of the values.
    pub fn ty(&self) -> Option<Type> {
        parts!(self.0, &DefinedType::Stream(ty) => ty.map(|ty| self.0.of(ty)))
    }
}
