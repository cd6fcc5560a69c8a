//! What a writer leaves behind.

use super::*;
use crate::read::read;
use crate::scratch::Scratch;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

fn name() -> Name {
    Name::new("a").unwrap()
}

#[test]
fn an_entry_is_written_privately() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    for contents in [&b"one"[..], b"", b"three"] {
        write(folder.as_fd(), &name(), contents).unwrap();
        assert_eq!(scratch.files(), ["a.entry"]);
        let metadata = std::fs::metadata(scratch.path().join("a.entry")).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o400);
        assert_eq!(metadata.len(), file_size(contents));
        let present = read(folder.as_fd(), &name(), 100).unwrap().unwrap();
        assert_eq!(present.bytes, contents);
    }
}

#[test]
fn a_writer_that_fails_leaves_no_temporary_file() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    let (file, temporary) = Temporary::new(folder.as_fd()).unwrap();
    let flags = rustix::io::fcntl_getfd(file).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    assert_eq!(scratch.files().len(), 1);
    drop(temporary);
    assert_eq!(scratch.files().len(), 0);
    // Nothing replaces a folder.
    std::fs::create_dir(scratch.path().join("a.entry")).unwrap();
    write(folder.as_fd(), &name(), &b"x"[..]).unwrap_err();
    assert_eq!(scratch.files(), ["a.entry"]);
}

#[test]
fn a_link_is_replaced_and_not_followed() {
    let scratch = Scratch::new();
    let target = scratch.write("target", b"precious");
    std::os::unix::fs::symlink("target", scratch.path().join("a.entry")).unwrap();
    write(scratch.descriptor().as_fd(), &name(), &b"x"[..]).unwrap();
    assert_eq!(std::fs::read(target).unwrap(), b"precious");
    let metadata = std::fs::symlink_metadata(scratch.path().join("a.entry")).unwrap();
    assert!(metadata.is_file());
}

#[test]
fn readers_of_the_old_entry_keep_it() {
    let scratch = Scratch::new();
    let folder = scratch.descriptor();
    write(folder.as_fd(), &name(), &b"old"[..]).unwrap();
    let mut old = File::open(scratch.path().join("a.entry")).unwrap();
    write(folder.as_fd(), &name(), &b"new"[..]).unwrap();
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut old, &mut bytes).unwrap();
    assert!(bytes.ends_with(b"old"));
}
