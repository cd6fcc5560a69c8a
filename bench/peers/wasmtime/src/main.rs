//! Wasmtime, measured: `wasmtime` with Cranelift, `winch` with its baseline compiler, `pooling` with Cranelift and
//! slots for instances that are there before.

#[path = "../../../api"]
mod api {
    pub use ::wasmtime as engine;
    pub use ::wasmtime_wasi as preview1;
    pub use ::wasmtime_wasi::p2::pipe;
    pub mod calls;
    pub mod instantiate;
    pub mod program;
    #[path = "../peers/wasmtime/src/settings.rs"]
    pub mod settings;
    pub mod wasi;
}

use anyhow::{Result, bail};
use transom_bench_protocol::{Job, Report, Task, answer, locked};

fn main() -> Result<()> {
    answer(
        std::env::args().skip(1),
        locked("wasmtime", include_str!("../Cargo.lock")),
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
            "wasi" => api::wasi::run(engine, job, case),
            other => bail!("no suite {other}"),
        },
        Task::Command(_) => bail!("commands are run by the benchmark itself"),
    }
}
