//! Several processes on one folder: killed, at the same time, without space, without permission.
//!
//! The children are this program again, with the name of a role and the folder in the environment.

#![expect(clippy::unwrap_used, reason = "tests, where a failure is a panic")]

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use transom_cache::{Folder, Limits};

const ROLE: &str = "TRANSOM_CACHE_TEST_ROLE";
const FOLDER: &str = "TRANSOM_CACHE_TEST_FOLDER";
const NAMES: [&str; 3] = ["a", "b", "c"];
const UPDATES: usize = 60;
/// What a child prints when it has come to the interesting part.
const READY: &str = "READY";

/// Does nothing, except in a child.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let path = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let folder = Folder::open(&path, Limits::default()).unwrap();
    match &*role {
        "write for ever" => write_for_ever(&folder),
        "append" => append(&folder),
        "limited" => limited(&folder),
        "refused" => refused(&folder),
        "full" => full(&folder),
        _ => panic!("no role `{role}`"),
    }
    println!("\n{READY}");
}

fn test_program(path: impl AsRef<OsStr>, role: &str, folder: &Path) -> Command {
    let mut command = Command::new(path);
    command.env(ROLE, role).env(FOLDER, folder);
    command.stdout(Stdio::piped());
    command
}

/// This program, as a child with a role.
fn child_of(role: &str, folder: &Path) -> Command {
    let mut command = test_program(std::env::current_exe().unwrap(), role, folder);
    command.args(ARGUMENTS);
    command
}

const ARGUMENTS: [&str; 3] = ["--exact", "child", "--nocapture"];

/// Checks that a child ended well, after its last line.
fn ends_well(mut command: Command) {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{text}\n{stderr}", output.status);
    assert!(text.lines().any(|line| line == READY), "{text}\n{stderr}");
}

/// Contents that show whether they are complete: a number, as often as it says.
fn contents(number: u64) -> Vec<u8> {
    let words = 1000 + usize::try_from(number % 50).unwrap() * 4000;
    number.to_le_bytes().repeat(words)
}

fn number_of(bytes: &[u8]) -> u64 {
    let number = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    assert!(bytes == contents(number), "an entry of number {number} is torn");
    number
}

fn files(path: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(path)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    files
}

fn put(folder: &Folder, name: &str, bytes: &[u8]) {
    assert!(folder.update(name, |_| Some(bytes.to_vec())).unwrap());
}

fn private_folder(parent: &tempfile::TempDir) -> PathBuf {
    let path = parent.path().join("folder");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
    path
}

fn write_for_ever(folder: &Folder) {
    let parent = rustix::process::getppid();
    for n in 0.. {
        let name = NAMES[n % NAMES.len()];
        let next = |present: Option<Vec<u8>>| Some(contents(number_of(&present?) + 1));
        assert!(folder.update(name, next).unwrap());
        if n == 0 {
            println!("\n{READY}");
        }
        // A test that was killed kills nobody any more.
        if rustix::process::getppid() != parent {
            return;
        }
    }
}

#[test]
fn a_writer_may_be_killed_at_any_moment() {
    const KILLS: u64 = 50;
    let parent = tempfile::tempdir().unwrap();
    let path = private_folder(&parent);
    let folder = Folder::open(&path, Limits::default()).unwrap();
    let mut numbers = [0; NAMES.len()];
    for name in NAMES {
        put(&folder, name, &contents(0));
    }
    let (mut leftovers, mut written) = (0, 0);
    for kill in 0..KILLS {
        let mut child = child_of("write for ever", &path).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == READY));
        let clock = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        std::thread::sleep(Duration::from_micros(u64::from(clock / 1000 % 20_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        leftovers += files(&path).iter().filter(|file| file.ends_with(".tmp")).count();
        for (name, last) in NAMES.iter().zip(&mut numbers) {
            let number = number_of(&folder.read(name).unwrap());
            assert!(number >= *last, "`{name}` is older than before");
            written += number - *last;
            *last = number;
        }
        put(&folder, "next", &contents(kill));
        assert_eq!(number_of(&folder.read("next").unwrap()), kill);
        assert_eq!(
            files(&path),
            ["a.entry", "b.entry", "c.entry", "lock", "next.entry"]
        );
    }
    assert!(written >= KILLS);
    println!("{KILLS} kills after {written} updates left {leftovers} temporary files");
}

fn append(folder: &Folder) {
    let own = std::process::id().to_le_bytes();
    let mut done = 0;
    while done < UPDATES {
        let written = folder.update("a", |present| {
            Some([&present.unwrap_or_default()[..], &own].concat())
        });
        done += usize::from(written.unwrap());
        assert!(done == 0 || folder.read("a").unwrap().len() >= 4 * done);
    }
}

#[test]
fn processes_merge_and_lose_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let path = private_folder(&parent);
    let mut children: Vec<_> = (0..3)
        .map(|_| child_of("append", &path).spawn().unwrap())
        .collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let folder = Folder::open(&path, Limits::default()).unwrap();
    let bytes = folder.read("a").unwrap();
    for child in &children {
        let own = child.id().to_le_bytes();
        let count = bytes.chunks_exact(4).filter(|chunk| *chunk == own).count();
        assert_eq!(count, UPDATES);
    }
    assert_eq!(files(&path), ["a.entry", "lock"]);
}

