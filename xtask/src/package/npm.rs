//! The npm package: the command and a `package.json` for the one platform that it runs on.

use super::built::{Built, Facts, Problem};
use super::steps::{fresh, run};
use super::tools;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the package says. npm refuses to install it on another platform.
pub fn manifest(facts: &Facts) -> Value {
    json!({
        "name": "transom",
        "version": facts.version,
        "description": facts.description,
        "license": facts.license,
        "keywords": ["webassembly", "wasm", "wasi", "runtime"],
        "bin": { "transom": "bin/transom" },
        "files": ["bin/transom"],
        "os": ["linux"],
        "cpu": ["x64"],
        "libc": ["glibc"],
    })
}

pub fn make(built: &Built) -> Result<PathBuf, Problem> {
    let npm = tools::npm()?;
    let folder = built.out.join("npm");
    fresh(&folder.join("bin"))?;
    let copy = |from: &Path, to: &str| {
        fs::copy(from, folder.join(to))
            .map(drop)
            .map_err(|error| format!("cannot copy {}: {error}", from.display()))
    };
    copy(&built.program, "bin/transom")?;
    copy(&built.root.join("README.md"), "README.md")?;
    copy(&built.root.join("LICENSE"), "LICENSE")?;
    let text = format!("{:#}\n", manifest(&built.facts));
    fs::write(folder.join("package.json"), text).map_err(|error| format!("package.json: {error}"))?;
    run(Command::new(npm)
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&built.out)
        .current_dir(&folder))?;
    Ok(built.out.join(format!("transom-{}.tgz", built.facts.version)))
}

pub fn install(_: &Built, file: &Path, folder: &Path) -> Result<PathBuf, Problem> {
    let npm = tools::npm()?;
    // Without it, npm installs into the next outer folder that has one.
    fs::write(folder.join("package.json"), "{}\n").map_err(|error| format!("package.json: {error}"))?;
    run(Command::new(npm)
        .args(["install", "--offline", "--no-audit", "--no-fund"])
        .arg(file)
        .current_dir(folder))?;
    Ok(folder.join("node_modules/.bin/transom"))
}
