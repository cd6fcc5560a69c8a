//! Files and directories.

use crate::errno::*;
use crate::guest::{DIR, Guest};
use std::fs;
use tempfile::tempdir;

const CREAT: i64 = 1;
const DIRECTORY: i64 = 2;
const EXCL: i64 = 4;
const TRUNC: i64 = 8;
const APPEND: i64 = 1;

const FD_READ: i64 = 1 << 1;
const FD_SEEK: i64 = 1 << 2;
const FD_TELL: i64 = 1 << 5;
const FD_WRITE: i64 = 1 << 6;

#[test]
fn create_write_seek_read() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    assert_eq!(guest.open("f", 0, FD_READ), Err(NOENT));
    let fd = guest.open("f", CREAT, -1).unwrap();
    assert_eq!(fd, 4);
    assert_eq!(guest.write(fd, b"hello world"), 0);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"hello world");
    assert_eq!(guest.call("fd_seek", &[fd, -5, 2, 64]), 0);
    assert_eq!(guest.u64(64), 6);
    assert_eq!(guest.read(fd, 100).unwrap(), b"world");
    assert_eq!(guest.call("fd_tell", &[fd, 64]), 0);
    assert_eq!(guest.u64(64), 11);
    assert_eq!(guest.call("fd_seek", &[fd, -1, 0, 64]), INVAL);
    assert_eq!(guest.call("fd_seek", &[fd, 0, 3, 64]), INVAL);
    assert_eq!(guest.open("f", CREAT | EXCL, -1), Err(EXIST));
    let fd = guest.open("f", TRUNC, FD_READ).unwrap();
    assert_eq!(guest.read(fd, 1).unwrap(), b"");
    assert_eq!(guest.write(fd, b"x"), NOTCAPABLE);
}

#[test]
fn positioned_and_appended() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "0123456789").unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let [ptr, len] = guest.path("f");
    assert_eq!(
        guest.call("path_open", &[DIR, 1, ptr, len, 0, -1, -1, APPEND, 512]),
        0
    );
    let fd = i64::from(guest.u32(512));
    assert_eq!(guest.write(fd, b"ab"), 0);
    guest.put(4096, b"XY");
    guest.put(256, &[4096u32.to_le_bytes(), 2u32.to_le_bytes()].concat());
    assert_eq!(guest.call("fd_pwrite", &[fd, 256, 1, 1, 512]), 0);
    assert_eq!(guest.write(fd, b"cd"), 0);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"0XY3456789abcd");
    guest.put(
        256,
        &[
            4096u32.to_le_bytes(),
            3u32.to_le_bytes(),
            5000u32.to_le_bytes(),
            3u32.to_le_bytes(),
        ]
        .concat(),
    );
    assert_eq!(guest.call("fd_pread", &[fd, 256, 2, 9, 512]), 0);
    assert_eq!(
        (guest.u32(512), guest.bytes(4096, 3), guest.bytes(5000, 2)),
        (5, &b"9ab"[..], &b"cd"[..])
    );
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 0]), 0);
    assert_eq!(guest.call("fd_seek", &[fd, 0, 0, 64]), 0);
    assert_eq!(guest.write(fd, b"Z"), 0);
    assert_eq!(&fs::read(dir.path().join("f")).unwrap()[..3], b"ZXY");
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 16]), NOTSUP);
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 32]), INVAL);
}

#[test]
fn sizes_and_times() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("f", CREAT, -1).unwrap();
    assert_eq!(guest.call("fd_filestat_set_size", &[fd, 1000]), 0);
    assert_eq!(guest.call("fd_allocate", &[fd, 0, 2000]), 0);
    assert_eq!(guest.call("fd_allocate", &[fd, 0, 0]), INVAL);
    assert_eq!(
        guest.call("fd_filestat_set_times", &[fd, 5, 1_000_000_007, 1 | 4]),
        0
    );
    assert_eq!(guest.call("fd_filestat_get", &[fd, 64]), 0);
    assert_eq!((guest.bytes(64 + 16, 1)[0], guest.u64(64 + 32)), (4, 2000));
    assert_eq!((guest.u64(64 + 40), guest.u64(64 + 48)), (5, 1_000_000_007));
    assert_eq!(guest.call("fd_filestat_set_times", &[fd, 5, 5, 1 | 2]), INVAL);
    let [ptr, len] = guest.path("f");
    assert_eq!(
        guest.call("path_filestat_set_times", &[DIR, 1, ptr, len, 9, 0, 1]),
        0
    );
    assert_eq!(guest.call("path_filestat_get", &[DIR, 1, ptr, len, 64]), 0);
    assert_eq!((guest.u64(64 + 40), guest.u64(64 + 48)), (9, 1_000_000_007));
    assert_eq!(guest.call("fd_advise", &[fd, 0, 10, 3]), 0);
    assert_eq!(guest.call("fd_advise", &[fd, 0, 10, 6]), INVAL);
    assert_eq!(
        (guest.call("fd_sync", &[fd]), guest.call("fd_datasync", &[fd])),
        (0, 0)
    );
}

