//! Sockets: connections are accepted, read, written and ended.

use crate::errno::*;
use crate::guest::Guest;
use crate::process::{clock, readwrite};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;
use transom_wasi::WasiCtxBuilder;

const NONBLOCK: i64 = 4;
const PEEK: i64 = 1;
const WAITALL: i64 = 2;
const LISTENER: i64 = 3;

/// A program with a listener, and the way to connect to it.
fn listening() -> (Guest, impl Fn() -> TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut builder = WasiCtxBuilder::new();
    let guest = Guest::new(builder.preopened_socket(listener).build_p1());
    (guest, move || TcpStream::connect(address).unwrap())
}

fn accept(guest: &mut Guest, flags: i64) -> Result<i64, u16> {
    match guest.call("sock_accept", &[LISTENER, flags, 512]) {
        0 => Ok(guest.u32(512).into()),
        error => Err(error),
    }
}

/// Receives into two buffers.
fn receive(guest: &mut Guest, fd: i64, lens: [u32; 2], flags: i64) -> Result<Vec<u8>, u16> {
    let list = [4096, lens[0], 4096 + lens[0], lens[1]]
        .map(u32::to_le_bytes)
        .concat();
    guest.put(256, &list);
    match guest.call("sock_recv", &[fd, 256, 2, flags, 512, 516]) {
        0 => Ok(guest.bytes(4096, guest.u32(512) as usize).to_vec()),
        error => Err(error),
    }
}

fn send(guest: &mut Guest, fd: i64, bytes: &[u8]) -> u16 {
    guest.put(4096, bytes);
    guest.put(256, &[4096, bytes.len() as u32].map(u32::to_le_bytes).concat());
    guest.call("sock_send", &[fd, 256, 1, 0, 512])
}

#[test]
fn a_connection_from_beginning_to_end() {
    let (mut guest, connect) = listening();
    let mut peer = connect();
    let fd = accept(&mut guest, 0).unwrap();
    assert_eq!(fd, 4);
    assert_eq!(guest.call("fd_fdstat_get", &[fd, 64]), 0);
    assert_eq!(guest.bytes(64, 4), [6, 0, 0, 0]);
    peer.write_all(b"hello world").unwrap();
    assert_eq!(receive(&mut guest, fd, [3, 8], PEEK).unwrap(), b"hel");
    assert_eq!(receive(&mut guest, fd, [3, 8], PEEK | WAITALL).unwrap(), b"hel");
    assert_eq!(
        receive(&mut guest, fd, [3, 8], 0).unwrap(),
        b"hel",
        "the first buffer that isn't empty"
    );
    assert_eq!(receive(&mut guest, fd, [0, 8], WAITALL).unwrap(), b"lo world");
    assert_eq!(receive(&mut guest, fd, [0, 0], 0).unwrap(), b"");
    assert_eq!(guest.bytes(516, 2), [0, 0]);
    let late = std::thread::spawn(move || {
        for part in [&b"ab"[..], b"cd", b"ef"] {
            std::thread::sleep(Duration::from_millis(10));
            peer.write_all(part).unwrap();
        }
        peer
    });
    assert_eq!(receive(&mut guest, fd, [4, 2], WAITALL).unwrap(), b"abcdef");
    let mut peer = late.join().unwrap();
    assert_eq!((send(&mut guest, fd, b"answer"), guest.u32(512)), (0, 6));
    assert_eq!(guest.write(fd, b"!"), 0);
    assert_eq!(guest.call("sock_shutdown", &[fd, 2]), 0);
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer!");
    assert_eq!(send(&mut guest, fd, b"x"), PIPE);
    peer.write_all(b"x").unwrap();
    assert_eq!(guest.read(fd, 10).unwrap(), b"x");
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receive(&mut guest, fd, [3, 3], WAITALL).unwrap(), b"");
    assert_eq!(guest.call("fd_close", &[fd]), 0);
    assert_eq!(receive(&mut guest, fd, [3, 3], 0), Err(BADF));
}

#[test]
fn nothing_waits_that_must_not() {
    let (mut guest, connect) = listening();
    assert_eq!(guest.call("fd_fdstat_set_flags", &[LISTENER, NONBLOCK]), 0);
    assert_eq!(accept(&mut guest, 0), Err(AGAIN));
    let mut peer = connect();
    let fd = accept(&mut guest, NONBLOCK).unwrap();
    assert_eq!(guest.call("fd_fdstat_get", &[fd, 64]), 0);
    assert_eq!(guest.bytes(66, 2), [4, 0]);
    assert_eq!(receive(&mut guest, fd, [3, 3], 0), Err(AGAIN));
    assert_eq!(receive(&mut guest, fd, [3, 3], WAITALL), Err(AGAIN));
    assert_eq!(guest.read(fd, 3), Err(AGAIN));
    while send(&mut guest, fd, &[0; 32768]) == 0 {}
    assert_eq!(guest.write(fd, b"x"), AGAIN);
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 0]), 0);
    peer.write_all(b"x").unwrap();
    assert_eq!(receive(&mut guest, fd, [3, 3], 0).unwrap(), b"x");
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 1]), 0);
}

