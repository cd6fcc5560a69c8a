//! Whatever a program passes, a call ends with an error number: no panic, no trap, no endless work.

use crate::errno::FAULT;
use crate::guest::{DIR, FUNCTIONS, Guest};
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use tempfile::tempdir;
use transom_wasi::pipe::{MemoryInputPipe, MemoryOutputPipe};
use transom_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

/// Numbers at which checks go wrong.
const EDGES: [i64; 9] = [0, 3, 4, 65535, 65536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, -1];

/// A sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// How often a function is called, by each name of preview 1 and from each of the seeds.
const ROUNDS: u32 = 6000;
const SEEDS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xdead_beef_cafe_f00d];

/// A program with a listener (3) and a folder (4), a file (5) in it, and a connection (6). Whatever it waits for comes:
/// others want to be accepted, and all that connect are gone again; time passes as it likes.
fn surrounded(dir: &Path, listener: &TcpListener, version: Version) -> Guest {
    let mut builder = WasiCtxBuilder::new();
    builder.args(&["program"]).env("name", "value").deterministic(7);
    builder
        .stdin(MemoryInputPipe::new("input"))
        .stdout(MemoryOutputPipe::new(100));
    builder
        .preopened_socket(listener.try_clone().unwrap())
        .max_descriptors(20);
    builder.preopened_dir(dir, "/", FsPerms::ReadWrite).unwrap();
    let mut guest = match version {
        Version::Preview1 => Guest::new(builder.build_p1()),
        Version::Unstable => Guest::unstable(builder.build_p1()),
    };
    for _ in 0..12 {
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        peer.write_all(b"something").unwrap();
    }
    let [ptr, len] = guest.path("f");
    assert_eq!(
        guest.call("path_open", &[4, 1, ptr, len, 1, 0x1fff_ffff, 0, 0, 512]),
        0
    );
    assert_eq!(guest.call("sock_accept", &[3, 0, 512]), 0);
    // Subscriptions and lists of buffers, to which some of the pointers lead.
    for at in 0..20 {
        let record = [
            at as u32 % 8,
            0,
            at as u32 % 4,
            0,
            at as u32 % 7,
            0,
            90,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
        ];
        guest.put(64 + 48 * at, &record.map(u32::to_le_bytes).concat());
    }
    guest
}

#[derive(Clone, Copy)]
enum Version {
    Preview1,
    Unstable,
}

/// Arguments of a function: edges, descriptors, pointers.
fn arguments(numbers: &mut Numbers, name: &str, params: &str) -> Vec<i64> {
    let args = params.chars().map(|_| match numbers.next() % 3 {
        0 => EDGES[numbers.next() as usize % EDGES.len()],
        1 => (numbers.next() % 8) as i64,
        _ => (numbers.next() % 2000) as i64,
    });
    let mut args = args.collect::<Vec<_>>();
    if ["fd_allocate", "fd_filestat_set_size"].contains(&name) {
        // These fill the disk, as they are asked to.
        args[1..].iter_mut().for_each(|arg| *arg = (*arg as i16).into());
    }
    args
}

fn survives(version: Version) {
    for seed in SEEDS {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("f"), "content").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut numbers = Numbers(seed);
        let mut guest = surrounded(dir.path(), &listener, version);
        for round in 0..ROUNDS {
            if round % 100 == 99 {
                let again = TcpListener::bind("127.0.0.1:0").unwrap();
                guest = surrounded(dir.path(), &again, version);
            }
            let (name, params) = FUNCTIONS[numbers.next() as usize % FUNCTIONS.len()];
            let args = arguments(&mut numbers, name, params);
            match guest.try_call(name, &args) {
                Ok(error) => assert!(error <= 76, "seed {seed}: {name}{args:?}"),
                Err(error) => assert!(
                    name == "proc_raise" && error.is::<I32Exit>(),
                    "{name}{args:?}: {error}"
                ),
            }
        }
    }
}

#[test]
fn every_function_survives_edges() {
    survives(Version::Preview1);
}

#[test]
fn every_function_survives_edges_by_its_older_name() {
    survives(Version::Unstable);
}

