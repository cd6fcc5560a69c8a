//! Folders that are opened, and those that are refused with a remedy.

use super::*;
use crate::scratch::Scratch;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

fn refusal_of(path: impl Into<PathBuf>) -> String {
    let path = path.into();
    format!("{:#}", open(&path).unwrap_err())
}

/// Checks that a message names the path, the problem and the remedy.
fn says(message: &str, path: &Path, words: [&str; 2]) {
    for word in [path.to_str().unwrap(), words[0], words[1]] {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[test]
fn an_absent_folder_is_created_with_its_parents() {
    let scratch = Scratch::new();
    let path = scratch.path().join("x/y/z");
    open(&path).unwrap();
    for created in [&path, path.parent().unwrap()] {
        assert_eq!(std::fs::metadata(created).unwrap().mode() & 0o777, 0o700);
    }
    open(&path).unwrap();
}

#[test]
fn parents_may_be_links_and_open_to_others() {
    let scratch = Scratch::new();
    set_permissions(scratch.path(), Permissions::from_mode(0o755)).unwrap();
    symlink(scratch.path(), scratch.path().join("link")).unwrap();
    open(&scratch.path().join("link/folder")).unwrap();
    assert!(scratch.path().join("folder").is_dir());
}

#[test]
fn a_link_is_refused_however_it_is_written() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join("real")).unwrap();
    set_permissions(scratch.path().join("real"), Permissions::from_mode(0o700)).unwrap();
    let link = scratch.path().join("link");
    symlink("real", &link).unwrap();
    for end in ["", "/", "//", "/.", "/./"] {
        let message = refusal_of(format!("{}{end}", link.display()));
        says(&message, &link, ["symbolic link", "try: "]);
    }
    symlink("nowhere", scratch.path().join("dangling")).unwrap();
    let message = refusal_of(scratch.path().join("dangling"));
    assert!(message.contains("symbolic link"), "{message}");
    assert!(!scratch.path().join("nowhere").exists());
}

#[test]
fn a_file_and_a_path_without_a_name_are_refused() {
    let scratch = Scratch::new();
    let file = scratch.write("file", b"");
    says(&refusal_of(&file), &file, ["not a folder", "try: "]);
    for path in ["/", "", "..", "."] {
        let message = refusal_of(path);
        assert!(message.contains("names no folder"), "{message}");
    }
    let below = refusal_of(file.join("folder"));
    assert!(below.contains("cannot open the folder"), "{below}");
}

#[test]
fn a_folder_that_others_may_use_is_refused() {
    let scratch = Scratch::new();
    for bit in 0..6 {
        let mode = 0o700 | 1 << bit;
        set_permissions(scratch.path(), Permissions::from_mode(mode)).unwrap();
        let message = refusal_of(scratch.path());
        says(
            &message,
            scratch.path(),
            [&format!("its mode is 0{mode:o}"), "try: chmod 700"],
        );
    }
    set_permissions(scratch.path(), Permissions::from_mode(0o700)).unwrap();
    open(scratch.path()).unwrap();
}

#[test]
fn a_folder_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give folders to another user");
        return;
    }
    let scratch = Scratch::new();
    std::os::unix::fs::chown(scratch.path(), Some(12345), None).unwrap();
    let message = refusal_of(scratch.path());
    says(
        &message,
        scratch.path(),
        ["belongs to user 12345", "try: a folder of your own"],
    );
}

#[test]
fn nothing_is_created_in_the_folder_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give folders to another user");
        return;
    }
    let scratch = Scratch::new();
    std::os::unix::fs::chown(scratch.path(), Some(12345), None).unwrap();
    for path in ["x", "x/y"] {
        let message = refusal_of(scratch.path().join(path));
        says(
            &message,
            scratch.path(),
            ["belongs to user 12345", "try: a folder of your own"],
        );
    }
    assert_eq!(scratch.files().len(), 0);
}

#[test]
fn messages_show_no_control_characters() {
    let scratch = Scratch::new();
    let path = scratch.path().join("red\x1b[31m");
    std::fs::write(&path, b"").unwrap();
    let message = refusal_of(path);
    assert!(!message.contains('\x1b'), "{message:?}");
}

#[test]
fn the_descriptor_is_closed_by_exec() {
    let folder = open(Scratch::new().path()).unwrap();
    let flags = rustix::io::fcntl_getfd(folder).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
}
