//! How frames are unwound.
//!
//! Each function begins with the two instructions that continue the frame pointer's chain. From then on the caller's frame follows from
//! the frame pointer alone, up to the last instructions, where the frame is gone.

use crate::image::Image;
use gimli::write::{
    Address, CallFrameInstruction as Cfi, CommonInformationEntry, FrameDescriptionEntry, FrameTable,
};
use gimli::{Encoding, Format, Register, X86_64};
use transom_code::DebugFrame;

/// Behind `push rbp`.
const PUSHED: u32 = 1;
/// Behind `mov rbp, rsp`.
const CHAINED: u32 = 4;
/// The registers that a function leaves as they are, or saves.
const KEPT: [u8; 5] = [3, 12, 13, 14, 15];

/// The table of all functions.
pub fn table(image: &Image<'_>) -> FrameTable {
    let mut table = FrameTable::default();
    // The version is that of this section.
    let encoding = Encoding {
        format: Format::Dwarf32,
        version: 4,
        address_size: 8,
    };
    let mut common = CommonInformationEntry::new(encoding, 1, -8, X86_64::RA);
    common.add_instruction(Cfi::Cfa(X86_64::RSP, 8));
    common.add_instruction(Cfi::Offset(X86_64::RA, -8));
    let common = table.add_cie(common);
    for code in &image.functions {
        if let Some(frame) = code.frame {
            table.add_fde(common, description(image.address(code), code.len(), frame));
        }
    }
    table
}

fn description(address: u64, len: u32, frame: &DebugFrame) -> FrameDescriptionEntry {
    let mut entry = FrameDescriptionEntry::new(Address::Constant(address), len);
    entry.add_instruction(PUSHED, Cfi::CfaOffset(16));
    entry.add_instruction(PUSHED, Cfi::Offset(X86_64::RBP, -16));
    entry.add_instruction(CHAINED, Cfi::CfaRegister(X86_64::RBP));
    let Some(saved) = &frame.saved else {
        // Values in them are not known, but the frames are.
        for register in KEPT {
            entry.add_instruction(CHAINED, Cfi::Undefined(dwarf_register(register)));
        }
        return entry;
    };
    for &(register, distance) in &saved.registers {
        let below = -16 - distance as i32;
        entry.add_instruction(saved.from, Cfi::Offset(dwarf_register(register), below));
    }
    for gone in &frame.gone {
        entry.add_instruction(gone.start, Cfi::RememberState);
        entry.add_instruction(gone.start, Cfi::Cfa(X86_64::RSP, 8));
        entry.add_instruction(gone.start, Cfi::SameValue(X86_64::RBP));
        for &(register, _) in &saved.registers {
            entry.add_instruction(gone.start, Cfi::SameValue(dwarf_register(register)));
        }
        entry.add_instruction(gone.end, Cfi::RestoreState);
    }
    entry
}

/// A general register by its number in instructions.
pub fn dwarf_register(number: u8) -> Register {
    Register(match number {
        1 => 2,
        2 => 1,
        4 => 7,
        5 => 6,
        6 => 4,
        7 => 5,
        other => u16::from(other),
    })
}
