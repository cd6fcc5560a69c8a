//! Lines of a script.

use wast::token::Span;

/// Where the lines of a text end. Searching the text for the line of each directive would take quadratic time.
pub(crate) struct Lines {
    /// The offsets of the line feeds.
    ends: Vec<usize>,
}

impl Lines {
    pub fn of(text: &str) -> Lines {
        Lines {
            ends: text.match_indices('\n').map(|(offset, _)| offset).collect(),
        }
    }

    /// The line and the column of a place in the text, in bytes, counted from 1.
    pub fn place(&self, span: Span) -> (usize, usize) {
        let line = self.ends.partition_point(|&end| end < span.offset());
        let start = line.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        (line + 1, span.offset() - start + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_search() {
        let text = "one\n\ntwo three\r\n  (four)\n";
        let lines = Lines::of(text);
        for offset in 0..text.len() {
            let span = Span::from_offset(offset);
            let (line, column) = span.linecol_in(text);
            assert_eq!(lines.place(span), (line + 1, column + 1), "{offset}");
        }
    }
}
