//! Files for profilers that can't be written are errors of the engine, and nothing else. A process of its own, since such
//! a file stays open once it could be.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use transom::*;

fn error(strategy: ProfilingStrategy) -> String {
    let error = Engine::new(Config::new().profiler(strategy)).unwrap_err();
    format!("{error:#}")
}

/// Both strategies in one test, since folders are the process's.
#[test]
fn an_engine_says_what_it_could_not_write_and_why() -> Result<()> {
    // Nobody makes files there, not even root.
    std::env::set_current_dir("/proc")?;
    let text = error(ProfilingStrategy::JitDump);
    let name = format!("jit-{}.dump", std::process::id());
    assert!(
        text.contains(&format!("/proc/{name}")) && text.contains("start the process in a folder"),
        "{text}"
    );
    std::env::set_current_dir(env!("CARGO_TARGET_TMPDIR"))?;
    Engine::new(Config::new().profiler(ProfilingStrategy::JitDump))?;
    std::fs::remove_file(name)?;

    let map = format!("/tmp/perf-{}.map", std::process::id());
    let map = Path::new(&map);
    let elsewhere = std::path::absolute("elsewhere")?;
    std::os::unix::fs::symlink(&elsewhere, map)?;
    let text = error(ProfilingStrategy::PerfMap);
    assert!(
        text.contains(map.to_str().unwrap()) && text.contains("free space in /tmp"),
        "{text}"
    );
    assert!(!elsewhere.exists());
    std::fs::remove_file(map)?;
    Engine::new(Config::new().profiler(ProfilingStrategy::PerfMap))?;
    std::fs::remove_file(map)?;
    Ok(())
}
