//! Folders that commands work in.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The folder that Cargo builds a workspace into, as tests know it.
pub fn target_folder(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    target.map_or_else(|| root.join("target"), PathBuf::from)
}

/// Makes a folder, or empties it.
pub fn fresh(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}
