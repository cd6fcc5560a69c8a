//! Whatever a program passes, a call ends with an error number: no panic, no trap, no endless work.

use crate::errno::FAULT;
use crate::guest::{DIR, FUNCTIONS, Guest};
use std::fs;
use tempfile::tempdir;

/// Numbers at which checks go wrong.
const EDGES: [i64; 9] = [0, 3, 4, 65535, 65536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, -1];

/// A sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn every_function_survives_edges() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "content").unwrap();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut guest = Guest::with_dir(dir.path());
    for round in 0..20_000 {
        if round % 100 == 0 {
            guest = Guest::with_dir(dir.path());
            guest.open("f", 0, 2).unwrap();
            guest.path("f");
        }
        let (name, params) = FUNCTIONS[numbers.next() as usize % FUNCTIONS.len()];
        // These would wait, end the program, or fill the disk, as they are asked to.
        if ["poll_oneoff", "proc_raise", "fd_allocate", "fd_filestat_set_size"].contains(&name) {
            continue;
        }
        let args = params.chars().map(|_| match numbers.next() % 3 {
            0 => EDGES[numbers.next() as usize % EDGES.len()],
            1 => (numbers.next() % 8) as i64,
            _ => (numbers.next() % 2000) as i64,
        });
        let args = args.collect::<Vec<_>>();
        assert!(guest.call(name, &args) <= 76, "{name}{args:?}");
    }
}

#[test]
fn bad_pointers_are_faults_before_anything_happens() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let [ptr, len] = guest.path("f");
    assert_eq!(
        guest.call("path_open", &[DIR, 1, ptr, len, 1, -1, -1, 0, 65533]),
        FAULT
    );
    assert!(!dir.path().join("f").exists());
    let fd = guest.open("f", 1, -1).unwrap();
    guest.put(256, &[4096u32.to_le_bytes(), 5u32.to_le_bytes()].concat());
    assert_eq!(guest.call("fd_write", &[fd, 256, 1, 65533]), FAULT);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"");
    guest.put(256, &[4096u32.to_le_bytes(), 65536u32.to_le_bytes()].concat());
    assert_eq!(guest.call("fd_write", &[fd, 256, 1, 512]), FAULT);
    assert_eq!(guest.call("fd_read", &[fd, 256, 1, 512]), FAULT);
    assert_eq!(guest.call("fd_write", &[fd, 0xffff_fffc, 1, 512]), FAULT);
    assert_eq!(guest.call("fd_write", &[fd, 65536, 0x2000_0000, 512]), FAULT);
    for (subscriptions, events, count) in [
        (0, 0, 0x0800_0000),
        (0, 65530, 1),
        (65530, 0, 1),
        (0, 0, 0xffff_ffff_i64),
    ] {
        assert_eq!(
            guest.call("poll_oneoff", &[subscriptions, events, count, 512]),
            FAULT
        );
    }
}

#[test]
fn a_huge_list_of_empty_buffers_is_no_work_to_speak_of() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("f", 1, -1).unwrap();
    assert_eq!(guest.call("fd_write", &[fd, 0, 8192, 60000]), 0);
    assert_eq!(guest.u32(60000), 0);
    assert_eq!(guest.call("fd_write", &[fd, 0, 0x1fff_ffff, 512]), FAULT);
}
