//! The contents of an entry, which need not lie in one piece: what is written is not copied before.

/// Bytes in one piece or several, one after the other.
pub trait Pieces {
    /// The pieces in their order.
    fn pieces(&self) -> impl Iterator<Item = &[u8]>;

    /// The number of bytes.
    fn size(&self) -> u64 {
        self.pieces().map(|piece| piece.len() as u64).sum()
    }
}

impl Pieces for [u8] {
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self)
    }
}

impl Pieces for Vec<u8> {
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&**self)
    }
}
