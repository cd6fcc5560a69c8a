//! The project's tasks: `cargo xtask tidy` checks the project's rules, `cargo xtask engines` installs engines for comparison,
//! `cargo xtask corpus` runs Transom on modules from registries, `cargo xtask fuzz` runs fuzz targets, `cargo xtask package`
//! makes packages of the command, `cargo xtask api` compares the API with the `wasmtime` crate, and `cargo xtask compat` runs on Transom
//! what was written for that crate.
#![forbid(unsafe_code)]

mod api;
mod cargo;
mod compat;
mod corpus;
mod engines;
mod folders;
mod fuzz;
mod package;
mod sanitize;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy
       cargo xtask api
       cargo xtask compat
       cargo xtask engines [--slow] [--only NAME,..] [FOLDER]
       cargo xtask corpus [--only NAME,..] [--offline] [--check]
       cargo xtask fuzz [--only NAME,..] [--seconds N] [--jobs N] [--sanitizer address|thread] [--quick] [--keep]
       cargo xtask sanitize [address] [thread]
       cargo xtask package [--only NAME,..]

  tidy      check crate dependencies, size norms, unsafe code, documents and wording; exit code 1 on any finding
  api       compare the public names of the `wasmtime` crate with those of `transom`; exit code 1 if a name is missing
            that xtask/api.txt does not list, if a listed name is there, or if docs/api-differences.md does not match the
            list; `BLESS=1` writes the document
  compat    compile crates that depend on `wasmtime`, and its C API, against Transom, and test them, a C program, and
            Python's package `wasmtime` with that library; exit code 1 if one fails
  engines   install engines for comparison into FOLDER [default: `engines` in the target folder]; `--slow` also
            compiles engines from source; exit code 1 if an installation fails
  corpus    fetch modules of other people from registries, validate, print, reassemble, compile and run them, and write
            docs/corpus.md; `--offline` uses what has been fetched; `--check` compares the document instead; exit
            code 1 if a module does not do what xtask/corpus/modules.txt says
  fuzz      run fuzz targets for N seconds each [default: 60], N targets at a time [default: 1]; `--quick` runs the
            kept corpus and a fixed number of inputs; `--keep` minimises new inputs into the kept corpus; exit
            code 1 if a target fails
  sanitize  run the tests of the parts with unsafe code and threads under AddressSanitizer, ThreadSanitizer or both
            [default: both]; exit code 1 if a test fails or a sanitizer reports an error
  package   build the stripped command, make a wheel, a Debian package and an npm package of it in the folder `packages`
            of the target folder, and try each; `--only` selects from wheel, deb, npm; missing tools are installed into
            the target folder, or the package is skipped with a warning; exit code 1 if a package fails";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace");
    let mut arguments = std::env::args().skip(1);
    if let Ok(flags) = std::env::var(fuzz::instrument::VARIABLE) {
        return fuzz::instrument::run(&flags, arguments);
    }
    match arguments.next().as_deref() {
        Some("tidy") => tidy::run(root),
        Some("api") => api::run(root, arguments),
        Some("engines") => engines::run(root, arguments),
        Some("compat") => compat::run(root, arguments),
        Some("corpus") => corpus::run(root, arguments),
        Some("fuzz") => fuzz::run(root, arguments),
        Some("sanitize") => sanitize::run(root, arguments),
        Some("package") => package::run(root, arguments),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
