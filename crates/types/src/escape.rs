//! Text from elsewhere that can be shown: names of a module, file names, messages that quote them.
//!
//! Such text may hold any character. Control characters move a terminal's cursor, clear it, change its title or colours;
//! ends of lines forge lines of a log; and bidirectional controls make a text look like another one. Here they are
//! written as the text format of WebAssembly (and Rust) escapes them in strings: `\n`, `\u{1b}`. Nothing else changes, so
//! what is escaped twice is the same as what is escaped once; a backslash stays, hence the text can't be read back.

use core::fmt::{Display, Formatter, Result, Write};

/// Text in one line, with its control characters escaped: for names, and for messages that are a single line.
///
/// ```
/// use transom_types::Escaped;
///
/// assert_eq!(Escaped("a\x1b[31m\nb").to_string(), "a\\u{1b}[31m\\nb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(pub T);

/// Text of several lines, with its control characters escaped but for the ends of lines. Names inside should have been
/// [`Escaped`] before, or they can start lines of their own.
#[derive(Clone, Copy, Debug)]
pub struct EscapedLines<T>(pub T);

impl Escaped<char> {
    /// Whether the character is shown as an escape.
    pub fn is_escape(self) -> bool {
        is_control(self.0)
    }
}

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(Escaping { to: f, keeps: "" }, "{}", self.0)
    }
}

impl<T: Display> Display for EscapedLines<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(Escaping { to: f, keeps: "\n" }, "{}", self.0)
    }
}

/// Whether a character acts on what shows it: the controls of C0 and C1, DEL, the separators of lines and paragraphs,
/// and all that Unicode gives the property `Bidi_Control`.
fn is_control(c: char) -> bool {
    match c {
        '\u{20}'..='\u{7e}' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// Escapes what is written to it.
struct Escaping<'a, 'f> {
    to: &'a mut Formatter<'f>,
    /// Control characters that stay as they are.
    keeps: &'static str,
}

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, mut text: &str) -> Result {
        let harmful = |c: char| is_control(c) && !self.keeps.contains(c);
        while let Some(at) = text.find(harmful) {
            let (before, from) = text.split_at(at);
            let mut rest = from.chars();
            self.to.write_str(before)?;
            if let Some(c) = rest.next() {
                write!(self.to, "{}", c.escape_default())?;
            }
            text = rest.as_str();
        }
        self.to.write_str(text)
    }
}

#[cfg(test)]
mod tests;
