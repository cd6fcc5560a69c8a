//! A folder as its user sees it.

use super::*;
use crate::scratch::Scratch;
use std::fs::{File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

fn open_with(scratch: &Scratch, limits: Limits) -> Folder {
    Folder::open(scratch.path(), limits).unwrap()
}

fn open_plain(scratch: &Scratch) -> Folder {
    open_with(scratch, Limits::default())
}

fn put(folder: &Folder, name: &str, contents: &[u8]) {
    assert!(folder.update(name, |_| Some(contents.to_vec())).unwrap());
}

fn set_used(scratch: &Scratch, name: &str, used: SystemTime) {
    let file = File::open(scratch.path().join(format!("{name}.entry"))).unwrap();
    file.set_modified(used).unwrap();
}

fn used_at(scratch: &Scratch, name: &str) -> SystemTime {
    let path = scratch.path().join(format!("{name}.entry"));
    std::fs::metadata(path).unwrap().modified().unwrap()
}

fn not_called(_: Option<Vec<u8>>) -> Option<Vec<u8>> {
    panic!("it is called")
}

fn ago(hours: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(hours * 3600)
}

#[test]
fn an_update_sees_what_was_there() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    assert_eq!(folder.read("a"), None);
    assert!(!folder.contains("a"));
    let add = |present: Option<Vec<u8>>| {
        let mut contents = present.unwrap_or_default();
        contents.push(b'x');
        Some(contents)
    };
    assert!(folder.update("a", add).unwrap());
    assert!(folder.update("a", add).unwrap());
    assert_eq!(folder.read("a").unwrap(), b"xx");
    assert_eq!(open_plain(&scratch).read("a").unwrap(), b"xx");
    assert!(folder.contains("a") && !folder.contains("b"));
    assert!(!folder.update("a", |_| None::<Vec<u8>>).unwrap());
    assert_eq!(folder.read("a").unwrap(), b"xx");
    // What is not trusted is not merged.
    let path = scratch.path().join("a.entry");
    std::fs::set_permissions(&path, Permissions::from_mode(0o620)).unwrap();
    assert_eq!(folder.read("a"), None);
    assert!(folder.update("a", add).unwrap());
    assert_eq!(folder.read("a").unwrap(), b"x");
}

#[test]
fn other_names_are_refused() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    scratch.write("secret", b"");
    for name in ["", "..", "../folder/secret", "A", "a.entry", "a\x1b"] {
        assert_eq!(folder.read(name), None);
        assert!(!folder.contains(name));
        let error = folder.update(name, not_called).unwrap_err();
        assert!(error.to_string().contains("is no name of an entry; try: "));
        assert!(!error.to_string().contains('\x1b'));
        folder.remove(name).unwrap_err();
    }
    assert_eq!(scratch.files(), ["secret"]);
}

#[test]
fn nobody_waits_for_a_writer() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    put(&folder, "a", b"old");
    let written = folder.update("a", |_| {
        let other = open_plain(&scratch);
        assert!(!other.update("b", not_called).unwrap());
        assert!(!folder.update("b", not_called).unwrap());
        assert_eq!(other.read("a").unwrap(), b"old");
        Some(b"new".to_vec())
    });
    assert!(written.unwrap());
    put(&folder, "b", b"later");
    assert_eq!(folder.read("a").unwrap(), b"new");
}

#[test]
fn a_panic_in_an_update_releases_the_lock() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    let panicking = || folder.update("a", |_| -> Option<Vec<u8>> { panic!("on purpose") });
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicking)).unwrap_err();
    put(&folder, "a", b"x");
}

#[test]
fn threads_merge_and_lose_nothing() {
    const THREADS: usize = 4;
    const UPDATES: usize = 100;
    let scratch = Scratch::new();
    let shared = open_plain(&scratch);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (scratch, shared) = (&scratch, &shared);
            scope.spawn(move || {
                let own = open_plain(scratch);
                let folder = if thread % 2 == 0 { shared } else { &own };
                let mut done = 0;
                while done < UPDATES {
                    let written = folder.update("a", |present| {
                        let mut contents = present.unwrap_or_default();
                        contents.push(thread as u8);
                        Some(contents)
                    });
                    done += usize::from(written.unwrap());
                    assert!(done == 0 || folder.read("a").is_some());
                }
            });
        }
    });
    let contents = shared.read("a").unwrap();
    for thread in 0..THREADS {
        let count = contents.iter().filter(|&&byte| byte == thread as u8).count();
        assert_eq!(count, UPDATES);
    }
    assert_eq!(scratch.files(), ["a.entry", "lock"]);
}

