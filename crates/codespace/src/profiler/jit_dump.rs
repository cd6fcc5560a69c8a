//! Functions with their code and the time when they became executable: the format that Linux documents as
//! `tools/perf/Documentation/jitdump-specification.txt`, in which all numbers are in the machine's order.

use super::log::{Format, Function, Log, ProfileError};
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use transom_sys::{FileMarker, monotonic_nanoseconds, thread_id};

/// `JiTD`, by which readers also know the order of bytes.
const MAGIC: u32 = 0x4A69_5444;
const VERSION: u32 = 1;
const HEADER_SIZE: u32 = 40;
/// What executable files for x86-64 say that they are for.
const EM_X86_64: u32 = 62;
/// The kind of record that tells of new code.
const JIT_CODE_LOAD: u32 = 0;
/// Bytes of such a record before the name.
const LOAD_SIZE: usize = 56;

struct JitDump {
    /// The number of the next function.
    next: u64,
    /// `perf` finds the file by it, among what the process has mapped.
    _marker: FileMarker,
}

const REMEDY: &str = "start the process in a folder with free space where it may write and execute files";

/// The file of this process, in the current folder.
pub fn open() -> Result<Log, ProfileError> {
    let name = format!("jit-{}.dump", std::process::id());
    // Absolute, since the process may go elsewhere before something is to be said of the file.
    let path = std::path::absolute(&name).unwrap_or_else(|_| PathBuf::from(name));
    Log::create(path, REMEDY, |file| {
        Ok(Box::new(JitDump {
            next: 0,
            _marker: mark(file)?,
        }))
    })
}

/// Writes the header, and maps it.
fn mark(mut file: &File) -> io::Result<FileMarker> {
    let mut header = Vec::with_capacity(HEADER_SIZE as usize);
    for word in [MAGIC, VERSION, HEADER_SIZE, EM_X86_64, 0, std::process::id()] {
        header.extend(word.to_ne_bytes());
    }
    header.extend(monotonic_nanoseconds().to_ne_bytes());
    let flags = 0u64;
    header.extend(flags.to_ne_bytes());
    file.write_all(&header)?;
    FileMarker::new(file)
}

impl Format for JitDump {
    fn record(&mut self, function: &Function<'_>, to: &mut Vec<u8>) {
        let (name, code) = (&function.name, function.code);
        let size = LOAD_SIZE + name.len() + 1 + code.len();
        let size = u32::try_from(size).expect("all code of a process takes less than 4 GiB");
        to.extend(JIT_CODE_LOAD.to_ne_bytes());
        to.extend(size.to_ne_bytes());
        to.extend(monotonic_nanoseconds().to_ne_bytes());
        to.extend(std::process::id().to_ne_bytes());
        to.extend(thread_id().to_ne_bytes());
        // Where it runs, and where it was made: the same place.
        for number in [function.address, function.address, code.len()] {
            to.extend((number as u64).to_ne_bytes());
        }
        to.extend(self.next.to_ne_bytes());
        to.extend(name.as_bytes());
        to.push(0);
        to.extend(code);
        self.next += 1;
    }
}
