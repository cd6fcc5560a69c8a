//! One holder at a time, also while locks are removed.

use super::*;
use crate::scratch::Scratch;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn a_lock_has_one_holder() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    let lock = Lock::try_take(folder.as_fd()).unwrap().unwrap();
    assert!(Lock::try_take(folder.as_fd()).unwrap().is_none());
    drop(lock);
    assert!(Lock::try_take(folder.as_fd()).unwrap().is_some());
}

#[test]
fn releasing_ends_the_lock_of_copies_of_the_descriptor() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    let lock = Lock::try_take(folder.as_fd()).unwrap().unwrap();
    // What the child of a fork has.
    let copy = lock.file.try_clone().unwrap();
    drop(lock);
    assert!(Lock::try_take(folder.as_fd()).unwrap().is_some());
    drop(copy);
}

#[test]
fn a_removed_lock_does_not_count() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    let folder = folder.as_fd();
    let lock = Lock::try_take(folder).unwrap().unwrap();
    // Others open the file before it is removed, and get to lock it afterwards.
    let (first, second) = (open(folder).unwrap(), open(folder).unwrap());
    lock.remove(folder).unwrap();
    assert!(Lock::claim(folder, first).unwrap().is_none());
    let lock = Lock::try_take(folder).unwrap().unwrap();
    assert!(Lock::claim(folder, second).unwrap().is_none());
    assert!(Lock::try_take(folder).unwrap().is_none());
    drop(lock);
    assert!(Lock::try_take(folder).unwrap().is_some());
}

#[test]
fn holders_that_remove_the_lock_exclude_each_other() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    let holders = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut taken = 0;
                while taken < 300 {
                    let Some(lock) = Lock::try_take(folder.as_fd()).unwrap() else {
                        std::thread::yield_now();
                        continue;
                    };
                    assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                    taken += 1;
                    std::thread::yield_now();
                    assert_eq!(holders.fetch_sub(1, Ordering::SeqCst), 1);
                    match taken % 2 {
                        0 => drop(lock),
                        _ => lock.remove(folder.as_fd()).unwrap(),
                    }
                }
            });
        }
    });
}

#[test]
fn the_lock_is_never_a_link() {
    let scratch = Scratch::new();
    std::os::unix::fs::symlink(scratch.path().join("elsewhere"), scratch.path().join(LOCK)).unwrap();
    assert!(Lock::try_take(scratch.descriptor().as_fd()).is_err());
    assert!(!scratch.path().join("elsewhere").exists());
}

#[test]
fn the_lock_is_private_and_closed_by_exec() {
    let scratch = Scratch::new();
    let lock = Lock::try_take(scratch.descriptor().as_fd()).unwrap().unwrap();
    let flags = rustix::io::fcntl_getfd(&lock.file).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    assert_eq!(fstat(&lock.file).unwrap().st_mode & 0o777, 0o600);
}
