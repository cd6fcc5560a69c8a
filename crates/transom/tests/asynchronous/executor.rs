//! Polling futures by hand: tests decide when, how often and on which thread.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Polls a future once.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future until it is done; says how often it was pending, too.
pub fn run_counted<F: Future>(future: F) -> (F::Output, usize) {
    let mut future = pin!(future);
    let mut pending = 0;
    loop {
        match poll_once(future.as_mut()) {
            Poll::Ready(output) => return (output, pending),
            Poll::Pending => pending += 1,
        }
        assert!(pending < 1_000_000, "the future is never done");
    }
}

/// Polls a future until it is done.
pub fn run<F: Future>(future: F) -> F::Output {
    run_counted(future).0
}

/// Polls a future until it is done, each time on a new thread.
pub fn run_on_threads<F: Future + Send>(future: F) -> F::Output
where
    F::Output: Send,
{
    let mut future: Pin<Box<dyn Future<Output = F::Output> + Send>> = Box::pin(future);
    loop {
        let polled = std::thread::scope(|scope| {
            let thread = scope.spawn(|| poll_once(future.as_mut()));
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        if let Poll::Ready(output) = polled {
            return output;
        }
    }
}

/// Is pending so many times.
pub async fn pending(times: usize) {
    let mut left = times;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        match left {
            0 => Poll::Ready(()),
            _ => {
                left -= 1;
                Poll::Pending
            }
        }
    })
    .await;
}

/// Counts how often it is woken.
#[derive(Default)]
pub struct Woken(pub AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
