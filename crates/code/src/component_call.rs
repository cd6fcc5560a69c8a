//! Calls from one component to another that pass numbers only.
//!
//! Such a call needs no memory and no table of handles, so an adapter of a few instructions does it: it looks whether both instances may
//! take part, makes each number one of its type, and calls. What it cannot do, it leaves to the function that it stands for.

use crate::{MachineClass, Shape};

/// A value that is passed as one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "types of components")]
pub enum Number {
    Bool,
    S8,
    U8,
    S16,
    U16,
    /// An integer of 32 bits, with or without a sign.
    Word,
    /// An integer of 64 bits, with or without a sign.
    Long,
    F32,
    F64,
    Char,
    /// The number of a case, of so many.
    Case(u32),
    /// So many flags.
    Flags(u32),
}

impl Number {
    /// The class of the number in registers.
    pub fn class(self) -> MachineClass {
        match self {
            Number::Long => MachineClass::I64,
            Number::F32 => MachineClass::F32,
            Number::F64 => MachineClass::F64,
            _ => MachineClass::I32,
        }
    }

    /// Whether some numbers are no values, so that the one who passes them may have to trap.
    pub fn is_partial(self) -> bool {
        matches!(self, Number::Char | Number::Case(_))
    }
}

/// A call from one component to another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ComponentCall {
    /// The numbers of the parameters.
    pub params: Box<[Number]>,
    /// The number of the result, if there is one. It is not partial.
    pub results: Box<[Number]>,
    /// Whether the callee may have trapped before, while the caller has not.
    pub crosses: bool,
}

impl ComponentCall {
    /// The shape of the caller's and of the callee's function.
    pub fn shape(&self) -> Shape {
        let classes = |numbers: &[Number]| numbers.iter().map(|number| number.class()).collect();
        Shape {
            params: classes(&self.params),
            results: classes(&self.results),
        }
    }
}
