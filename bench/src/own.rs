//! What this program measures itself when it is started again: Transom, what the machine can do natively, and commands.

mod command;
mod native;

#[allow(
    clippy::clone_on_copy,
    clippy::needless_question_mark,
    reason = "types that differ between the crates"
)]
#[path = "../api"]
mod api {
    pub use ::transom as engine;
    pub use ::transom_wasi as preview1;
    pub use ::transom_wasi::pipe;
    pub mod calls;
    pub mod components;
    pub mod edges;
    pub mod instantiate;
    pub mod job;
    pub mod prepared;
    pub mod program;
    #[path = "../src/own/settings.rs"]
    pub mod settings;
    pub mod wasi;
}

use anyhow::{Result, bail};
use transom_bench_protocol::{Task, answer, locked};

/// Does the job in the arguments and prints the report.
///
/// # Errors
///
/// There is none, or it failed.
pub fn child(arguments: impl Iterator<Item = String>) -> Result<()> {
    let arguments: Vec<String> = arguments.collect();
    let version = match arguments.first().map(String::as_str) {
        Some("native") => "",
        _ => locked("transom", include_str!("../Cargo.lock")),
    };
    answer(arguments.into_iter(), version, |engine, job| {
        match (engine, &job.task) {
            (_, Task::Command(arguments)) => command::run(arguments),
            ("native", Task::Case(case)) => native::wasi(case),
            ("transom" | "optimized" | "baseline" | "pooled", _) => api::job::run(engine, job),
            (other, _) => bail!("this program is not {other}"),
        }
    })
}
