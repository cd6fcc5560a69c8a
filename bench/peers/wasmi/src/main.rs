//! wasmi, measured: an interpreter, whose translation of a module is its compiler.

#[path = "../../../api"]
mod api {
    pub use ::wasmi as engine;
    pub mod calls;
    pub mod instantiate;
    pub mod job;
    pub mod program;
    #[path = "../peers/wasmi/src/settings.rs"]
    pub mod settings;
}

use transom_bench_protocol::{answer, locked};

fn main() -> anyhow::Result<()> {
    let version = locked("wasmi", include_str!("../Cargo.lock"));
    answer(std::env::args().skip(1), version, api::job::run)
}
