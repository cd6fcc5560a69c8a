//! What is known of a function that is active at an instruction.
//!
//! Each part may be missing, whatever the others are.

/// A function that an instruction belongs to according to the module's debug information: the one that it was written
/// in, or one that it was inlined into.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FrameSymbol {
    pub(crate) name: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

impl FrameSymbol {
    /// The function's name, as the linker knows it if it is known: see [`Demangled`](crate::Demangled).
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The source file.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line in the file, from 1.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The column in the line, from 1.
    pub fn column(&self) -> Option<u32> {
        self.column
    }
}