/// Checks that an entry of a size cannot be written, and that nothing else happens.
fn fails_and_keeps(folder: &Folder, size: usize) {
    let before = files(folder.path());
    let error = folder.update("a", |_| Some(vec![1; size])).unwrap_err();
    eprintln!("as expected: {error:#}");
    assert_eq!(folder.read("a").unwrap(), b"old");
    assert_eq!(files(folder.path()), before);
}

fn limited(folder: &Folder) {
    let limit = rustix::process::Rlimit {
        current: Some(10_000),
        maximum: Some(10_000),
    };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    fails_and_keeps(folder, 10_000);
    put(folder, "a", &[0; 9_000]);
}

#[test]
fn a_limit_of_file_sizes_ends_no_process() {
    let parent = tempfile::tempdir().unwrap();
    let path = private_folder(&parent);
    put(&Folder::open(&path, Limits::default()).unwrap(), "a", b"old");
    ends_well(child_of("limited", &path));
}

fn full(folder: &Folder) {
    put(folder, "a", b"old");
    fails_and_keeps(folder, 1 << 20);
    put(folder, "b", b"there is space for this");
    // What a writer left that was killed when the disk was full.
    let leftover = folder.path().join("00000000000000aa.tmp");
    std::fs::write(&leftover, vec![1; 1 << 20]).unwrap_err();
    put(folder, "c", &[1; 20_000]);
    assert!(!leftover.exists());
}

#[test]
fn a_full_disk_keeps_the_old_entry() {
    let parent = tempfile::tempdir().unwrap();
    // A small disk, which only the shell and its children see.
    let script = r#"mount -t tmpfs -o size=64k,mode=0700 none "$0" || exit 77; exec "$@""#;
    let mut command = test_program("unshare", "full", parent.path());
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
    command.arg(parent.path()).arg(std::env::current_exe().unwrap());
    command.args(ARGUMENTS);
    let probe = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(parent.path())
        .arg("true")
        .output();
    match probe {
        Ok(output) if output.status.success() => ends_well(command),
        Ok(output) => eprintln!(
            "SKIPPED: no small disk: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => eprintln!("SKIPPED: no small disk: {error}"),
    }
}

fn refused(folder: &Folder) {
    fails_and_keeps(folder, 10);
    let listed = folder.list().unwrap();
    assert!(listed[0].trusted.is_ok());
    folder.remove("a").unwrap_err();
    folder.clear().unwrap_err();
    assert_eq!(folder.read("a").unwrap(), b"old");
}

/// A user without rights, for tests that run as root.
const NOBODY: u32 = 65534;

/// Gives a folder with the entry `a` to [`NOBODY`]. Returns whether that user can read it and execute this program.
fn give_away(parent: &Path, folder: &Path) -> bool {
    std::fs::set_permissions(parent, Permissions::from_mode(0o755)).unwrap();
    for file in files(folder) {
        std::os::unix::fs::chown(folder.join(file), Some(NOBODY), None).unwrap();
    }
    std::os::unix::fs::chown(folder, Some(NOBODY), None).unwrap();
    let mut probe = Command::new("sh");
    probe.args(["-c", r#"cat "$1" && "$0" --list"#]);
    probe
        .arg(std::env::current_exe().unwrap())
        .arg(folder.join("a.entry"));
    let output = probe.uid(NOBODY).gid(NOBODY).current_dir("/").output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn a_folder_that_can_only_be_read_is_read() {
    let parent = tempfile::tempdir().unwrap();
    let path = private_folder(&parent);
    let folder = Folder::open(&path, Limits::default()).unwrap();
    put(&folder, "a", b"old");
    let is_root = rustix::process::geteuid().is_root();
    if is_root && !give_away(parent.path(), &path) {
        eprintln!("SKIPPED: user {NOBODY} cannot execute this program");
        return;
    }
    for with_lock in [true, false] {
        if !with_lock {
            std::fs::remove_file(path.join("lock")).unwrap();
        }
        std::fs::set_permissions(&path, Permissions::from_mode(0o500)).unwrap();
        let mut command = child_of("refused", &path);
        if is_root {
            command.uid(NOBODY).gid(NOBODY).current_dir("/");
        }
        ends_well(command);
        std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
    }
}
