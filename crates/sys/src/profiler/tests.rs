//! Files with foreseeable names are the user's own, or an error.
use super::*;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("transom-sys-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn what_was_left_is_emptied_and_closed_to_others() {
    let folder = folder("left");
    let path = folder.join("file");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    create_own_file(&path).unwrap().write_all(b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_others_may_have_put_there_is_not_touched() {
    let folder = folder("put");
    let precious = folder.join("precious");
    fs::write(&precious, "precious").unwrap();
    symlink(&precious, folder.join("symbolic")).unwrap();
    fs::hard_link(&precious, folder.join("hard")).unwrap();
    symlink(folder.join("none"), folder.join("dangling")).unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    for name in ["symbolic", "hard", "dangling", "folder"] {
        create_own_file(&folder.join(name)).unwrap_err();
    }
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    assert!(!folder.join("none").exists());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_of_others_are_refused() {
    let folder = folder("others");
    let path = folder.join("file");
    fs::write(&path, "theirs").unwrap();
    if std::os::unix::fs::chown(&path, Some(65534), None).is_err() {
        eprintln!("SKIPPED files_of_others_are_refused: only root can make a file of another user");
    } else {
        create_own_file(&path).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn pipes_are_refused_without_waiting() {
    let folder = folder("pipe");
    let path = folder.join("pipe");
    let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: the name is a C string.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    create_own_file(&path).unwrap_err();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_clock_goes_on() {
    let before = monotonic_nanoseconds();
    std::thread::sleep(std::time::Duration::from_millis(2));
    let passed = monotonic_nanoseconds() - before;
    assert!((2_000_000..60_000_000_000).contains(&passed), "{passed}");
    assert!(thread_id() > 0);
}
