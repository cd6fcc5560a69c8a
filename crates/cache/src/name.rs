//! The names of files: an entry is `NAME.entry`, a temporary file `NUMBER.tmp`, and there is one lock. Files of other names are not
//! ours, and are left alone.
//!
//! The name of an entry is 1 to 100 characters of `0-9`, `a-z` and `-`. So no name leads out of the folder, is hidden, or can be
//! mistaken for another on a file system that ignores case.

const ENTRY: &str = ".entry";
const TEMPORARY: &str = ".tmp";
const MAX_LEN: usize = 100;

/// The file that writers lock.
pub const LOCK: &str = "lock";

/// The name of an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name {
    file: String,
}

/// What a file is, by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    Entry(Name),
    Temporary(String),
    Lock,
    Foreign,
}

impl Name {
    /// `None` if it is no name of an entry.
    pub fn new(name: &str) -> Option<Name> {
        let valid = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-');
        let ok = (1..=MAX_LEN).contains(&name.len()) && name.bytes().all(valid);
        ok.then(|| Name {
            file: format!("{name}{ENTRY}"),
        })
    }

    /// The name without the suffix.
    pub fn name(&self) -> &str {
        self.file.strip_suffix(ENTRY).unwrap_or_default()
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }
}

/// The name of a temporary file.
pub fn temporary(number: u64) -> String {
    format!("{number:016x}{TEMPORARY}")
}

/// What the file of a name is.
pub fn classify(file: &[u8]) -> Kind {
    let Ok(file) = std::str::from_utf8(file) else {
        return Kind::Foreign;
    };
    if file == LOCK {
        return Kind::Lock;
    }
    if let Some(number) = file.strip_suffix(TEMPORARY) {
        let ours = number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit());
        return if ours {
            Kind::Temporary(file.to_owned())
        } else {
            Kind::Foreign
        };
    }
    file.strip_suffix(ENTRY)
        .and_then(Name::new)
        .map_or(Kind::Foreign, Kind::Entry)
}

#[cfg(test)]
mod tests;
