//! Streams in memory, for the input and output of a program.

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// An input that reads from a buffer.
#[derive(Debug, Clone)]
pub struct MemoryInputPipe(Cursor<Vec<u8>>);

impl MemoryInputPipe {
    /// An input of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        MemoryInputPipe(Cursor::new(bytes.into()))
    }
}

impl Read for MemoryInputPipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// An output that keeps what is written, up to a capacity; clones share it.
#[derive(Debug, Clone)]
pub struct MemoryOutputPipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    capacity: usize,
}

impl MemoryOutputPipe {
    /// An output of at most `capacity` bytes. Writing more returns a no-space error.
    pub fn new(capacity: usize) -> Self {
        MemoryOutputPipe {
            bytes: Arc::default(),
            capacity,
        }
    }

    /// The bytes written so far.
    pub fn contents(&self) -> Vec<u8> {
        // A writer that panicked left whole bytes behind, if any.
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for MemoryOutputPipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = bytes.len().min(self.capacity - written.len());
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        written.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
