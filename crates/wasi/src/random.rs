//! Random numbers: the host's, or what the host gives the program for them.

use crate::errno::Result;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rustix::rand::{GetRandomFlags, getrandom};

#[cfg(test)]
mod tests;

/// Where random bytes come from.
pub(crate) enum Random {
    Host(Box<Stock>),
    Other(Box<Fill>),
}

/// Fills a buffer.
type Fill = dyn FnMut(&mut [u8]) + Send;

impl Default for Random {
    fn default() -> Self {
        Random::Host(Box::new(Stock {
            bytes: [0; STOCK],
            used: STOCK,
        }))
    }
}

impl Random {
    /// Bytes that look random, and are the same for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        Random::Other(Box::new(move |bytes| generator.fill_bytes(bytes)))
    }

    /// Fills a buffer, whatever its length.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        match self {
            Random::Host(stock) => stock.fill(bytes),
            Random::Other(fill) => {
                fill(bytes);
                Ok(())
            }
        }
    }
}

/// As many bytes as the host's generator gives at once, whatever signals come.
const STOCK: usize = 256;

/// Bytes of the host's generator that nobody has yet: programs ask for few at a time, and each question is a system
/// call. A host that forks with a store in it would have both processes use the same bytes.
pub(crate) struct Stock {
    bytes: [u8; STOCK],
    used: usize,
}

impl Stock {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        if bytes.len() > STOCK {
            return ask(bytes);
        }
        let (first, rest) = bytes.split_at_mut(bytes.len().min(STOCK - self.used));
        self.take(first);
        if !rest.is_empty() {
            ask(&mut self.bytes)?;
            self.used = 0;
            self.take(rest);
        }
        Ok(())
    }

    /// Moves bytes that there are: nobody can find them here afterwards.
    fn take(&mut self, bytes: &mut [u8]) {
        let taken = &mut self.bytes[self.used..][..bytes.len()];
        bytes.copy_from_slice(taken);
        taken.fill(0);
        self.used += bytes.len();
    }
}

/// Fills a buffer from the host's generator.
fn ask(mut bytes: &mut [u8]) -> Result<()> {
    while !bytes.is_empty() {
        match getrandom(&mut *bytes, GetRandomFlags::empty()) {
            Ok(count) => bytes = &mut bytes[count..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
