//! The project's own chores: `cargo xtask tidy` proves the rules that no reviewer should have to remember, `cargo xtask engines`
//! installs what to compare with.
#![forbid(unsafe_code)]

mod engines;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy
       cargo xtask engines [--slow] [--only NAME,..] [FOLDER]

  tidy      check rings, norms, unsafe code, documents and wording; exits 1 if anything was found
  engines   install other engines to compare with, into `engines` in the target folder or FOLDER; with `--slow`
            those too that are compiled; exits 1 if one of them could not be installed";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace");
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("tidy") => tidy::run(root),
        Some("engines") => engines::run(root, arguments),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
