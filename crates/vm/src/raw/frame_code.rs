//! The code objects that frames belong to.

use smallvec::SmallVec;
use std::ops::Index;
use std::sync::Arc;
use transom_codespace::CodeObject;

/// The code objects that were found for frames of a stack. There are few, since frames mostly belong to one module; looking one up
/// in the map of the process takes longer than all else that is done for a frame.
#[derive(Default)]
pub struct FrameCode(SmallVec<[Arc<CodeObject>; 2]>);

impl FrameCode {
    /// Finds the object of a frame to which a call returns at `pc`, and tells where it is here.
    pub fn of_frame(&mut self, pc: usize) -> Option<usize> {
        // What follows the call may belong to another object, or to none.
        let call = pc - 1;
        if let Some(index) = self.0.iter().position(|object| object.contains(call)) {
            return Some(index);
        }
        self.0.push(transom_codespace::lookup(call)?);
        Some(self.0.len() - 1)
    }
}

impl Index<usize> for FrameCode {
    type Output = CodeObject;

    fn index(&self, index: usize) -> &CodeObject {
        &self.0[index]
    }
}

#[cfg(test)]
mod tests;
