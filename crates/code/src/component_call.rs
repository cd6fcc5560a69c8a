//! Calls from one component to another that pass numbers, and rows of values that refer to nothing: strings and lists.
//!
//! Such a call needs no table of handles, so an adapter of a few instructions does it: it looks whether both instances may take part, makes each
//! number one of its type, lets the callee allocate for each row, has the row passed, and calls. What it cannot do, it leaves to the function that it
//! stands for, with the arguments as they came. What the callee has allocated until then is noted, so that it need not do so again.

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

/// A row of values that refer to nothing, which is passed as an address and a number of values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// The bytes of each value.
    pub size: u32,
    /// The alignment of its address, and of the one that is allocated.
    pub align: u32,
}

/// A longer row, in bytes, is left to the host, which looks now and then whether the program is to stop.
pub const MAX_ROW_BYTES: u32 = 1 << 20;

/// What an argument is passed as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Passed {
    /// A number.
    Number(Number),
    /// An address and a number of values.
    Row(Row),
}

/// A call from one component to another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ComponentCall {
    /// The parameters.
    pub params: Box<[Passed]>,
    /// The number of the result, if there is one. It is not partial.
    pub results: Box<[Number]>,
    /// Whether the callee may have trapped before, while the caller has not.
    pub crosses: bool,
}

impl ComponentCall {
    /// The rows among the parameters.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.params.iter().filter_map(|param| match *param {
            Passed::Number(_) => None,
            Passed::Row(row) => Some(row),
        })
    }

    /// The shape of the caller's and of the callee's function.
    pub fn shape(&self) -> Shape {
        let params = self.params.iter().flat_map(|param| match param {
            Passed::Number(number) => vec![number.class()],
            Passed::Row(_) => vec![MachineClass::I32; 2],
        });
        Shape {
            params: params.collect(),
            results: self.results.iter().map(|number| number.class()).collect(),
        }
    }

    /// The shape of the function that allocates.
    pub fn allocator() -> Shape {
        Shape {
            params: [MachineClass::I32; 4].into(),
            results: [MachineClass::I32].into(),
        }
    }
}
