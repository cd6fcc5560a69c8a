//! Running a script with the programs of either kind.

use crate::native;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::tempdir;

/// Where the programs are.
pub fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs")
}

/// A script, and what the programs in it are given.
#[derive(Clone, Copy, Default)]
pub struct Case<'a> {
    /// What `NAME.expected` says.
    pub name: &'a str,
    /// What `sh` runs in an empty folder, which is the one that the programs see.
    pub script: &'a str,
    /// The environment of the programs, beside what the shell adds natively.
    pub env: &'a [(&'a str, &'a str)],
    /// Options of `transom run`, in which `$PORT` is a free port, as it is in the script.
    pub options: &'a str,
}

/// Which programs are meant.
#[derive(Clone, Copy)]
enum Kind<'a> {
    /// Those that are compiled natively into this folder.
    Native(&'a Path),
    /// Those that this one of Transom's compilers compiles.
    Transom(&'a str),
}

/// Runs a script and holds it against what is expected.
pub fn check(name: &str, script: &str) {
    Case {
        name,
        script,
        ..Case::default()
    }
    .check();
}

impl Case<'_> {
    /// Runs the case and holds it against what is expected.
    pub fn check(&self) {
        self.check_beside(|_| String::new());
    }

    /// The same while something talks with the programs, which is given the port and tells what it has seen.
    pub fn check_beside(&self, beside: impl Fn(u16) -> String) {
        let path = programs().join(format!("{}.expected", self.name));
        let native =
            native::compile(&self.words()).map(|folder| self.run(Kind::Native(folder.path()), &beside));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(
                path,
                native.expect("expectations are recorded from the native programs"),
            )
            .unwrap();
            return;
        }
        let expected = std::fs::read_to_string(path).unwrap();
        for compiler in ["optimized", "baseline"] {
            let actual = self.run(Kind::Transom(compiler), &beside);
            let name = format!("{}, {compiler}", self.name);
            assert_same(&actual, &expected, &name, "what is expected");
            if let Some(native) = &native {
                assert_same(&actual, native, &name, "the native program");
            }
        }
    }

    /// The programs whose names are words of the script.
    fn words(&self) -> Vec<&str> {
        let words = self.script.split(|c: char| !c.is_ascii_alphanumeric());
        let mut words = words
            .filter(|word| programs().join(format!("{word}.wasm")).is_file())
            .collect::<Vec<_>>();
        words.sort_unstable();
        words.dedup();
        words
    }

    fn run(&self, kind: Kind<'_>, beside: impl Fn(u16) -> String) -> String {
        let (folder, bin) = (tempdir().unwrap(), tempdir().unwrap());
        // Free a moment ago, which is all that can be known of a port that somebody else is to open.
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let bin = match kind {
            Kind::Native(folder) => folder,
            Kind::Transom(compiler) => {
                for program in self.words() {
                    let options = format!("-O compiler={compiler} {}", self.options);
                    self.wrap(
                        program,
                        &bin.path().join(program),
                        &options.replace("$PORT", &port.to_string()),
                    );
                }
                bin.path()
            }
        };
        // What hangs is a failure, and not for ever.
        let child = Command::new("/usr/bin/timeout")
            .args(["120", "sh", "-c", self.script])
            .current_dir(folder.path())
            .env_clear()
            .envs(self.env.iter().copied())
            .env("PATH", format!("{}:/usr/bin:/bin:/usr/sbin:/sbin", bin.display()))
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let beside = beside(port);
        let output = child.wait_with_output().unwrap();
        told(&output, &beside, folder.path())
    }

    /// Makes a command that runs a program under transom.
    fn wrap(&self, program: &str, to: &Path, options: &str) {
        let env = self.env.iter();
        let env = env.map(|(name, value)| format!(" --env '{name}={value}'"));
        let text = format!(
            "#!/bin/sh\nexec '{}' run --argv0 {program} --dir .{} {options} '{}/{program}.wasm' \"$@\"\n",
            env!("CARGO_BIN_EXE_transom"),
            env.collect::<String>(),
            programs().display(),
        );
        std::fs::write(to, text).unwrap();
        std::fs::set_permissions(to, PermissionsExt::from_mode(0o755)).unwrap();
    }
}

/// All that is known of a run.
fn told(output: &Output, beside: &str, folder: &Path) -> String {
    let status = output.status;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
    let mut text = format!(
        "exit code {code}\n--- standard output\n{}\n--- standard error\n{}\n",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if !beside.is_empty() {
        text += &format!("--- the other side\n{beside}\n");
    }
    text += "--- folder\n";
    list(folder, "", &mut text);
    text
}

/// What is in a folder, sorted, with the sizes of files and what links stand for.
fn list(folder: &Path, prefix: &str, text: &mut String) {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let metadata = path.symlink_metadata().unwrap();
        let shown = format!("{prefix}{name}");
        if metadata.is_dir() {
            writeln!(text, "{shown}/").unwrap();
            list(&path, &format!("{shown}/"), text);
        } else if metadata.is_symlink() {
            writeln!(
                text,
                "{shown} -> {}",
                std::fs::read_link(&path).unwrap().display()
            )
            .unwrap();
        } else {
            writeln!(text, "{shown} {}", metadata.len()).unwrap();
        }
    }
}

/// Fails with the lines that differ, which are few, and not with thousands that don't.
fn assert_same(actual: &str, expected: &str, name: &str, other: &str) {
    if actual == expected {
        return;
    }
    let (actual, expected) = (actual.lines(), expected.lines());
    let longest = actual.clone().count().max(expected.clone().count());
    let padded = |lines: std::str::Lines<'_>| {
        lines
            .map(str::to_owned)
            .chain(std::iter::repeat("(nothing)".to_owned()))
            .take(longest)
            .collect::<Vec<_>>()
    };
    let (actual, expected) = (padded(actual), padded(expected));
    let differing = actual.iter().zip(&expected).enumerate();
    let differing = differing.filter(|(_, (actual, expected))| actual != expected);
    let shown = differing
        .clone()
        .take(40)
        .map(|(line, (actual, expected))| format!("{}:\n  {actual}\n  {expected}\n", line + 1));
    panic!(
        "{name}: transom (first line) differs from {other} (second line) in {} lines\n{}",
        differing.clone().count(),
        shown.collect::<String>()
    );
}
