//! Paths that say something wrong about what they name, and files that are no files.

use super::world::*;
use crate::errno::*;
use crate::guest::Guest;
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use std::fs;
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// The right to change what a call does that would wait, and to ask for a position.
const SET_FLAGS: i64 = 1 << 3 | 1 << 5;

type Row = (&'static str, u16, fn(&mut Guest) -> u16);

/// What a slash at the end, `.`, and flags that don't go together come to.
const SLASHES: &[Row] = &[
    ("open file/", NOTDIR, |g| open(g, (DIR, b"f/"), 1, 0, FD_READ)),
    ("open file/.", NOTDIR, |g| open(g, (DIR, b"f/."), 1, 0, FD_READ)),
    ("open file/..", NOTDIR, |g| open(g, (DIR, b"f/.."), 1, 0, FD_READ)),
    ("open file/../f", NOTDIR, |g| {
        open(g, (DIR, b"f/../f"), 1, 0, FD_READ)
    }),
    ("open link-to-file/", NOTDIR, |g| {
        open(g, (DIR, b"in_file/"), 1, 0, FD_READ)
    }),
    ("create new/", ISDIR, |g| {
        open(g, (DIR, b"fresh/"), 1, CREAT, FD_WRITE)
    }),
    ("create dir/", ISDIR, |g| {
        open(g, (DIR, b"sub/"), 1, CREAT, FD_WRITE)
    }),
    ("create .", ISDIR, |g| open(g, (DIR, b"."), 1, CREAT, FD_WRITE)),
    ("create sub/..", ISDIR, |g| {
        open(g, (DIR, b"sub/.."), 1, CREAT, FD_WRITE)
    }),
    ("create no/new", NOENT, |g| {
        open(g, (DIR, b"no/new"), 1, CREAT, FD_WRITE)
    }),
    ("create f/new", NOTDIR, |g| {
        open(g, (DIR, b"f/new"), 1, CREAT, FD_WRITE)
    }),
    ("O_CREAT|O_DIRECTORY", INVAL, |g| {
        open(g, (DIR, b"fresh"), 1, CREAT | DIRECTORY, FD_READ)
    }),
    ("O_CREAT|O_DIRECTORY of a dir", INVAL, |g| {
        open(g, (DIR, b"sub"), 1, CREAT | DIRECTORY, FD_READ)
    }),
    ("O_TRUNC|O_DIRECTORY", INVAL, |g| {
        open(g, (DIR, b"sub"), 1, TRUNC | DIRECTORY, FD_READ)
    }),
    ("O_DIRECTORY of a dir, to write", ISDIR, |g| {
        open(g, (DIR, b"sub"), 1, DIRECTORY, FD_READ | FD_WRITE)
    }),
    ("O_DIRECTORY of a dir to read, to write", ISDIR, |g| {
        open(g, (READ_ONLY, b"."), 0, DIRECTORY, FD_WRITE)
    }),
    ("O_DIRECTORY of a file, to write", NOTDIR, |g| {
        open(g, (DIR, b"f"), 1, DIRECTORY, FD_WRITE)
    }),
    ("O_DIRECTORY of nothing, to write", NOENT, |g| {
        open(g, (DIR, b"fresh"), 1, DIRECTORY, FD_WRITE)
    }),
    ("O_EXCL of a dangling link inside", EXIST, |g| {
        open(g, (DIR, b"dangling_in"), 1, CREAT | EXCL, FD_WRITE)
    }),
    ("O_NOFOLLOW of a dangling link inside", LOOP, |g| {
        open(g, (DIR, b"dangling_in"), 0, CREAT, FD_WRITE)
    }),
    ("create dangling/", ISDIR, |g| {
        open(g, (DIR, b"dangling_in/"), 1, CREAT, FD_WRITE)
    }),
    ("O_TRUNC of a dir", ISDIR, |g| {
        open(g, (DIR, b"sub"), 1, TRUNC, FD_WRITE)
    }),
    ("flags that there are not", INVAL, |g| {
        open(g, (DIR, b"f"), 1, 16, FD_READ)
    }),
    ("lookup that there is not", INVAL, |g| {
        open(g, (DIR, b"f"), 2, 0, FD_READ)
    }),
    ("unlink file/", NOTDIR, |g| {
        one(g, "path_unlink_file", (DIR, b"f/"), None, &[])
    }),
    ("unlink dir", ISDIR, |g| {
        one(g, "path_unlink_file", (DIR, b"sub"), None, &[])
    }),
    ("unlink dir/", ISDIR, |g| {
        one(g, "path_unlink_file", (DIR, b"sub/"), None, &[])
    }),
    ("unlink .", ISDIR, |g| {
        one(g, "path_unlink_file", (DIR, b"."), None, &[])
    }),
    ("rmdir file/", NOTDIR, |g| {
        one(g, "path_remove_directory", (DIR, b"f/"), None, &[])
    }),
    ("rmdir .", INVAL, |g| {
        one(g, "path_remove_directory", (DIR, b"."), None, &[])
    }),
    ("rmdir dir/.", INVAL, |g| {
        one(g, "path_remove_directory", (DIR, b"empty/."), None, &[])
    }),
    ("rmdir link/", NOTDIR, |g| {
        one(g, "path_remove_directory", (DIR, b"in_dir/"), None, &[])
    }),
    ("rmdir full/", NOTEMPTY, |g| {
        one(g, "path_remove_directory", (DIR, b"sub/"), None, &[])
    }),
    ("mkdir file/", EXIST, |g| {
        one(g, "path_create_directory", (DIR, b"f/"), None, &[])
    }),
    ("mkdir dir/", EXIST, |g| {
        one(g, "path_create_directory", (DIR, b"sub/"), None, &[])
    }),
    ("mkdir .", EXIST, |g| {
        one(g, "path_create_directory", (DIR, b"."), None, &[])
    }),
    ("mkdir dangling/", EXIST, |g| {
        one(g, "path_create_directory", (DIR, b"dangling_in/"), None, &[])
    }),
    ("mkdir new/.", NOENT, |g| {
        one(g, "path_create_directory", (DIR, b"fresh/."), None, &[])
    }),
    ("symlink new/", NOENT, |g| symlink_at(g, b"f", (DIR, b"fresh/"))),
    ("symlink file/", EXIST, |g| symlink_at(g, b"f", (DIR, b"f/"))),
    ("symlink dir/", EXIST, |g| symlink_at(g, b"f", (DIR, b"sub/"))),
    ("symlink to nothing", NOENT, |g| {
        symlink_at(g, b"", (DIR, b"fresh"))
    }),
    ("link file/ new", NOTDIR, |g| {
        link(g, (DIR, b"f/"), 0, (DIR, b"fresh"))
    }),
    ("link file new/", NOENT, |g| {
        link(g, (DIR, b"f"), 0, (DIR, b"fresh/"))
    }),
    ("link dir new", PERM, |g| {
        link(g, (DIR, b"sub"), 0, (DIR, b"fresh"))
    }),
    ("link . new", PERM, |g| link(g, (DIR, b"."), 0, (DIR, b"fresh"))),
    ("link file .", EXIST, |g| link(g, (DIR, b"f"), 0, (DIR, b"."))),
    ("link following", INVAL, |g| {
        link(g, (DIR, b"in_file"), 1, (DIR, b"fresh"))
    }),
    ("rename file/ new", NOTDIR, |g| {
        rename(g, (DIR, b"f/"), (DIR, b"fresh"))
    }),
    ("rename file new/", NOTDIR, |g| {
        rename(g, (DIR, b"f"), (DIR, b"fresh/"))
    }),
    ("rename file/ new/", NOTDIR, |g| {
        rename(g, (DIR, b"f/"), (DIR, b"fresh/"))
    }),
    ("rename file dir", ISDIR, |g| {
        rename(g, (DIR, b"f"), (DIR, b"empty"))
    }),
    ("rename file dir/", NOTDIR, |g| {
        rename(g, (DIR, b"f"), (DIR, b"empty/"))
    }),
    ("rename dir file", NOTDIR, |g| {
        rename(g, (DIR, b"empty"), (DIR, b"f"))
    }),
    ("rename dir full", NOTEMPTY, |g| {
        rename(g, (DIR, b"empty"), (DIR, b"sub"))
    }),
    ("rename dir into itself", INVAL, |g| {
        rename(g, (DIR, b"sub"), (DIR, b"sub/deep/x"))
    }),
    ("rename . new", BUSY, |g| rename(g, (DIR, b"."), (DIR, b"fresh"))),
    ("rename dir .", BUSY, |g| rename(g, (DIR, b"empty"), (DIR, b"."))),
    ("rename link/ new", NOTDIR, |g| {
        rename(g, (DIR, b"in_dir/"), (DIR, b"fresh"))
    }),
    ("stat file/", NOTDIR, |g| {
        one(g, "path_filestat_get", (DIR, b"f/"), Some(0), &[64])
    }),
    ("stat link-to-file/", NOTDIR, |g| {
        one(g, "path_filestat_get", (DIR, b"in_file/"), Some(0), &[64])
    }),
    ("set_times file/", NOTDIR, |g| {
        one(g, "path_filestat_set_times", (DIR, b"f/"), Some(1), &[1, 1, 5])
    }),
    ("readlink file", INVAL, |g| {
        one(g, "path_readlink", (DIR, b"f"), None, &[64, 9, 512])
    }),
    ("readlink link/", INVAL, |g| {
        one(g, "path_readlink", (DIR, b"in_dir/"), None, &[64, 9, 512])
    }),
];

#[test]
fn slashes_and_dots() {
    let mut world = World::new();
    for (what, error, attempt) in SLASHES {
        world.refuses(what, *error, attempt);
    }
}

#[test]
fn slashes_after_directories_are_fine() {
    let mut world = World::new();
    let guest = &mut world.guest;
    assert_eq!(one(guest, "path_create_directory", (DIR, b"new//"), None, &[]), 0);
    assert_eq!(rename(guest, (DIR, b"new/"), (DIR, b"newer/")), 0);
    assert_eq!(rename(guest, (DIR, b"newer"), (DIR, b"new/")), 0);
    assert_eq!(open(guest, (DIR, b"./sub//deep/..///g"), 1, 0, FD_READ), 0);
    assert_eq!(open(guest, (DIR, b"in_dir/"), 0, DIRECTORY, FD_READ), 0);
    assert_eq!(
        one(guest, "path_filestat_get", (DIR, b"in_dir/"), Some(0), &[64]),
        0
    );
    assert_eq!(guest.bytes(64 + 16, 1), [3]);
    assert_eq!(one(guest, "path_remove_directory", (DIR, b"new/"), None, &[]), 0);
}

/// Names that are none, in every position.
#[test]
fn names_that_are_none() {
    let name_max = "n".repeat(256);
    let in_the_midst = format!("sub/{name_max}/x");
    let (path_max, huge) = (long(4098), "x/".repeat(6000));
    for (path, error) in [
        (&b""[..], NOENT),
        (b"f\0", INVAL),
        (b"\0", INVAL),
        (b"f\0/../../secret", INVAL),
        (b"../secret\0", INVAL),
        (b"\xff", ILSEQ),
        (b"sub/\xc0\xaf..", ILSEQ),
        (b"..\xc0\xaf..\xc0\xafsecret", ILSEQ),
        (b"\xed\xa0\x80", ILSEQ),
        (name_max.as_bytes(), NAMETOOLONG),
        (in_the_midst.as_bytes(), NAMETOOLONG),
        (path_max.as_bytes(), NAMETOOLONG),
        (huge.as_bytes(), NAMETOOLONG),
    ] {
        let mut world = World::new();
        for (name, attempt) in POSITIONS {
            let what = format!("{name} {:?}", String::from_utf8_lossy(path));
            world.refuses(&what, error, |guest| attempt(guest, (DIR, path)));
        }
    }
    let mut world = World::new();
    for (target, error) in [
        (&b"x\0"[..], INVAL),
        (b"\xff", ILSEQ),
        (&[b'x'; 4096], NAMETOOLONG),
    ] {
        world.refuses("target", error, |guest| {
            symlink_at(guest, target, (DIR, b"fresh"))
        });
    }
    assert_eq!(
        open(&mut world.guest, (DIR, long(4096).as_bytes()), 1, 0, FD_READ),
        0
    );
}

#[test]
fn pipes_are_not_waited_for() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let pipe = dir.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let start = Instant::now();
    assert_eq!(open(&mut guest, (DIR, b"pipe"), 1, 0, FD_WRITE), NXIO);
    assert_eq!(open(&mut guest, (DIR, b"pipe"), 1, CREAT, FD_WRITE), NXIO);
    assert_eq!(open(&mut guest, (DIR, b"pipe"), 1, DIRECTORY, FD_READ), NOTDIR);
    assert_eq!(
        one(
            &mut guest,
            "path_filestat_set_times",
            (DIR, b"pipe"),
            Some(1),
            &[5, 7, 5]
        ),
        0
    );
    assert_eq!(
        one(&mut guest, "path_filestat_get", (DIR, b"pipe"), Some(1), &[64]),
        0
    );
    assert_eq!((guest.u64(64 + 40), guest.u64(64 + 48)), (5, 7));
    let fd = guest.open("pipe", 0, FD_READ | SET_FLAGS).unwrap();
    assert_eq!(guest.read(fd, 10).unwrap(), b"");
    let writer = rustix::fs::open(&pipe, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
    let waits = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        rustix::io::write(&writer, b"late").unwrap();
        writer
    });
    assert_eq!(
        guest.read(fd, 10).unwrap(),
        b"late",
        "to read waits if somebody may write"
    );
    let _writer = waits.join().unwrap();
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 4]), 0);
    assert_eq!(guest.read(fd, 10), Err(AGAIN));
    assert_eq!(guest.call("fd_seek", &[fd, 0, 1, 64]), SPIPE);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn sockets_are_no_files() {
    let dir = tempdir().unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    let mut guest = Guest::with_dir(dir.path());
    for (name, attempt) in &POSITIONS[..4] {
        assert_eq!(attempt(&mut guest, (DIR, b"socket")), NXIO, "{name}");
    }
    assert_eq!(
        one(&mut guest, "path_filestat_get", (DIR, b"socket"), Some(1), &[64]),
        0
    );
    assert_eq!(guest.bytes(64 + 16, 1), [6]);
}

/// A directory that the host has taken away is still one, with nothing in it and nothing around it.
#[test]
fn a_directory_that_is_gone() {
    let mut world = World::new();
    let fd = world.guest.open("empty", DIRECTORY, !FD_WRITE).unwrap();
    fs::remove_dir(world.outer.path().join("inner/empty")).unwrap();
    for (path, error) in [(&b"x"[..], NOENT), (b"../f", PERM), (b"..", PERM)] {
        for (name, attempt) in &POSITIONS[..FOLLOWING] {
            world.refuses(name, error, |guest| attempt(guest, (fd, path)));
        }
    }
    let before = world.state();
    assert_eq!(world.guest.call("fd_readdir", &[fd, 8192, 4096, 0, 512]), 0);
    assert_eq!(world.guest.u32(512), 0, "bytes of entries");
    assert_eq!(world.state(), before);
}
