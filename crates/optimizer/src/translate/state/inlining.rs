//! Whose body is being read, and how much has been inlined.

use super::hints::Hints;
use super::local::Local;
use transom_code::decide::work::Work;
use transom_code::{CompileError, Inlined};
use transom_module::DefinedFuncIdx;

/// A function whose body is being read.
pub struct Reading<'a> {
    /// The function.
    pub function: DefinedFuncIdx,
    /// The position of its frame among the control frames.
    pub base: usize,
    /// Its caller's locals and hints, if it is inlined.
    pub caller: Option<(Vec<Local>, Hints<'a>)>,
    /// Where the call is that it was inlined for.
    pub call: u32,
}

/// What has been inlined so far.
#[derive(Default)]
pub struct Inlining<'a> {
    /// The functions whose bodies are being read, the innermost last.
    pub reading: Vec<Reading<'a>>,
    /// The present instruction's offset in the module's bytes.
    pub offset: u32,
    /// What was passed and written beside the operands of instructions.
    pub work: Work,
    /// The sum, over all blocks, of the operands that there were when they began.
    pub alive: usize,
    /// The most locals and operands that there were at an instruction.
    pub most_values: usize,
    /// Instructions that may still be inlined.
    pub budget: u32,
    /// What has been made.
    pub made: Inlined,
    /// Why an inlined body can't be translated.
    pub failed: Option<CompileError>,
}