/// All names that `fd_readdir` returns through a buffer of `size` bytes.
fn list(guest: &mut Guest, fd: i64, size: u32) -> Vec<String> {
    let (mut names, mut cookie) = (Vec::new(), 0);
    loop {
        assert_eq!(guest.call("fd_readdir", &[fd, 8192, size.into(), cookie, 512]), 0);
        let used = guest.u32(512) as usize;
        let mut at = 0;
        while at + 24 <= used {
            let len = guest.u32(8192 + at + 16) as usize;
            if at + 24 + len > used {
                break;
            }
            cookie = guest.u64(8192 + at) as i64;
            names.push(String::from_utf8(guest.bytes(8192 + at + 24, len).to_vec()).unwrap());
            at += 24 + len;
        }
        if used < size as usize {
            names.sort();
            return names;
        }
    }
}

#[test]
fn directories() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let [ptr, len] = guest.path("d");
    assert_eq!(guest.call("path_create_directory", &[DIR, ptr, len]), 0);
    assert_eq!(guest.call("path_create_directory", &[DIR, ptr, len]), EXIST);
    for index in 0..20 {
        fs::write(dir.path().join(format!("d/file{index:02}")), "").unwrap();
    }
    assert_eq!(guest.open("d", DIRECTORY, -1), Err(ISDIR));
    let fd = guest.open("d", DIRECTORY, !FD_WRITE).unwrap();
    let names = list(&mut guest, fd, 4096);
    assert_eq!(names.len(), 22);
    assert_eq!((&*names[0], &*names[1], &*names[21]), (".", "..", "file19"));
    assert_eq!(list(&mut guest, fd, 40), names);
    assert_eq!(guest.call("path_remove_directory", &[DIR, ptr, len]), NOTEMPTY);
    assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), ISDIR);
    assert_eq!(guest.open("d/file00", DIRECTORY, -1), Err(NOTDIR));
    assert_eq!(guest.open("d/new", DIRECTORY | CREAT, -1), Err(INVAL));
    assert_eq!(guest.open("d", 0, -1), Err(ISDIR));
    assert!(guest.open("d", 0, FD_READ).is_ok());
    assert_eq!(guest.read(fd, 1), Err(BADF));
    assert_eq!(
        (
            guest.call("fd_sync", &[fd]),
            guest.call("fd_filestat_set_times", &[fd, 7, 8, 5])
        ),
        (0, 0)
    );
    assert_eq!(guest.call("fd_filestat_get", &[fd, 64]), 0);
    assert_eq!(
        (guest.bytes(64 + 16, 1)[0], guest.u64(64 + 40), guest.u64(64 + 48)),
        (3, 7, 8)
    );
    let [ptr, len] = guest.path("d/file00");
    assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), 0);
    assert_eq!(guest.call("path_remove_directory", &[DIR, ptr, len]), NOENT);
}

#[test]
fn renaming_and_linking() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("a"), "A").unwrap();
    let mut guest = Guest::with_dir(dir.path());
    guest.put(2048, b"b");
    let [ptr, len] = guest.path("a");
    assert_eq!(guest.call("path_link", &[DIR, 0, ptr, len, DIR, 2048, 1]), 0);
    assert_eq!(guest.call("path_link", &[DIR, 0, ptr, len, DIR, 2048, 1]), EXIST);
    assert_eq!(guest.call("path_link", &[DIR, 1, ptr, len, DIR, 2048, 1]), INVAL);
    assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), 0);
    assert_eq!(guest.call("path_rename", &[DIR, 2048, 1, DIR, ptr, len]), 0);
    assert_eq!(guest.call("path_symlink", &[ptr, len, DIR, 2048, 1]), 0);
    assert_eq!(guest.call("path_readlink", &[DIR, 2048, 1, 3000, 10, 512]), 0);
    assert_eq!((guest.u32(512), guest.bytes(3000, 1)), (1, &b"a"[..]));
    assert_eq!(
        guest.call("path_open", &[DIR, 0, 2048, 1, 0, FD_READ, 0, 0, 512]),
        LOOP
    );
    let fd = guest.open("b", 0, FD_READ).unwrap();
    assert_eq!(guest.read(fd, 10).unwrap(), b"A");
    let [ptr, len] = guest.path("b");
    assert_eq!(guest.call("path_filestat_get", &[DIR, 0, ptr, len, 64]), 0);
    assert_eq!(guest.bytes(64 + 16, 1), [7]);
    assert_eq!(guest.call("path_filestat_get", &[DIR, 1, ptr, len, 64]), 0);
    assert_eq!(guest.bytes(64 + 16, 1), [4]);
}

