//! The project's own chores: `cargo xtask tidy` proves the rules that no reviewer should have to remember, `cargo xtask engines`
//! installs what to compare with, `cargo xtask fuzz` looks for bugs.
#![forbid(unsafe_code)]

mod engines;
mod fuzz;
mod sanitize;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy
       cargo xtask engines [--slow] [--only NAME,..] [FOLDER]
       cargo xtask fuzz [--only NAME,..] [--seconds N] [--jobs N] [--sanitizer address|thread] [--quick] [--keep]
       cargo xtask sanitize [address] [thread]

  tidy      check rings, norms, unsafe code, documents and wording; exits 1 if anything was found
  engines   install other engines to compare with, into `engines` in the target folder or FOLDER; with `--slow`
            those too that are compiled; exits 1 if one of them could not be installed
  fuzz      run fuzz targets for N seconds each (default 60), N at a time (default 1); exits 1 if one of them finds
            something; `--quick` runs the kept corpus and a fixed number of inputs, `--keep` minimises what was
            found new into the kept corpus
  sanitize  run the tests of the parts with unsafe code and threads under AddressSanitizer, ThreadSanitizer or both
            (default), in `target/sanitize`; exits 1 if a test fails or a sanitizer reports something";

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
        Some("engines") => engines::run(root, arguments),
        Some("fuzz") => fuzz::run(root, arguments),
        Some("sanitize") => sanitize::run(root, arguments),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
