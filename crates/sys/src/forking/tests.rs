//! Work and forks exclude each other.
use super::*;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

/// The handlers are called by hand: a fork in the middle of other tests would copy their threads' locks. One test, since the
/// counters are the process's.
#[test]
fn a_fork_waits_for_work_and_work_waits_for_a_fork() {
    static FORKED: AtomicBool = AtomicBool::new(false);
    let (begun, wait_for_begin) = channel();
    let (end, wait_for_end) = channel();
    let worker = std::thread::spawn(move || {
        unless_forking(|| {
            begun.send(()).unwrap();
            wait_for_end.recv().unwrap();
            assert!(!FORKED.load(SeqCst), "the fork waits");
        });
    });
    wait_for_begin.recv().unwrap();
    let forker = std::thread::spawn(|| {
        before();
        FORKED.store(true, SeqCst);
    });
    while FORKING.load(SeqCst) == 0 {
        std::thread::yield_now();
    }
    end.send(()).unwrap();
    worker.join().unwrap();
    forker.join().unwrap();
    assert!(FORKED.load(SeqCst));

    let (done, wait_for_done) = channel();
    let second = std::thread::spawn(move || unless_forking(|| done.send(FORKING.load(SeqCst)).unwrap()));
    std::thread::sleep(10 * PATIENCE);
    assert!(wait_for_done.try_recv().is_err(), "work waits");
    after_in_parent();
    assert_eq!(wait_for_done.recv(), Ok(0));
    second.join().unwrap();
    assert_eq!(WORKING.load(SeqCst), 0);
}
