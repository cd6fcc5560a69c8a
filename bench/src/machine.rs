//! The machine that results are from, as far as it tells.

use crate::results::Machine;
use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

/// Asks the system, the compiler and the sources.
pub fn machine(sources: &Path) -> Machine {
    let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let kibibytes: u64 = field(&memory, "MemTotal")
        .split(' ')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let folder = sources.display().to_string();
    Machine {
        processor: field(&processors, "model name"),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        memory: kibibytes * 1024,
        system: said("uname", &["-sr"]),
        compiler: said("rustc", &["--version"]),
        revision: said("git", &["-C", &folder, "describe", "--always", "--dirty"]),
        date: said("date", &["-u", "+%Y-%m-%d %H:%M"]),
    }
}

/// What a command says, or nothing.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
