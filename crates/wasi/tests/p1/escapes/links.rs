//! Paths and links that lead out of a folder.

use super::world::*;
use crate::errno::*;
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::tempdir;
use transom_wasi::{FsPerms, WasiCtxBuilder};

/// Paths that have left the folder before their last name.
const OUT: &[&str] = &[
    "..",
    "../",
    "../secret",
    "../inner/f",
    "../..",
    "./../secret",
    ".//..//secret",
    "sub/../../secret",
    "sub/../../inner/f",
    "sub/deep/../../../secret",
    "sub/./deep/.././../../secret",
    "/",
    "//",
    "/etc/passwd",
    "/f",
    "//f",
    "/../f",
    "/.",
    "OUTER/secret",
    "OUTER/inner/f",
    "OUTER/inner/../secret",
    "parent/secret",
    "parent/inner/f",
    "root/etc/passwd",
    "outside/secret",
    "outside/../secret",
    "outside_abs/secret",
    "itself/f",
    "sub/up/secret",
    "sub/deep/up/secret",
    "dirchain1/secret",
    "in_dir/../../secret",
    "in_dir/up/secret",
    "in_dir/deep/../../../secret",
];

#[test]
fn no_path_leads_out() {
    OUT.iter().for_each(|path| everywhere(POSITIONS, path, PERM));
}

/// Links out of the folder as the last name, which some functions follow.
const LAST: &[(&str, u16)] = &[
    ("relative", PERM),
    ("absolute", PERM),
    ("parent", PERM),
    ("root", PERM),
    ("outside", PERM),
    ("outside_abs", PERM),
    ("itself", PERM),
    ("dangling", PERM),
    ("dangling_abs", PERM),
    ("chain1", PERM),
    ("dirchain1", PERM),
    ("sub/chain3", PERM),
    ("out_and_in", PERM),
    ("loop1", LOOP),
    ("self", LOOP),
];

#[test]
fn no_link_is_followed_out() {
    for (path, error) in LAST {
        everywhere(&POSITIONS[..FOLLOWING], path, *error);
        let mut world = World::new();
        let path = path.as_bytes();
        for (what, expected, attempt) in [
            ("O_NOFOLLOW", LOOP, (0, 0)),
            ("O_CREAT, O_NOFOLLOW", LOOP, (0, CREAT)),
            ("O_DIRECTORY, O_NOFOLLOW", NOTDIR, (0, DIRECTORY)),
            ("O_EXCL", EXIST, (1, CREAT | EXCL)),
        ] {
            world.refuses(what, expected, |guest| {
                open(guest, (DIR, path), attempt.0, attempt.1, FD_READ)
            });
        }
        world.refuses("mkdir over", EXIST, |guest| {
            one(guest, "path_create_directory", (DIR, path), None, &[])
        });
        world.refuses("symlink over", EXIST, |guest| {
            symlink_at(guest, b"f", (DIR, path))
        });
        world.refuses("link over", EXIST, |guest| {
            link(guest, (DIR, b"f"), 0, (DIR, path))
        });
        world.refuses("rmdir", NOTDIR, |guest| {
            one(guest, "path_remove_directory", (DIR, path), None, &[])
        });
        world.refuses("rename a directory over", NOTDIR, |guest| {
            rename(guest, (DIR, b"empty"), (DIR, path))
        });
        world.refuses("link following", INVAL, |guest| {
            link(guest, (DIR, path), 1, (DIR, b"fresh"))
        });
    }
}

#[test]
fn a_slash_follows_a_link_out_no_further() {
    for path in [
        "outside/",
        "parent/",
        "root/",
        "relative/",
        "sub/up/",
        "outside/.",
        "outside/..",
    ] {
        let mut world = World::new();
        for (name, attempt) in POSITIONS {
            let before = world.state();
            let error = attempt(&mut world.guest, (DIR, path.as_bytes()));
            // What works on names alone says that the name is a link.
            let plain = [PERM, NOTDIR, EXIST, ISDIR];
            assert!(plain.contains(&error), "{name} `{path}`: {error}");
            assert_eq!(world.state(), before, "{name} `{path}`");
        }
    }
}

#[test]
fn a_link_itself_can_be_used() {
    let mut world = World::new();
    let (outer, guest) = (world.outer.path().to_owned(), &mut world.guest);
    assert_eq!(
        one(guest, "path_readlink", (DIR, b"relative"), None, &[64, 100, 512]),
        0
    );
    assert_eq!(guest.bytes(64, 9), b"../secret");
    assert_eq!(
        one(guest, "path_readlink", (DIR, b"absolute"), None, &[64, 100, 512]),
        PERM
    );
    assert_eq!(link(guest, (DIR, b"relative"), 0, (DIR, b"second")), 0);
    assert_eq!(
        fs::read_link(outer.join("inner/second")).unwrap().to_str(),
        Some("../secret")
    );
    assert_eq!(rename(guest, (DIR, b"f"), (DIR, b"second")), 0);
    assert!(
        fs::symlink_metadata(outer.join("inner/second"))
            .unwrap()
            .is_file()
    );
    assert_eq!(one(guest, "path_unlink_file", (DIR, b"absolute"), None, &[]), 0);
    assert_eq!(
        one(
            guest,
            "path_filestat_set_times",
            (DIR, b"relative"),
            Some(0),
            &[1, 7, 5]
        ),
        0
    );
    assert_eq!(fs::read(outer.join("secret")).unwrap(), b"content of secret");
    assert_eq!(open(guest, (DIR, b"dangling_in"), 1, CREAT, FD_WRITE), 0);
    assert!(outer.join("inner/fresh").is_file());
}

