//! What is described: machine code as it lies in memory, and the tables that lead from it to the module.

use transom_code::{DebugFrame, Location};
use transom_module::{DefinedFuncIdx, Module};

/// Machine code in memory, without gaps that matter.
pub struct Image<'a> {
    /// Where it begins.
    pub address: u64,
    /// Its bytes.
    pub size: u64,
    /// The module that its functions are of, if they are of one.
    pub module: Option<&'a Module>,
    /// Its functions, in the order of their addresses.
    pub functions: Vec<Code<'a>>,
}

/// The code of a function.
pub struct Code<'a> {
    /// What its symbol is called.
    pub name: String,
    /// Where it begins, from the beginning of all code.
    pub start: u32,
    /// Where it ends, likewise.
    pub end: u32,
    /// Which function of the module it is, if it is one.
    pub function: Option<DefinedFuncIdx>,
    /// Which instructions its code belongs to, in order, with offsets from its beginning. Offsets in the module are all real ones:
    /// those of inlined functions are in those functions.
    pub locations: Vec<Location>,
    /// Its frame, if it has one.
    pub frame: Option<&'a DebugFrame>,
}

impl Code<'_> {
    /// Its bytes.
    pub(crate) fn len(&self) -> u32 {
        self.end - self.start
    }
}

impl Image<'_> {
    /// The address of a function.
    pub(crate) fn address(&self, code: &Code<'_>) -> u64 {
        self.address + u64::from(code.start)
    }
}
