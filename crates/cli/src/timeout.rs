//! Time limits: how they are written, and how they are kept.

use crate::report::{self, Failure};
use std::time::Duration;
use transom::Engine;
use transom_compare::process;

/// The exit code of a program or a command whose time is over.
pub const EXIT_CODE: u8 = 124;

/// How long a program that its engine doesn't stop, since it waits for the host, may go on, and how long a message may take.
const GRACE: Duration = Duration::from_millis(200);

/// Interrupts every program of the engine after `limit`, and ends the process if that is not enough.
///
/// The engine counts epochs, and a store with a deadline of one stops at the next.
pub fn start(engine: &Engine, limit: Duration) {
    let engine = engine.clone();
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        engine.increment_epoch();
        std::thread::sleep(GRACE);
        end(move || report::timeout(limit));
    });
}

/// Ends the process, whether or not anybody reads the message.
fn end(message: impl FnOnce() + Send + 'static) -> ! {
    let (done, written) = std::sync::mpsc::channel();
    let writer = std::thread::Builder::new().spawn(move || {
        message();
        let _ = done.send(());
    });
    if writer.is_ok() {
        // Standard error may be a full pipe.
        let _ = written.recv_timeout(GRACE);
    }
    std::process::exit(EXIT_CODE.into());
}

/// Ends the process after `limit`, whatever it does then, with the programs of others that it has started and without
/// leaving temporary files.
///
/// # Errors
///
/// There is no place for temporary files.
pub fn watch(limit: Duration) -> Result<(), Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot make a folder for temporary files: {error}")))?;
    // All others are made in this one, so that it is enough to remove it. There is no earlier call.
    let _ = tempfile::env::override_temp_dir(folder.path());
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        process::end_all();
        let _ = folder.close();
        end(move || report::command_timeout(limit));
    });
    Ok(())
}

/// A duration with its unit.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number with its unit, such as 10s, 500ms or 2m".to_owned();
    let digits = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number = number.trim().parse::<f64>().map_err(|_| wrong())?;
    let seconds = match unit {
        "us" => number / 1e6,
        "ms" => number / 1e3,
        "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1.5m"), Ok(Duration::from_secs(90)));
        for wrong in ["10", "s", "-1s", "10 parsecs", "", "nan s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
