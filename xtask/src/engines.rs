//! Other people's engines and tools, for comparisons: `cargo xtask engines` installs them into the target folder.
//!
//! Each lies in a folder of its own, so that one that fails or changes leaves the others alone. `bin` has all their
//! programs under their usual names, so one entry in `PATH` is enough; tests look there too. Nothing is installed
//! again that is there in the right version.

mod table;
#[cfg(test)]
mod tests;

use crate::cargo::cargo;
use crate::folders::target_folder;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use table::{ENGINES, Engine, Program, Source};

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    slow: bool,
    only: Vec<String>,
    folder: Option<PathBuf>,
}

/// Installs engines and says where they are; fails if one of them can't be installed.
pub fn run(root: &Path, arguments: impl Iterator<Item = String>) -> ExitCode {
    let wanted = match Wanted::parse(arguments) {
        Ok(wanted) => wanted,
        Err(error) => {
            eprintln!("engines: {error}");
            return ExitCode::from(2);
        }
    };
    let folder = wanted.folder.clone().unwrap_or_else(|| default_folder(root));
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let mut failed = Vec::new();
    for engine in wanted.engines() {
        match engine.provide(&folder) {
            Ok(version) => println!("{:<10} {version:<10} {}", engine.name, engine.program_names()),
            Err(error) => {
                eprintln!("FAILED: {}: {error}", engine.name);
                failed.push(engine.name);
            }
        }
    }
    println!("in {}", folder.join("bin").display());
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "engines: cannot install {} engines: {}",
        failed.len(),
        failed.join(", ")
    );
    ExitCode::FAILURE
}

/// Below the folder that Cargo builds into, as tests know it.
fn default_folder(root: &Path) -> PathBuf {
    target_folder(root).join("engines")
}

impl Wanted {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
        let mut wanted = Wanted::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--slow" => wanted.slow = true,
                "--only" => {
                    let names = arguments.next().ok_or("`--only` needs names")?;
                    wanted.only.extend(names.split(',').map(str::to_owned));
                }
                option if option.starts_with('-') => return Err(format!("unknown option `{option}`")),
                _ if wanted.folder.is_some() => return Err("more than one folder".to_owned()),
                _ => wanted.folder = Some(argument.into()),
            }
        }
        let known = |name: &&String| ENGINES.iter().any(|engine| engine.name == **name);
        match wanted.only.iter().find(|name| !known(name)) {
            None => Ok(wanted),
            Some(name) => {
                let names: Vec<&str> = ENGINES.iter().map(|engine| engine.name).collect();
                Err(format!(
                    "unknown engine `{name}`; known engines are {}",
                    names.join(", ")
                ))
            }
        }
    }

    /// The engines to install. What others run with comes first.
    fn engines(&self) -> impl Iterator<Item = &'static Engine> {
        let named = |name: &str| self.only.iter().any(|only| only == name);
        let needed = move |engine: &Engine| {
            let runs_others = ENGINES
                .iter()
                .any(|of| named(of.name) && of.needs() == Some(engine.name));
            runs_others || named(engine.name)
        };
        ENGINES.iter().filter(move |engine| match self.only.is_empty() {
            true => self.slow || !engine.is_slow(),
            false => needed(engine),
        })
    }
}

impl Engine {
    /// Installs the engine unless it is there, makes its programs reachable, and returns its version.
    fn provide(&self, folder: &Path) -> Result<String, String> {
        let fresh = self.version(folder).is_none();
        if fresh {
            self.install(folder)?;
        }
        let version = self.version(folder);
        let version = version.ok_or("the installed version is not the requested one")?;
        for program in self.programs {
            // Somebody may be using what is there.
            if fresh || !program.is_linked(folder) {
                let linked = program.link(folder);
                linked.map_err(|error| format!("{}: {error}", program.name))?;
            }
        }
        if fresh {
            self.programs
                .first()
                .map_or(Ok(()), |program| program.check(folder))?;
        }
        Ok(version)
    }

