//! A tree with folders for a program in its midst, and what is around them, in which every change shows.

use crate::guest::Guest;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use tempfile::{TempDir, tempdir};
use transom_wasi::{FsPerms, WasiCtxBuilder};

pub const CREAT: i64 = 1;
pub const DIRECTORY: i64 = 2;
pub const EXCL: i64 = 4;
pub const TRUNC: i64 = 8;
pub const FD_READ: i64 = 1 << 1;
pub const FD_WRITE: i64 = 1 << 6;

/// The folder that can be written, one that can only be read, and another that can be written.
pub const DIR: i64 = 3;
pub const READ_ONLY: i64 = 4;
pub const OTHER: i64 = 5;

pub struct World {
    pub outer: TempDir,
    pub guest: Guest,
}

/// Links in the folder, by name and target; `OUTER` stands for the path of the tree.
const LINKS: &[(&str, &str)] = &[
    ("relative", "../secret"),
    ("absolute", "OUTER/secret"),
    ("parent", ".."),
    ("root", "/"),
    ("outside", "../around"),
    ("outside_abs", "OUTER/around"),
    ("itself", "OUTER/inner"),
    ("dangling", "../new"),
    ("dangling_abs", "OUTER/new"),
    ("dangling_in", "fresh"),
    ("chain1", "chain2"),
    ("chain2", "sub/chain3"),
    ("sub/chain3", "../../secret"),
    ("dirchain1", "dirchain2/."),
    ("dirchain2", "sub/dirchain3/"),
    ("sub/dirchain3", "../outside"),
    ("sub/up", "../.."),
    ("sub/deep/up", "../../../around"),
    ("loop1", "loop2"),
    ("loop2", "loop1"),
    ("self", "self"),
    ("in_file", "f"),
    ("in_dir", "sub"),
    ("out_and_in", "../inner/f"),
];

impl World {
    pub fn new() -> Self {
        let outer = tempdir().unwrap();
        let root = outer.path();
        for dir in ["around/empty", "inner/sub/deep", "inner/empty", "ro/d", "other/d"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        for file in [
            "secret",
            "around/secret",
            "inner/f",
            "inner/sub/g",
            "ro/f",
            "ro/d/g",
            "other/f",
        ] {
            fs::write(root.join(file), format!("content of {file}")).unwrap();
        }
        for (name, target) in LINKS {
            let target = target.replace("OUTER", root.to_str().unwrap());
            symlink(target, root.join("inner").join(name)).unwrap();
        }
        symlink("../inner/f", root.join("ro/out")).unwrap();
        let mut builder = WasiCtxBuilder::new();
        for (host, guest, perms) in [
            ("inner", "/", FsPerms::ReadWrite),
            ("ro", "/ro", FsPerms::ReadOnly),
            ("other", "/other", FsPerms::ReadWrite),
        ] {
            builder.preopened_dir(root.join(host), guest, perms).unwrap();
        }
        let guest = Guest::new(builder.build_p1());
        World { outer, guest }
    }

    /// All that there is in the tree: names, kinds, numbers, links to it, times of change, contents.
    pub fn state(&self) -> String {
        let mut text = String::new();
        describe(self.outer.path(), &mut text);
        text
    }

    /// Does something that must fail with `expected`, and change nothing in the whole tree.
    pub fn refuses(&mut self, what: &str, expected: u16, attempt: impl FnOnce(&mut Guest) -> u16) {
        let before = self.state();
        assert_eq!(attempt(&mut self.guest), expected, "{what}");
        assert_eq!(self.state(), before, "{what}");
    }
}

pub fn describe(path: &Path, text: &mut String) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let (ino, nlink) = (metadata.ino(), metadata.nlink());
    let times = [
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    ];
    writeln!(
        text,
        "{} {:o} {ino} {nlink} {times:?}",
        path.display(),
        metadata.mode()
    )
    .unwrap();
    if metadata.is_symlink() {
        writeln!(text, "-> {}", fs::read_link(path).unwrap().display()).unwrap();
    } else if metadata.is_file() {
        writeln!(text, "{:?}", fs::read(path).unwrap()).unwrap();
    } else if metadata.is_dir() {
        let mut names = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>();
        names.sort();
        names.iter().for_each(|name| describe(name, text));
    }
}

/// Where the two paths of a call lie.
const FIRST: usize = 1024;
const SECOND: usize = 16384;

fn put(guest: &mut Guest, at: usize, path: &[u8]) -> [i64; 2] {
    guest.put(at, path);
    [at as i64, path.len() as i64]
}

/// Opens a path for reading, or also for writing.
pub fn open(guest: &mut Guest, at: (i64, &[u8]), follow: i64, oflags: i64, rights: i64) -> u16 {
    let [ptr, len] = put(guest, FIRST, at.1);
    guest.call("path_open", &[at.0, follow, ptr, len, oflags, rights, -1, 0, 512])
}

