//! What the host chooses: clocks, random numbers, streams, how many descriptors.

use crate::errno::*;
use crate::guest::Guest;
use crate::process::clock;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::tempdir;
use transom_wasi::{FsPerms, HostMonotonicClock, HostWallClock, WasiCtxBuilder};

struct Fixed(u64);

impl HostWallClock for Fixed {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(7)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

/// A clock that moves on by what is slept, and tells how much that is.
struct Slept(Arc<AtomicU64>);

impl HostMonotonicClock for Slept {
    fn resolution(&self) -> u64 {
        9
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn sleep(&self, nanoseconds: u64) {
        self.0.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

fn time(guest: &mut Guest, id: i64) -> u64 {
    assert_eq!(guest.call("clock_time_get", &[id, 0, 64]), 0);
    guest.u64(64)
}

#[test]
fn clocks_of_the_hosts_choice() {
    let slept = Arc::new(AtomicU64::new(100));
    let mut builder = WasiCtxBuilder::new();
    builder
        .wall_clock(Fixed(12345))
        .monotonic_clock(Slept(slept.clone()));
    let mut guest = Guest::new(builder.build_p1());
    assert_eq!(
        [0, 1, 2, 3].map(|id| time(&mut guest, id)),
        [12345, 100, 100, 100]
    );
    for (id, resolution) in [(0, 7), (1, 9), (2, 9), (3, 9)] {
        assert_eq!(guest.call("clock_res_get", &[id, 64]), 0);
        assert_eq!(guest.u64(64), resolution);
    }
    let century = 3_000_000_000_000_000_000;
    guest.put(0, &clock(1, 1, century, 0));
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 1, 500]), 0);
    assert_eq!(slept.load(Ordering::Relaxed), century + 100);
    guest.put(0, &clock(1, 1, 50, 1));
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 1, 500]), 0, "long ago");
    assert_eq!(slept.load(Ordering::Relaxed), century + 100);
    let mut guest = Guest::new(WasiCtxBuilder::new().wall_clock(Fixed(u64::MAX)).build_p1());
    assert_eq!(time(&mut guest, 0), u64::MAX);
}

/// What a program sees of clocks and random numbers.
fn observe(seed: u64) -> (Vec<u64>, Vec<u8>) {
    let mut guest = Guest::new(WasiCtxBuilder::new().deterministic(seed).build_p1());
    let mut times = Vec::new();
    for id in [0, 1, 2, 3, 0] {
        times.push(time(&mut guest, id));
    }
    guest.put(
        0,
        &[clock(1, 1, 3_600_000_000_000, 0), clock(2, 0, u64::MAX, 1)].concat(),
    );
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 2, 500]), 0);
    assert_eq!((guest.u32(500), guest.u64(1000)), (1, 1));
    times.push(time(&mut guest, 1));
    assert_eq!(guest.call("random_get", &[2000, 100]), 0);
    (times, guest.bytes(2000, 100).to_vec())
}

#[test]
fn deterministic_programs_see_the_same_twice() {
    let start = Instant::now();
    let (times, random) = observe(1);
    assert_eq!(observe(1), (times.clone(), random.clone()));
    assert_ne!(observe(2).1, random);
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "an hour of sleep takes no time"
    );
    assert!(times[5] - times[1] >= 3_600_000_000_000 && times[0] < times[4]);
    assert_eq!(times[0] / 1_000_000_000, 1_577_836_800);
}

#[test]
fn random_numbers_of_the_hosts_choice() {
    let mut next = 0;
    let mut builder = WasiCtxBuilder::new();
    builder.secure_random(move |bytes| {
        bytes.iter_mut().for_each(|byte| {
            next += 1;
            *byte = next
        })
    });
    let mut guest = Guest::new(builder.build_p1());
    assert_eq!(guest.call("random_get", &[100, 3]), 0);
    assert_eq!(guest.call("random_get", &[103, 2]), 0);
    assert_eq!(guest.bytes(100, 6), [1, 2, 3, 4, 5, 0]);
    assert_eq!(guest.call("random_get", &[65535, 2]), FAULT);
}

#[test]
fn streams_that_are_closed() {
    let dir = tempdir().unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder.close_stdio(0).close_stdio(2).close_stdio(3);
    builder
        .preopened_dir(dir.path(), "/", FsPerms::ReadWrite)
        .unwrap();
    let mut guest = Guest::new(builder.build_p1());
    assert_eq!(
        (guest.read(0, 1), guest.write(1, b"x"), guest.write(2, b"x")),
        (Err(BADF), 0, BADF)
    );
    assert_eq!(
        guest.open("f", 1, -1).unwrap(),
        4,
        "no file gets the number of a stream that was never there"
    );
}

/// A writer whose reader has gone.
struct Gone;

