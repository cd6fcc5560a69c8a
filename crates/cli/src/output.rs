//! Everything that the command writes to its own streams.
//!
//! A result that was not written is a failure: on a full disk, or where standard output is closed, a command that exits
//! with 0 would lie. `std::io::stdout` can't be used for that, because it counts a write to a closed descriptor as done;
//! and a stream that was closed when the process began has been replaced by the null device before `main`. So results are
//! written to a duplicate of the descriptor, and [`transom::began_closed`] is checked first.
//!
//! Text may quote names of modules and files, which may hold any character. Names are escaped where a message is put together
//! ([`transom::Escaped`]), so that they can't begin lines of their own; here, whatever is still a control character is
//! escaped again, before it acts on a terminal.
//!
//! No other file may write to these streams: `clippy.toml` and the lints in `main.rs` deny every other way. What a
//! program under `transom run` writes is its own, and does not pass here.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place that writes to the standard streams"
)]

use crate::failure::Failure;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Error, ErrorKind, IsTerminal, Result, Write};
use std::os::fd::AsFd;
use transom::EscapedLines;

/// The exit code if the reader of the output exited: the one a shell reports for a process that `SIGPIPE` ended.
pub const BROKEN_PIPE: u8 = 141;

/// Goes to the beginning of a terminal's line, and clears it.
const CLEAR_LINE: &str = "\r\x1b[K";

/// A standard stream that is written to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

impl Stream {
    fn name(self) -> &'static str {
        match self {
            Stream::Output => "standard output",
            Stream::Error => "standard error",
        }
    }

    fn is_terminal(self) -> bool {
        match self {
            Stream::Output => std::io::stdout().is_terminal(),
            Stream::Error => std::io::stderr().is_terminal(),
        }
    }

    /// A descriptor whose writes report every error.
    fn open(self) -> Result<File> {
        let (number, descriptor) = match self {
            Stream::Output => (1, std::io::stdout().as_fd().try_clone_to_owned()),
            Stream::Error => (2, std::io::stderr().as_fd().try_clone_to_owned()),
        };
        if transom::began_closed(number) {
            return Err(Error::other("the stream is closed"));
        }
        descriptor.map(File::from)
    }

    fn write(self, text: impl Display) -> Result<()> {
        self.write_styled("", text, "")
    }

    /// Writes a text of our own with sequences for terminals around it.
    fn write_styled(self, before: &str, text: impl Display, after: &str) -> Result<()> {
        let mut out = BufWriter::new(self.open()?);
        write!(out, "{before}{}{after}", EscapedLines(text))?;
        out.flush()
    }

    fn unwritten(self, error: &Error) -> Failure {
        match error.kind() {
            // A reader that has gone away has read enough.
            ErrorKind::BrokenPipe => Failure::silent(BROKEN_PIPE),
            _ => Failure::new(format!("cannot write to {}: {error}", self.name())),
        }
    }
}

/// Prints a result to standard output.
///
/// # Errors
///
/// It could not be written; the failure ends the command.
pub fn say(text: impl Display) -> std::result::Result<(), Failure> {
    let written = Stream::Output.write(text);
    written.map_err(|error| Stream::Output.unwritten(&error))
}

/// The same for text that is not for people, such as a script of a shell, and for binaries.
pub fn say_bytes(bytes: &[u8]) -> std::result::Result<(), Failure> {
    let written = Stream::Output.open().and_then(|mut out| out.write_all(bytes));
    written.map_err(|error| Stream::Output.unwritten(&error))
}

/// Prints help: with colours on a terminal.
pub fn say_help(help: &clap::builder::StyledStr) -> std::result::Result<(), Failure> {
    match colours(Stream::Output) {
        true => say_bytes(help.ansi().to_string().as_bytes()),
        false => say_bytes(help.to_string().as_bytes()),
    }
}

/// Prints to standard error what was asked for.
///
/// # Errors
///
/// It could not be written.
pub fn note(text: impl Display) -> std::result::Result<(), Failure> {
    let written = Stream::Error.write(text);
    written.map_err(|error| Stream::Error.unwritten(&error))
}

/// Prints a message to standard error. If that fails, there is no place left for another message; the exit code stays.
pub fn complain(text: impl Display) {
    let _ = Stream::Error.write(text);
}

/// What a message begins with.
#[derive(Clone, Copy)]
pub enum Label {
    /// What failed.
    Error,
    /// What to do about it.
    Try,
}

/// Prints a message to standard error, with its label in colour on a terminal.
pub fn complain_with(label: Label, text: impl Display) {
    let (name, colour) = match label {
        Label::Error => ("error", "\x1b[1;31m"),
        Label::Try => ("try", "\x1b[1;34m"),
    };
    let (colour, plain) = match colours(Stream::Error) {
        true => (colour, "\x1b[0m"),
        false => ("", ""),
    };
    let before = format!("{colour}{name}{plain}: ");
    let _ = Stream::Error.write_styled(&before, text, "\n");
}

/// Replaces the line that shows how far something is, if standard error is a terminal.
pub fn show_progress(text: impl Display) {
    if is_watched() {
        let _ = Stream::Error.write_styled(CLEAR_LINE, text, "");
    }
}

/// Takes away the line that [`show_progress`] has written.
pub fn clear_progress() {
    show_progress("");
}

/// Whether standard error is a terminal.
pub fn is_watched() -> bool {
    Stream::Error.is_terminal()
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    Stream::Output.is_terminal()
}

/// Whether a stream is a terminal that shows colours, and `NO_COLOR` is not set.
fn colours(stream: Stream) -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let able = std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb");
    stream.is_terminal() && able && !unwanted
}
