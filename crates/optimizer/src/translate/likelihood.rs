//! What is known of how likely branches are taken: the module's hints.
//!
//! An arm that is unlikely is a cold block, which the code generator puts behind all others. So is the end of a block
//! that only unlikely branches lead to. A branch of an unlikely `br_if` to anything else gets a cold block of its
//! own on the way, where its values are moved.

use super::state::Translator;
use cranelift_codegen::ir::{Block, InstBuilder, Value};

impl Translator<'_> {
    /// Whether the present instruction is likely to branch, if that is known.
    pub fn likely_taken(&self) -> Option<bool> {
        if self.env.hints.hints.is_empty() {
            return None;
        }
        self.env.hints.at(self.inlining.offset as usize)
    }

    /// Puts that one of the present instruction's two ways out of the way which is unlikely.
    pub fn place_arms(&mut self, taken: Block, not_taken: Block) {
        match self.likely_taken() {
            Some(true) => self.builder.set_cold_block(not_taken),
            Some(false) => self.builder.set_cold_block(taken),
            None => {}
        }
    }

    /// Branches when `condition` is not zero, which is unlikely, else goes to `next`.
    pub fn branch_if_unlikely(&mut self, condition: Value, depth: u32, next: Block) {
        let way = self.builder.create_block();
        self.builder.set_cold_block(way);
        self.builder.ins().brif(condition, way, &[], next, &[]);
        self.builder.seal_block(way);
        self.builder.seal_block(next);
        self.builder.switch_to_block(way);
        self.branch(depth);
        self.reachable = true;
    }
}
