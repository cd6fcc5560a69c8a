//! Immediates that several instructions have, whichever instruction it is.

use wasmparser::{MemArg, Operator};

macro_rules! find_memarg {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// Where an instruction accesses memory.
        pub(crate) fn memarg<'m>(operator: &'m mut Operator<'_>) -> Option<&'m mut MemArg> {
            match operator {
                $(Operator::$op $({ $($arg),* })? => {
                    $($(let _ = &$arg;)*)?
                    find_memarg!(found $($($arg $arg)*)?)
                })*
                _ => None,
            }
        }
    };
    (found memarg $memarg:ident $($rest:ident)*) => { Some($memarg) };
    (found $($rest:ident)*) => { None };
}
wasmparser::for_each_operator!(find_memarg);

/// The one label that an instruction names.
pub(crate) fn label<'m>(operator: &'m mut Operator<'_>) -> Option<&'m mut u32> {
    match operator {
        Operator::Br { relative_depth }
        | Operator::BrIf { relative_depth }
        | Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth }
        | Operator::BrOnCast { relative_depth, .. }
        | Operator::BrOnCastFail { relative_depth, .. }
        | Operator::BrOnCastDescEq { relative_depth, .. }
        | Operator::BrOnCastDescEqFail { relative_depth, .. }
        | Operator::Delegate { relative_depth }
        | Operator::Rethrow { relative_depth } => Some(relative_depth),
        _ => None,
    }
}

/// The local that an instruction accesses.
pub(crate) fn local<'m>(operator: &'m mut Operator<'_>) -> Option<&'m mut u32> {
    match operator {
        Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } => Some(local_index),
        _ => None,
    }
}

/// The structure type and the field that an instruction accesses.
pub(crate) fn field<'m>(operator: &'m mut Operator<'_>) -> Option<(u32, &'m mut u32)> {
    macro_rules! accesses {
        ($($op:ident)*) => {
            match operator {
                $(Operator::$op { struct_type_index, field_index, .. } => Some((*struct_type_index, field_index)),)*
                _ => None,
            }
        };
    }
    accesses! {
        StructGet StructGetS StructGetU StructSet
        StructAtomicGet StructAtomicGetS StructAtomicGetU StructAtomicSet
        StructAtomicRmwAdd StructAtomicRmwSub StructAtomicRmwAnd StructAtomicRmwOr StructAtomicRmwXor
        StructAtomicRmwXchg StructAtomicRmwCmpxchg
    }
}
