//! What the programs of the suite `wasi` do, done by this process itself: what the machine can at best.

use crate::files::World;
use crate::measure::{Case, Sample, Target, Unit, thread_seconds};
use anyhow::Result;
use rustix::fs::{Mode, OFlags, openat};
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

/// The cases of the suite, in its order.
pub fn cases(world: &World) -> Result<Vec<Case>> {
    let folder = world.folder.path().to_owned();
    let path = |name: &str| folder.join(name);
    let (ns, rate) = (Unit::Nanoseconds, Unit::MegabytesPerSecond);
    let dir = File::open(&folder)?;
    let bytes = world.bytes;
    Ok(vec![
        repeated("fd_write of 64 bytes, captured", 200_000, 64, {
            let mut out = Vec::new();
            move || out.extend_from_slice(std::hint::black_box(&[0; 64]))
        }),
        repeated("clock_time_get, monotonic", 500_000, 0, || {
            std::hint::black_box(clock_gettime(ClockId::Monotonic));
        }),
        repeated("clock_time_get, realtime", 500_000, 0, || {
            std::hint::black_box(clock_gettime(ClockId::Realtime));
        }),
        repeated("random_get of 16 bytes", 200_000, 0, || {
            let _ = rustix::rand::getrandom(&mut [0; 16], rustix::rand::GetRandomFlags::empty());
        }),
        repeated("path_open and fd_close", 20_000, 0, move || {
            let _ = std::hint::black_box(openat(&dir, "read", OFlags::CLOEXEC, Mode::empty()));
        }),
        once("writing a file, 64 KiB blocks", rate, {
            let path = path("write");
            move || write(&path, bytes)
        }),
        once("reading a file, 64 KiB blocks", rate, {
            let path = path("read");
            move || read(&path)
        }),
        once("fd_readdir, an entry of many", ns, list(path("many"))),
        once("fd_readdir, an entry of few", ns, list(path("few"))),
    ])
}

fn repeated(name: &str, count: u64, check: u64, mut call: impl FnMut() + 'static) -> Case {
    Case::new(name, Unit::Nanoseconds, Target::None, move |quick| {
        let count = if quick { count.min(1000) } else { count };
        let start = thread_seconds();
        (0..count).for_each(|_| call());
        let value = Unit::Nanoseconds.of((thread_seconds() - start) / count as f64);
        Ok(Sample { value, check })
    })
}

fn once(name: &str, unit: Unit, mut call: impl FnMut() -> Result<u64> + 'static) -> Case {
    Case::new(name, unit, Target::None, move |_| {
        let clock = unit.clock();
        let start = clock();
        let check = call()?;
        let value = unit.each(clock() - start, check);
        Ok(Sample { value, check })
    })
}

fn write(path: &PathBuf, bytes: u64) -> Result<u64> {
    let (mut file, block) = (File::create(path)?, vec![0; 1 << 16]);
    for _ in 0..bytes >> 16 {
        file.write_all(&block)?;
    }
    Ok(bytes)
}

fn read(path: &PathBuf) -> Result<u64> {
    let (mut file, mut block, mut total) = (File::open(path)?, vec![0; 1 << 16], 0);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(total),
            count => total += count as u64,
        }
    }
}

/// Counts the entries of a directory, with `.` and `..`.
fn list(path: PathBuf) -> impl FnMut() -> Result<u64> {
    move || {
        let entries = rustix::fs::Dir::read_from(File::open(&path)?)?;
        Ok(entries.collect::<Result<Vec<_>, _>>()?.len() as u64)
    }
}
