//! A command as a user runs it: until it has written something, and until it ends. A small process of its own starts
//! it, since a process's peak of memory begins with that of the one that it came from.

use anyhow::{Context, Result, bail};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Instant;
use transom_bench_protocol::{Called, Report};
use wait4::Wait4;

/// Runs the command; its first output and its end are two calls, which return what it has written.
pub fn run(arguments: &[String]) -> Result<Report> {
    let (program, arguments) = arguments.split_first().context("a command has a program")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| program.clone())?;
    let mut stdout = child.stdout.take().context("standard output is a pipe")?;
    let mut output = vec![0];
    let read = stdout.read(&mut output)?;
    let first = start.elapsed().as_secs_f64();
    output.truncate(read);
    stdout.read_to_end(&mut output)?;
    let mut stderr = child.stderr.take().context("standard error is a pipe")?;
    let ended = child.wait4()?;
    let whole = start.elapsed().as_secs_f64();
    if !ended.status.success() || output.is_empty() {
        let mut errors = String::new();
        stderr.read_to_string(&mut errors)?;
        bail!("{}: {}", ended.status, errors.trim());
    }
    let mut hasher = DefaultHasher::new();
    output.hash(&mut hasher);
    let call = |seconds: f64| Called {
        values: vec![seconds],
        results: vec![hasher.finish() as i32],
    };
    Ok(Report {
        calls: vec![call(first), call(whole)],
        peak: ended.rusage.maxrss,
        ..Report::default()
    })
}
