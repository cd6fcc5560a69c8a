//! Files that are trusted, and all that look like them.

use super::*;
use crate::scratch::Scratch;
use rustix::fs::{Gid, Uid};
use std::fs::{Permissions, set_permissions};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};

const CONTENTS: &[u8] = b"code";

fn file(contents: &[u8]) -> Vec<u8> {
    [&header("a", contents)[..], contents].concat()
}

/// A folder with the entry `a`.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("a.entry", &file(CONTENTS));
    scratch
}

fn read_within(scratch: &Scratch, max_entry: u64) -> Result<Option<Vec<u8>>, Distrust> {
    let name = Name::new("a").unwrap();
    let present = read(scratch.descriptor().as_fd(), &name, max_entry)?;
    Ok(present.map(|present| present.bytes))
}

fn read_a(scratch: &Scratch) -> Result<Option<Vec<u8>>, Distrust> {
    read_within(scratch, 1000)
}

#[test]
fn an_entry_is_read() {
    let scratch = scratch();
    assert_eq!(read_a(&scratch).unwrap().unwrap(), CONTENTS);
    scratch.write("a.entry", &file(b""));
    assert_eq!(read_a(&scratch).unwrap().unwrap(), b"");
    std::fs::remove_file(scratch.path().join("a.entry")).unwrap();
    assert_eq!(read_a(&scratch), Ok(None));
}

#[test]
fn nothing_but_a_regular_file_is_read() {
    let scratch = scratch();
    let path = scratch.path().join("a.entry");
    let elsewhere = scratch.write("b.entry", &file(CONTENTS));
    let refused = |what| {
        assert_eq!(read_a(&scratch), Err(Distrust::Kind), "{what}");
    };

    std::fs::remove_file(&path).unwrap();
    symlink(&elsewhere, &path).unwrap();
    refused("symbolic link");
    std::fs::remove_file(&path).unwrap();
    symlink(scratch.path().join("nowhere"), &path).unwrap();
    refused("symbolic link to nothing");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
    refused("folder");
    std::fs::remove_dir(&path).unwrap();
    // Opened with a call that waits, this would wait for a writer for ever.
    rustix::fs::mkfifoat(scratch.descriptor(), "a.entry", Mode::RUSR | Mode::WUSR).unwrap();
    refused("pipe");
    std::fs::remove_file(&path).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    refused("socket");
}

#[test]
fn devices_are_not_read() {
    let scratch = Scratch::new();
    // The null device.
    let device = rustix::fs::makedev(1, 3);
    let mode = Mode::RUSR | Mode::WUSR;
    let folder = scratch.descriptor();
    if let Err(error) = rustix::fs::mknodat(folder, "a.entry", FileType::CharacterDevice, mode, device) {
        eprintln!("SKIPPED: cannot make a device: {error}");
        return;
    }
    // Where a file system has no devices, opening fails.
    let expected = [Distrust::Kind, Distrust::System(Errno::ACCESS)];
    assert!(expected.contains(&read_a(&scratch).unwrap_err()));
}

#[test]
fn an_entry_of_another_user_is_not_read() {
    let scratch = scratch();
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give files to another user");
        return;
    }
    let chown = |owner| {
        let file = File::open(scratch.path().join("a.entry")).unwrap();
        rustix::fs::fchown(file, Some(Uid::from_raw(owner)), None).unwrap();
    };
    chown(12345);
    assert_eq!(read_a(&scratch), Err(Distrust::Owner(12345)));
    chown(0);
    assert_eq!(read_a(&scratch).unwrap().unwrap(), CONTENTS);
    let file = File::open(scratch.path().join("a.entry")).unwrap();
    rustix::fs::fchown(file, None, Some(Gid::from_raw(12345))).unwrap();
    assert_eq!(
        read_a(&scratch).unwrap().unwrap(),
        CONTENTS,
        "a group without permissions"
    );
}

#[test]
fn an_entry_with_another_mode_is_not_read() {
    let scratch = scratch();
    let path = scratch.path().join("a.entry");
    for bit in (0..12).filter(|bit| *bit != 8) {
        let mode = 0o400 | 1 << bit;
        set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert_eq!(read_a(&scratch), Err(Distrust::Mode(mode)));
    }
    set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert_eq!(read_a(&scratch).unwrap().unwrap(), CONTENTS);
}

#[test]
fn an_entry_with_another_name_elsewhere_is_not_read() {
    let scratch = scratch();
    let other = scratch.path().join("other");
    std::fs::hard_link(scratch.path().join("a.entry"), &other).unwrap();
    assert_eq!(read_a(&scratch), Err(Distrust::Links(2)));
    std::fs::remove_file(other).unwrap();
    assert_eq!(read_a(&scratch).unwrap().unwrap(), CONTENTS);
}

#[test]
fn nothing_is_read_once_the_folder_is_open_to_others() {
    let scratch = scratch();
    for bit in 0..6 {
        set_permissions(scratch.path(), Permissions::from_mode(0o700 | 1 << bit)).unwrap();
        assert_eq!(read_a(&scratch), Err(Distrust::Folder));
    }
}

#[test]
fn an_entry_that_is_too_large_is_not_read() {
    let scratch = scratch();
    let len = CONTENTS.len() as u64;
    assert_eq!(read_within(&scratch, len).unwrap().unwrap(), CONTENTS);
    let size = len + HEADER as u64;
    assert_eq!(read_within(&scratch, len - 1), Err(Distrust::Size(size)));
    // A file with a hole, of more bytes than there is memory.
    let path = scratch.path().join("a.entry");
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(1 << 42).unwrap();
    assert_eq!(read_a(&scratch), Err(Distrust::Size(1 << 42)));
}

#[test]
fn every_flipped_bit_is_found() {
    let scratch = scratch();
    let good = file(CONTENTS);
    for bit in 0..8 * good.len() {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        scratch.write("a.entry", &bad);
        assert_eq!(read_a(&scratch), Err(Distrust::Damaged), "bit {bit}");
    }
    scratch.write("a.entry", &good);
    assert_eq!(read_a(&scratch).unwrap().unwrap(), CONTENTS);
}

#[test]
fn every_other_length_is_found() {
    let scratch = scratch();
    let good = file(CONTENTS);
    for len in 0..good.len() {
        scratch.write("a.entry", &good[..len]);
        assert_eq!(read_a(&scratch), Err(Distrust::Damaged), "length {len}");
        // What a crash of the machine may leave: the right length, and zeros.
        let mut zeros = good.clone();
        zeros[len..].fill(0);
        scratch.write("a.entry", &zeros);
        assert_eq!(read_a(&scratch), Err(Distrust::Damaged), "zeros from {len}");
    }
    scratch.write("a.entry", &[&good[..], b"x"].concat());
    assert_eq!(read_a(&scratch), Err(Distrust::Damaged));
}

#[test]
fn an_entry_under_the_name_of_another_is_found() {
    let scratch = scratch();
    let of_b = [&header("b", CONTENTS)[..], CONTENTS].concat();
    scratch.write("a.entry", &of_b);
    assert_eq!(read_a(&scratch), Err(Distrust::Damaged));
}

#[test]
fn descriptors_are_closed_by_exec() {
    let scratch = scratch();
    let present = read(scratch.descriptor().as_fd(), &Name::new("a").unwrap(), 1000);
    let flags = rustix::io::fcntl_getfd(present.unwrap().unwrap().file).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
}
