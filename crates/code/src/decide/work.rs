//! How much work a function may cause. A few bytes can pass a thousand values each, to blocks, functions and objects, so without a
//! limit a short body would take any amount of time and memory.

/// The most values that a function may pass and write beside the operands of its instructions, whatever its length...
const MIN_WORK: usize = 1_000_000;
/// ... or as many per instruction.
const WORK_FACTOR: usize = 8;

/// What a function has caused so far, in values that are passed to blocks and functions, or written to objects, beside the
/// operands of their own instructions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Work {
    done: usize,
    most: usize,
}

impl Work {
    /// Nothing yet, of a function with so many instructions.
    pub fn begin(num_ops: u32) -> Work {
        Work {
            done: 0,
            most: MIN_WORK.max(num_ops as usize * WORK_FACTOR),
        }
    }

    /// So much is done.
    pub fn add(&mut self, work: usize) {
        self.done = self.done.saturating_add(work);
    }

    /// Whether there is room for so much more.
    pub fn has_room(&self, more: usize) -> bool {
        self.done.saturating_add(more) <= self.most
    }

    /// What to say when there is not.
    pub fn message(&self, more: usize) -> String {
        let (total, most) = (self.done.saturating_add(more), self.most);
        format!(
            "its branches, calls and objects pass {total} or more values; the limit is {most}; try: split the function"
        )
    }
}
