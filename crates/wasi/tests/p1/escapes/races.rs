//! A host that changes what a path means while the program uses it: whatever a call finds, it is inside.

use super::world::*;
use crate::errno::*;
use crate::guest::Guest;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// What a path comes to of which a name was a link, and is none when the link is read: the host goes through a path
/// name by name after it was interrupted several times.
const GIVEN_UP: u16 = INVAL;

/// How long each race goes on.
const LONG: Duration = Duration::from_millis(300);

/// Ends the other side of a race, even if this one fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets the host exchange two places for as long as the program does something again and again.
fn race(places: (PathBuf, PathBuf), mut turn: impl FnMut(u32)) -> u32 {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let exchanges = scope.spawn(|| {
            let mut exchanges = 0;
            while !over.load(Ordering::Relaxed) {
                renameat_with(CWD, &places.0, CWD, &places.1, RenameFlags::EXCHANGE).unwrap();
                exchanges += 1;
            }
            exchanges
        });
        let ends = Over(&over);
        let (start, mut turns) = (Instant::now(), 0);
        while start.elapsed() < LONG {
            turn(turns);
            turns += 1;
        }
        drop(ends);
        assert!(exchanges.join().unwrap() > 100 && turns > 20);
        turns
    })
}

/// Reads a file, if it can be opened; it must never be the secret.
fn reads_inside(guest: &mut Guest, path: &str) -> bool {
    let Ok(fd) = guest.open(path, 0, FD_READ) else {
        return false;
    };
    assert_eq!(guest.read(fd, 100).unwrap(), b"inside", "{path}");
    assert_eq!(guest.call("fd_close", &[fd]), 0);
    true
}

