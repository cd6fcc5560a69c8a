//! A line for each function: where its code begins, how long it is, its name.

use super::log::{Format, Function, Log, ProfileError};
use std::io::Write;
use std::path::PathBuf;

struct PerfMap;

const REMEDY: &str = "free space in /tmp, the only folder that perf reads, or use the strategy `JitDump`";

/// The file of this process, in the only folder where `perf` looks for it.
pub fn open() -> Result<Log, ProfileError> {
    let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
    Log::create(path, REMEDY, |_| Ok(Box::new(PerfMap)))
}

impl Format for PerfMap {
    fn record(&mut self, function: &Function<'_>, to: &mut Vec<u8>) {
        let (size, name) = (function.code.len(), &function.name);
        writeln!(to, "{:x} {size:x} {name}", function.address).expect("memory takes all that is written");
    }
}
