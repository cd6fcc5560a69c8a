//! The older name, under which three records are laid out in another way.

use crate::errno::*;
use crate::guest::{DIR, Guest};
use std::fs;
use tempfile::tempdir;
use transom_wasi::{FsPerms, WasiCtxBuilder};

fn guest(dir: &std::path::Path) -> Guest {
    let mut builder = WasiCtxBuilder::new();
    builder.preopened_dir(dir, "/", FsPerms::ReadWrite).unwrap();
    Guest::unstable(builder.build_p1())
}

#[test]
fn seeking_counts_in_another_order() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "0123456789").unwrap();
    let mut guest = guest(dir.path());
    let fd = guest.open("f", 0, -1).unwrap();
    // From the position, from the end, from the beginning.
    for (offset, whence, position) in [(3, 0, 3), (2, 0, 5), (-1, 1, 9), (4, 2, 4)] {
        assert_eq!(guest.call("fd_seek", &[fd, offset, whence, 64]), 0);
        assert_eq!(guest.u64(64), position);
    }
    assert_eq!(guest.call("fd_seek", &[fd, 0, 3, 64]), INVAL);
}

#[test]
fn what_is_known_of_files_takes_56_bytes() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "0123456789").unwrap();
    fs::hard_link(dir.path().join("f"), dir.path().join("g")).unwrap();
    let mut guest = guest(dir.path());
    let fd = guest.open("f", 0, -1).unwrap();
    assert_eq!(guest.call("fd_filestat_set_times", &[fd, 11, 12, 5]), 0);
    let [ptr, len] = guest.path("g");
    for call in [
        ("fd_filestat_get", vec![fd, 64]),
        ("path_filestat_get", vec![DIR, 1, ptr, len, 64]),
    ] {
        guest.put(64, &[0xaa; 80]);
        assert_eq!(guest.call(call.0, &call.1), 0);
        assert_eq!((guest.u32(80), guest.u32(84), guest.u64(88)), (4, 2, 10));
        assert_eq!((guest.u64(96), guest.u64(104)), (11, 12));
        assert_eq!(guest.bytes(120, 8), [0xaa; 8], "not a byte more");
    }
    assert_eq!(guest.call("fd_filestat_get", &[fd, 65536 - 56]), 0);
    assert_eq!(guest.call("fd_filestat_get", &[fd, 65536 - 55]), FAULT);
}

#[test]
fn subscriptions_take_56_bytes() {
    let mut guest = Guest::unstable(WasiCtxBuilder::new().build_p1());
    let clock = |userdata: u64, timeout: u64| {
        let mut record = [0; 56];
        record[0..8].copy_from_slice(&userdata.to_le_bytes());
        record[16..24].copy_from_slice(&77u64.to_le_bytes());
        record[24] = 1;
        record[32..40].copy_from_slice(&timeout.to_le_bytes());
        record
    };
    let mut write = [0; 56];
    (write[0], write[8], write[16]) = (3, 2, 1);
    guest.put(0, &[clock(1, u64::MAX), clock(2, 1000)].concat());
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 2, 500]), 0);
    assert_eq!((guest.u32(500), guest.u64(1000), guest.u64(1008)), (1, 2, 0));
    guest.put(0, &[clock(1, u64::MAX), write].concat());
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 2, 500]), 0);
    assert_eq!((guest.u32(500), guest.u64(1000)), (1, 3));
    assert_eq!(guest.call("poll_oneoff", &[65536 - 56, 1000, 1, 500]), 0);
    assert_eq!(guest.call("poll_oneoff", &[65536 - 55, 1000, 1, 500]), FAULT);
}
