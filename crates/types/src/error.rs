//! Why a rec group was refused.

use crate::TypeId;

/// Why [`TypeRegistry::intern`](crate::TypeRegistry::intern) refused a rec group. `at` is the position in the
/// group of the type that is to blame.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypeError {
    /// A reference to a type that the registry doesn't have.
    #[error("type {at} of the rec group refers to type id {}, which is not registered", id.as_u32())]
    UnknownType {
        /// Who refers.
        at: usize,
        /// To what.
        id: TypeId,
    },
    /// A reference to a position that the group doesn't have.
    #[error("type {at} of the rec group refers to type {index} of a group of {len}")]
    OutOfRange {
        /// Who refers.
        at: usize,
        /// To what position.
        index: u32,
        /// The length of the group.
        len: usize,
    },
    /// A supertype that is not defined before its subtype.
    #[error("type {at} of the rec group declares type {supertype} as its supertype, which comes later")]
    SupertypeNotEarlier {
        /// The subtype.
        at: usize,
        /// The position of its supertype.
        supertype: u32,
    },
    /// A supertype that is final.
    #[error("type {at} of the rec group declares a final type as its supertype")]
    FinalSupertype {
        /// The subtype.
        at: usize,
    },
    /// A type whose structure doesn't match that of its supertype.
    #[error("type {at} of the rec group does not match its declared supertype: {reason}")]
    NotASubtype {
        /// The subtype.
        at: usize,
        /// Where the two part.
        reason: String,
    },
    /// Too long a chain of supertypes.
    #[error(
        "type {at} of the rec group has more than {} supertypes",
        crate::MAX_SUBTYPING_DEPTH
    )]
    TooDeep {
        /// The subtype.
        at: usize,
    },
    /// More types than ids.
    #[error("too many types are alive")]
    TooManyTypes,
}