#[test]
fn what_sockets_are_not_for() {
    let (mut guest, connect) = listening();
    let _peer = connect();
    let fd = accept(&mut guest, 0).unwrap();
    for (name, args, error) in [
        ("sock_accept", &[fd, 0, 512][..], NOTCAPABLE),
        ("sock_accept", &[LISTENER, 1, 512], INVAL),
        ("sock_accept", &[LISTENER, 0x1_0000, 512], INVAL),
        ("sock_accept", &[LISTENER, 0, 65533], FAULT),
        ("sock_recv", &[LISTENER, 256, 0, 0, 512, 516], NOTCAPABLE),
        ("sock_recv", &[fd, 256, 0, 4, 512, 516], INVAL),
        ("sock_recv", &[fd, 256, 0, 0, 512, 65535], FAULT),
        ("sock_send", &[LISTENER, 256, 0, 0, 512], NOTCAPABLE),
        ("sock_send", &[fd, 256, 0, 1, 512], INVAL),
        ("sock_shutdown", &[LISTENER, 1], NOTCAPABLE),
        ("sock_shutdown", &[fd, 0], INVAL),
        ("sock_shutdown", &[fd, 4], INVAL),
        ("fd_seek", &[fd, 0, 0, 64], SPIPE),
        ("fd_pread", &[fd, 256, 0, 0, 64], SPIPE),
        ("fd_readdir", &[fd, 256, 10, 0, 64], NOTDIR),
        ("fd_prestat_get", &[fd, 64], BADF),
    ] {
        assert_eq!(guest.call(name, args), error, "{name}{args:?}");
    }
    assert_eq!(guest.call("fd_prestat_get", &[LISTENER, 64]), 0);
    assert_eq!(guest.u32(64), 1, "no folder");
    assert_eq!(guest.call("fd_prestat_dir_name", &[LISTENER, 64, 10]), BADF);
}

/// What a poll says: userdata, error, bytes, flags.
fn poll(guest: &mut Guest, records: &[Vec<u8>]) -> Vec<(u64, u16, u64, u16)> {
    guest.put(0, &records.concat());
    assert_eq!(
        guest.call("poll_oneoff", &[0, 1000, records.len() as i64, 900]),
        0
    );
    let event = |at: usize| {
        let short = |at: usize| u16::from_le_bytes(guest.bytes(at, 2).try_into().unwrap());
        (guest.u64(at), short(at + 8), guest.u64(at + 16), short(at + 24))
    };
    (0..guest.u32(900) as usize)
        .map(|index| event(1000 + 32 * index))
        .collect()
}

#[test]
fn polling_sockets() {
    let (mut guest, connect) = listening();
    let soon = clock(9, 1, 20_000_000, 0);
    assert_eq!(
        poll(&mut guest, &[readwrite(1, 1, 3), soon.clone()]),
        [(9, 0, 0, 0)]
    );
    let mut peer = connect();
    let ready = poll(&mut guest, &[readwrite(1, 1, 3), clock(9, 1, u64::MAX, 0)]);
    assert_eq!((ready.len(), ready[0].0, ready[0].1), (1, 1, 0));
    let fd = accept(&mut guest, 0).unwrap() as u32;
    assert_eq!(
        poll(&mut guest, &[readwrite(1, 1, fd), soon.clone()]),
        [(9, 0, 0, 0)]
    );
    let ready = poll(&mut guest, &[readwrite(1, 1, fd), readwrite(2, 2, fd)]);
    assert_eq!((ready.len(), ready[0].0), (1, 2));
    peer.write_all(b"12345").unwrap();
    assert_eq!(poll(&mut guest, &[readwrite(1, 1, fd)]), [(1, 0, 5, 0)]);
    assert_eq!(guest.read(fd.into(), 5).unwrap(), b"12345");
    drop(peer);
    // The end of what comes is there to be read; that the other end has gone shows once this one has ended, too.
    assert_eq!(poll(&mut guest, &[readwrite(1, 1, fd)])[0].0, 1);
    assert_eq!(guest.read(fd.into(), 5).unwrap(), b"");
    guest.call("sock_shutdown", &[fd.into(), 3]);
    assert_eq!(poll(&mut guest, &[readwrite(1, 1, fd)]), [(1, 0, 0, 1)]);
}

#[test]
fn local_sockets_and_broken_pipes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let mut builder = WasiCtxBuilder::new();
    builder.preopened_socket(UnixListener::bind(&path).unwrap());
    builder.end_at_broken_pipes(true);
    let mut guest = Guest::new(builder.build_p1());
    let peer = UnixStream::connect(&path).unwrap();
    let fd = accept(&mut guest, 0).unwrap();
    drop(peer);
    guest.put(256, &[4096, 1].map(u32::to_le_bytes).concat());
    for name in ["fd_write", "sock_send"] {
        let args = if name == "fd_write" {
            vec![fd, 256, 1, 512]
        } else {
            vec![fd, 256, 1, 0, 512]
        };
        assert_eq!(
            guest.call(name, &args),
            PIPE,
            "{name}: only streams end a program"
        );
    }
}

#[test]
fn connections_count_as_descriptors() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut builder = WasiCtxBuilder::new();
    builder.preopened_socket(listener).max_descriptors(1);
    let mut guest = Guest::new(builder.build_p1());
    let (_one, mut two) = (
        TcpStream::connect(address).unwrap(),
        TcpStream::connect(address).unwrap(),
    );
    two.write_all(b"two").unwrap();
    let fd = accept(&mut guest, 0).unwrap();
    assert_eq!(accept(&mut guest, 0), Err(MFILE));
    assert_eq!(guest.call("fd_close", &[fd]), 0);
    let fd = accept(&mut guest, 0).unwrap();
    assert_eq!(guest.read(fd, 3).unwrap(), b"two", "no connection was lost");
}
