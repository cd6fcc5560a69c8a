//! The instructions that most code consists of, encoded by hand: `cranelift-assembler-x64` writes each byte of an instruction for
//! itself, after a decision of its own. Here an instruction is put together in a register and written at once. The bytes are the
//! same, which tests compare.

use super::forms::{Form, REX};
use super::kinds::Width;
use super::{Assembler, Memory, Rm};
use cranelift_assembler_x64::{Amode, AsReg, CodeSink, GprMem, Scale};

/// Whether a number is that of a register whose lowest byte is only named behind a prefix.
#[inline]
fn is_special(number: u8) -> bool {
    number & 0x0c == 4
}

/// An operand, as an instruction names it.
#[derive(Clone, Copy)]
struct Named {
    /// The bytes behind the opcode, the first lowest.
    bytes: u32,
    /// How many these are, in bits.
    len: u32,
    /// The upper bits of registers, as the prefix has them.
    upper: u8,
}

impl Named {
    /// What lies at the address in a register.
    #[inline]
    fn at(base: u8) -> Named {
        // `rsp` and `r12` cannot be named without a second byte. This one says that there is no index.
        let (bytes, len) = if base & 7 == 4 {
            (0x2404, 16)
        } else {
            (u32::from(base & 7), 8)
        };
        let upper = base >> 3;
        Named { bytes, len, upper }
    }

    /// What lies at the sum of the address in a register and an index.
    #[inline]
    fn indexed(base: u8, index: u8, scale: Scale) -> Named {
        let second = (scale as u8) << 6 | (index & 7) << 3 | base & 7;
        Named {
            bytes: 4 | u32::from(second) << 8,
            len: 16,
            upper: (index >> 3) << 1 | base >> 3,
        }
    }

    /// The same at a distance. It is here if it is short; a long one follows these bytes.
    #[inline]
    fn beyond(self, base: u8, distance: i32) -> (Named, bool) {
        let is_long = i32::from(distance as i8) != distance;
        // `rbp` and `r13` cannot be named without a distance.
        let is_near = distance == 0 && base & 7 != 5;
        let short = u32::from(distance as u8) << self.len;
        let (bytes, len) = match (is_long, is_near) {
            (true, _) => (0x80, self.len),
            (false, true) => (0, self.len),
            (false, false) => (0x40 | short, self.len + 8),
        };
        let bytes = self.bytes | bytes;
        (Named { bytes, len, ..self }, is_long)
    }
}

impl Assembler {
    /// Emits an instruction up to the bytes that name its operand. `is_special` says whether registers of 8 bits need a prefix.
    #[inline]
    fn put_form(&mut self, form: Form, register: u8, operand: Named, is_special: bool) {
        let named = operand.bytes | u32::from(register & 7) << 3;
        let mut bytes = u64::from(named) << form.opcode_len | u64::from(form.opcode);
        let mut len = operand.len + form.opcode_len;
        let rex = form.rex | (register >> 3) << 2 | operand.upper;
        if rex != REX || is_special && form.byte {
            bytes = bytes << 8 | u64::from(rex);
            len += 8;
        }
        if form.prefix != 0 {
            bytes = bytes << 8 | u64::from(form.prefix);
            len += 8;
        }
        self.code.put_some(bytes.to_le_bytes(), len as usize / 8);
    }

    /// Emits an instruction on two registers, by their numbers. The first may be a part of the opcode.
    #[inline]
    pub fn with_registers(&mut self, form: Form, register: u8, other: u8) {
        let operand = Named {
            bytes: u32::from(0xc0 | other & 7),
            len: 8,
            upper: other >> 3,
        };
        self.put_form(form, register, operand, is_special(register) || is_special(other));
    }

    /// Emits an instruction on a register, by its number, and a place in memory. The register may be a part of the opcode. `behind`
    /// is how many bytes of the instruction follow.
    pub fn with_memory(&mut self, form: Form, register: u8, place: Memory, behind: u8) {
        let (base, named, distance, trap) = match place {
            Amode::ImmReg { base, simm32, trap } => {
                debug_assert!(simm32.offset.is_none(), "all offsets of operands are numbers");
                let base = base.enc();
                (base, Named::at(base), simm32.simm32.value(), trap)
            }
            Amode::ImmRegRegShift {
                base,
                index,
                scale,
                simm32,
                trap,
            } => {
                let base = base.enc();
                let named = Named::indexed(base, index.enc(), scale);
                (base, named, simm32.value(), trap)
            }
            Amode::RipRelative { target } => {
                let (bytes, len, upper) = (5, 8, 0);
                self.put_form(form, register, Named { bytes, len, upper }, is_special(register));
                self.use_target(target);
                // Distances are from the instruction's end.
                return self.code.put((-i32::from(behind)).to_le_bytes());
            }
        };
        if let Some(trap) = trap {
            self.add_trap(trap);
        }
        let (operand, is_long) = named.beyond(base, distance);
        self.put_form(form, register, operand, is_special(register));
        if is_long {
            self.code.put(distance.to_le_bytes());
        }
    }

    /// Emits an instruction on a register, by its number, and another operand. The register may be a part of the opcode.
    #[inline]
    pub fn with_operand(&mut self, form: Form, register: u8, other: Rm) {
        self.with_operand_and(form, register, other, []);
    }

    /// The same for an instruction that ends with a number.
    #[inline]
    pub fn with_operand_and<const BEHIND: usize>(
        &mut self,
        form: Form,
        register: u8,
        other: Rm,
        number: [u8; BEHIND],
    ) {
        match other {
            GprMem::Gpr(other) => self.with_registers(form, register, other.enc()),
            GprMem::Mem(place) => self.with_memory(form, register, place, BEHIND as u8),
        }
        self.code.put(number);
    }

    /// Emits a move of a number to a register. Of 64 bits there are 8 bytes, else 4.
    #[inline]
    pub fn set_register<const LEN: usize>(&mut self, width: Width, register: u8, number: [u8; LEN]) {
        let form = Form::long(0xb8 | register & 7).of(width);
        let operand = Named {
            bytes: 0,
            len: 0,
            upper: register >> 3,
        };
        self.put_form(form, 0, operand, false);
        self.code.put(number);
    }
}

#[cfg(test)]
mod tests;
