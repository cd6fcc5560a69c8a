//! `fd_readdir`: each entry once, whatever the buffer, and whatever else happens to the directory.

use crate::errno::*;
use crate::guest::{DIR, Guest};
use std::collections::BTreeSet;
use std::fs;
use tempfile::tempdir;

/// The next entries after `cookie`: their names and the cookies that follow them.
fn next(guest: &mut Guest, fd: i64, size: u32, cookie: u64) -> Vec<(String, u64)> {
    assert_eq!(
        guest.call("fd_readdir", &[fd, 8192, size.into(), cookie as i64, 512]),
        0
    );
    let used = guest.u32(512) as usize;
    let (mut at, mut entries) = (0, Vec::new());
    while at + 24 <= used {
        let len = guest.u32(8192 + at + 16) as usize;
        if at + 24 + len > used {
            break;
        }
        let name = String::from_utf8(guest.bytes(8192 + at + 24, len).to_vec()).unwrap();
        entries.push((name, guest.u64(8192 + at)));
        at += 24 + len;
    }
    entries
}

/// A directory of files with numbers for names.
fn numbered(count: usize) -> (tempfile::TempDir, Guest) {
    let dir = tempdir().unwrap();
    for index in 0..count {
        fs::write(dir.path().join(format!("{index}")), "").unwrap();
    }
    let guest = Guest::with_dir(dir.path());
    (dir, guest)
}

#[test]
fn entries_are_removed_while_they_are_listed() {
    let (dir, mut guest) = numbered(5000);
    let (mut seen, mut cookie) = (BTreeSet::new(), 0);
    loop {
        let entries = next(&mut guest, DIR, 300, cookie);
        let Some((_, last)) = entries.last() else { break };
        cookie = *last;
        for (name, _) in entries {
            if !name.starts_with('.') {
                let [ptr, len] = guest.path(&name);
                assert_eq!(guest.call("path_unlink_file", &[DIR, ptr, len]), 0, "{name}");
            }
            assert!(seen.insert(name));
        }
    }
    assert_eq!(seen.len(), 5002);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn cookies_outlive_changes() {
    let (dir, mut guest) = numbered(1000);
    let first = next(&mut guest, DIR, 2000, 0);
    let (name, middle) = first[first.len() / 2].clone();
    // What was before the place, what lies there, and what is new.
    for index in 0..1000 {
        let (old, new) = (
            dir.path().join(format!("{index}")),
            dir.path().join(format!("new{index}")),
        );
        match index % 3 {
            0 if name != index.to_string() => fs::remove_file(old).unwrap(),
            1 => fs::write(new, "").unwrap(),
            _ => {}
        }
    }
    let (mut seen, mut cookie) = (BTreeSet::new(), middle);
    loop {
        let entries = next(&mut guest, DIR, 500, cookie);
        let Some((_, last)) = entries.last() else { break };
        cookie = *last;
        for (name, _) in entries {
            assert!(seen.insert(name.clone()), "{name} twice");
        }
    }
    let before = first[..=first.len() / 2]
        .iter()
        .map(|(name, _)| name)
        .collect::<BTreeSet<_>>();
    assert!(
        before.iter().all(|name| !seen.contains(*name)),
        "nothing is seen again"
    );
    for index in (0..1000).filter(|index| index % 3 != 0) {
        let name = index.to_string();
        assert!(
            seen.contains(&name) || before.contains(&name),
            "{name} is missing"
        );
    }
    // From the beginning, all is as it is now.
    let mut cookie = 0;
    let mut names = BTreeSet::new();
    loop {
        let entries = next(&mut guest, DIR, 4096, cookie);
        let Some((_, last)) = entries.last() else { break };
        cookie = *last;
        names.extend(entries.into_iter().map(|(name, _)| name));
    }
    assert_eq!(names.len(), 2 + fs::read_dir(dir.path()).unwrap().count());
}

#[test]
fn cookies_that_nobody_gave() {
    let (_dir, mut guest) = numbered(50);
    for cookie in [
        1,
        2,
        3,
        77,
        1 << 31,
        1 << 40,
        i64::MAX,
        i64::MIN,
        -1,
        0x1234_5678_9abc_def0,
    ] {
        let error = guest.call("fd_readdir", &[DIR, 8192, 1000, cookie, 512]);
        assert!([0, INVAL].contains(&error), "{cookie}: {error}");
        assert!(error != 0 || guest.u32(512) <= 1000);
    }
    assert_eq!(next(&mut guest, DIR, 10_000, 0).len(), 52);
}

#[test]
fn entries_are_cut_off_where_the_buffer_ends() {
    let (_dir, mut guest) = numbered(3);
    let whole = next(&mut guest, DIR, 4096, 0);
    let used = guest.u32(512);
    let bytes = guest.bytes(8192, used as usize).to_vec();
    for size in 0..used {
        guest.put(8192, &[0xaa; 200]);
        assert_eq!(guest.call("fd_readdir", &[DIR, 8192, size.into(), 0, 512]), 0);
        assert_eq!(guest.u32(512), size);
        assert_eq!(guest.bytes(8192, size as usize), &bytes[..size as usize]);
        assert_eq!(guest.bytes(8192 + size as usize, 1), [0xaa]);
    }
    let (_, last) = whole.last().unwrap();
    assert!(next(&mut guest, DIR, 4096, *last).is_empty());
    assert_eq!(guest.call("fd_readdir", &[DIR, 65530, 7, 0, 512]), FAULT);
    assert_eq!(guest.call("fd_readdir", &[DIR, 8192, 100, 0, 65533]), FAULT);
}

#[test]
fn a_directory_that_was_removed_has_no_entries() {
    for listed_before in [false, true] {
        let (dir, mut guest) = numbered(0);
        if listed_before {
            assert_eq!(next(&mut guest, DIR, 300, 0).len(), 2);
        }
        fs::remove_dir(dir.path()).unwrap();
        assert!(next(&mut guest, DIR, 300, 0).is_empty(), "{listed_before}");
    }
}
