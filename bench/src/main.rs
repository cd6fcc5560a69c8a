//! Transom beside its peers: the same bytes, the same machine, the same run, every engine.
//!
//! A `session` goes through `suites`; `peers` start the engines. `measure` takes the turns: each run is a
//! process of its own, told a job and answering with a report (`transom-bench-protocol`). What comes of it are
//! `results`, which `table`, `page`, `document` and `compare` show.

mod args;
mod compare;
mod document;
mod machine;
mod measure;
mod notes;
mod own;
mod page;
mod peers;
mod programs;
mod results;
mod run;
mod session;
mod setup;
mod subject;
mod suites;
mod table;
mod world;

use anyhow::{Context, Result};
use args::{Args, Command};
use clap::Parser;
use results::Results;
use std::path::Path;
use world::World;

fn main() -> Result<()> {
    let args = Args::parse();
    match &args.command {
        Some(Command::Child { arguments }) => own::child(arguments.iter().cloned()),
        Some(Command::Setup { steps }) => setup::setup(&World::new(false)?, steps),
        Some(Command::Document { results, out }) => {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            document::write(&Results::read(results)?, out.as_deref().unwrap_or(&docs))
        }
        Some(Command::Page { results, out }) => std::fs::write(out, page::html(&Results::read(results)?))
            .with_context(|| format!("{}", out.display())),
        None => session::run(&args),
    }
}
