//! Archives of packages: fetched with the ordinary clients, compared with their hashes, and unpacked as far as needed.

#[cfg(test)]
mod tests;

use super::table::{Package, Registry};
use crate::folders::fresh;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unpacks the members of a wheel whose names start with one of the arguments, and does not need `unzip`.
const UNPACK: &str = "import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
wanted = [name for name in archive.namelist() if any(name == m or name.startswith(m + '/') for m in sys.argv[3:])]
archive.extractall(sys.argv[2], wanted)";
/// The Python for which pip chooses a wheel: what is in it does not depend on the Python that runs here.
const WHEEL: [&str; 8] = [
    "--no-deps",
    "--only-binary=:all:",
    "--python-version=3.14",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux2014_x86_64",
    "--platform=manylinux1_x86_64",
    "--platform=any",
    "--disable-pip-version-check",
];

/// Has cargo download a crate to its cache, and copies it from there.
const CRATE: &str = r#"cargo info --quiet "$1@$2" > /dev/null &&
cp "${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"$1-$2.crate" "$3""#;

/// Why a package is not there.
#[derive(Debug)]
pub enum Unavailable {
    /// It cannot be fetched here and now.
    Absent(String),
    /// It is not what the table says.
    Wrong(String),
}

/// Archives and what they contain, in the target folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    offline: bool,
}

impl Package {
    /// The name of the archive here.
    fn archive(&self) -> String {
        let name = self.name.trim_start_matches('@').replace('/', "-");
        let extension = match self.registry {
            Registry::Npm => "tgz",
            Registry::PyPi => "whl",
            Registry::Crates => "crate",
        };
        format!("{name}-{}.{extension}", self.version)
    }

    /// The command that downloads the archive into a folder.
    fn download(&self, folder: &Path) -> Command {
        match self.registry {
            Registry::Npm => {
                let mut npm = Command::new("npm");
                npm.args(["pack", "--loglevel=error", "--pack-destination"]);
                npm.arg(folder).arg(format!("{}@{}", self.name, self.version));
                npm
            }
            Registry::PyPi => {
                let mut pip = Command::new("python3");
                pip.args(["-m", "pip", "download", "--quiet", "--dest"])
                    .arg(folder);
                pip.args(WHEEL).arg(format!("{}=={}", self.name, self.version));
                pip
            }
            Registry::Crates => {
                let mut shell = Command::new("sh");
                shell.args(["-c", CRATE, "sh", &self.name, &self.version]);
                shell.arg(folder);
                shell
            }
        }
    }
}

impl Store {
    pub fn new(folder: PathBuf, offline: bool) -> Store {
        Store { folder, offline }
    }

    /// Fetches a package unless it is there, and returns the folder with the wanted members.
    pub fn provide(&self, package: &Package, members: &[&str]) -> Result<PathBuf, Unavailable> {
        let archive = self.archive(package)?;
        let folder = self.folder.join("unpacked").join(package.archive());
        if members.iter().all(|member| folder.join(member).exists()) {
            return Ok(folder);
        }
        fs::create_dir_all(&folder).map_err(|error| Unavailable::Absent(error.to_string()))?;
        let mut unpack = match package.registry {
            Registry::Npm | Registry::Crates => {
                let mut tar = Command::new("tar");
                tar.arg("-xzf").arg(&archive).arg("-C").arg(&folder);
                tar
            }
            Registry::PyPi => {
                let mut python = Command::new("python3");
                python.args(["-c", UNPACK]).arg(&archive).arg(&folder);
                python
            }
        };
        unpack.args(members);
        finish(&mut unpack).map_err(Unavailable::Wrong)?;
        match members.iter().find(|member| !folder.join(member).exists()) {
            Some(member) => Err(Unavailable::Wrong(format!(
                "{} has no `{member}`",
                package.archive()
            ))),
            None => Ok(folder),
        }
    }

    /// The archive, which has the right hash.
    fn archive(&self, package: &Package) -> Result<PathBuf, Unavailable> {
        let path = self.folder.join("archives").join(package.archive());
        if !path.exists() {
            if self.offline {
                let name = package.archive();
                return Err(Unavailable::Absent(format!(
                    "{name} is not in {}, and `--offline` is set",
                    self.folder.display()
                )));
            }
            self.fetch(package, &path).map_err(Unavailable::Absent)?;
        }
        let found = sha256(&path).map_err(Unavailable::Wrong)?;
        if found == package.sha256 {
            return Ok(path);
        }
        Err(Unavailable::Wrong(format!(
            "{} has the hash {found}, not {}",
            path.display(),
            package.sha256
        )))
    }

    fn fetch(&self, package: &Package, path: &Path) -> Result<(), String> {
        let incoming = self.folder.join("incoming");
        let failed = |error: std::io::Error| format!("{}: {error}", incoming.display());
        fresh(&incoming).map_err(failed)?;
        finish(&mut package.download(&incoming))?;
        let downloaded = fs::read_dir(&incoming)
            .map_err(failed)?
            .flatten()
            .next()
            .ok_or("the client has downloaded nothing")?;
        fs::create_dir_all(self.folder.join("archives")).map_err(failed)?;
        fs::rename(downloaded.path(), path).map_err(failed)
    }
}

/// The hash of a file.
fn sha256(path: &Path) -> Result<String, String> {
    let output = Command::new("sha256sum").arg(path).output();
    let output = output.map_err(|error| format!("sha256sum: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let hash = text.split_whitespace().next();
    hash.map(|hash| hash.trim_start_matches('\\').to_owned())
        .ok_or_else(|| format!("sha256sum: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Waits for a command to succeed; an error has the first line of its messages.
fn finish(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let messages = String::from_utf8_lossy(&output.stderr);
    let first = messages.lines().find(|line| !line.trim().is_empty());
    Err(format!("{program}: {}", first.unwrap_or("no message")))
}
