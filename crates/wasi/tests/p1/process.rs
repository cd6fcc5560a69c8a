//! Arguments, environment, streams, clocks, polling, exit.

use crate::errno::*;
use crate::guest::Guest;
use transom_wasi::pipe::{MemoryInputPipe, MemoryOutputPipe};
use transom_wasi::{I32Exit, WasiCtxBuilder};

#[test]
fn arguments_and_environment() {
    let mut builder = WasiCtxBuilder::new();
    let mut guest = Guest::new(builder.args(&["prog", "ä"]).env("A", "b=c").build_p1());
    assert_eq!(guest.call("args_sizes_get", &[0, 4]), 0);
    assert_eq!((guest.u32(0), guest.u32(4)), (2, 8));
    assert_eq!(guest.call("args_get", &[16, 64]), 0);
    assert_eq!((guest.u32(16), guest.u32(20)), (64, 69));
    assert_eq!(guest.bytes(64, 8), "prog\0ä\0".as_bytes());
    assert_eq!(guest.call("environ_sizes_get", &[0, 4]), 0);
    assert_eq!((guest.u32(0), guest.u32(4)), (1, 6));
    assert_eq!(guest.call("environ_get", &[16, 65530]), 0);
    assert_eq!(guest.bytes(65530, 6), b"A=b=c\0");
    assert_eq!(guest.call("environ_get", &[16, 65531]), FAULT);
}

#[test]
fn streams() {
    let (out, err) = (MemoryOutputPipe::new(8), MemoryOutputPipe::new(100));
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdin(MemoryInputPipe::new("hello"))
        .stdout(out.clone())
        .stderr(err.clone());
    let mut guest = Guest::new(builder.build_p1());
    assert_eq!(guest.read(0, 3).unwrap(), b"hel");
    assert_eq!(guest.read(0, 30).unwrap(), b"lo");
    assert_eq!(guest.read(0, 30).unwrap(), b"");
    assert_eq!(guest.write(1, b"123456"), 0);
    assert_eq!(guest.write(1, b"789"), 0);
    assert_eq!(guest.u32(512), 2);
    assert_eq!(guest.write(1, b"9"), NOSPC);
    assert_eq!(guest.write(2, b"oops"), 0);
    assert_eq!(
        (&*out.contents(), &*err.contents()),
        (&b"12345678"[..], &b"oops"[..])
    );
    assert_eq!((guest.write(0, b"x"), guest.read(1, 1)), (BADF, Err(BADF)));
    assert_eq!(guest.call("fd_seek", &[1, 0, 0, 8]), SPIPE);
    assert_eq!(guest.call("fd_close", &[1]), 0);
    assert_eq!(guest.write(1, b"x"), BADF);
    assert_eq!(guest.call("sock_shutdown", &[0, 0]), NOTSOCK);
    assert_eq!(guest.call("sock_shutdown", &[9, 0]), BADF);
}

#[test]
fn a_write_gathers_more_buffers_than_fit_in_a_chunk() {
    let out = MemoryOutputPipe::new(1000);
    let mut guest = Guest::new(WasiCtxBuilder::new().stdout(out.clone()).build_p1());
    guest.put(0, b"0123456789");
    for index in 0..200u32 {
        guest.put(
            8192 + 8 * index as usize,
            &[(index % 10).to_le_bytes(), 1u32.to_le_bytes()].concat(),
        );
    }
    assert_eq!(guest.call("fd_write", &[1, 8192, 200, 512]), 0);
    assert_eq!(guest.u32(512), 200);
    assert_eq!(out.contents(), b"0123456789".repeat(20));
}

#[test]
fn clocks() {
    let mut guest = Guest::new(WasiCtxBuilder::new().build_p1());
    for id in 0..4 {
        assert_eq!(
            (
                guest.call("clock_res_get", &[id, 0]),
                guest.call("clock_time_get", &[id, 0, 8])
            ),
            (0, 0)
        );
        assert!(guest.u64(0) > 0 && guest.u64(8) > 0);
    }
    assert_eq!(guest.call("clock_time_get", &[4, 0, 8]), INVAL);
    guest.call("clock_time_get", &[1, 0, 8]);
    assert!(
        guest.u64(8) < 60_000_000_000,
        "the monotonic clock starts with the program"
    );
}

/// A subscription to a clock.
pub fn clock(userdata: u64, id: u32, timeout: u64, flags: u16) -> Vec<u8> {
    let mut record = vec![0; 48];
    record[0..8].copy_from_slice(&userdata.to_le_bytes());
    record[16..20].copy_from_slice(&id.to_le_bytes());
    record[24..32].copy_from_slice(&timeout.to_le_bytes());
    record[40..42].copy_from_slice(&flags.to_le_bytes());
    record
}

/// A subscription to a descriptor.
pub fn readwrite(userdata: u64, kind: u8, fd: u32) -> Vec<u8> {
    let mut record = clock(userdata, fd, 0, 0);
    record[8] = kind;
    record
}

#[test]
fn polling_waits_for_the_first_clock() {
    let mut guest = Guest::new(WasiCtxBuilder::new().build_p1());
    guest.put(
        0,
        &[clock(7, 1, 20_000_000, 0), clock(8, 0, u64::MAX, 1)].concat(),
    );
    let start = std::time::Instant::now();
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 2, 500]), 0);
    assert!(start.elapsed().as_millis() >= 20);
    assert_eq!((guest.u32(500), guest.u64(1000), guest.u64(1008)), (1, 7, 0));
}

#[test]
fn polling_reports_what_is_ready_and_what_is_wrong() {
    let mut guest = Guest::new(WasiCtxBuilder::new().build_p1());
    let records = [
        readwrite(1, 1, 0),
        readwrite(2, 2, 1),
        readwrite(3, 1, 77),
        clock(4, 1, u64::MAX, 0),
        clock(5, 9, 0, 0),
    ];
    guest.put(0, &records.concat());
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 5, 500]), 0);
    assert_eq!(guest.u32(500), 4);
    let events = (0..4).map(|index| (guest.u64(1000 + 32 * index), guest.u64(1008 + 32 * index) as u16));
    assert_eq!(
        events.collect::<Vec<_>>(),
        [(1, 0), (2, 0), (3, BADF), (5, INVAL)]
    );
    assert_eq!(guest.call("poll_oneoff", &[0, 1000, 0, 500]), INVAL);
}

#[test]
fn the_end() {
    let mut guest = Guest::new(WasiCtxBuilder::new().build_p1());
    let error = guest.try_call("proc_exit", &[42]).unwrap_err();
    assert_eq!(error.downcast_ref::<I32Exit>(), Some(&I32Exit(42)));
    let error = guest.try_call("proc_raise", &[6]).unwrap_err();
    assert_eq!(error.downcast_ref::<I32Exit>(), Some(&I32Exit(134)));
    assert_eq!(guest.call("proc_raise", &[0]), 0);
    assert_eq!(guest.call("sched_yield", &[]), 0);
}

#[test]
fn random_bytes() {
    let mut guest = Guest::new(WasiCtxBuilder::new().build_p1());
    assert_eq!(guest.call("random_get", &[0, 65536]), 0);
    assert!(guest.bytes(0, 64) != guest.bytes(64, 64));
    assert_eq!(guest.call("random_get", &[1, 65536]), FAULT);
    assert_eq!(guest.call("random_get", &[65536, 0]), 0);
}
