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
        .with_context(|| format!("cannot start {:?}", command.get_program()))?;
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
        bail!("no result after {} s", limit.as_secs());
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
    let line = text.lines().next_back().context("the process printed nothing")?;
    let report = serde_json::from_str(line)
        .with_context(|| format!("the last line of the process is not a report: {line}"))?;
    Ok(Run { report, process })
}

/// What of a failed process's output says why: the line of the error and its causes, else the last line.
fn reason(output: &str, status: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    // JavaScript engines show the source first, which speaks of errors too.
    let begins = |line: &&&str| {
        line.split(": ")
            .next()
            .is_some_and(|word| word.ends_with("rror") && !word.contains(' '))
    };
    let Some(error) = lines.iter().find(begins) else {
        let panicked = lines
            .iter()
            .skip_while(|line| !line.contains("panicked at"))
            .nth(1);
        return panicked.or(lines.last()).copied().unwrap_or(status).to_owned();
    };
    let error = error.trim_start_matches("Error: ").trim_start_matches("error: ");
    let causes = lines.iter().skip_while(|line| **line != "Caused by:").skip(1);
    let causes = causes.take_while(|line| **line != "Stack backtrace:");
    let causes = causes.map(|line| {
        line.trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_start_matches(": ")
    });
    let told: Vec<&str> = std::iter::once(error).chain(causes).collect();
    told.join(": ").chars().take(300).collect()
}
