//! Wasmtime, measured: `wasmtime` with Cranelift, `winch` with its baseline compiler, `pooling` with Cranelift and
//! slots for instances that are there before.

#[path = "../../../api"]
mod api {
    pub use ::wasmtime as engine;
    pub use ::wasmtime_wasi as preview1;
    pub use ::wasmtime_wasi::p2::pipe;
    pub mod calls;
    pub mod components;
    pub mod edges;
    pub mod instantiate;
    pub mod job;
    pub mod prepared;
    pub mod program;
    #[path = "../peers/wasmtime/src/settings.rs"]
    pub mod settings;
    pub mod wasi;
}

use transom_bench_protocol::{answer, locked};

fn main() -> anyhow::Result<()> {
    let version = locked("wasmtime", include_str!("../Cargo.lock"));
    answer(std::env::args().skip(1), version, api::job::run)
}