#[test]
fn an_entry_that_is_too_large_is_an_error() {
    let scratch = Scratch::new();
    let limits = Limits {
        max_entry: 3,
        ..Limits::default()
    };
    let folder = open_with(&scratch, limits);
    put(&folder, "a", b"123");
    let error = folder.update("a", |_| Some(b"1234".to_vec())).unwrap_err();
    let error = format!("{error:#}");
    assert!(error.ends_with("it has 4 bytes, and the limit is 3"), "{error}");
    assert_eq!(folder.read("a").unwrap(), b"123");
    assert_eq!(scratch.files(), ["a.entry", "lock"]);
}

#[test]
fn a_folder_that_is_exchanged_changes_nothing() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    put(&folder, "a", b"ours");
    let moved = scratch.path().with_file_name("moved");
    std::fs::rename(scratch.path(), &moved).unwrap();
    std::fs::create_dir(scratch.path()).unwrap();
    put(&folder, "b", b"ours too");
    assert_eq!(folder.read("a").unwrap(), b"ours");
    assert_eq!(scratch.files().len(), 0);
    folder.clear().unwrap();
    assert_eq!(std::fs::read_dir(&moved).unwrap().count(), 0);
    // A folder that was removed cannot be written; that is an error, and no panic.
    std::fs::remove_dir(&moved).unwrap();
    folder.update("a", |_| Some(Vec::<u8>::new())).unwrap_err();
    assert_eq!(folder.read("a"), None);
}

#[test]
fn nothing_is_written_once_the_folder_is_open_to_others() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    put(&folder, "a", b"x");
    std::fs::set_permissions(scratch.path(), Permissions::from_mode(0o770)).unwrap();
    assert_eq!(folder.read("a"), None);
    let error = folder.update("a", not_called).unwrap_err();
    assert!(format!("{error:#}").contains("not private any more"));
}

#[test]
fn entries_that_are_not_used_are_removed() {
    let scratch = Scratch::new();
    let limits = Limits {
        max_bytes: 500,
        max_age: Duration::from_secs(100 * 3600),
        max_entry: 1000,
    };
    let folder = open_with(&scratch, limits);
    for (name, hours) in [("old", 101), ("a", 99), ("b", 98), ("c", 2)] {
        put(&folder, name, &[0; 100]);
        set_used(&scratch, name, ago(hours));
    }
    put(&folder, "d", &[]);
    assert_eq!(
        scratch.files(),
        ["a.entry", "b.entry", "c.entry", "d.entry", "lock"]
    );
    // This use saves it.
    folder.read("a").unwrap();
    put(&folder, "d", &[0; 200]);
    assert_eq!(scratch.files(), ["a.entry", "c.entry", "d.entry", "lock"]);
    // An entry that would be too much alone is not written.
    folder.update("e", |_| Some(vec![0; 900])).unwrap_err();
    assert_eq!(scratch.files(), ["a.entry", "c.entry", "d.entry", "lock"]);
    put(&folder, "e", &[0; 440]);
    assert_eq!(scratch.files(), ["e.entry", "lock"]);
}

#[test]
fn a_use_is_noted_once_an_hour() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    put(&folder, "a", b"x");
    let half_an_hour = Duration::from_secs(1800);
    let (now, day) = (SystemTime::now(), Duration::from_secs(24 * 3600));
    for recent in [now - half_an_hour, now + half_an_hour] {
        set_used(&scratch, "a", recent);
        folder.read("a").unwrap();
        assert_eq!(used_at(&scratch, "a"), recent);
    }
    for wrong in [now - day, now + day, SystemTime::UNIX_EPOCH - day] {
        set_used(&scratch, "a", wrong);
        folder.list().unwrap();
        assert_eq!(used_at(&scratch, "a"), wrong, "listing is no use");
        folder.read("a").unwrap();
        assert!(used_at(&scratch, "a") >= now - Duration::from_secs(1));
        assert!(used_at(&scratch, "a") < now + half_an_hour);
    }
}

#[test]
fn files_of_killed_writers_are_removed() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    for file in ["00000000000000aa.tmp", "00000000000000bb.tmp"] {
        scratch.write(file, &[0; 100]);
    }
    scratch.write("mine.tmp", b"");
    put(&folder, "a", b"x");
    assert_eq!(scratch.files(), ["a.entry", "lock", "mine.tmp"]);
}

