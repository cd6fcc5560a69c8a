//! The bytes of a function, in memory that is longer than they are: what is written is a whole chunk, and only its first bytes
//! count. So an instruction of any length takes one check and one store.

/// The bytes of a function.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Whatever lies behind the code is overwritten.
    bytes: Vec<u8>,
    len: usize,
}

/// The least room that is made.
const MIN_ROOM: usize = 4096;

impl Buffer {
    pub fn len(&self) -> usize {
        self.len
    }

    /// The bytes that there is memory for.
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Begins with nothing, in the same memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    pub fn code(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends the first `len` bytes of a chunk.
    #[inline]
    pub fn put_some<const CHUNK: usize>(&mut self, chunk: [u8; CHUNK], len: usize) {
        debug_assert!(len <= CHUNK);
        loop {
            let room = self.bytes.get_mut(self.len..);
            if let Some(place) = room.and_then(<[u8]>::first_chunk_mut) {
                *place = chunk;
                self.len += len;
                return;
            }
            self.grow();
        }
    }

    /// Appends bytes whose number is known.
    #[inline]
    pub fn put<const LEN: usize>(&mut self, bytes: [u8; LEN]) {
        self.put_some(bytes, LEN);
    }

    /// Appends bytes.
    pub fn extend(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.put([byte]);
        }
    }

    /// Appends `filler` up to the next multiple of an alignment.
    pub fn align(&mut self, alignment: usize, filler: u8) {
        while !self.len.is_multiple_of(alignment) {
            self.put([filler]);
        }
    }

    /// Four bytes that are there.
    #[inline]
    pub fn field(&mut self, place: u32) -> &mut [u8; 4] {
        let field = self.bytes[..self.len][place as usize..].first_chunk_mut();
        field.expect("a field is written before it is completed")
    }

    /// Makes more room. What it costs is in proportion to the code.
    #[cold]
    fn grow(&mut self) {
        self.bytes.resize((2 * self.bytes.len()).max(MIN_ROOM), 0);
    }
}
