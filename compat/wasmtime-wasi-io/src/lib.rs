//! What implementations of streams for WASI name. Transom has preview 1 so far, which uses none of the methods that wait.

pub use async_trait::async_trait;
pub use bytes;

/// What can be waited for.
pub mod poll {
    /// Something that becomes ready.
    #[async_trait::async_trait]
    pub trait Pollable: Send + 'static {
        /// Waits until it is ready.
        async fn ready(&mut self);
    }
}

/// Streams.
pub mod streams {
    use crate::poll::Pollable;
    use bytes::Bytes;

    /// The result of an operation on a stream.
    pub type StreamResult<T> = Result<T, StreamError>;

    /// Why an operation on a stream failed.
    #[derive(Debug)]
    pub enum StreamError {
        /// The stream has ended.
        Closed,
        /// An operation failed. The program is told.
        LastOperationFailed(wasmtime::Error),
        /// The program is ended.
        Trap(wasmtime::Error),
    }

    impl StreamError {
        /// An error that ends the program.
        pub fn trap(message: &str) -> StreamError {
            StreamError::Trap(wasmtime::Error::msg(message.to_owned()))
        }
    }

    impl std::fmt::Display for StreamError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                StreamError::Closed => f.write_str("the stream is closed"),
                StreamError::LastOperationFailed(error) => {
                    write!(f, "an operation on the stream failed: {error}")
                }
                StreamError::Trap(error) => write!(f, "the stream ends the program: {error}"),
            }
        }
    }

    impl std::error::Error for StreamError {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            match self {
                StreamError::Closed => None,
                StreamError::LastOperationFailed(error) | StreamError::Trap(error) => error.source(),
            }
        }
    }

    /// A stream that can be read.
    #[async_trait::async_trait]
    pub trait InputStream: Pollable {
        /// Reads at most `size` bytes without waiting.
        fn read(&mut self, size: usize) -> StreamResult<Bytes>;
    }

    /// A stream that can be written.
    #[async_trait::async_trait]
    pub trait OutputStream: Pollable {
        /// Writes bytes without waiting, as many as `check_write` has allowed.
        fn write(&mut self, bytes: Bytes) -> StreamResult<()>;

        /// Begins to pass on what was written.
        fn flush(&mut self) -> StreamResult<()>;

        /// How many bytes can be written now.
        fn check_write(&mut self) -> StreamResult<usize>;
    }
}
