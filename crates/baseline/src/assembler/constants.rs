//! Constants behind the code.

use super::buffer::Buffer;
use cranelift_assembler_x64::Constant;
use std::collections::HashMap;

/// The constants of a function. Equal ones have one place.
#[derive(Debug, Default)]
pub struct Constants {
    indices: HashMap<Box<[u8]>, u32>,
    /// By index.
    bytes: Vec<Box<[u8]>>,
    /// Places in the code that hold what is to be added to the distance to a constant.
    uses: Vec<(u32, u32)>,
}

impl Constants {
    /// A constant of 4, 8 or 16 bytes.
    pub fn add(&mut self, bytes: &[u8]) -> Constant {
        if let Some(&index) = self.indices.get(bytes) {
            return Constant(index);
        }
        let index = self.bytes.len() as u32;
        self.indices.insert(bytes.into(), index);
        self.bytes.push(bytes.into());
        Constant(index)
    }

    /// Begins with none.
    pub fn clear(&mut self) {
        self.indices.clear();
        self.bytes.clear();
        self.uses.clear();
    }

    /// A constant is the operand whose 32-bit displacement is at a place in the code.
    pub fn used(&mut self, constant: Constant, place: u32) {
        self.uses.push((constant.0, place));
    }

    /// Appends the constants that are used, at their alignments, and fills in the distances to them.
    pub fn place(&mut self, code: &mut Buffer) {
        let mut places = vec![None; self.bytes.len()];
        for &(index, place) in &self.uses {
            let at = *places[index as usize].get_or_insert_with(|| {
                let bytes = &self.bytes[index as usize];
                code.align(bytes.len(), 0xcc);
                code.extend(bytes);
                code.len() - bytes.len()
            });
            let field = code.field(place);
            let addend = i32::from_le_bytes(*field);
            // The whole function is smaller than 2 GiB, or nobody runs it.
            let distance = (at as i32).wrapping_sub(place as i32 + 4).wrapping_add(addend);
            *field = distance.to_le_bytes();
        }
    }
}
