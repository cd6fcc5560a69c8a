//! What the programs of the suite `wasi` do, done by this process itself: what the machine can at best.

use anyhow::{Result, bail};
use rustix::fs::{Mode, OFlags, openat};
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use transom_bench_protocol::{Called, Case, Report};

/// Measures a case, whose name is the guest's export.
pub fn wasi(case: &Case) -> Result<Report> {
    let mut called = Called::default();
    for _ in 0..case.times {
        called.time_each(case.count, || once(case))?;
    }
    Ok(called.into())
}

fn once(case: &Case) -> Result<i32> {
    let path = |name: &str| case.folder.join(name);
    match case.name.as_str() {
        "write" => Ok(captured(case.count)),
        "monotonic" => repeated(case.count, || {
            std::hint::black_box(clock_gettime(ClockId::Monotonic));
        }),
        "realtime" => repeated(case.count, || {
            std::hint::black_box(clock_gettime(ClockId::Realtime));
        }),
        "random" => repeated(case.count, || {
            let _ = rustix::rand::getrandom(&mut [0; 16], rustix::rand::GetRandomFlags::empty());
        }),
        "open" => {
            let folder = File::open(&case.folder)?;
            repeated(case.count, || {
                let _ = std::hint::black_box(openat(&folder, "read", OFlags::CLOEXEC, Mode::empty()));
            })
        }
        "write_file" => write(&path("write"), case.count),
        "read_file" => read(&path("read")),
        "list_many" => list(&path("many")),
        "list_few" => list(&path("few")),
        other => bail!("no case {other}"),
    }
}

fn repeated(count: u64, mut call: impl FnMut()) -> Result<i32> {
    (0..count).for_each(|_| call());
    Ok(0)
}

fn captured(count: u64) -> i32 {
    let mut out = Vec::new();
    (0..count).for_each(|_| out.extend_from_slice(std::hint::black_box(&[0; 64])));
    64
}

fn write(path: &Path, bytes: u64) -> Result<i32> {
    let (mut file, block) = (File::create(path)?, vec![0; 1 << 16]);
    for _ in 0..bytes >> 16 {
        file.write_all(&block)?;
    }
    Ok(bytes as i32)
}

fn read(path: &Path) -> Result<i32> {
    let (mut file, mut block, mut total) = (File::open(path)?, vec![0; 1 << 16], 0);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(total as i32),
            count => total += count,
        }
    }
}

/// Counts the entries of a directory, without `.` and `..`.
fn list(path: &Path) -> Result<i32> {
    let entries = rustix::fs::Dir::read_from(File::open(path)?)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries
        .iter()
        .filter(|entry| entry.file_name().count_bytes() > 2)
        .count() as i32)
}