#[test]
fn bad_pointers_are_faults_before_anything_happens() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let [ptr, len] = guest.path("f");
    assert_eq!(
        guest.call("path_open", &[DIR, 1, ptr, len, 1, -1, -1, 0, 65533]),
        FAULT
    );
    assert!(!dir.path().join("f").exists());
    let fd = guest.open("f", 1, -1).unwrap();
    guest.put(256, &[4096u32.to_le_bytes(), 5u32.to_le_bytes()].concat());
    assert_eq!(guest.call("fd_write", &[fd, 256, 1, 65533]), FAULT);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"");
    guest.put(256, &[4096u32.to_le_bytes(), 65536u32.to_le_bytes()].concat());
    assert_eq!(guest.call("fd_write", &[fd, 256, 1, 512]), FAULT);
    assert_eq!(guest.call("fd_read", &[fd, 256, 1, 512]), FAULT);
    assert_eq!(guest.call("fd_write", &[fd, 0xffff_fffc, 1, 512]), FAULT);
    assert_eq!(guest.call("fd_write", &[fd, 65536, 0x2000_0000, 512]), FAULT);
    for (subscriptions, events, count) in [
        (0, 0, 0x0800_0000),
        (0, 65530, 1),
        (65530, 0, 1),
        (0, 0, 0xffff_ffff_i64),
    ] {
        assert_eq!(
            guest.call("poll_oneoff", &[subscriptions, events, count, 512]),
            FAULT
        );
    }
}

#[test]
fn a_huge_list_of_empty_buffers_is_no_work_to_speak_of() {
    let dir = tempdir().unwrap();
    let mut guest = Guest::with_dir(dir.path());
    let fd = guest.open("f", 1, -1).unwrap();
    assert_eq!(guest.call("fd_write", &[fd, 0, 8192, 60000]), 0);
    assert_eq!(guest.u32(60000), 0);
    assert_eq!(guest.call("fd_write", &[fd, 0, 0x1fff_ffff, 512]), FAULT);
}

/// Pages of a memory of 512 MiB.
const LARGE: u32 = 0x2000;

#[test]
fn a_huge_call_is_interrupted() {
    let mut guest = Guest::with_pages(WasiCtxBuilder::new().build_p1(), LARGE);
    guest.store.epoch_deadline_callback({
        let mut polls = 0;
        move |_| {
            polls += 1;
            match polls {
                // The function around the call polls once; all others are inside it.
                9 => Ok(transom::UpdateDeadline::Interrupt),
                _ => Ok(transom::UpdateDeadline::Continue(0)),
            }
        }
    });
    guest.store.set_epoch_deadline(0);
    let error = guest.try_call("random_get", &[0, 0x2000_0000]).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&transom::Trap::Interrupt));
    let filled = guest.bytes(0, 64 << 20).iter().rposition(|&byte| byte != 0);
    assert!(filled.is_some_and(|last| last < 8 << 20), "{filled:?}");
}

#[test]
fn a_huge_call_costs_fuel() {
    let mut guest = Guest::with_fuel(WasiCtxBuilder::new().build_p1(), LARGE, 1 << 20);
    assert_eq!(guest.call("random_get", &[0, 1 << 20]), 0);
    let used = (1 << 20) - guest.store.get_fuel().unwrap();
    assert!((1 << 14..(1 << 14) + 20).contains(&used), "{used}");
    let error = guest.try_call("random_get", &[0, 0x2000_0000]).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&transom::Trap::OutOfFuel));
    assert_eq!(guest.store.get_fuel().unwrap(), 0);
}

#[test]
fn a_call_transfers_so_much_at_most() {
    const MOST: u32 = 64 << 20;
    let dir = tempdir().unwrap();
    let file = fs::File::create(dir.path().join("large")).unwrap();
    file.set_len(1 << 30).unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder
        .preopened_dir(dir.path(), "/", FsPerms::ReadWrite)
        .unwrap();
    let mut guest = Guest::with_pages(builder.build_p1(), LARGE);
    let fd = guest.open("large", 0, -1).unwrap();
    // Three buffers of 48 MiB, the second of which is cut.
    let buffers: Vec<u8> = [1u32 << 20, 64 << 20, 128 << 20]
        .iter()
        .flat_map(|start| [*start, 48 << 20])
        .flat_map(u32::to_le_bytes)
        .collect();
    guest.put(256, &buffers);
    for (name, position) in [("fd_read", MOST), ("fd_write", 2 * MOST)] {
        assert_eq!(guest.call(name, &[fd, 256, 3, 512]), 0);
        assert_eq!(guest.u32(512), MOST, "{name}");
        assert_eq!(guest.call("fd_tell", &[fd, 520]), 0);
        assert_eq!(guest.u64(520), u64::from(position));
    }
}
