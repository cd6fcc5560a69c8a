//! Descriptors that are not what a call needs, or may not do what it does.

use super::world::*;
use crate::errno::*;
use crate::guest::{FUNCTIONS, Guest};
use std::fs;

/// A folder that can be read keeps what is in it as it is.
#[test]
fn a_folder_to_read() {
    let mut world = World::new();
    type Row = (&'static str, u16, fn(&mut Guest) -> u16);
    let rows: &[Row] = &[
        ("write", NOTCAPABLE, |g| {
            open(g, (READ_ONLY, b"f"), 1, 0, FD_WRITE)
        }),
        ("write below", NOTCAPABLE, |g| {
            open(g, (READ_ONLY, b"d/../d/g"), 1, 0, FD_WRITE)
        }),
        ("create", NOTCAPABLE, |g| {
            open(g, (READ_ONLY, b"new"), 1, CREAT, FD_READ)
        }),
        ("create what is there", NOTCAPABLE, |g| {
            open(g, (READ_ONLY, b"f"), 1, CREAT, FD_READ)
        }),
        ("truncate", NOTCAPABLE, |g| {
            open(g, (READ_ONLY, b"f"), 1, TRUNC, FD_READ)
        }),
        ("out", PERM, |g| open(g, (READ_ONLY, b"out"), 1, 0, FD_READ)),
        ("out", PERM, |g| {
            open(g, (READ_ONLY, b"../inner/f"), 1, 0, FD_READ)
        }),
        ("mkdir", NOTCAPABLE, |g| {
            one(g, "path_create_directory", (READ_ONLY, b"new"), None, &[])
        }),
        ("rmdir", NOTCAPABLE, |g| {
            one(g, "path_remove_directory", (READ_ONLY, b"d"), None, &[])
        }),
        ("unlink", NOTCAPABLE, |g| {
            one(g, "path_unlink_file", (READ_ONLY, b"f"), None, &[])
        }),
        ("symlink", NOTCAPABLE, |g| {
            symlink_at(g, b"f", (READ_ONLY, b"new"))
        }),
        ("times", NOTCAPABLE, |g| {
            one(
                g,
                "path_filestat_set_times",
                (READ_ONLY, b"f"),
                Some(1),
                &[0, 0, 10],
            )
        }),
        ("times of a link", NOTCAPABLE, |g| {
            one(
                g,
                "path_filestat_set_times",
                (READ_ONLY, b"out"),
                Some(0),
                &[0, 0, 10],
            )
        }),
        ("fd times", NOTCAPABLE, |g| {
            g.call("fd_filestat_set_times", &[READ_ONLY, 0, 0, 10])
        }),
        ("sync", NOTCAPABLE, |g| g.call("fd_sync", &[READ_ONLY])),
        ("link out of it", NOTCAPABLE, |g| {
            link(g, (READ_ONLY, b"f"), 0, (DIR, b"new"))
        }),
        ("link into it", NOTCAPABLE, |g| {
            link(g, (DIR, b"f"), 0, (READ_ONLY, b"new"))
        }),
        ("link within", NOTCAPABLE, |g| {
            link(g, (READ_ONLY, b"f"), 0, (READ_ONLY, b"new"))
        }),
        ("rename out of it", NOTCAPABLE, |g| {
            rename(g, (READ_ONLY, b"f"), (DIR, b"new"))
        }),
        ("rename into it", NOTCAPABLE, |g| {
            rename(g, (DIR, b"f"), (READ_ONLY, b"new"))
        }),
        ("rename over", NOTCAPABLE, |g| {
            rename(g, (DIR, b"f"), (READ_ONLY, b"f"))
        }),
        ("rename within", NOTCAPABLE, |g| {
            rename(g, (READ_ONLY, b"f"), (READ_ONLY, b"new"))
        }),
    ];
    for (what, error, attempt) in rows {
        world.refuses(what, *error, attempt);
    }
    let file = (READ_ONLY, &b"f"[..]);
    assert_eq!(open(&mut world.guest, file, 1, 0, FD_READ), 0);
    let fd = i64::from(world.guest.u32(512));
    assert_eq!(world.guest.read(fd, 100).unwrap(), b"content of ro/f");
    for (name, args) in [
        ("fd_filestat_set_size", vec![fd, 0]),
        ("fd_filestat_set_times", vec![fd, 0, 0, 5]),
        ("fd_allocate", vec![fd, 0, 10]),
        ("fd_write", vec![fd, 256, 0, 512]),
        ("fd_pwrite", vec![fd, 256, 0, 0, 512]),
    ] {
        world.refuses(name, NOTCAPABLE, |guest| guest.call(name, &args));
    }
    // The same below it, through descriptors that ask for everything that a folder has.
    for path in ["d", "d/", ".", "./d/../d"] {
        let [ptr, len] = world.guest.path(path);
        assert_eq!(
            world.guest.call(
                "path_open",
                &[READ_ONLY, 1, ptr, len, DIRECTORY, !FD_WRITE, -1, 0, 512]
            ),
            0
        );
        let fd = i64::from(world.guest.u32(512));
        for (name, attempt) in POSITIONS {
            if ["open", "open O_DIRECTORY", "filestat_get", "open O_NOFOLLOW"].contains(name)
                || [
                    "open O_DIRECTORY, O_NOFOLLOW",
                    "filestat_get of a link",
                    "readlink",
                ]
                .contains(name)
            {
                continue;
            }
            world.refuses(name, NOTCAPABLE, |guest| attempt(guest, (fd, b"g")));
        }
    }
}

#[test]
fn between_folders() {
    let mut world = World::new();
    world.refuses("rename", PERM, |g| rename(g, (DIR, b"../other/f"), (OTHER, b"x")));
    world.refuses("rename", PERM, |g| rename(g, (OTHER, b"f"), (DIR, b"outside/x")));
    world.refuses("link", PERM, |g| link(g, (OTHER, b"f"), 0, (DIR, b"parent/x")));
    world.refuses("link", EXIST, |g| link(g, (OTHER, b"f"), 0, (DIR, b"relative")));
    let guest = &mut world.guest;
    assert_eq!(link(guest, (OTHER, b"f"), 0, (DIR, b"x")), 0);
    assert_eq!(
        rename(guest, (OTHER, b"f"), (DIR, b"relative")),
        0,
        "a link is replaced, not followed"
    );
    assert_eq!(
        fs::read(world.outer.path().join("secret")).unwrap(),
        b"content of secret"
    );
    assert_eq!(
        fs::read(world.outer.path().join("inner/relative")).unwrap(),
        b"content of other/f"
    );
}

#[test]
fn numbers_that_are_used_again() {
    let mut world = World::new();
    let guest = &mut world.guest;
    // The number of the folder to read goes to one that can be written, and back.
    assert_eq!(guest.call("fd_close", &[READ_ONLY]), 0);
    let fd = guest.open("sub", DIRECTORY, !FD_WRITE).unwrap();
    assert_eq!(fd, READ_ONLY);
    assert_eq!(open(guest, (fd, b"made"), 1, CREAT, FD_WRITE), 0);
    assert!(world.outer.path().join("inner/sub/made").exists());
    let mut world = World::new();
    let guest = &mut world.guest;
    assert_eq!(guest.call("fd_renumber", &[READ_ONLY, DIR]), 0);
    assert_eq!(guest.call("fd_prestat_get", &[DIR, 64]), 0);
    assert_eq!(guest.u32(68), 3, "the name goes with the folder");
    world.refuses("create", NOTCAPABLE, |g| {
        open(g, (DIR, b"new"), 1, CREAT, FD_WRITE)
    });
    world.refuses("closed", BADF, |g| open(g, (READ_ONLY, b"f"), 1, 0, FD_READ));
    let guest = &mut world.guest;
    assert_eq!(guest.call("fd_renumber", &[OTHER, 1]), 0, "onto a stream");
    assert_eq!(
        (guest.write(1, b"x"), guest.call("fd_renumber", &[1, 1])),
        (BADF, 0)
    );
    assert_eq!(open(guest, (1, b"f"), 1, 0, FD_READ), 0);
    assert_eq!(
        guest.u32(512),
        6,
        "a number that is new before those that were left"
    );
    for (from, to) in [(77, 1), (1, 77), (1, 0xffff_ffff_i64), (OTHER, OTHER)] {
        assert_eq!(guest.call("fd_renumber", &[from, to]), BADF);
    }
}

#[test]
fn rights_are_given_up_for_good() {
    let mut world = World::new();
    let guest = &mut world.guest;
    assert_eq!(guest.call("fd_fdstat_get", &[DIR, 64]), 0);
    let (base, below) = (guest.u64(72) as i64, guest.u64(80) as i64);
    assert_eq!(guest.call("fd_fdstat_set_rights", &[DIR, base, -1]), NOTCAPABLE);
    assert_eq!(
        guest.call("fd_fdstat_set_rights", &[DIR, base | FD_WRITE, below]),
        NOTCAPABLE
    );
    let fd = guest.open("f", 0, FD_READ | FD_WRITE).unwrap();
    assert_eq!(guest.call("fd_fdstat_set_rights", &[fd, FD_READ, 0]), 0);
    for rights in [FD_READ | FD_WRITE, -1, 1 << 2] {
        assert_eq!(guest.call("fd_fdstat_set_rights", &[fd, rights, 0]), NOTCAPABLE);
    }
    for (name, args) in [
        ("fd_filestat_set_size", &[fd, 0][..]),
        ("fd_filestat_set_times", &[fd, 0, 0, 10]),
        ("fd_allocate", &[fd, 0, 1000]),
        ("fd_fdstat_set_flags", &[fd, 1]),
        ("fd_sync", &[fd]),
        ("fd_datasync", &[fd]),
        ("fd_advise", &[fd, 0, 1, 0]),
        ("fd_tell", &[fd, 64]),
        ("fd_seek", &[fd, 0, 0, 64]),
        ("fd_pread", &[fd, 256, 0, 0, 512]),
        ("fd_pwrite", &[fd, 256, 0, 0, 512]),
        ("fd_write", &[fd, 256, 0, 512]),
        ("fd_filestat_get", &[fd, 64]),
    ] {
        world.refuses(name, NOTCAPABLE, |guest| guest.call(name, args));
    }
    // What a folder gives up, nothing below it gets, not even itself opened again.
    let guest = &mut world.guest;
    let kept = 1 << 13 | FD_READ;
    assert_eq!(guest.call("fd_fdstat_set_rights", &[DIR, 1 << 13, kept]), 0);
    assert_eq!(guest.call("fd_readdir", &[DIR, 8192, 100, 0, 512]), NOTCAPABLE);
    let fd = guest.open(".", DIRECTORY, !FD_WRITE).unwrap();
    assert_eq!(guest.call("fd_fdstat_get", &[fd, 64]), 0);
    assert_eq!((guest.u64(72), guest.u64(80)), (1 << 13, kept as u64));
    for dir in [DIR, fd] {
        for (name, attempt) in POSITIONS {
            if [
                "open",
                "open O_DIRECTORY",
                "open O_NOFOLLOW",
                "open O_DIRECTORY, O_NOFOLLOW",
            ]
            .contains(name)
            {
                continue;
            }
            world.refuses(name, NOTCAPABLE, |guest| attempt(guest, (dir, b"f")));
        }
    }
}

/// Functions of paths on files, functions of files on directories, all on what is closed.
#[test]
fn descriptors_of_the_wrong_kind() {
    let mut world = World::new();
    let file = world.guest.open("f", 0, FD_READ | FD_WRITE).unwrap();
    for (fd, error) in [(file, NOTDIR), (0, NOTDIR), (1, NOTDIR), (77, BADF), (-1, BADF)] {
        for (name, attempt) in POSITIONS {
            let what = format!("{name} on {fd}");
            world.refuses(&what, error, |guest| attempt(guest, (fd, b"x")));
        }
        world.refuses("readdir", error, |guest| {
            guest.call("fd_readdir", &[fd, 8192, 100, 0, 512])
        });
    }
    for (name, args, error) in [
        ("fd_read", &[DIR, 256, 0, 512][..], BADF),
        ("fd_write", &[DIR, 256, 0, 512], BADF),
        ("fd_pread", &[DIR, 256, 0, 0, 512], BADF),
        ("fd_pwrite", &[DIR, 256, 0, 0, 512], BADF),
        ("fd_seek", &[DIR, 0, 0, 64], BADF),
        ("fd_tell", &[DIR, 64], BADF),
        ("fd_advise", &[DIR, 0, 0, 0], BADF),
        ("fd_allocate", &[DIR, 0, 1], BADF),
        ("fd_filestat_set_size", &[DIR, 0], BADF),
        ("fd_prestat_get", &[file, 64], BADF),
        ("fd_prestat_dir_name", &[file, 64, 10], BADF),
        ("sock_accept", &[DIR, 0, 64], NOTSOCK),
        ("sock_recv", &[file, 256, 0, 0, 512, 516], NOTSOCK),
        ("sock_send", &[DIR, 256, 0, 0, 512], NOTSOCK),
        ("sock_shutdown", &[file, 1], NOTSOCK),
    ] {
        world.refuses(name, error, |guest| guest.call(name, args));
    }
    for (name, params) in FUNCTIONS
        .iter()
        .filter(|(name, _)| name.starts_with("fd_") || name.starts_with("sock_"))
    {
        let mut args = vec![0; params.len()];
        args[0] = 77;
        world.refuses(name, BADF, |guest| guest.call(name, &args));
    }
}
