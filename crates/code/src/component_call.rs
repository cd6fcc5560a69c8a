//! Calls from one component to another that pass numbers, and rows of values that refer to nothing: strings and lists.
//!
//! Such a call needs no table of handles, so an adapter of a few instructions does it: it looks whether both instances may take part, makes each
//! number one of its type, lets the callee allocate for each row, has the row passed, and calls. What it cannot do, it leaves to the function that it
//! stands for, with the arguments as they came. What was done until then is noted, so that nothing is allocated or called twice.

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

/// What a result is passed as.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Returned {
    /// As at most one number, which is not partial.
    Numbers(Box<[Number]>),
    /// As a row: the callee returns where its address and its length are, and the caller says where to write these.
    Row {
        /// The row.
        row: Row,
        /// Whether the callee has a function that is called with what it has returned, once that was passed.
        has_post_return: bool,
    },
}

/// A call from one component to another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ComponentCall {
    /// The parameters.
    pub params: Box<[Passed]>,
    /// The result.
    pub result: Returned,
    /// Whether the callee may have trapped before, while the caller has not.
    pub crosses: bool,
}

impl ComponentCall {
    /// How many rows are passed to the callee.
    pub fn rows_there(&self) -> usize {
        let is_row = |param: &&Passed| matches!(param, Passed::Row(_));
        self.params.iter().filter(is_row).count()
    }

    /// How many rows are passed back.
    pub fn rows_back(&self) -> usize {
        usize::from(matches!(self.result, Returned::Row { .. }))
    }

    /// The shape of the caller's function.
    pub fn caller_shape(&self) -> Shape {
        let (mut params, mut results) = (self.params(), Box::default());
        match &self.result {
            Returned::Numbers(numbers) => results = classes(numbers),
            // Where to write them.
            Returned::Row { .. } => params.push(MachineClass::I32),
        }
        Shape {
            params: params.into(),
            results,
        }
    }

    /// The shape of the callee's function.
    pub fn callee_shape(&self) -> Shape {
        Shape {
            params: self.params().into(),
            results: match &self.result {
                Returned::Numbers(numbers) => classes(numbers),
                Returned::Row { .. } => [MachineClass::I32].into(),
            },
        }
    }

    fn params(&self) -> Vec<MachineClass> {
        let classes = self.params.iter().flat_map(|param| match param {
            Passed::Number(number) => vec![number.class()],
            Passed::Row(_) => vec![MachineClass::I32; 2],
        });
        classes.collect()
    }

    /// The shape of a function that allocates.
    pub fn realloc() -> Shape {
        Shape {
            params: [MachineClass::I32; 4].into(),
            results: [MachineClass::I32].into(),
        }
    }

    /// The shape of a function that is called with where a result was.
    pub fn post_return() -> Shape {
        Shape {
            params: [MachineClass::I32].into(),
            results: Box::default(),
        }
    }
}

fn classes(numbers: &[Number]) -> Box<[MachineClass]> {
    numbers.iter().map(|number| number.class()).collect()
}
