//! One process that measures, and its end.

#[cfg(test)]
mod tests;

use crate::subject::Run;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Runs a command that prints a report.
///
/// # Errors
///
/// It can't be started, fails, takes longer than it may, or prints something else.
pub fn run(mut command: Command, limit: Duration) -> Result<Run> {
    // A group of its own: what it starts ends with it.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let start = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("{:?} can't be started", command.get_program()))?;
    let group = Pid::from_child(&child);
    let (ended, wait) = channel::<()>();
    let watch = std::thread::spawn(move || {
        let late = wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if late {
            let _ = kill_process_group(group, Signal::KILL);
        }
        late
    });
    let output = child.wait_with_output()?;
    let process = start.elapsed().as_secs_f64();
    drop(ended);
    if watch.join().expect("the watch does not panic") {
        bail!("not done after {} s", limit.as_secs());
    }
    if !output.status.success() {
        bail!(
            "{}",
            reason(
                &String::from_utf8_lossy(&output.stderr),
                &output.status.to_string()
            )
        );
    }
    let text = String::from_utf8_lossy(&output.stdout);
    // Programs that are measured may print as well.
    let line = text.lines().next_back().context("it has printed nothing")?;
    let report = serde_json::from_str(line).with_context(|| format!("it has printed no report: {line}"))?;
    Ok(Run { report, process })
}

/// What of a failed process's output says why: the lines that speak of an error, or else the last ones.
fn reason(output: &str, status: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let causes: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split_once(": "))
        .filter(|(number, _)| number.parse::<u32>().is_ok())
        .map(|(_, cause)| cause)
        .collect();
    let telling: Vec<&str> = lines
        .iter()
        .filter(|line| line.contains("rror"))
        .take(1)
        .copied()
        .collect();
    let told = match (telling.is_empty(), lines.is_empty()) {
        (false, _) => telling,
        (true, false) => lines[lines.len() - 1..].to_vec(),
        (true, true) => vec![status],
    };
    // The innermost causes say most.
    let told = told.into_iter().chain(causes.into_iter().rev().take(2).rev());
    let told: Vec<&str> = told
        .map(|line| line.trim_start_matches("Error: ").trim_start_matches("error: "))
        .collect();
    told.join(": ").chars().take(300).collect()
}
