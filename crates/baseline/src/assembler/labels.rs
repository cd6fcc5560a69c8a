//! Labels and jumps.

use super::buffer::Buffer;

/// A place in the code that jumps lead to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label(u32);

macro_rules! conditions {
    ($($name:ident $suffix:literal,)*) => {
        /// A condition of the flags. Its number is that in instructions.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Condition {
            $(#[doc = concat!("As in the instruction `j", $suffix, "`.")]
            $name,)*
        }

        impl Condition {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Condition] = &[$(Condition::$name),*];
        }
    };
}
conditions! {
    Overflow "o",
    NoOverflow "no",
    Below "b",
    AboveOrEqual "ae",
    Equal "e",
    NotEqual "ne",
    BelowOrEqual "be",
    Above "a",
    Negative "s",
    NotNegative "ns",
    Parity "p",
    NoParity "np",
    Less "l",
    GreaterOrEqual "ge",
    LessOrEqual "le",
    Greater "g",
}

impl Condition {
    /// The condition that holds where this one does not.
    pub fn inverted(self) -> Condition {
        Condition::ALL[self as usize ^ 1]
    }
}

/// Where a label is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Nowhere yet. The last jump to it has its displacement there, which holds the place of the one before. [`NONE`] ends the chain.
    Open(u32),
    /// It stands for the instruction at this offset.
    Bound(u32),
}

const NONE: u32 = u32::MAX;

/// The labels of a function.
#[derive(Debug, Default)]
pub struct Labels(Vec<Place>);

impl Labels {
    pub fn add(&mut self) -> Label {
        self.0.push(Place::Open(NONE));
        Label(self.0.len() as u32 - 1)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn bind(&mut self, label: Label, code: &mut Buffer) {
        let target = code.len() as u32;
        let place = std::mem::replace(&mut self.0[label.0 as usize], Place::Bound(target));
        let Place::Open(mut next) = place else {
            panic!("a label stands for one place")
        };
        while next != NONE {
            let field = code.field(next);
            let before = u32::from_le_bytes(*field);
            *field = (target - (next + 4)).to_le_bytes();
            next = before;
        }
    }

    pub fn jump(&mut self, label: Label, code: &mut Buffer) {
        self.emit(label, code, 0xeb, [0xe9]);
    }

    pub fn jump_if(&mut self, condition: Condition, label: Label, code: &mut Buffer) {
        let number = condition as u8;
        self.emit(label, code, 0x70 | number, [0x0f, 0x80 | number]);
    }

    /// A jump with its opcode in the short and in the long form.
    fn emit<const LEN: usize>(&mut self, label: Label, code: &mut Buffer, short: u8, long: [u8; LEN]) {
        if let Place::Bound(target) = self.0[label.0 as usize] {
            let distance = i64::from(target) - (code.len() + 2) as i64;
            if let Ok(distance) = i8::try_from(distance) {
                return code.put([short, distance as u8]);
            }
        }
        code.put(long);
        self.distance(label, code);
    }

    /// Emits four bytes that hold the distance from their end to a label.
    pub fn distance(&mut self, label: Label, code: &mut Buffer) {
        let field = code.len() as u32;
        match &mut self.0[label.0 as usize] {
            Place::Bound(target) => {
                let distance = i64::from(*target) - i64::from(field + 4);
                code.put((distance as i32).to_le_bytes());
            }
            Place::Open(last) => {
                code.put(last.to_le_bytes());
                *last = field;
            }
        }
    }

    /// Where a label is, if it is bound.
    pub fn place(&self, label: Label) -> Option<u32> {
        match self.0[label.0 as usize] {
            Place::Bound(offset) => Some(offset),
            Place::Open(_) => None,
        }
    }

    /// Whether no jump leads nowhere.
    pub fn are_bound(&self) -> bool {
        let leads_nowhere = |place: &Place| matches!(place, Place::Open(last) if *last != NONE);
        !self.0.iter().any(leads_nowhere)
    }
}
