//! Copies of modules that can be read only once: from standard input, a pipe or a device.

use crate::failure::Failure;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Copies in a folder that is removed at the end, each with the path that it replaces.
pub struct Copies {
    folder: TempDir,
    files: Vec<(PathBuf, PathBuf)>,
}

impl Copies {
    /// No copies yet.
    pub fn new() -> Result<Copies, Failure> {
        let folder = tempfile::tempdir().map_err(|error| uncopied(&error))?;
        Ok(Copies {
            folder,
            files: Vec::new(),
        })
    }

    /// Copies what was read from a path, unless another process can read it there again. The copy has the same file name,
    /// because that is the program's name.
    pub fn add(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        if is_stable(path) {
            return Ok(());
        }
        let folder = self.folder.path().join(self.files.len().to_string());
        let copy = folder.join(path.file_name().unwrap_or(OsStr::new("module")));
        std::fs::create_dir(&folder)
            .and_then(|()| std::fs::write(&copy, bytes))
            .map_err(|error| uncopied(&error))?;
        self.files.push((path.to_owned(), copy));
        Ok(())
    }

    /// The words of a command line with copies in place of what they replace: the file, which is the first of the last
    /// `program` words, and the values of `--preload`.
    pub fn replace(&self, words: &[OsString], program: usize) -> Vec<OsString> {
        const PRELOAD: &str = "--preload";
        let file = words.len() - program;
        let mut replaced = words.to_vec();
        for (index, word) in words.iter().enumerate().take(file + 1) {
            let text = word.to_string_lossy();
            let preload = match text.strip_prefix(PRELOAD) {
                Some(value) => value.strip_prefix('='),
                None if index > 0 && words[index - 1] == PRELOAD => Some(&*text),
                None => None,
            };
            let path = match preload.and_then(|value| value.split_once('=')) {
                Some((_, path)) if index < file => path,
                _ if index == file => &text,
                _ => continue,
            };
            if let Some(copy) = self.copy(Path::new(path)) {
                let before = &text[..text.len() - path.len()];
                replaced[index] = before.into();
                replaced[index].push(copy);
            }
        }
        replaced
    }

    fn copy(&self, path: &Path) -> Option<&Path> {
        let copied = self.files.iter().find(|(original, _)| original == path);
        copied.map(|(_, copy)| copy.as_path())
    }
}

/// Whether another process finds the same bytes at a path: it is a regular file, and not this process's name of one.
fn is_stable(path: &Path) -> bool {
    let devices = ["/dev", "/proc"];
    let own =
        std::path::absolute(path).is_ok_and(|path| devices.iter().any(|device| path.starts_with(device)));
    !own && path.as_os_str() != "-" && path.metadata().is_ok_and(|file| file.is_file())
}

fn uncopied(error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot copy the module for the runs: {error}"))
        .hint("set TMPDIR to a folder with free space")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_preloads_are_replaced() {
        let mut copies = Copies::new().unwrap_or_else(|failure| panic!("{}", failure.what));
        for path in ["-", "/dev/fd/9"] {
            let added = copies.add(Path::new(path), b"");
            assert!(added.is_ok(), "{path}");
        }
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        let (stdin, pipe) = (copies.files[0].1.display(), copies.files[1].1.display());
        for (line, program, expected) in [
            ("--env -=- - -", 2, format!("--env -=- {stdin} -")),
            (
                "--preload a=/dev/fd/9 --preload=b=- m.wat /dev/fd/9",
                2,
                format!("--preload a={pipe} --preload=b={stdin} m.wat /dev/fd/9"),
            ),
            (
                "--preload a=/dev/fd/8 -",
                1,
                format!("--preload a=/dev/fd/8 {stdin}"),
            ),
        ] {
            assert_eq!(copies.replace(&words(line), program), words(&expected), "{line}");
        }
    }
}