    /// The version that is there, if it is the right one.
    fn version(&self, folder: &Path) -> Option<String> {
        match self.source {
            Source::Npm { package, version } => {
                let path = folder.join(format!("npm/{}/node_modules/{package}/package.json", self.name));
                let package: serde_json::Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
                let found = package.get("version")?.as_str()?;
                let right = found == version || found.starts_with(&format!("{version}."));
                right.then(|| found.to_owned())
            }
            Source::Cargo { package, version, .. } => {
                let installed: serde_json::Value =
                    serde_json::from_slice(&fs::read(folder.join("cargo/.crates2.json")).ok()?).ok()?;
                let mut packages = installed.get("installs")?.as_object()?.iter();
                let (_, found) =
                    packages.find(|(name, _)| name.starts_with(&format!("{package} {version} ")))?;
                let features = found.get("features")?.as_array()?;
                let right = self
                    .features()
                    .all(|wanted| features.iter().any(|feature| feature == wanted));
                right.then(|| version.to_owned())
            }
        }
    }

    /// The features that it is built with, as its arguments name them.
    fn features(&self) -> impl Iterator<Item = &'static str> {
        let arguments = match self.source {
            Source::Cargo { arguments, .. } => arguments,
            Source::Npm { .. } => &[],
        };
        let after = arguments
            .iter()
            .skip_while(|argument| **argument != "--features")
            .nth(1);
        after.into_iter().flat_map(|features| features.split(','))
    }

    fn install(&self, folder: &Path) -> Result<(), String> {
        let mut command = match self.source {
            Source::Npm { package, version } => {
                let prefix = folder.join("npm").join(self.name);
                fs::create_dir_all(&prefix).map_err(|error| error.to_string())?;
                let mut npm = Command::new("npm");
                npm.arg("install").arg("--prefix").arg(prefix).args([
                    "--no-save",
                    "--no-package-lock",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    "--loglevel=error",
                    &format!("{package}@{version}"),
                ]);
                npm
            }
            Source::Cargo {
                package,
                version,
                arguments,
            } => {
                let mut cargo = cargo();
                cargo
                    .args(["install", "--locked", "--root"])
                    .arg(folder.join("cargo"));
                cargo.arg(format!("{package}@{version}")).args(arguments);
                // Its own target folder: a workspace's build must not wait for this one.
                cargo.env_remove("CARGO_TARGET_DIR");
                cargo
            }
        };
        println!("installing {} ...", self.name);
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{status}")),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_slow() => {
                Err("cannot find `npm` in PATH; install Node".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn program_names(&self) -> String {
        let names: Vec<&str> = self.programs.iter().map(|program| program.name).collect();
        names.join(" ")
    }
}

impl Program {
    fn is_linked(&self, folder: &Path) -> bool {
        folder.join("bin").join(self.name).exists()
    }

    /// Makes the program reachable in `bin`: a link, or a script if something else has to run it.
    fn link(&self, folder: &Path) -> io::Result<()> {
        let link = folder.join("bin").join(self.name);
        let file = folder.join(self.path);
        if !file.is_file() {
            let missing = format!("cannot find {}", file.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, missing));
        }
        fs::create_dir_all(folder.join("bin"))?;
        if fs::symlink_metadata(&link).is_ok() {
            fs::remove_file(&link)?;
        }
        match self.runner {
            None => {
                fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
                symlink(Path::new("..").join(self.path), link)
            }
            Some(runner) => {
                let script = format!(
                    "#!/bin/sh\nbin=$(dirname \"$0\")\nexec \"$bin/{runner}\" \"$bin/../{}\" \"$@\"\n",
                    self.path
                );
                fs::write(&link, script)?;
                fs::set_permissions(link, fs::Permissions::from_mode(0o755))
            }
        }
    }

    /// Whether it runs at all.
    fn check(&self, folder: &Path) -> Result<(), String> {
        let output = Command::new(folder.join("bin").join(self.name))
            .arg("--version")
            .output();
        let output = output.map_err(|error| format!("cannot start {}: {error}", self.name))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!(
                "{} --version: {}\n{}",
                self.name,
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }
}