#[test]
fn descriptors_and_rights() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("a"), "A").unwrap();
    fs::write(dir.path().join("b"), "B").unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let (a, b) = (guest.open("a", 0, -1).unwrap(), guest.open("b", 0, -1).unwrap());
    assert_eq!(guest.call("fd_renumber", &[b, a]), 0);
    assert_eq!(
        (guest.read(a, 5).unwrap(), guest.read(b, 5)),
        (b"B".to_vec(), Err(BADF))
    );
    assert_eq!(guest.call("fd_renumber", &[a, 1_000_000]), BADF);
    assert_eq!(
        guest.open("a", 0, -1),
        Ok(b + 1),
        "the number that was left comes last"
    );
    let c = guest.open("a", 0, -1).unwrap();
    for fd in [c, b + 1] {
        assert_eq!(guest.call("fd_close", &[fd]), 0);
    }
    assert_eq!(
        guest.open("a", 0, -1),
        Ok(b + 1),
        "the lowest that was closed is used again"
    );
    assert_eq!(guest.call("fd_fdstat_get", &[a, 64]), 0);
    assert_eq!(guest.bytes(64, 1), [4]);
    assert_eq!(guest.u64(72) as i64 & (FD_READ | FD_WRITE), FD_READ | FD_WRITE);
    assert_eq!(guest.call("fd_fdstat_set_rights", &[a, FD_TELL, 0]), 0);
    assert_eq!(
        (guest.read(a, 5), guest.write(a, b"x")),
        (Err(NOTCAPABLE), NOTCAPABLE)
    );
    assert_eq!(guest.call("fd_seek", &[a, 0, 1, 64]), 0);
    assert_eq!(guest.call("fd_seek", &[a, 1, 0, 64]), NOTCAPABLE);
    assert_eq!(
        guest.call("fd_fdstat_set_rights", &[a, FD_TELL | FD_SEEK, 0]),
        NOTCAPABLE
    );
    assert_eq!(guest.call("fd_readdir", &[a, 0, 100, 0, 512]), NOTDIR);
}

#[test]
fn preopened_folders_have_names() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    assert_eq!(guest.call("fd_prestat_get", &[DIR, 64]), 0);
    assert_eq!((guest.u32(64), guest.u32(68)), (0, 1));
    assert_eq!(guest.call("fd_prestat_dir_name", &[DIR, 64, 0]), NAMETOOLONG);
    assert_eq!(guest.call("fd_prestat_dir_name", &[DIR, 64, 1]), 0);
    assert_eq!(guest.bytes(64, 1), b"/");
    assert_eq!(guest.call("fd_prestat_get", &[0, 64]), BADF);
    assert_eq!(guest.call("fd_prestat_get", &[4, 64]), BADF);
}

#[test]
fn appending_and_positions() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "0123456789").unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("f", 0, -1).unwrap();
    guest.put(4096, b"XY");
    let list = [4096, 2].map(u32::to_le_bytes).concat();
    guest.put(256, &list);
    let position = |guest: &mut Guest| {
        assert_eq!(guest.call("fd_tell", &[fd, 64]), 0);
        guest.u64(64)
    };
    assert_eq!(guest.read(fd, 3).unwrap(), b"012");
    guest.put(4096, b"XY");
    guest.put(256, &list);
    assert_eq!(guest.call("fd_pwrite", &[fd, 256, 1, 8, 512]), 0);
    assert_eq!(guest.call("fd_pread", &[fd, 256, 1, 0, 512]), 0);
    assert_eq!(position(&mut guest), 3, "neither moves the position");
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, APPEND]), 0);
    assert_eq!(guest.write(fd, b"ab"), 0);
    assert_eq!(position(&mut guest), 12, "appending leaves it at the end");
    assert_eq!(guest.call("fd_seek", &[fd, 1, 0, 64]), 0);
    assert_eq!(guest.read(fd, 2).unwrap(), b"12");
    assert_eq!(guest.write(fd, b"cd"), 0);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"01234567XYabcd");
    for offset in [-1, i64::MIN, i64::MAX] {
        guest.put(256, &list);
        assert!(
            [INVAL, FBIG].contains(&guest.call("fd_pwrite", &[fd, 256, 1, offset, 512])),
            "{offset}"
        );
    }
    assert_eq!(fs::read(dir.path().join("f")).unwrap().len(), 14);
}