#[test]
fn links_that_the_program_makes_lead_nowhere_either() {
    let mut world = World::new();
    for target in ["/", "/etc/passwd", "//x", "/.."] {
        world.refuses(target, PERM, |guest| {
            symlink_at(guest, target.as_bytes(), (DIR, b"made"))
        });
    }
    for (name, target) in [
        ("m1", "../secret"),
        ("m2", "sub/../../secret"),
        ("m3", "m1"),
        ("sub/m4", "../m2"),
    ] {
        assert_eq!(
            symlink_at(&mut world.guest, target.as_bytes(), (DIR, name.as_bytes())),
            0
        );
    }
    // A link that stays inside where it is made, and would not any more where it is moved.
    assert_eq!(symlink_at(&mut world.guest, b"../f", (DIR, b"sub/m5")), 0);
    assert_eq!(open(&mut world.guest, (DIR, b"sub/m5"), 1, 0, FD_READ), 0);
    assert_eq!(rename(&mut world.guest, (DIR, b"sub/m5"), (DIR, b"m5")), 0);
    // Likewise a directory in which `..` means something else after it was opened.
    for path in ["m1", "m2", "m3", "sub/m4", "m5"] {
        for (name, attempt) in &POSITIONS[..FOLLOWING] {
            let what = format!("{name} `{path}`");
            world.refuses(&what, PERM, |guest| attempt(guest, (DIR, path.as_bytes())));
        }
    }
    let fd = world.guest.open("sub/deep", DIRECTORY, !FD_WRITE).unwrap();
    for path in ["..", "../g", "../../f", "up"] {
        for (name, attempt) in &POSITIONS[..FOLLOWING] {
            let what = format!("{name} `{path}` in a directory of a folder");
            world.refuses(&what, PERM, |guest| attempt(guest, (fd, path.as_bytes())));
        }
    }
}

#[test]
fn magic_links_are_none() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("f"), "x").unwrap();
    symlink("/proc/self/root", dir.path().join("root")).unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder
        .preopened_dir("/proc", "/proc", FsPerms::ReadWrite)
        .unwrap();
    builder
        .preopened_dir(dir.path(), "/", FsPerms::ReadWrite)
        .unwrap();
    let mut guest = crate::guest::Guest::new(builder.build_p1());
    let file = fs::File::open(dir.path().join("f")).unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&file);
    let pid = std::process::id();
    for path in [
        format!("self/fd/{number}"),
        format!("{pid}/fd/{number}"),
        "self/root".to_owned(),
        "self/root/".to_owned(),
        "self/root/etc/passwd".to_owned(),
        "self/cwd".to_owned(),
        "self/cwd/x".to_owned(),
        "self/exe".to_owned(),
        "thread-self/root/etc".to_owned(),
        "self/task/../root/etc".to_owned(),
    ] {
        for (name, attempt) in POSITIONS[..FOLLOWING]
            .iter()
            .filter(|(name, _)| *name != "open O_CREAT")
        {
            let error = attempt(&mut guest, (DIR, path.as_bytes()));
            assert!([PERM, LOOP].contains(&error), "{name} `{path}`: {error}");
        }
    }
    assert_eq!(open(&mut guest, (4, b"root/etc/passwd"), 1, 0, FD_READ), PERM);
    // What is no magic is a file like another.
    assert_eq!(open(&mut guest, (DIR, b"self/status"), 1, 0, FD_READ), 0);
}

#[test]
fn mount_points_are_crossed_downwards_only() {
    let mut builder = WasiCtxBuilder::new();
    builder.preopened_dir("/dev", "/dev", FsPerms::ReadWrite).unwrap();
    let mut guest = crate::guest::Guest::new(builder.build_p1());
    for path in [
        "../etc",
        "shm/../../etc",
        "pts/../../etc",
        "fd/0",
        "stdin",
        "shm/../fd/0",
    ] {
        let error = open(&mut guest, (DIR, path.as_bytes()), 1, 0, FD_READ);
        assert!([PERM, NOENT].contains(&error), "{path}: {error}");
    }
    assert_eq!(open(&mut guest, (DIR, b"null"), 1, 0, FD_READ | FD_WRITE), 0);
}
