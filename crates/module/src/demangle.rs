//! Names as they stood in the source, from those that linkers know.

use core::fmt::{Display, Error, Formatter, Result, Write};
use cpp_demangle::{ParseOptions, Symbol};
use transom_types::Escaped;

/// Displays a mangled name of Rust or C++ as it is written in the source, and any other name unchanged. Control
/// characters are [`Escaped`].
#[derive(Clone, Copy, Debug)]
pub struct Demangled<'a>(pub &'a str);

/// Bytes of the longest name that is displayed demangled. What a short name stands for may be longer than memory.
const MAX_DEMANGLED: usize = 16 << 10;

impl Display for Demangled<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", Escaped(demangle(self.0).as_deref().unwrap_or(self.0)))
    }
}

fn demangle(name: &str) -> Option<String> {
    let mut text = Limited(String::new());
    if let Ok(name) = rustc_demangle::try_demangle(name) {
        write!(text, "{name}").ok()?;
    } else if name.starts_with("_Z") && !may_have_expressions(name) {
        let options = ParseOptions::default().recursion_limit(MAX_DEPTH);
        let symbol = Symbol::new_with_options(name, &options).ok()?;
        symbol.structured_demangle(&mut text, &Default::default()).ok()?;
    }
    Some(text.0).filter(|text| !text.is_empty())
}

/// How deep the parts of a C++ name are read. Few need as much, and the time may double with every few more.
const MAX_DEPTH: u32 = 48;

/// Whether there may be expressions in a C++ name, as in `decltype(a + b)`: a hundred bytes of them can be read for
/// minutes, since each is read as all that it might be. The letters that introduce an expression may also be
/// part of an identifier, whose name then stays as it is.
fn may_have_expressions(name: &str) -> bool {
    let of_array = |pair: &[u8]| pair[0] == b'A' && pair[1] != b'_' && !pair[1].is_ascii_digit();
    ["X", "DT", "Dt", "DO", "Dv_"]
        .iter()
        .any(|code| name.contains(code))
        || name.as_bytes().windows(2).any(of_array)
}

/// Text that may not become too long.
struct Limited(String);

impl Write for Limited {
    fn write_str(&mut self, text: &str) -> Result {
        if self.0.len() + text.len() > MAX_DEMANGLED {
            return Err(Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
