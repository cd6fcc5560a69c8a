//! wasmi, measured: an interpreter, whose translation of a module is its compiler.

#[path = "../../../api"]
mod api {
    pub use ::wasmi as engine;
    pub mod calls;
    pub mod instantiate;
    pub mod program;
    #[path = "../peers/wasmi/src/settings.rs"]
    pub mod settings;
}

use anyhow::{Result, bail};
use transom_bench_protocol::{Job, Report, Task, answer, locked};

fn main() -> Result<()> {
    answer(
        std::env::args().skip(1),
        locked("wasmi", include_str!("../Cargo.lock")),
        run,
    )
}

fn run(engine: &str, job: &Job) -> Result<Report> {
    match &job.task {
        Task::Program(program) => api::program::run(engine, job, program),
        Task::Compile(compile) => api::program::compile(engine, job, compile),
        Task::Case(case) => match case.suite.as_str() {
            "calls" => api::calls::run(engine, job, case),
            "instantiate" => api::instantiate::run(engine, job, case),
            "wasi" => bail!("the benchmark has no host for it"),
            other => bail!("no suite {other}"),
        },
        Task::Command(_) => bail!("commands are run by the benchmark itself"),
    }
}
