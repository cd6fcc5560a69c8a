//! A file that a profiler reads, and what is common to its formats.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use transom_sys::create_own_file;
use transom_types::Escaped;

/// Why a profiler can't be told of code.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}` for the profiler: {error}; try: {remedy}", path.display())]
pub struct ProfileError {
    path: PathBuf,
    error: io::Error,
    remedy: &'static str,
}

/// A file that a profiler reads.
pub struct Log {
    path: PathBuf,
    /// What may help if it can't be written.
    remedy: &'static str,
    file: File,
    format: Box<dyn Format>,
}

/// How functions are written down.
pub trait Format: Send {
    /// Adds a function, whose name is in one line, to what will be written.
    fn record(&mut self, function: &Function<'_>, to: &mut Vec<u8>);
}

/// A function that has become executable.
pub struct Function<'a> {
    /// A name for people.
    pub name: String,
    pub address: usize,
    pub code: &'a [u8],
}

impl Log {
    /// Makes a file, and begins it in a format.
    pub fn create(
        path: PathBuf,
        remedy: &'static str,
        begin: impl FnOnce(&File) -> io::Result<Box<dyn Format>>,
    ) -> Result<Log, ProfileError> {
        let file = create_own_file(&path).and_then(|file| Ok((begin(&file)?, file)));
        match file {
            Ok((format, file)) => Ok(Log {
                path,
                remedy,
                file,
                format,
            }),
            Err(error) => Err(ProfileError { path, error, remedy }),
        }
    }

    /// Records functions, all of them or none.
    ///
    /// # Errors
    ///
    /// The file can't be written. It is left as it was.
    pub fn report<'a>(&mut self, functions: impl Iterator<Item = Function<'a>>) -> Result<(), ProfileError> {
        let mut records = Vec::new();
        for mut function in functions {
            function.name = one_line(&function.name);
            self.format.record(&function, &mut records);
        }
        self.append(&records).map_err(|error| ProfileError {
            path: self.path.clone(),
            error,
            remedy: self.remedy,
        })
    }

    /// Writes records, or nothing: what follows half of one could not be read.
    fn append(&mut self, records: &[u8]) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let written = self.file.write_all(records);
        if written.is_err() {
            self.file.set_len(before)?;
        }
        written
    }
}

/// Bytes of a name that are kept; profilers have limits of their own, and names of modules none.
const MAX_NAME: usize = 1 << 10;

/// A name whose characters can all be seen, and not too many of them.
fn one_line(name: &str) -> String {
    Escaped(&name[..name.floor_char_boundary(MAX_NAME)]).to_string()
}

#[cfg(test)]
mod tests;