#[test]
fn holes_are_zeros() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("f", CREAT, -1).unwrap();
    let far = 1 << 33;
    assert_eq!(guest.call("fd_seek", &[fd, far, 0, 64]), 0);
    assert_eq!(guest.write(fd, b"x"), 0);
    assert_eq!(guest.call("fd_seek", &[fd, 1000, 0, 64]), 0);
    assert_eq!(guest.read(fd, 50).unwrap(), [0; 50]);
    assert_eq!(guest.call("fd_seek", &[fd, -2, 2, 64]), 0);
    assert_eq!(guest.read(fd, 50).unwrap(), b"\0x");
    assert_eq!(guest.call("fd_seek", &[fd, 5, 2, 64]), 0);
    assert_eq!(guest.read(fd, 50).unwrap(), b"", "beyond the end");
    assert_eq!(guest.call("fd_filestat_set_size", &[fd, 3]), 0);
    assert_eq!(guest.call("fd_filestat_set_size", &[fd, 6]), 0);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), [0; 6]);
    assert_eq!(guest.call("fd_filestat_set_size", &[fd, -1]), INVAL);
    assert_eq!(guest.call("fd_allocate", &[fd, -1, 1]), INVAL);
    assert!([INVAL, FBIG].contains(&guest.call("fd_allocate", &[fd, 1, i64::MAX])));
}

#[test]
fn times() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "x").unwrap();
    std::os::unix::fs::symlink("f", dir.path().join("l")).unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("f", 0, -1).unwrap();
    let late = 4_000_000_000_123_456_789;
    let times = |guest: &mut Guest, path: &str, follow: i64| {
        let [ptr, len] = guest.path(path);
        assert_eq!(guest.call("path_filestat_get", &[DIR, follow, ptr, len, 64]), 0);
        (guest.u64(64 + 40) as i64, guest.u64(64 + 48) as i64)
    };
    for (follow, path) in [(1, "f"), (1, "l"), (0, "f")] {
        let [ptr, len] = guest.path(path);
        assert_eq!(
            guest.call("path_filestat_set_times", &[DIR, follow, ptr, len, 77, late, 5]),
            0
        );
        assert_eq!(times(&mut guest, "f", 1), (77, late));
        assert_eq!(guest.call("fd_filestat_set_times", &[fd, 0, 0, 5]), 0);
        assert_eq!(times(&mut guest, "f", 1), (0, 0));
    }
    let [ptr, len] = guest.path("l");
    assert_eq!(
        guest.call("path_filestat_set_times", &[DIR, 0, ptr, len, 5, 6, 5]),
        0
    );
    assert_eq!(
        (times(&mut guest, "l", 0), times(&mut guest, "f", 0)),
        ((5, 6), (0, 0))
    );
    assert_eq!(
        guest.call("fd_filestat_set_times", &[fd, 0, 0, 0]),
        0,
        "nothing to set"
    );
    assert_eq!(times(&mut guest, "f", 0), (0, 0));
    assert_eq!(guest.call("fd_filestat_set_times", &[fd, 9, 9, 2 | 4]), 0);
    let (access, modification) = times(&mut guest, "f", 0);
    assert!(access > 1_600_000_000_000_000_000 && modification == 9);
    for flags in [3, 12, 15, 7, 16, 0x1_0000] {
        let [ptr, len] = guest.path("f");
        assert_eq!(guest.call("fd_filestat_set_times", &[fd, 1, 1, flags]), INVAL);
        assert_eq!(
            guest.call("path_filestat_set_times", &[DIR, 1, ptr, len, 1, 1, flags]),
            INVAL
        );
    }
}

#[test]
fn links_are_counted() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("a", CREAT, -1).unwrap();
    let count = |guest: &mut Guest| {
        assert_eq!(guest.call("fd_filestat_get", &[fd, 64]), 0);
        guest.u64(64 + 24)
    };
    guest.put(2048, b"b");
    let [ptr, len] = guest.path("a");
    assert_eq!(guest.call("path_link", &[DIR, 0, ptr, len, DIR, 2048, 1]), 0);
    assert_eq!(count(&mut guest), 2);
    assert_eq!(guest.call("path_rename", &[DIR, ptr, len, DIR, 2048, 1]), 0);
    assert_eq!(count(&mut guest), 2, "two names of one file: nothing happens");
    assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), 0);
    assert_eq!(guest.call("path_unlink_file", &[DIR, 2048, 1]), 0);
    assert_eq!(count(&mut guest), 0);
    assert_eq!(
        (guest.write(fd, b"still there"), guest.call("fd_close", &[fd])),
        (0, 0)
    );
}
