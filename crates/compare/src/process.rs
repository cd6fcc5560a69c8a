//! Running programs of others: they may hang, crash, or write without end, and neither hangs nor floods us.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{Read, Result};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a program may take, and how much of what it writes is kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// After this time it is killed, with whatever it has started.
    pub time: Duration,
    /// Bytes of each of its two outputs. What comes after them is read and forgotten.
    pub output: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            time: Duration::from_secs(10),
            output: 1 << 20,
        }
    }
}

/// What came of a program.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How it ended.
    pub end: End,
    /// The beginning of its standard output.
    pub stdout: Vec<u8>,
    /// The beginning of its standard error.
    pub stderr: Vec<u8>,
    /// How long it took.
    pub time: Duration,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// By itself, with an exit code.
    Exit(i32),
    /// By a signal.
    Signal(i32),
    /// It was killed because its time was over.
    Timeout,
}

/// How often a program is looked at that has not ended, at first and at most.
const LOOK: [Duration; 2] = [Duration::from_micros(200), Duration::from_millis(5)];
/// How long outputs may stay open when the program and its group are gone: what left the group can't be ended with it.
const LINGER: Duration = Duration::from_secs(1);

/// The process groups of programs that run.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills all programs that [`run`] has started, and keeps it from starting others: for a process that is about to exit.
pub fn end_all() {
    let running = running();
    running.iter().for_each(|group| kill(*group));
    // Whoever would start another program waits until the process is gone.
    std::mem::forget(running);
}

/// Starts a program in a group of its own, so that what it starts can be ended with it.
fn start(command: &mut Command) -> Result<Child> {
    let mut running = running();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    running.insert(child.id());
    Ok(child)
}

/// Runs a program to its end, without input.
///
/// # Errors
///
/// It can't be started.
pub fn run(command: &mut Command, bounds: Bounds) -> Result<Ended> {
    let begin = Instant::now();
    let mut child = start(command)?;
    let outputs = (
        child.stdout.take().map(|pipe| Kept::of(pipe, bounds.output)),
        child.stderr.take().map(|pipe| Kept::of(pipe, bounds.output)),
    );
    let status = wait(&mut child, begin, bounds.time);
    let time = begin.elapsed();
    // What it has started may live on and hold the pipes open.
    kill_group(&mut child);
    let end = match status?.map(|status| (status.code(), status.signal())) {
        None => End::Timeout,
        Some((Some(code), _)) => End::Exit(code),
        Some((None, signal)) => End::Signal(signal.unwrap_or_default()),
    };
    let until = Instant::now() + LINGER;
    let collect = |kept: Option<Kept>| kept.map_or_else(Vec::new, |kept| kept.by(until));
    Ok(Ended {
        end,
        stdout: collect(outputs.0),
        stderr: collect(outputs.1),
        time,
    })
}

/// Waits for a child until its time is over; nothing if it goes on after that.
fn wait(child: &mut Child, start: Instant, time: Duration) -> Result<Option<ExitStatus>> {
    let [mut pause, longest] = LOOK;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= time {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(longest);
    }
}

fn kill_group(child: &mut Child) {
    kill(child.id());
    let _ = child.kill();
    // Its number may be used again once it was waited for.
    running().remove(&child.id());
    let _ = child.wait();
}

fn kill(group: u32) {
    let group = format!("-{group}");
    let mut kill = Command::new("kill");
    // There may be nobody left to kill, which is well.
    let _ = kill
        .args(["-KILL", "--", &group])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// The beginning of what comes out of a pipe, which is read to its end.
struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// Disconnected when the pipe is at its end.
    open: Receiver<()>,
}

impl Kept {
    fn of(mut pipe: impl Read + Send + 'static, limit: usize) -> Self {
        let (end, open) = channel::<()>();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let _end = end;
            let mut buffer = [0; 1 << 14];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = limit.saturating_sub(kept.len());
                kept.extend_from_slice(&buffer[..count.min(room)]);
            }
        });
        Kept { bytes, open }
    }

    /// What there is when the pipe is at its end, or at a moment if it is still open then.
    fn by(self, moment: Instant) -> Vec<u8> {
        let _ = self
            .open
            .recv_timeout(moment.saturating_duration_since(Instant::now()));
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A text without the escapes that colour it on terminals, or do other things there: some programs write them wherever they write to.
pub(crate) fn without_colours(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let parameters = |c: char| c.is_ascii_digit() || c == ';' || c == '?';
        let escape = part
            .strip_prefix('[')
            .map(|rest| rest.trim_start_matches(parameters));
        let rest = escape.and_then(|rest| rest.strip_prefix(|c: char| c.is_ascii_alphabetic()));
        plain += rest.unwrap_or(part);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, bounds: Bounds) -> Ended {
        run(Command::new("sh").args(["-c", script]), bounds).expect("there is a shell")
    }

    #[test]
    fn ends_are_told_apart() {
        let bounds = Bounds::default();
        let done = sh("echo out; echo err >&2; exit 3", bounds);
        assert_eq!(
            (done.end, &*done.stdout, &*done.stderr),
            (End::Exit(3), &b"out\n"[..], &b"err\n"[..])
        );
        assert_eq!(sh("kill -SEGV $$", bounds).end, End::Signal(11));
        assert!(run(&mut Command::new("no such program"), bounds).is_err());
    }

    #[test]
    fn programs_that_hang_or_leave_others_behind_are_ended() {
        let bounds = Bounds {
            time: Duration::from_millis(200),
            ..Bounds::default()
        };
        let start = Instant::now();
        assert_eq!(sh("sleep 60 & sleep 60", bounds).end, End::Timeout);
        assert_eq!(sh("sleep 60 & exit 0", bounds).end, End::Exit(0));
        // One that has left the group is beyond reach, but is not waited for.
        let done = sh("setsid sleep 10 & echo out; sleep .1", bounds);
        assert_eq!((done.end, &*done.stdout), (End::Exit(0), &b"out\n"[..]));
        assert!(start.elapsed() < Duration::from_secs(8));
    }

    #[test]
    fn a_flood_is_cut_off() {
        let bounds = Bounds {
            time: Duration::from_secs(20),
            output: 1000,
        };
        let done = sh("head -c 10000000 /dev/zero", bounds);
        assert_eq!((done.end, done.stdout.len()), (End::Exit(0), 1000));
    }

    #[test]
    fn colours_are_left_out() {
        assert_eq!(without_colours("a\x1b[1;31mb\x1b[0m c"), "ab c");
        assert_eq!(without_colours("a\x1b[2J message"), "a message");
        assert_eq!(without_colours("plain"), "plain");
    }
}
