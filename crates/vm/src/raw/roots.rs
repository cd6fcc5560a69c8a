//! The places outside the heap that hold references to its objects: frames of compiled code, and what the store
//! owns.

use super::frame_code::FrameCode;
use super::frames::{Stretch, outer_stretches};
use super::place::Place;
use super::store_core::StoreCore;
use transom_codespace::LiveSlots;
use transom_layout::{VmGlobal, VmTable};

/// The slots of all compiled frames that hold references to objects.
#[derive(Debug, Default)]
pub struct FrameSlots(Vec<*mut u32>);

// SAFETY: the addresses are used only while they are filled and right afterwards, by the thread whose stack they are on.
unsafe impl Send for FrameSlots {}
// SAFETY: as above.
unsafe impl Sync for FrameSlots {}

/// Calls whose stack maps were looked up already. Deep stacks are mostly recursion.
struct Known {
    calls: [KnownCall; Known::LEN],
    code: FrameCode,
}

/// The slots of the frame to which a call returns at `pc`, which the code object at position `object` describes.
#[derive(Clone, Copy, Default)]
struct KnownCall {
    pc: usize,
    object: Option<usize>,
    slots: LiveSlots,
}

impl Known {
    const LEN: usize = 64;

    fn new() -> Known {
        Known {
            calls: [KnownCall::default(); Known::LEN],
            code: FrameCode::default(),
        }
    }

    /// The distances of the slots of a frame to which a call returns at `pc`.
    fn distances(&mut self, pc: usize) -> impl Iterator<Item = u32> + '_ {
        let entry = (pc ^ pc >> 6) % Known::LEN;
        if self.calls[entry].pc != pc {
            let object = self.code.of_frame(pc);
            let slots = object.map_or(LiveSlots::default(), |index| self.code[index].live_slots(pc));
            self.calls[entry] = KnownCall { pc, object, slots };
        }
        let KnownCall { object, slots, .. } = self.calls[entry];
        let distances = object.map(|index| self.code[index].distances(slots));
        distances.into_iter().flatten()
    }
}

impl FrameSlots {
    /// Finds the slots of all frames that are on the stack.
    ///
    /// # Safety
    ///
    /// As [`super::enter::return_addresses`], and compiled code was not left by a poll.
    pub unsafe fn find(&mut self, core: &StoreCore) {
        self.0.clear();
        let mut known = Known::new();
        let slots = &mut self.0;
        let mut add = |stretch: Stretch| {
            // SAFETY: by the contract the frames are on the stack.
            unsafe {
                stretch.visit(|pc, fp| {
                    let distances = known.distances(pc);
                    slots.extend(distances.map(|distance| (fp - distance as usize) as *mut u32));
                    None::<()>
                });
            }
        };
        // SAFETY: by the contract.
        unsafe {
            let context = core.context();
            let (pc, fp, entry_fp) = ((*context).exit_pc, (*context).exit_fp, (*context).entry_fp);
            add(Stretch { pc, fp, entry_fp });
            outer_stretches(context, &mut |pc, fp, entry_fp| {
                add(Stretch { pc, fp, entry_fp });
            });
        }
    }

    /// Visits all of them.
    pub fn visit(&self, visit: &mut dyn FnMut(*mut u32)) {
        for &slot in &self.0 {
            visit(slot);
        }
    }
}

/// The place of a global's value.
pub fn visit_global(global: &Place<VmGlobal>, visit: &mut dyn FnMut(*mut u32)) {
    visit(global.as_ptr().cast());
}

/// The places of the elements of a table.
///
/// # Safety
///
/// They are references to objects.
pub unsafe fn visit_table(table: &Place<VmTable>, visit: &mut dyn FnMut(*mut u32)) {
    let elements = table.get();
    for index in 0..elements.length {
        // SAFETY: inside the table, whose elements are by the contract 4 bytes each.
        visit(unsafe { elements.elements.cast::<u32>().add(index) });
    }
}
