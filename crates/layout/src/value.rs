//! Values between the host and compiled code.
//!
//! Each takes the same number of bytes in an array, whatever its type.

/// A value on its way between the host and compiled code: its bytes first, the rest of no meaning.
#[repr(C, align(16))]
#[derive(Clone, Copy, Default)]
pub struct VmValue {
    /// The bytes of the value, little-endian.
    pub bytes: [u8; 16],
}

impl core::fmt::Debug for VmValue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:#x}", u128::from_le_bytes(self.bytes))
    }
}

/// Bytes between the elements of an array of [`VmValue`].
pub const VALUE_SIZE: i32 = size_of::<VmValue>() as i32;