impl std::io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn broken_pipes() {
    let mut guest = Guest::new(WasiCtxBuilder::new().stdout(Gone).build_p1());
    assert_eq!(guest.write(1, b"x"), PIPE);
    let mut builder = WasiCtxBuilder::new();
    let mut guest = Guest::new(builder.stdout(Gone).end_at_broken_pipes(true).build_p1());
    guest.put(256, &[4096, 1].map(u32::to_le_bytes).concat());
    let error = guest.try_call("fd_write", &[1, 256, 1, 512]).unwrap_err();
    let exit = error.downcast_ref::<transom_wasi::I32Exit>().unwrap();
    assert_eq!(exit.process_exit_code(), 128 + 13);
}

#[test]
fn no_more_descriptors_than_allowed() {
    let dir = tempdir().unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder.max_descriptors(2);
    builder
        .preopened_dir(dir.path(), "/", FsPerms::ReadWrite)
        .unwrap();
    let mut guest = Guest::new(builder.build_p1());
    let (a, b) = (guest.open("a", 1, -1).unwrap(), guest.open("b", 1, -1).unwrap());
    fs::write(dir.path().join("a"), "kept").unwrap();
    for (path, oflags) in [("new", 1), ("a", 8), (".", 2)] {
        assert_eq!(guest.open(path, oflags, -1), Err(MFILE));
    }
    assert!(!dir.path().join("new").exists());
    assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"kept");
    assert_eq!(guest.call("fd_renumber", &[a, b]), 0);
    assert_eq!(guest.open("new", 1, -1).unwrap(), a);
    assert_eq!(guest.open("newer", 1, -1), Err(MFILE));
}

/// The name of the variable that tells the test's own process what to be.
const PART: &str = "TRANSOM_WASI_PART";

/// Runs this test's own program again, as the host of a program that does `part`.
fn child(part: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "host::streams_of_the_host", "--nocapture", "--quiet"])
        .env(PART, part);
    command
}

/// Standard streams that are files have positions; those that are pipes can be waited for.
#[test]
fn streams_of_the_host() {
    if let Ok(part) = std::env::var(PART) {
        let mut guest = Guest::new(WasiCtxBuilder::new().inherit_stdio().build_p1());
        return if part == "files" {
            use_files(&mut guest)
        } else {
            use_pipe(&mut guest)
        };
    }
    let dir = tempdir().unwrap();
    let (input, output) = (dir.path().join("in"), dir.path().join("out"));
    fs::write(&input, "0123456789").unwrap();
    let out = fs::File::create(&output).unwrap();
    let status = child("files")
        .stdin(fs::File::open(&input).unwrap())
        .stdout(out)
        .status()
        .unwrap();
    assert!(status.success());
    let written = fs::read_to_string(&output).unwrap();
    assert!(written.contains("<first,THIRD>"), "{written}");
    let pipe = std::process::Stdio::piped();
    let mut waiting = child("pipe")
        .stdin(pipe)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let mut stdin = waiting.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, b"abc").unwrap();
    drop(stdin);
    assert!(waiting.wait().unwrap().success());
}

fn use_files(guest: &mut Guest) {
    assert_eq!(guest.read(0, 3).unwrap(), b"012");
    assert_eq!(guest.call("fd_seek", &[0, -2, 2, 64]), 0);
    assert_eq!(guest.read(0, 9).unwrap(), b"89");
    guest.put(256, &[4096, 2].map(u32::to_le_bytes).concat());
    assert_eq!(guest.call("fd_pread", &[0, 256, 1, 4, 512]), 0);
    assert_eq!(guest.bytes(4096, 2), b"45");
    assert_eq!(guest.call("fd_fdstat_get", &[0, 64]), 0);
    assert_eq!(guest.bytes(64, 1), [4]);
    assert_eq!(
        guest.call("fd_fdstat_set_flags", &[1, 1]),
        NOTCAPABLE,
        "the host shares how it is open"
    );
    assert_eq!(
        (guest.write(0, b"x"), guest.read(1, 1)),
        (NOTCAPABLE, Err(NOTCAPABLE))
    );
    assert_eq!(guest.write(1, b"<first,second>"), 0);
    assert_eq!(guest.call("fd_seek", &[1, -7, 1, 64]), 0);
    assert_eq!(guest.write(1, b"THIRD>"), 0);
    assert_eq!(guest.call("fd_filestat_set_size", &[1, 0]), NOTCAPABLE);
    assert_eq!(guest.call("fd_seek", &[1, 0, 2, 64]), 0);
}

fn use_pipe(guest: &mut Guest) {
    assert_eq!(guest.call("fd_fdstat_set_flags", &[0, 4]), 0);
    assert_eq!(guest.call("fd_seek", &[0, 0, 1, 64]), SPIPE);
    guest.put(0, &crate::process::readwrite(5, 1, 0));
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 1, 500]), 0);
    assert_eq!((guest.u64(1000), guest.u64(1016)), (5, 3));
    assert_eq!(guest.read(0, 10).unwrap(), b"abc");
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 1, 500]), 0);
    assert_eq!(
        (guest.u64(1016), guest.bytes(1024, 1)[0]),
        (0, 1),
        "the end, and that nobody writes any more"
    );
    assert_eq!(guest.read(0, 10).unwrap(), b"");
}
