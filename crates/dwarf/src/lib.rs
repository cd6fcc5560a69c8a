//! Object files for debuggers of the system: what machine code of WebAssembly is, in the terms of the source.
//!
//! [`object_file`] takes the code of functions, as it lies in memory, with the tables that lead from it to the module, and the module's own
//! DWARF, which is about the module's bytes. It makes an ELF file whose DWARF is about the code: its symbols (`elf`), how frames are
//! unwound (`frames`), lines (`lines`), and the entries that describe functions, variables and types (`units`, `entries`, `places`).
//!
//! A program chose the module's DWARF. What can't be read is left out, and what is read is bounded: reading by a budget of steps
//! (see [`transom_module::Budget`]), entries by number and depth. What debuggers make of the rest is theirs to bound: who debugs a
//! program lets the debugger read what the program says of itself.
#![forbid(unsafe_code)]

mod attributes;
mod elf;
mod entries;
mod frames;
mod image;
mod lines;
mod places;
mod source;
mod straight;
mod types;
mod units;

pub use image::{Code, Image};

use gimli::LittleEndian;
use gimli::write::{Dwarf, EndianVec, Sections};

/// An ELF file in memory that describes code. `None` if there would be more of it than the format has room for.
pub fn object_file(image: &Image<'_>) -> Option<Vec<u8>> {
    let mut dwarf = Dwarf::new();
    if let Some(module) = image.module {
        units::add(&mut dwarf, image, module);
    }
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    dwarf.write(&mut sections).ok()?;
    frames::table(image)
        .write_debug_frame(&mut sections.debug_frame)
        .ok()?;
    elf::write(image, &mut sections).ok()
}

#[cfg(test)]
mod tests;
