//! What a program can't do: leave its folders, or do more in them than it was given.

use crate::errno::*;
use crate::guest::{DIR, Guest};
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::tempdir;
use transom_wasi::{FsPerms, WasiCtxBuilder};

#[test]
fn no_path_leads_out() {
    let outer = tempdir().unwrap();
    fs::write(outer.path().join("secret"), "s").unwrap();
    let inner = outer.path().join("inner");
    fs::create_dir_all(inner.join("sub")).unwrap();
    symlink("../secret", inner.join("relative")).unwrap();
    symlink(outer.path().join("secret"), inner.join("absolute")).unwrap();
    symlink("..", inner.join("parent")).unwrap();
    symlink("/", inner.join("root")).unwrap();
    let mut guest = Guest::with_dir(&inner);
    let absolute = outer.path().join("secret").to_str().unwrap().to_owned();
    let paths = [
        "../secret",
        "sub/../../secret",
        "relative",
        "absolute",
        "parent/secret",
        "root/etc/passwd",
        &absolute,
    ];
    for path in paths {
        assert_eq!(guest.open(path, 0, 2), Err(PERM), "{path}");
        let [ptr, len] = guest.path(path);
        assert_eq!(
            guest.call("path_filestat_get", &[DIR, 1, ptr, len, 64]),
            PERM,
            "{path}"
        );
        assert_eq!(
            guest.call("path_filestat_set_times", &[DIR, 1, ptr, len, 1, 1, 5]),
            PERM,
            "{path}"
        );
    }
    for path in ["../new", "parent/new"] {
        guest.put(2048, b"sub");
        let [ptr, len] = guest.path(path);
        assert_eq!(guest.open(path, 1, 2), Err(PERM));
        assert_eq!(guest.call("path_create_directory", &[DIR, ptr, len]), PERM);
        assert_eq!(guest.call("path_rename", &[DIR, 2048, 3, DIR, ptr, len]), PERM);
        assert_eq!(guest.call("path_symlink", &[2048, 3, DIR, ptr, len]), PERM);
    }
    for path in ["../secret", "parent/secret"] {
        let [ptr, len] = guest.path(path);
        assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), PERM);
        guest.put(2048, b"here");
        assert_eq!(guest.call("path_link", &[DIR, 0, ptr, len, DIR, 2048, 4]), PERM);
    }
    guest.put(2048, b"here");
    let [ptr, len] = guest.path("/etc");
    assert_eq!(guest.call("path_symlink", &[ptr, len, DIR, 2048, 4]), PERM);
    assert!(guest.open("sub/../sub", 2, -1).is_ok());
    assert_eq!(fs::read(outer.path().join("secret")).unwrap(), b"s");
}

#[test]
fn a_folder_to_read_can_only_be_read() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "x").unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder.preopened_dir(dir.path(), "/", FsPerms::ReadOnly).unwrap();
    let mut guest = Guest::new(builder.build_p1());
    let fd = guest.open("f", 0, 2).unwrap();
    assert_eq!(guest.read(fd, 9).unwrap(), b"x");
    assert_eq!(guest.open("f", 0, 1 << 6), Err(NOTCAPABLE));
    assert_eq!(guest.open("f", 8, 2), Err(NOTCAPABLE));
    assert_eq!(guest.open("new", 1, 2), Err(NOTCAPABLE));
    let [ptr, len] = guest.path("f");
    assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), NOTCAPABLE);
    assert_eq!(guest.call("path_create_directory", &[DIR, ptr, len]), NOTCAPABLE);
    assert_eq!(
        guest.call("path_filestat_set_times", &[DIR, 1, ptr, len, 1, 1, 5]),
        NOTCAPABLE
    );
    assert_eq!(
        guest.call("path_rename", &[DIR, ptr, len, DIR, ptr, len]),
        NOTCAPABLE
    );
    assert_eq!(guest.call("path_symlink", &[ptr, len, DIR, ptr, len]), NOTCAPABLE);
    assert_eq!(
        guest.call("path_link", &[DIR, 0, ptr, len, DIR, ptr, len]),
        NOTCAPABLE
    );
    assert_eq!(guest.call("fd_filestat_set_size", &[fd, 0]), NOTCAPABLE);
    assert_eq!(guest.call("fd_filestat_set_times", &[fd, 0, 0, 5]), NOTCAPABLE);
    assert_eq!(guest.call("fd_allocate", &[fd, 0, 10]), NOTCAPABLE);
}

#[test]
fn a_file_gains_no_rights_by_moving() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    fs::write(from.path().join("f"), "x").unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder
        .preopened_dir(from.path(), "/from", FsPerms::ReadOnly)
        .unwrap();
    builder
        .preopened_dir(to.path(), "/to", FsPerms::ReadWrite)
        .unwrap();
    let mut guest = Guest::new(builder.build_p1());
    let [ptr, len] = guest.path("f");
    assert_eq!(
        guest.call("path_link", &[3, 0, ptr, len, 4, ptr, len]),
        NOTCAPABLE
    );
    assert_eq!(guest.call("path_rename", &[3, ptr, len, 4, ptr, len]), NOTCAPABLE);
    fs::write(to.path().join("f"), "y").unwrap();
    assert_eq!(guest.call("path_rename", &[4, ptr, len, 3, ptr, len]), NOTCAPABLE);
}

#[test]
fn names_are_checked() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    assert_eq!(guest.open("", 0, 2), Err(NOENT));
    assert_eq!(guest.open("a\0b", 0, 2), Err(INVAL));
    assert_eq!(guest.open(&"n".repeat(300), 1, 2), Err(NAMETOOLONG));
    guest.put(1024, &[0xff, 0xfe]);
    assert_eq!(guest.call("path_unlink_file", &[DIR, 1024, 2]), ILSEQ);
}
