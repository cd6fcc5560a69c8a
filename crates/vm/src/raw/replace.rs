//! Taking a frame of baseline code from the stack: its values, and what its caller expects back.

use transom_code::{FrameLayout, LocalPlace};
use transom_layout::VmContextHeader;

/// The registers of baseline code that has called the runtime.
#[repr(C)]
pub struct Registers {
    xmms: [[u8; 16]; 16],
    _padding: u64,
    /// By their numbers in instructions. That of the stack pointer means nothing.
    gprs: [u64; 16],
}

/// A value in 16 bytes; what is beyond its size is undefined.
pub type WideValue = [u8; 16];

/// Numbers of registers.
const RSI: usize = 6;
const RBP: usize = 5;
const RDI: usize = 7;
const R14: usize = 14;

impl Registers {
    /// The frame pointer.
    pub fn frame_pointer(&self) -> usize {
        self.gprs[RBP] as usize
    }

    /// The context of the function: where it is passed, at the entry, or, behind the entry, where baseline code keeps it.
    pub fn context(&self, behind_entry: bool) -> *const VmContextHeader {
        let number = if behind_entry { R14 } else { RDI };
        self.gprs[number] as usize as *const VmContextHeader
    }
}

/// Copies the values of a frame, locals and then operands, and puts into the registers what the function was called with: the registers
/// of its caller, its context, and the address of its results.
///
/// # Safety
///
/// The registers are those of a function that waits at a loop with so many operands, and whose frame has this layout.
pub unsafe fn leave_frame(registers: &mut Registers, layout: &FrameLayout, operands: u32) -> Vec<WideValue> {
    let frame = registers.frame_pointer();
    let mut values = Vec::new();
    // SAFETY: by the contract the frame has a value at each distance of the layout, in 8 bytes or in 16. No reference to it exists:
    // compiled code waits, and Rust refers to no frame of it. The thread is the one that owns the stack.
    unsafe {
        for place in &layout.locals {
            match *place {
                LocalPlace::Slots(run) => {
                    values.extend(run.distances().map(|distance| widened(word(frame, distance))));
                }
                LocalPlace::WideSlots(run) => {
                    values.extend(run.distances().map(|distance| wide(frame, distance)));
                }
                LocalPlace::Gpr(number) => values.push(widened(registers.gprs[usize::from(number)])),
                LocalPlace::Xmm(number) => values.push(registers.xmms[usize::from(number)]),
            }
        }
        values.extend((0..operands).map(|height| {
            let distance = layout.first_operand + height * layout.slot;
            match layout.slot {
                16 => wide(frame, distance),
                _ => widened(word(frame, distance)),
            }
        }));
        registers.gprs[RDI] = registers.gprs[R14];
        if let Some(distance) = layout.result_area {
            registers.gprs[RSI] = word(frame, distance);
        }
        for &(number, distance) in &layout.saved {
            registers.gprs[usize::from(number)] = word(frame, distance);
        }
    }
    values
}

fn widened(bits: u64) -> WideValue {
    u128::from(bits).to_le_bytes()
}

/// The 8 bytes at a distance below an address.
///
/// # Safety
///
/// They can be read, and nobody writes them meanwhile.
unsafe fn word(frame: usize, distance: u32) -> u64 {
    // SAFETY: by the contract. Slots are aligned to 8 bytes.
    unsafe { ((frame - distance as usize) as *const u64).read() }
}

/// The 16 bytes at a distance below an address.
///
/// # Safety
///
/// As [`word`].
unsafe fn wide(frame: usize, distance: u32) -> WideValue {
    // SAFETY: by the contract. An array of bytes needs no alignment.
    unsafe { ((frame - distance as usize) as *const WideValue).read() }
}

#[cfg(test)]
mod tests;
