//! Standard streams.
//!
//! Embedders give asynchronous ones, and preview 1 of Transom reads and writes on the program's thread. So a stream is polled there until it
//! is ready, within a runtime of `tokio` that all of them share: some of its types look for one.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Runtime;

/// Whether a stream is a terminal.
pub trait IsTerminal {
    /// Whether it is.
    fn is_terminal(&self) -> bool;
}

/// A source of standard input.
pub trait StdinStream: IsTerminal + Send {
    /// A stream that reads it. All such streams share what was read.
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync>;
}

/// A destination of standard output or standard error.
pub trait StdoutStream: IsTerminal + Send {
    /// A stream that writes it.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync>;
}

/// Standard input from anything that can be read.
#[derive(Clone)]
pub struct AsyncStdinStream(Arc<Mutex<Pin<Box<dyn AsyncRead + Send + Sync>>>>);

impl AsyncStdinStream {
    /// Reads `stream`.
    pub fn new(stream: impl AsyncRead + Send + Sync + 'static) -> AsyncStdinStream {
        AsyncStdinStream(Arc::new(Mutex::new(Box::pin(stream))))
    }
}

impl AsyncRead for AsyncStdinStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.as_mut().poll_read(context, buffer)
    }
}

impl IsTerminal for AsyncStdinStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for AsyncStdinStream {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }
}

/// Standard output or standard error that goes to a file.
#[derive(Clone)]
pub struct OutputFile(Arc<File>);

impl OutputFile {
    /// Writes to `file`.
    pub fn new(file: File) -> OutputFile {
        OutputFile(Arc::new(file))
    }
}

impl AsyncWrite for OutputFile {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready((&*self.0).write(buffer))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready((&*self.0).flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for OutputFile {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(&*self.0)
    }
}

impl StdoutStream for OutputFile {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

/// Reads an asynchronous stream on the caller's thread.
pub(crate) struct Reader(pub Pin<Box<dyn AsyncRead + Send + Sync>>);

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        block_on(poll_fn(|context| self.0.as_mut().poll_read(context, &mut buffer)))?;
        Ok(buffer.filled().len())
    }
}

/// Writes an asynchronous stream on the caller's thread.
pub(crate) struct Writer(pub Pin<Box<dyn AsyncWrite + Send + Sync>>);

impl Write for Writer {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        block_on(poll_fn(|context| self.0.as_mut().poll_write(context, buffer)))
    }

    fn flush(&mut self) -> io::Result<()> {
        block_on(poll_fn(|context| self.0.as_mut().poll_flush(context)))
    }
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future until it is ready. Not by the runtime: the thread may be one of another runtime, which must not begin to run one.
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder
            .worker_threads(1)
            .build()
            .expect("a runtime for standard streams")
    });
    let _entered = runtime.enter();
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
