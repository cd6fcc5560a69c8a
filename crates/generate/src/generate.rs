//! Generates valid modules for comparing engines.
//!
//! A module is a function of its seed alone, on every machine. It imports nothing, exports what it has, and ends: each call and each
//! turn of a loop uses up a global. What it computes is the same in every engine: NaNs are canonical where they are seen,
//! and memories and tables are so small that growing them never fails for want of room.
//!
//! Most flavours are `wasm-smith` under one configuration or another. It declares few supertypes and hardly ever calls or casts
//! across them, and hardly ever has two operands for an instruction, so two flavours have generators of their own: `subtyping` and
//! `arithmetic`.

mod arithmetic;
mod smith;
mod subtyping;
#[cfg(test)]
mod tests;

use crate::random::Random;

/// A module that was made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Which of [`FLAVOURS`] it is.
    pub flavour: &'static str,
    /// Its binary form.
    pub binary: Vec<u8>,
}

/// A kind of modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flavour {
    /// Its name.
    pub name: &'static str,
    /// The contents of its modules, in one line.
    pub description: &'static str,
    make: Make,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Make {
    Smith(smith::Flavour),
    Subtyping,
    Arithmetic,
}

const fn flavour(name: &'static str, make: Make, description: &'static str) -> Flavour {
    Flavour {
        name,
        description,
        make,
    }
}

/// All flavours; a seed's is at the seed's remainder by their number.
pub const FLAVOURS: [Flavour; 9] = [
    flavour(
        "numeric",
        Make::Smith(smith::Flavour::Numeric),
        "WebAssembly 1.0: numbers, control flow, one memory, one table",
    ),
    flavour(
        "bulk",
        Make::Smith(smith::Flavour::Bulk),
        "several reference tables, segments, bulk operations",
    ),
    flavour(
        "simd",
        Make::Smith(smith::Flavour::Simd),
        "128-bit vectors, without relaxed instructions",
    ),
    flavour(
        "gc",
        Make::Smith(smith::Flavour::Gc),
        "structures, arrays, typed references",
    ),
    flavour(
        "subtyping",
        Make::Subtyping,
        "rec groups with declared supertypes; tests, casts, calls and accesses with these types",
    ),
    flavour(
        "exceptions",
        Make::Smith(smith::Flavour::Exceptions),
        "tags, throwing and catching, exception references",
    ),
    flavour(
        "tail-calls",
        Make::Smith(smith::Flavour::TailCalls),
        "tail calls: direct, through tables, through references",
    ),
    flavour(
        "memories",
        Make::Smith(smith::Flavour::Memories),
        "several memories and tables, some with 64-bit indices",
    ),
    flavour(
        "arithmetic",
        Make::Arithmetic,
        "expressions of all numeric and vector instructions, with boundary values",
    ),
];

/// The module of a seed.
pub fn generate(seed: u64) -> Generated {
    let flavour = &FLAVOURS[(seed % FLAVOURS.len() as u64) as usize];
    let mut random = Random::new(seed);
    let binary = match flavour.make {
        Make::Smith(flavour) => smith::generate(flavour, &mut random),
        Make::Subtyping => subtyping::generate(random),
        Make::Arithmetic => arithmetic::generate(random),
    };
    Generated {
        flavour: flavour.name,
        binary,
    }
}