#[test]
fn a_list_says_what_is_wrong() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    assert_eq!(folder.list().unwrap(), []);
    for name in ["b", "a", "c"] {
        put(&folder, name, b"12345678");
    }
    std::fs::set_permissions(scratch.path().join("b.entry"), Permissions::from_mode(0o644)).unwrap();
    scratch.write("c.entry", b"?");
    std::os::unix::fs::symlink("a.entry", scratch.path().join("d.entry")).unwrap();
    scratch.write("foreign", b"");
    let listed = folder.list().unwrap();
    let short: Vec<_> = listed
        .iter()
        .map(|entry| (&*entry.name, &entry.trusted))
        .collect();
    let expected = [
        ("a", &Ok(())),
        ("b", &Err(Distrust::Mode(0o644))),
        ("c", &Err(Distrust::Damaged)),
        ("d", &Err(Distrust::Kind)),
    ];
    assert_eq!(short, expected);
    assert_eq!(listed[0].bytes, 40);
    assert_eq!(listed[0].last_use, used_at(&scratch, "a"));
}

#[test]
fn entries_are_removed() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    put(&folder, "a", b"x");
    put(&folder, "b", b"xyz");
    std::os::unix::fs::symlink("b.entry", scratch.path().join("c.entry")).unwrap();
    assert!(folder.remove("a").unwrap() && !folder.remove("a").unwrap());
    assert!(folder.remove("c").unwrap());
    assert_eq!(scratch.files(), ["b.entry", "lock"]);
    put(&folder, "a", b"x");
    scratch.write("00000000000000aa.tmp", b"");
    scratch.write("foreign", b"");
    let (entries, bytes) = (2, 33 + 35);
    assert_eq!(folder.clear().unwrap(), Cleared { entries, bytes });
    assert_eq!(scratch.files(), ["foreign"]);
    assert_eq!(folder.clear().unwrap(), Cleared::default());
    put(&folder, "a", b"x");
}

#[test]
fn clearing_disturbs_no_writer() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    put(&folder, "a", b"old");
    let temporary = "00000000000000aa.tmp";
    let written = folder.update("a", |_| {
        scratch.write(temporary, b"");
        assert_eq!(open_plain(&scratch).clear().unwrap().entries, 1);
        assert_eq!(scratch.files(), [temporary, "lock"]);
        Some(b"new".to_vec())
    });
    assert!(written.unwrap());
    assert_eq!(folder.read("a").unwrap(), b"new");
}

#[test]
fn clearing_goes_on_after_what_cannot_be_removed() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    for n in 0..20 {
        put(&folder, &format!("e{n}"), b"x");
    }
    std::fs::create_dir_all(scratch.path().join("f.entry/g")).unwrap();
    let error = folder.clear().unwrap_err().to_string();
    assert!(error.contains("cannot remove `f.entry`"), "{error}");
    assert_eq!(scratch.files(), ["f.entry"]);
}

#[test]
fn a_folder_may_contain_anything() {
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    let names: [&[u8]; 5] = [
        b"\xff\xfe.entry",
        b"\xff.tmp",
        b"-.entry",
        b"...entry",
        b"lock.entry",
    ];
    for name in names {
        let path = scratch.path().join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(path, b"?").unwrap();
    }
    std::fs::create_dir(scratch.path().join("0000000000000000.tmp")).unwrap();
    std::fs::create_dir(scratch.path().join("x.entry")).unwrap();
    for n in 0..3000 {
        scratch.write(&format!("n{n}.entry"), b"");
        scratch.write(&format!("foreign-{n}"), b"");
    }
    put(&folder, "a", b"x");
    assert_eq!(folder.read("a").unwrap(), b"x");
    let listed = folder.list().unwrap();
    assert_eq!(listed.iter().filter(|entry| entry.trusted.is_ok()).count(), 1);
    folder
        .update("x", |present| present.or(Some(Vec::new())))
        .unwrap_err();
    folder.clear().unwrap_err();
    // Two folders, two names that are not UTF-8, one that is hidden, and those without a suffix.
    assert_eq!(scratch.files().len(), 5 + 3000);
}

#[test]
fn the_number_of_entries_is_bounded() {
    use crate::limits::MAX_ENTRIES;
    let scratch = Scratch::new();
    let folder = open_plain(&scratch);
    for n in 0..MAX_ENTRIES + 5 {
        scratch.write(&format!("n{n}.entry"), b"");
    }
    put(&folder, "a", b"x");
    assert_eq!(folder.list().unwrap().len(), MAX_ENTRIES);
    assert_eq!(folder.read("a").unwrap(), b"x");
}
