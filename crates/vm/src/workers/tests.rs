//! Jobs are done, the most urgent first; those that nobody needs are not.
use crate::workers::{Job, Refusal, Workers};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

struct Told {
    urgency: Option<u64>,
    name: u32,
    done: Sender<u32>,
    /// Waits for this before it is done.
    wait: Option<Mutex<Receiver<()>>>,
    panics: bool,
}

impl Job for Told {
    fn urgency(&self) -> Option<u64> {
        self.urgency
    }

    fn run(&self) {
        if let Some(wait) = &self.wait {
            wait.lock().unwrap().recv().unwrap();
        }
        if self.panics {
            std::panic::resume_unwind(Box::new(()));
        }
        self.done.send(self.name).unwrap();
    }

    fn abandon(&self) {
        self.done.send(100 + self.name).unwrap();
    }
}

fn job(name: u32, urgency: Option<u64>, done: &Sender<u32>) -> Told {
    Told {
        urgency,
        name,
        done: done.clone(),
        wait: None,
        panics: false,
    }
}

/// The same, and what lets it be done.
fn waiting(name: u32, done: &Sender<u32>) -> (Told, Sender<()>) {
    let (go, wait) = channel();
    let wait = Some(Mutex::new(wait));
    let told = Told {
        wait,
        ..job(name, Some(1), done)
    };
    (told, go)
}

#[test]
fn the_most_urgent_job_comes_first_and_dead_ones_never() {
    let workers = Workers::new(1);
    let (done, results) = channel();
    let (first, go) = waiting(0, &done);
    assert_eq!(workers.push(Box::new(first)), Ok(()));
    // The only thread is in the first job, or will take the most urgent of all.
    for (name, urgency) in [(1, Some(5)), (2, None), (3, Some(9)), (4, Some(7)), (5, Some(7))] {
        assert_eq!(workers.push(Box::new(job(name, urgency, &done))), Ok(()));
    }
    go.send(()).unwrap();
    let mut order: Vec<u32> = (0..5).map(|_| results.recv().unwrap()).collect();
    order.retain(|&name| name != 0);
    assert_eq!(order, [3, 4, 5, 1]);
    drop(done);
    drop(workers);
    assert!(results.recv().is_err(), "the job that nobody needs was dropped");
}

#[test]
fn a_panic_is_told_and_the_thread_goes_on() {
    let workers = Workers::new(1);
    let (done, results) = channel();
    let mut first = job(1, Some(1), &done);
    first.panics = true;
    assert_eq!(workers.push(Box::new(first)), Ok(()));
    assert_eq!(results.recv(), Ok(101));
    assert_eq!(workers.push(Box::new(job(2, Some(1), &done))), Ok(()));
    assert_eq!(results.recv(), Ok(2));
}

#[test]
fn without_threads_nothing_is_taken() {
    let (done, results) = channel();
    let refused = Workers::new(0).push(Box::new(job(1, Some(1), &done)));
    assert_eq!(refused, Err(Refusal::NoThread));
    drop(done);
    assert!(results.recv().is_err());
}

#[test]
fn the_end_of_the_queue_does_not_wait_for_a_job() {
    let workers = Workers::new(1);
    let (done, results) = channel();
    let (first, go) = waiting(1, &done);
    assert_eq!(workers.push(Box::new(first)), Ok(()));
    drop(workers);
    // A job that was still in the queue does not wait for this any more.
    let _ = go.send(());
    drop(done);
    // The job was done after all, or was still in the queue and is gone.
    assert!(matches!(results.recv(), Ok(1) | Err(_)));
}

#[test]
fn what_is_left_is_done_when_nothing_else_is() {
    let (done, told) = channel();
    let workers = Workers::new(1);
    workers.leave(Box::new(job(9, Some(1), &done)));
    for name in 0..3 {
        assert!(workers.push(Box::new(job(name, Some(1), &done))).is_ok());
    }
    let order: Vec<_> = (0..4).map(|_| told.recv().unwrap()).collect();
    assert_eq!(order, [0, 1, 2, 9]);
    // The thread waits once more before it ends, and another one is started then.
    std::thread::sleep(std::time::Duration::from_millis(60));
    assert!(workers.push(Box::new(job(4, Some(1), &done))).is_ok());
    assert_eq!(told.recv().unwrap(), 4);
}
