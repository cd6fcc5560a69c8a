//! Types, without what is known of them.

/// Defines an index into a table of a component.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the table.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            pub(crate) fn of(position: usize) -> Self {
                $name(u32::try_from(position).expect("a component is smaller than 4 GiB"))
            }
        }
    };
}
pub(crate) use index;

index! {
    /// A defined type of a [`Types`](super::Types).
    TypeIdx
}
index! {
    /// A function type of a [`Types`](super::Types).
    FuncTypeIdx
}
index! {
    /// A resource type of a component: imported, or defined by one of the instances that it consists of.
    ResourceIdx
}

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ValType {
    /// True or false.
    Bool,
    /// A signed integer of 8 bits.
    S8,
    /// An unsigned integer of 8 bits.
    U8,
    /// A signed integer of 16 bits.
    S16,
    /// An unsigned integer of 16 bits.
    U16,
    /// A signed integer of 32 bits.
    S32,
    /// An unsigned integer of 32 bits.
    U32,
    /// A signed integer of 64 bits.
    S64,
    /// An unsigned integer of 64 bits.
    U64,
    /// A floating-point number of 32 bits, with one NaN.
    F32,
    /// A floating-point number of 64 bits, with one NaN.
    F64,
    /// A Unicode scalar value.
    Char,
    /// Unicode scalar values.
    String,
    /// The context of an error.
    ErrorContext,
    /// Any other type.
    Defined(TypeIdx),
}

/// A type that is defined from others.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum DefinedType {
    /// Named fields, in order.
    Record(Box<[(Box<str>, ValType)]>),
    /// Fields without names.
    Tuple(Box<[ValType]>),
    /// One of several named cases.
    Variant(Box<[(Box<str>, Option<ValType>)]>),
    /// One of several names.
    Enum(Box<[Box<str>]>),
    /// A subset of names.
    Flags(Box<[Box<str>]>),
    /// A value, or none.
    Option(ValType),
    /// A value of success or of failure.
    Result {
        /// Of success.
        ok: Option<ValType>,
        /// Of failure.
        error: Option<ValType>,
    },
    /// Any number of values of one type.
    List(ValType),
    /// Any number of pairs of a key and a value.
    Map(ValType, ValType),
    /// A handle that owns a resource.
    Own(ResourceIdx),
    /// A handle that is valid for a call.
    Borrow(ResourceIdx),
    /// A stream of values.
    Stream(Option<ValType>),
    /// A value that will be there.
    Future(Option<ValType>),
}

/// A core value that a value becomes where it is passed without memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "core types")]
pub enum FlatType {
    I32,
    I64,
    F32,
    F64,
}

/// The general form of a defined type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Parts {
    /// Fields, with their offsets in memory.
    Record(Box<[(u32, ValType)]>),
    /// One of several cases.
    Variant {
        /// The size of the case's number in memory: 1, 2 or 4 bytes.
        tag_size: u32,
        /// The offset of all payloads in memory.
        payload_offset: u32,
        /// The payloads' types.
        cases: Box<[Option<ValType>]>,
    },
    /// Elements of this type.
    List(ValType),
    /// This many flags.
    Flags(u32),
    /// A handle that owns a resource.
    Own(ResourceIdx),
    /// A handle that is valid for a call.
    Borrow(ResourceIdx),
    /// The readable end of a stream or future: a handle.
    End,
}

/// The type of a function.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncType {
    /// Its parameters.
    pub params: Box<[(Box<str>, ValType)]>,
    /// Its result.
    pub result: Option<ValType>,
    /// Whether a call may wait.
    pub is_async: bool,
}
