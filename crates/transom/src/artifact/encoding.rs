//! Values as bytes that are appended to others.

use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// Appends a value.
pub fn encode_to(bytes: &mut Vec<u8>, value: &impl Serialize) -> postcard::Result<()> {
    postcard::serialize_with_flavor(value, Appending(bytes))
}

/// `postcard` appends to a vector of its own, or byte by byte to something else; this appends to the end of a vector that is kept.
struct Appending<'a>(&'a mut Vec<u8>);

impl Flavor for Appending<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // Most are numbers, and calling a function that copies takes longer than copying them.
        match bytes.len() {
            0..8 => bytes.iter().for_each(|&byte| self.0.push(byte)),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
