//! `jit-PID.dump`

use crate::*;

/// Reads numbers from the front of a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken
    }

    fn word(&mut self) -> u32 {
        u32::from_ne_bytes(self.take(4).try_into().unwrap())
    }

    fn long(&mut self) -> u64 {
        u64::from_ne_bytes(self.take(8).try_into().unwrap())
    }
}

/// A function, its code, its number, and when it was recorded.
struct Load<'a> {
    told: Told,
    code: &'a [u8],
    index: u64,
    time: u64,
}

/// The time at which the file was begun.
fn parse_header(reader: &mut Reader<'_>) -> u64 {
    assert_eq!(
        &reader.take(4),
        if cfg!(target_endian = "little") {
            b"DTiJ"
        } else {
            b"JiTD"
        }
    );
    let (version, size, machine, padding, process) = (
        reader.word(),
        reader.word(),
        reader.word(),
        reader.word(),
        reader.word(),
    );
    assert_eq!((version, size, padding), (1, 40, 0));
    // That of this very program, from the header of its file.
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert_eq!(machine, u32::from(u16::from_ne_bytes([program[18], program[19]])));
    assert_eq!(process, std::process::id());
    let time = reader.long();
    assert_eq!(reader.long(), 0, "flags");
    time
}

fn parse_load<'a>(reader: &mut Reader<'a>) -> Load<'a> {
    let (kind, size) = (reader.word(), reader.word());
    assert_eq!(kind, 0);
    let mut record = Reader(reader.take(size as usize - 8));
    let (time, process, thread) = (record.long(), record.word(), record.word());
    assert!(process == std::process::id() && thread >= process);
    let (start, address, size, index) = (record.long(), record.long(), record.long(), record.long());
    assert_eq!(start, address);
    let name = record.0.split(|&byte| byte == 0).next().unwrap();
    record.take(name.len() + 1);
    assert_eq!(record.0.len() as u64, size);
    let name = String::from_utf8(name.to_vec()).unwrap();
    Load {
        told: Told { name, start, size },
        code: record.0,
        index,
        time,
    }
}

#[test]
fn every_function_and_adapter_has_a_record() -> Result<()> {
    std::env::set_current_dir(env!("CARGO_TARGET_TMPDIR"))?;
    let module = run_named(&engine(ProfilingStrategy::JitDump)?)?;
    run_replaced(ProfilingStrategy::JitDump)?;
    let concurrent = run_many(ProfilingStrategy::JitDump);
    let path = std::path::absolute(format!("jit-{}.dump", std::process::id()))?;
    let bytes = std::fs::read(&path)?;
    let mappings = std::fs::read_to_string("/proc/self/maps")?;
    std::fs::remove_file(&path)?;
    let marker = |line: &str| line.contains(" r-xp 00000000 ") && line.ends_with(path.to_str().unwrap());
    assert!(mappings.lines().any(marker), "{mappings}");

    let mut reader = Reader(&bytes);
    let mut time = parse_header(&mut reader);
    let mut loads = Vec::new();
    while !reader.0.is_empty() {
        loads.push(parse_load(&mut reader));
    }
    for (index, load) in loads.iter().enumerate() {
        assert!(
            load.time >= time && load.index == index as u64,
            "{}",
            load.told.name
        );
        time = load.time;
    }
    let told: Vec<Told> = loads.iter().map(|load| load.told.clone()).collect();
    check(&told, &concurrent);
    for (name, range) in NAMES.into_iter().zip(ranges(&told)) {
        let load = loads.iter().find(|load| load.told.name == name).unwrap();
        assert_eq!(load.code, &module.text()[range], "{name}");
    }
    Ok(())
}
