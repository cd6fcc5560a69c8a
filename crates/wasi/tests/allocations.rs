//! Whatever a program passes, a call takes less of the host's memory than the program itself has.
//!
//! Counted is all that a call allocates, whether it gives it back or not, so the peak can only be lower.
#![allow(clippy::unwrap_used)]

#[path = "p1/guest.rs"]
#[allow(dead_code)]
mod guest;

use guest::{FUNCTIONS, Guest};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::fs;
use std::net::{TcpListener, TcpStream};
use tempfile::tempdir;
use transom_wasi::{FsPerms, WasiCtxBuilder};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PAGE: i64 = 65536;
/// All rights but that to write, which would fill the disk.
const READ: i64 = 0x1fff_ffff & !(1 << 6);

/// What has been allocated until now; growing counts as much as it adds.
fn allocated() -> usize {
    ALLOCATOR.stats().bytes_allocated
}

/// What fills the memory before each call: nothing, buffers of the whole memory, subscriptions, a path.
fn fillings(size: u32) -> [Vec<u8>; 5] {
    let whole = [0u32.to_le_bytes(), size.to_le_bytes()].concat();
    let mut wait = [0; 48];
    wait[8] = 2;
    wait[16] = 1;
    [vec![0], whole, wait.to_vec(), b"./".to_vec(), vec![b'n']]
}

/// The numbers that are passed: descriptors, pointers, and lengths up to all that there is.
fn values(size: i64) -> Vec<i64> {
    let mut values = vec![0, 1, 3, 4, 5, 6, 64];
    values.extend([
        size / 48,
        size / 32,
        size / 8,
        size - 64,
        size,
        0x7fff_ffff,
        0xffff_ffff,
    ]);
    values
}

fn context(dir: &std::path::Path, listener: &TcpListener) -> transom_wasi::WasiCtx {
    let mut builder = WasiCtxBuilder::new();
    builder
        .preopened_socket(listener.try_clone().unwrap())
        .preopened_dir(dir, "/", FsPerms::ReadWrite)
        .unwrap();
    builder.args(&["program"]).env("name", "value").deterministic(1);
    builder.build_p1()
}

impl Guest {
    /// Calls a function with nothing that could be used: its first call also translates what leads to it.
    fn warm(&mut self, name: &str) {
        let (_, params) = FUNCTIONS.iter().find(|(function, _)| *function == name).unwrap();
        self.call(name, &vec![-1; params.len()]);
    }
}

/// Calls each function with all lengths for its last arguments, and returns the largest amount.
fn try_all(pages: u32) {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), [7; 1000]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let size = i64::from(pages) * PAGE;
    let mut most = (0, String::new());
    for filling in fillings(size as u32) {
        let mut guest = Guest::with_pages(context(dir.path(), &listener), pages);
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(guest.call("sock_accept", &[3, 4, 512]), 0);
        let [ptr, len] = guest.path("f");
        assert_eq!(guest.call("path_open", &[4, 1, ptr, len, 0, READ, 0, 0, 512]), 0);
        let memory = filling
            .iter()
            .copied()
            .cycle()
            .take(size as usize)
            .collect::<Vec<_>>();
        let mut seed = 1u64;
        for (name, params) in FUNCTIONS {
            // These make files large, or end the program, and take nothing in any case.
            let ends = [
                "proc_raise",
                "fd_allocate",
                "fd_filestat_set_size",
                "fd_close",
                "fd_renumber",
            ];
            let writes = [
                "path_rename",
                "path_unlink_file",
                "fd_pwrite",
                "sock_accept",
                "sock_shutdown",
            ];
            if ends.contains(name) || writes.contains(name) {
                continue;
            }
            guest.warm(name);
            for round in 0..60 {
                if round % 20 == 0 {
                    guest.put(0, &memory);
                }
                let values = values(size);
                let args = params.chars().enumerate().map(|(index, _)| {
                    seed = seed
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let range = if index == 0 && !name.starts_with("poll") {
                        0..7
                    } else {
                        0..values.len()
                    };
                    values[range.start + (seed >> 33) as usize % range.len()]
                });
                let args = args.collect::<Vec<_>>();
                let before = allocated();
                guest.call(name, &args);
                let taken = allocated() - before;
                assert!(taken < size as usize, "{name}{args:?} took {taken} of {size}");
                if taken > most.0 {
                    most = (taken, format!("{name}{args:?}"));
                }
            }
        }
    }
    println!("{pages} pages: {most:?}");
}

#[test]
fn a_call_takes_less_than_the_program_has() {
    try_all(1);
    try_all(16);
    lists_of_everything(1);
    lists_of_everything(16);
}

/// The calls that have most to remember: a poll of as many descriptors as fit, a listing of many names.
fn lists_of_everything(pages: u32) {
    let dir = tempdir().unwrap();
    for index in 0..400 {
        fs::write(dir.path().join(format!("{index}")), "").unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut guest = Guest::with_pages(context(dir.path(), &listener), pages);
    let size = pages * PAGE as u32;
    let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    guest.warm("poll_oneoff");
    guest.warm("fd_readdir");
    for (fd, kind) in [(3, 1), (77, 1), (1, 2), (0, 0)] {
        let mut record = [0; 48];
        (record[8], record[16]) = (kind, fd);
        let count = (size - 48) / 48;
        let records = record.repeat(count as usize);
        guest.put(0, &records);
        let before = allocated();
        let error = guest.call("poll_oneoff", &[0, 0, count.into(), i64::from(size) - 4]);
        let taken = allocated() - before;
        // The host polls no more descriptors than it may open.
        assert!([0, 28].contains(&error), "{error}");
        assert!(taken < size as usize, "poll_oneoff of {fd}: {taken} of {size}");
    }
    let before = allocated();
    let mut calls = 0;
    let mut cookie = 0;
    while calls < 3 {
        guest.call("fd_readdir", &[4, 1024, i64::from(size) - 1024, cookie, 512]);
        cookie = guest.u64(1024) as i64;
        calls += 1;
    }
    let taken = (allocated() - before) / calls;
    assert!(taken < size as usize, "fd_readdir: {taken} of {size}");
}