fn tree(root: &Path) -> Guest {
    for dir in ["inner/real", "out"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    fs::write(root.join("inner/real/x"), "inside").unwrap();
    fs::write(root.join("out/x"), "secret").unwrap();
    Guest::with_dir(&root.join("inner"))
}

fn state(path: &Path) -> String {
    let mut text = String::new();
    describe(path, &mut text);
    text
}

#[test]
fn a_directory_becomes_a_link() {
    let outer = tempdir().unwrap();
    let root = outer.path();
    let mut guest = tree(root);
    symlink("../out", root.join("inner/link")).unwrap();
    fs::write(root.join("out/y"), "only outside").unwrap();
    fs::create_dir(root.join("out/dir")).unwrap();
    let before = state(&root.join("out"));
    let mut read = 0;
    race((root.join("inner/real"), root.join("inner/link")), |turn| {
        read += u32::from(reads_inside(&mut guest, "real/x"));
        let name = format!("real/new{turn}");
        let at = (DIR, name.as_bytes());
        // Each of them makes something, or takes it away, or fails because there is a link.
        let errors = [
            open(&mut guest, at, 1, CREAT, FD_WRITE),
            link(&mut guest, at, 0, (DIR, b"real/second")),
            rename(&mut guest, at, (DIR, b"real/third")),
            one(
                &mut guest,
                "path_filestat_set_times",
                (DIR, b"real/x"),
                Some(1),
                &[1, 1, 5],
            ),
            one(&mut guest, "path_unlink_file", (DIR, b"real/second"), None, &[]),
            one(&mut guest, "path_unlink_file", (DIR, b"real/third"), None, &[]),
            one(&mut guest, "path_unlink_file", at, None, &[]),
            one(&mut guest, "path_create_directory", at, None, &[]),
            one(&mut guest, "path_remove_directory", at, None, &[]),
            symlink_at(&mut guest, b"x", at),
            one(&mut guest, "path_unlink_file", at, None, &[]),
        ];
        let outside = [
            one(&mut guest, "path_unlink_file", (DIR, b"real/y"), None, &[]),
            one(&mut guest, "path_remove_directory", (DIR, b"real/dir"), None, &[]),
            one(
                &mut guest,
                "path_filestat_set_times",
                (DIR, b"real/y"),
                Some(0),
                &[1, 1, 5],
            ),
            one(&mut guest, "path_filestat_get", (DIR, b"real/y"), Some(0), &[64]),
            rename(&mut guest, (DIR, b"real/y"), (DIR, b"stolen")),
            link(&mut guest, (DIR, b"real/y"), 0, (DIR, b"stolen")),
        ];
        assert!(!outside.contains(&0), "{outside:?}");
        let fd = i64::from(guest.u32(512));
        if errors[0] == 0 {
            guest.call("fd_close", &[fd]);
        }
        let expected = [0, PERM, NOENT, EXIST, LOOP, NOTDIR, ISDIR, GIVEN_UP];
        assert!(errors.iter().all(|error| expected.contains(error)), "{errors:?}");
    });
    assert!(read > 0);
    assert_eq!(state(&root.join("out")), before);
}

#[test]
fn a_file_becomes_a_link() {
    let outer = tempdir().unwrap();
    let root = outer.path();
    let mut guest = tree(root);
    symlink("../../out/x", root.join("inner/real/link")).unwrap();
    let before = state(&root.join("out"));
    let mut read = 0;
    race((root.join("inner/real/x"), root.join("inner/real/link")), |_| {
        read += u32::from(reads_inside(&mut guest, "real/x"));
        let x = (DIR, &b"real/x"[..]);
        let errors = [
            one(&mut guest, "path_filestat_set_times", x, Some(1), &[1, 1, 5]),
            one(&mut guest, "path_filestat_get", x, Some(1), &[64]),
        ];
        if errors[1] == 0 {
            assert_eq!((guest.bytes(80, 1)[0], guest.u64(96)), (4, 6), "the file inside");
        }
        if let Ok(fd) = guest.open("real/x", CREAT, FD_WRITE) {
            assert_eq!(
                (guest.write(fd, b"inside"), guest.call("fd_close", &[fd])),
                (0, 0)
            );
        }
        assert!(
            errors.iter().all(|error| [0, PERM, GIVEN_UP].contains(error)),
            "{errors:?}"
        );
    });
    assert!(read > 0);
    assert_eq!(state(&root.join("out")), before);
}

/// `..` of a directory that moves out, and in again, is the folder's own, or nothing.
#[test]
fn a_directory_moves_away() {
    let outer = tempdir().unwrap();
    let root = outer.path();
    let mut guest = tree(root);
    for dir in ["inner/a/b/c", "out/d/c"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    for (path, text) in [
        ("inner/y", "inside"),
        ("inner/a/y", "inside"),
        ("out/y", "secret"),
        ("y", "secret"),
    ] {
        fs::write(root.join(path), text).unwrap();
    }
    let held = guest.open("a/b/c", DIRECTORY, !FD_WRITE).unwrap();
    let before = [
        state(&root.join("out/x")),
        state(&root.join("out/y")),
        state(&root.join("y")),
    ];
    let mut read = 0;
    race((root.join("inner/a/b"), root.join("out/d")), |_| {
        read += u32::from(reads_inside(&mut guest, "a/b/c/../../y"));
        read += u32::from(reads_inside(&mut guest, "a/b/../../y"));
        for path in ["../y", "../../y", "../../../y"] {
            assert_eq!(open(&mut guest, (held, path.as_bytes()), 1, 0, FD_READ), PERM);
            assert_eq!(
                one(&mut guest, "path_unlink_file", (held, path.as_bytes()), None, &[]),
                PERM
            );
        }
        for path in ["a/b/../z", "a/b/c/../../z"] {
            let made = open(&mut guest, (DIR, path.as_bytes()), 1, CREAT, FD_WRITE);
            if made == 0 {
                let fd = i64::from(guest.u32(512));
                guest.call("fd_close", &[fd]);
            }
            let gone = one(&mut guest, "path_unlink_file", (DIR, path.as_bytes()), None, &[]);
            let expected = [0, PERM, NOENT, GIVEN_UP];
            assert!(
                expected.contains(&made) && expected.contains(&gone),
                "{path}: {made} {gone}"
            );
        }
    });
    assert!(read > 0);
    let after = [
        state(&root.join("out/x")),
        state(&root.join("out/y")),
        state(&root.join("y")),
    ];
    assert_eq!(after, before);
    let names = |dir: &str| fs::read_dir(root.join(dir)).unwrap().count();
    assert_eq!((names("out"), names("")), (3, 3), "nothing was made outside");
}
