//! Lines of text, each with the offset of the bytes that it describes, up to a bound.

use crate::sections;
use std::fmt::Display;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The offset in the binary.
    pub offset: usize,
    /// The text. Control characters of names in it are escaped.
    pub text: String,
}

/// Lines, in the order of their offsets.
#[derive(Debug)]
pub struct Rows {
    rows: Vec<Row>,
    /// How many more bytes of text are accepted: a name may be part of many lines.
    room: usize,
    full: bool,
}

impl Rows {
    /// No lines yet, and at most `room` bytes of text.
    pub fn new(room: usize) -> Rows {
        Rows {
            rows: Vec::new(),
            room,
            full: false,
        }
    }

    /// Appends a line, if there is room. If there is none, the text is not even made: a name that each of many lines repeats
    /// would take time in proportion to their number times its length.
    pub fn push(&mut self, offset: u64, text: impl Display) {
        if self.full {
            return;
        }
        let text = text.to_string();
        match self.room.checked_sub(text.len()) {
            Some(room) => {
                self.room = room;
                self.rows.push(Row {
                    offset: sections::offset(offset),
                    text,
                });
            }
            None => self.full = true,
        }
    }

    /// Whether there was no room for a line. Later ones are missing, too.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The lines since the last call.
    pub fn take(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }
}
