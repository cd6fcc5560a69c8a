//! How Wasmer is set. What is not named here is as it is by default.

use anyhow::{Result, bail};
use std::num::NonZero;
use std::sync::Arc;
use transom_bench_protocol::{Job, Limits, Tier};
use wasmer::Engine;
use wasmer::sys::{CompilerConfig, EngineBuilder};
use wasmer_compiler_cranelift::Cranelift;
use wasmer_compiler_singlepass::Singlepass;
use wasmer_middlewares::Metering;

/// What a job says of the engine.
pub struct Settings<'a> {
    pub engine: &'a str,
    pub job: &'a Job,
}

impl Settings<'_> {
    /// The engine with such limits.
    pub fn engine(&self, limits: Limits) -> Result<Engine> {
        let threads = NonZero::new(self.job.threads.max(1)).expect("one is not zero");
        match (self.engine, self.job.tier) {
            ("wasmer", Tier::Default | Tier::Optimising) => {
                let mut cranelift = Cranelift::new();
                cranelift.num_threads(threads);
                limited(cranelift, limits)
            }
            ("singlepass", Tier::Default | Tier::Quickest) => {
                let mut singlepass = Singlepass::new();
                singlepass.num_threads(threads);
                limited(singlepass, limits)
            }
            ("wasmer", Tier::Quickest) => bail!("its quickest compiler is Singlepass"),
            ("singlepass", Tier::Optimising) => bail!("Singlepass is a baseline compiler"),
            (other, _) => bail!("no engine {other}"),
        }
    }
}

fn limited(
    mut compiler: impl CompilerConfig + Into<Box<dyn CompilerConfig>>,
    limits: Limits,
) -> Result<Engine> {
    match limits {
        Limits::Default => {}
        Limits::Interruptible => bail!("it can't be stopped from another thread, except by metering"),
        Limits::Fuel => compiler.push_middleware(Arc::new(Metering::new(1 << 60, |_| 1))),
    }
    Ok(EngineBuilder::new(compiler).engine().into())
}