/// A function whose last arguments are a directory and a path, with others before and after.
pub fn one(guest: &mut Guest, name: &str, at: (i64, &[u8]), lookup: Option<i64>, rest: &[i64]) -> u16 {
    let [ptr, len] = put(guest, FIRST, at.1);
    let mut args = vec![at.0];
    args.extend(lookup);
    args.extend([ptr, len]);
    args.extend(rest);
    guest.call(name, &args)
}

pub fn rename(guest: &mut Guest, from: (i64, &[u8]), to: (i64, &[u8])) -> u16 {
    let ([a, b], [c, d]) = (put(guest, FIRST, from.1), put(guest, SECOND, to.1));
    guest.call("path_rename", &[from.0, a, b, to.0, c, d])
}

pub fn link(guest: &mut Guest, from: (i64, &[u8]), lookup: i64, to: (i64, &[u8])) -> u16 {
    let ([a, b], [c, d]) = (put(guest, FIRST, from.1), put(guest, SECOND, to.1));
    guest.call("path_link", &[from.0, lookup, a, b, to.0, c, d])
}

pub fn symlink_at(guest: &mut Guest, target: &[u8], at: (i64, &[u8])) -> u16 {
    let ([a, b], [c, d]) = (put(guest, FIRST, target), put(guest, SECOND, at.1));
    guest.call("path_symlink", &[a, b, at.0, c, d])
}

type Attempt = fn(&mut Guest, (i64, &[u8])) -> u16;

/// Every position that a path can be passed in, and every way to use what is there.
pub const POSITIONS: &[(&str, Attempt)] = &[
    ("open", |g, at| open(g, at, 1, 0, FD_READ)),
    ("open to write", |g, at| open(g, at, 1, 0, FD_WRITE)),
    ("open O_CREAT", |g, at| open(g, at, 1, CREAT, FD_WRITE)),
    ("open O_TRUNC", |g, at| open(g, at, 1, TRUNC, FD_WRITE)),
    ("open O_DIRECTORY", |g, at| open(g, at, 1, DIRECTORY, FD_READ)),
    ("filestat_get", |g, at| {
        one(g, "path_filestat_get", at, Some(1), &[64])
    }),
    ("set_times", |g, at| {
        one(g, "path_filestat_set_times", at, Some(1), &[1, 1, 5])
    }),
    ("set_times now", |g, at| {
        one(g, "path_filestat_set_times", at, Some(1), &[0, 0, 10])
    }),
    // From here on, a link at the end of the path is not followed.
    ("open O_NOFOLLOW", |g, at| open(g, at, 0, 0, FD_READ)),
    ("open O_CREAT, O_NOFOLLOW", |g, at| {
        open(g, at, 0, CREAT, FD_WRITE)
    }),
    ("open O_DIRECTORY, O_NOFOLLOW", |g, at| {
        open(g, at, 0, DIRECTORY, FD_READ)
    }),
    ("open O_EXCL", |g, at| open(g, at, 1, CREAT | EXCL, FD_WRITE)),
    ("filestat_get of a link", |g, at| {
        one(g, "path_filestat_get", at, Some(0), &[64])
    }),
    ("set_times of a link", |g, at| {
        one(g, "path_filestat_set_times", at, Some(0), &[1, 1, 5])
    }),
    ("readlink", |g, at| {
        one(g, "path_readlink", at, None, &[64, 100, 512])
    }),
    ("unlink_file", |g, at| one(g, "path_unlink_file", at, None, &[])),
    ("remove_directory", |g, at| {
        one(g, "path_remove_directory", at, None, &[])
    }),
    ("create_directory", |g, at| {
        one(g, "path_create_directory", at, None, &[])
    }),
    ("link from", |g, at| link(g, at, 0, (DIR, b"fresh"))),
    ("link to", |g, at| link(g, (DIR, b"f"), 0, at)),
    ("rename from", |g, at| rename(g, at, (DIR, b"fresh"))),
    ("rename a file to", |g, at| rename(g, (DIR, b"f"), at)),
    ("rename a directory to", |g, at| rename(g, (DIR, b"empty"), at)),
    ("symlink at", |g, at| symlink_at(g, b"f", at)),
];

/// How many of the positions follow a link at the end of their path.
pub const FOLLOWING: usize = 8;

/// Tries a path in all of `positions`.
pub fn everywhere(positions: &[(&str, Attempt)], path: &str, expected: u16) {
    let mut world = World::new();
    let path = path.replace("OUTER", world.outer.path().to_str().unwrap());
    for (name, attempt) in positions {
        let what = format!("{name} `{path}`");
        world.refuses(&what, expected, |guest| attempt(guest, (DIR, path.as_bytes())));
    }
}

/// A long path through directories that exist.
pub fn long(len: usize) -> String {
    let mut path = "./".repeat(len / 2 - 1);
    path.push('f');
    path
}

#[test]
fn a_change_shows() {
    let world = World::new();
    let before = world.state();
    assert_eq!(world.state(), before);
    fs::write(
        world.outer.path().join("around/secret"),
        "content of around/secret",
    )
    .unwrap();
    assert_ne!(world.state(), before);
}
