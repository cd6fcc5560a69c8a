//! `--log`: events of the runtime, a line each, on standard error.
//!
//! A filter names targets of the runtime's table and nothing else, so a mistake in it is an error rather than silence. Lines
//! are escaped like everything that this command writes.

use crate::failure::Failure;
use crate::output::complain;
use log::{LevelFilter, Log, Metadata, Record};
use std::ffi::OsString;
use std::str::FromStr;
use std::time::Instant;
use transom::{Escaped, events};

/// One part of `--log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// `help`
    Help,
    /// Events of one target, or of all, up to a level.
    Events(Option<&'static str>, LevelFilter),
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "help" {
            return Ok(Filter::Help);
        }
        if let Ok(level) = text.parse() {
            return Ok(Filter::Events(None, level));
        }
        let (name, level) = text.split_once('=').unwrap_or((text, "trace"));
        let level = level
            .parse()
            .map_err(|_| format!("`{level}` is no level: write off, info, debug or trace"))?;
        let target = events::ALL.iter().find(|row| row.name == name);
        let target = target.ok_or_else(|| format!("no events `{name}`; `--log help` lists them"))?;
        Ok(Filter::Events(Some(target.target), level))
    }
}

/// Prints the events that the filters select from now on; false if one of them asks for help instead.
///
/// # Errors
///
/// There is a logger already.
pub fn start(filters: &[Filter]) -> Result<bool, Failure> {
    let mut levels = events::ALL
        .iter()
        .map(|row| (row.target, LevelFilter::Off))
        .collect::<Vec<_>>();
    for filter in filters {
        let Filter::Events(target, level) = *filter else {
            return Ok(false);
        };
        for row in &mut levels {
            if target.is_none_or(|target| target == row.0) {
                row.1 = level;
            }
        }
    }
    let most = levels.iter().map(|row| row.1).max();
    let Some(most) = most.filter(|most| *most > LevelFilter::Off) else {
        return Ok(true);
    };
    // It stays until the process ends.
    let logger = Box::leak(Box::new(Logger {
        levels,
        begun: Instant::now(),
    }));
    log::set_logger(logger).map_err(|error| Failure::new(format!("--log: {error}")))?;
    log::set_max_level(most);
    Ok(true)
}

/// Writes events to standard error.
struct Logger {
    /// The level of each target; other targets, such as those of the code generator, are silent.
    levels: Vec<(&'static str, LevelFilter)>,
    begun: Instant,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let row = self.levels.iter().find(|row| row.0 == metadata.target());
        row.is_some_and(|row| metadata.level() <= row.1)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (seconds, event) = (self.begun.elapsed().as_secs_f64(), Escaped(record.args()));
        let name = record.target().trim_start_matches("transom::");
        complain(format_args!("[{seconds:.6} {name}] {event}\n"));
    }

    fn flush(&self) {}
}

/// Whether words of a command line that lacks something else ask for help about events.
pub fn asks_for_help(words: &[OsString]) -> bool {
    let pairs = || words.windows(2);
    words.iter().any(|word| word == "--log=help")
        || pairs().any(|pair| pair[0] == "--log" && pair[1] == "help")
}

/// What `--log help` prints.
pub fn help() -> String {
    let mut text =
        "Events, for `--log NAME` or `--log NAME=LEVEL`; a level alone is for all of them:\n\n".to_owned();
    for row in events::ALL {
        text += &format!("  {:10} {}\n", row.name, row.about);
    }
    text += "\nLevels: off, info, debug, trace [default: trace, which is everything]\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_parsed() {
        let target = Some(events::GC);
        assert_eq!("gc".parse(), Ok(Filter::Events(target, LevelFilter::Trace)));
        assert_eq!("gc=info".parse(), Ok(Filter::Events(target, LevelFilter::Info)));
        assert_eq!("debug".parse(), Ok(Filter::Events(None, LevelFilter::Debug)));
        assert!("gcc".parse::<Filter>().unwrap_err().contains("--log help"));
        assert!("gc=loud".parse::<Filter>().unwrap_err().contains("no level"));
    }
}
