//! Names as they stood in the source, from those that linkers know.

use core::fmt::{Display, Error, Formatter, Result, Write};

/// A name of Rust or C++ that is displayed as it stood in the source; any other is displayed as it is.
#[derive(Clone, Copy, Debug)]
pub struct Demangled<'a>(pub &'a str);

/// Bytes of the longest name that is displayed demangled. What a short name stands for may be longer than memory.
const MAX_DEMANGLED: usize = 16 << 10;

impl Display for Demangled<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(demangle(self.0).as_deref().unwrap_or(self.0))
    }
}

fn demangle(name: &str) -> Option<String> {
    let mut text = Limited(String::new());
    if let Ok(name) = rustc_demangle::try_demangle(name) {
        write!(text, "{name}").ok()?;
    } else {
        // It would also take other words for names of types.
        let mangled = name.starts_with("_Z").then_some(name)?;
        let symbol = cpp_demangle::Symbol::new(mangled).ok()?;
        symbol.structured_demangle(&mut text, &Default::default()).ok()?;
    }
    Some(text.0)
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
