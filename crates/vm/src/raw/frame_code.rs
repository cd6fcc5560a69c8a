//! The code objects that frames belong to.

use smallvec::SmallVec;
use std::ops::{Index, Range};
use std::sync::Arc;
use transom_codespace::CodeObject;

/// The code objects that were found for frames of a stack. Looking one up in the map of the process takes longer than all else
/// that is done for a frame. A module that was compiled as a whole is one object; otherwise each function is one.
#[derive(Default)]
pub struct FrameCode {
    objects: SmallVec<[Arc<CodeObject>; 2]>,
    /// Their addresses, in order, and their positions in `objects`.
    ranges: SmallVec<[(Range<usize>, usize); 2]>,
}

impl FrameCode {
    /// Finds the object of a frame to which a call returns at `pc`, and tells where it is here.
    pub fn of_frame(&mut self, pc: usize) -> Option<usize> {
        // What follows the call may belong to another object, or to none.
        let call = pc - 1;
        let place = self.ranges.partition_point(|(range, _)| range.start <= call);
        if let Some((range, index)) = place.checked_sub(1).map(|before| &self.ranges[before])
            && range.contains(&call)
        {
            return Some(*index);
        }
        let object = transom_codespace::lookup(call)?;
        let index = self.objects.len();
        self.ranges.insert(place, (object.addresses(), index));
        self.objects.push(object);
        Some(index)
    }
}

impl Index<usize> for FrameCode {
    type Output = CodeObject;

    fn index(&self, index: usize) -> &CodeObject {
        &self.objects[index]
    }
}

#[cfg(test)]
mod tests;
