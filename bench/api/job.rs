//! Which of these files does a job.

use super::{calls, instantiate, program, settings};
use anyhow::{Result, bail};
use transom_bench_protocol::{Job, Report, Task};

/// Does a job with the engine of a name.
pub fn run(engine: &str, job: &Job) -> Result<Report> {
    match &job.task {
        Task::Program(task) => program::run(engine, job, task),
        Task::Compile(task) => program::compile(engine, job, task),
        Task::Case(case) => match case.suite.as_str() {
            "calls" => calls::run(engine, job, case),
            "components" => settings::components(engine, job, case),
            "edges" => settings::edges(engine, job, case),
            "instantiate" => instantiate::run(engine, job, case),
            "wasi" => settings::wasi(engine, job, case),
            other => bail!("no suite {other}"),
        },
        Task::Command(_) => bail!("commands are run by the benchmark itself"),
    }
}
