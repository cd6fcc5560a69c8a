//! Where things are: what `setup` has made, and a folder to work in.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The places of a run.
pub struct World {
    /// Cargo's target folder, where this program lies; `setup` puts everything below it.
    pub target: PathBuf,
    /// The folder of the benchmark's sources.
    pub sources: &'static Path,
    /// A folder that ends with this process: modules that are made of text, files of programs.
    pub folder: TempDir,
    pub quick: bool,
}

impl World {
    /// Finds the target folder, and makes the folder to work in.
    ///
    /// # Errors
    ///
    /// This program can't be found, or no folder made.
    pub fn new(quick: bool) -> Result<World> {
        let own = std::env::current_exe()?;
        let target = own
            .ancestors()
            .nth(2)
            .context("this program lies in a target folder")?;
        Ok(World {
            target: target.to_owned(),
            sources: Path::new(env!("CARGO_MANIFEST_DIR")),
            folder: tempfile::tempdir()?,
            quick,
        })
    }

    /// A thing that `setup` has made, by its path below `bench` in the target folder.
    pub fn made(&self, path: &str) -> Result<PathBuf, String> {
        let path = self.target.join("bench").join(path);
        if path.exists() {
            return Ok(path);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Err(format!(
            "{name} is not there: `cargo run --release -- setup` brings it"
        ))
    }

    /// An engine's own command.
    pub fn engine(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.target.join("engines/bin").join(name);
        if path.exists() {
            return Ok(path);
        }
        Err(format!(
            "{name} is not installed: `cargo run --release -- setup` brings it"
        ))
    }

    /// Transom's own command.
    pub fn transom(&self) -> Result<PathBuf, String> {
        match std::env::var_os("TRANSOM_BENCH_COMMAND") {
            Some(path) => std::path::absolute(path).map_err(|error| error.to_string()),
            None => self.made("dist/transom"),
        }
    }

    /// A module in the text format, as a binary in a file.
    ///
    /// # Errors
    ///
    /// The text is no module, or the file can't be written.
    pub fn module(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self
            .folder
            .path()
            .join(name.replace([' ', '/'], "-"))
            .with_extension("wasm");
        std::fs::write(&path, wat::parse_str(text).with_context(|| name.to_owned())?)?;
        Ok(path)
    }

    /// A text without the folders of this machine, which say nothing to those who read results elsewhere.
    pub fn shortened(&self, text: &str) -> String {
        let folders = [self.folder.path(), &self.target, self.sources];
        folders.iter().fold(text.to_owned(), |text, folder| {
            text.replace(&format!("{}/", folder.display()), "")
        })
    }

    /// A committed module.
    pub fn kernel(&self, name: &str) -> PathBuf {
        self.sources.join("kernels").join(name).with_extension("wasm")
    }
}
