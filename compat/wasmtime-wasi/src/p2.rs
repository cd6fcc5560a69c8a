//! What preview 2 and the builder of contexts share.

pub use wasmtime_wasi_io::poll::Pollable;
pub use wasmtime_wasi_io::streams::{InputStream, OutputStream, StreamError, StreamResult};

/// Streams in memory.
pub mod pipe {
    use crate::cli::{IsTerminal, StdinStream, StdoutStream};
    use bytes::{Bytes, BytesMut};
    use std::io;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::task::{Context, Poll};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An input of bytes that are there from the beginning. Copies share what was read.
    #[derive(Clone, Debug)]
    pub struct MemoryInputPipe(Arc<Mutex<Bytes>>);

    impl MemoryInputPipe {
        /// An input of these bytes.
        pub fn new(bytes: impl Into<Bytes>) -> MemoryInputPipe {
            MemoryInputPipe(Arc::new(Mutex::new(bytes.into())))
        }
    }

    impl AsyncRead for MemoryInputPipe {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let mut bytes = lock(&self.0);
            let count = bytes.len().min(buffer.remaining());
            buffer.put_slice(&bytes.split_to(count));
            Poll::Ready(Ok(()))
        }
    }

    impl IsTerminal for MemoryInputPipe {
        fn is_terminal(&self) -> bool {
            false
        }
    }

    impl StdinStream for MemoryInputPipe {
        fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
            Box::new(self.clone())
        }
    }

    /// An output that keeps the bytes. Copies share them.
    #[derive(Clone, Debug)]
    pub struct MemoryOutputPipe {
        capacity: usize,
        bytes: Arc<Mutex<BytesMut>>,
    }

    impl MemoryOutputPipe {
        /// An output for at most `capacity` bytes. Writing more is an error.
        pub fn new(capacity: usize) -> MemoryOutputPipe {
            MemoryOutputPipe {
                capacity,
                bytes: Arc::default(),
            }
        }

        /// What was written so far.
        pub fn contents(&self) -> Bytes {
            lock(&self.bytes).clone().freeze()
        }

        /// What was written, unless there are copies.
        pub fn try_into_inner(self) -> Option<BytesMut> {
            let bytes = Arc::into_inner(self.bytes)?;
            Some(bytes.into_inner().unwrap_or_else(PoisonError::into_inner))
        }
    }

    impl AsyncWrite for MemoryOutputPipe {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
            let mut bytes = lock(&self.bytes);
            if buffer.len() > self.capacity - bytes.len() {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            bytes.extend_from_slice(buffer);
            Poll::Ready(Ok(buffer.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl IsTerminal for MemoryOutputPipe {
        fn is_terminal(&self) -> bool {
            false
        }
    }

    impl StdoutStream for MemoryOutputPipe {
        fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
            Box::new(self.clone())
        }
    }
}
