//! What `transom run` gives programs, and how it bounds them.
#![allow(clippy::unwrap_used)]

mod bisect;
mod bounds;
mod cache;
mod codegen;
mod components;
mod compose;
mod coredump;
mod debugger;
mod entry;
mod gives;
mod habits;
mod imports;
mod log;
mod messages;
mod pipes;
mod profile;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::{TempDir, tempdir};

/// A folder with files to run, which goes away at the end.
pub struct Folder(TempDir);

/// What a run of the command came to.
#[derive(Debug)]
pub struct Done {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Folder {
    /// A folder with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        Folder(dir)
    }

    /// Runs the command in the folder.
    pub fn transom(&self, args: &[&str]) -> Done {
        self.transom_with(args, &[])
    }

    /// Runs the command in the folder, in this environment.
    pub fn transom_with(&self, args: &[&str], env: &[(&str, &str)]) -> Done {
        let output = Command::new(env!("CARGO_BIN_EXE_transom"))
            .args(args)
            .envs(env.iter().copied())
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A program that calls functions of preview 1: their imports, then the body of `_start`; memory is free from 1024 on.
pub fn wasi(imports: &[(&str, &str)], body: &str) -> String {
    let imports = imports
        .iter()
        .map(|(name, ty)| format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {ty}))\n"));
    format!(
        "(module {} (memory (export \"memory\") 1) (func (export \"_start\") {body}))",
        imports.collect::<String>()
    )
}
