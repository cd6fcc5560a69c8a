//! The most used locals of all functions of a module, encoded: there are tens of thousands of functions, and who compiles one reads its own.

use super::facts::HotLocal;
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// For each function, its locals one after the other. Each is two numbers in LEB128: the index and the weight.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct HotLocals(#[serde(with = "serde_bytes")] Vec<u8>);

impl HotLocals {
    /// Adds those of a function, and gives their place.
    pub fn push(&mut self, locals: &[HotLocal]) -> Range<u32> {
        let start = self.0.len();
        for hot in locals {
            self.number(hot.local);
            self.number(hot.weight);
        }
        // At most 160 bytes for each of a million functions.
        start as u32..self.0.len() as u32
    }

    fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Whether it has so many bytes.
    pub fn has(&self, end: u32) -> bool {
        end as usize <= self.0.len()
    }

    /// Those of a function, at their place.
    pub fn at(&self, place: &Range<u32>) -> impl Iterator<Item = HotLocal> {
        let mut rest = &self.0[place.start as usize..place.end as usize];
        std::iter::from_fn(move || {
            let (local, weight) = (next(&mut rest)?, next(&mut rest)?);
            Some(HotLocal { local, weight })
        })
    }
}

/// The next number.
fn next(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let (&byte, left) = rest.split_first()?;
        *rest = left;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_found_again() {
        let mut all = HotLocals::default();
        let numbers = [
            0,
            1,
            127,
            128,
            129,
            16_383,
            16_384,
            50_000,
            u32::MAX - 1,
            u32::MAX,
        ];
        let locals: Vec<_> = numbers
            .iter()
            .flat_map(|&local| numbers.map(|weight| HotLocal { local, weight }))
            .collect();
        let places: Vec<_> = locals.chunks(7).map(|some| all.push(some)).collect();
        let none = all.push(&[]);
        assert_eq!(all.at(&none).count(), 0);
        for (some, place) in locals.chunks(7).zip(&places) {
            assert!(all.has(place.end));
            assert!(all.at(place).eq(some.iter().copied()));
        }
        assert!(!all.has(none.end + 1));
    }
}
