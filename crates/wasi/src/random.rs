//! Random numbers: the host's, or what the host gives the program for them.

use crate::errno::Result;
use crate::guest::{Host, Range};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rustix::rand::{GetRandomFlags, getrandom};

/// Where random bytes come from.
#[derive(Default)]
pub(crate) enum Random {
    #[default]
    Host,
    Other(Box<Fill>),
}

/// Fills a buffer.
type Fill = dyn FnMut(&mut [u8]) + Send;

impl Random {
    /// Bytes that look random, and are the same for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        Random::Other(Box::new(move |bytes| generator.fill_bytes(bytes)))
    }

    fn fill(&mut self, mut bytes: &mut [u8]) -> Result<()> {
        if let Random::Other(fill) = self {
            fill(bytes);
            return Ok(());
        }
        while !bytes.is_empty() {
            match getrandom(&mut *bytes, GetRandomFlags::empty()) {
                Ok(count) => bytes = &mut bytes[count..],
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// `random_get`
pub(crate) fn get(host: &mut Host<'_>, buffer: Range) -> Result<()> {
    host.ctx.random.fill(host.guest.slice_mut(buffer)?)
}
