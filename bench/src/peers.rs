//! The engines, and how each is started for a job.

use crate::world::World;
use std::process::Command;
use transom_bench_protocol::{Job, Limits, Program, Task, Tier};

/// An engine.
pub struct Peer {
    /// Its name in options and files.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    kind: Kind,
}

enum Kind {
    /// This program itself.
    Own,
    /// A crate, linked into a program of its own in `peers`.
    Crate(&'static str),
    /// A command for JavaScript, which runs `peers/javascript`.
    Script(&'static str),
    /// The processor: what the C compiler has made of the same sources.
    Native,
}

const fn peer(id: &'static str, title: &'static str, kind: Kind) -> Peer {
    Peer { id, title, kind }
}

/// All engines; the first is Transom.
pub const PEERS: &[Peer] = &[
    peer("transom", "Transom", Kind::Own),
    peer("optimized", "Transom, optimised", Kind::Own),
    peer("baseline", "Transom, baseline", Kind::Own),
    peer("pooled", "Transom, pool", Kind::Own),
    peer("wasmtime", "Wasmtime", Kind::Crate("transom-bench-wasmtime")),
    peer("winch", "Wasmtime, Winch", Kind::Crate("transom-bench-wasmtime")),
    peer(
        "pooling",
        "Wasmtime, pooling",
        Kind::Crate("transom-bench-wasmtime"),
    ),
    peer("wasmer", "Wasmer", Kind::Crate("transom-bench-wasmer")),
    peer(
        "singlepass",
        "Wasmer, Singlepass",
        Kind::Crate("transom-bench-wasmer"),
    ),
    peer("wasmi", "wasmi", Kind::Crate("transom-bench-wasmi")),
    peer("v8", "V8 (Node)", Kind::Script("node")),
    peer("liftoff", "V8, Liftoff", Kind::Script("node")),
    peer("jsc", "JSC (Bun)", Kind::Script("bun")),
    peer("native", "native code", Kind::Native),
];

/// A peer by its name.
pub fn find(id: &str) -> Option<&'static Peer> {
    PEERS.iter().find(|peer| peer.id == id)
}

impl Peer {
    /// The command line that does a job and prints a report, or why there is none.
    pub fn command(&self, job: &Job, world: &World) -> Result<Command, String> {
        let mut command = match (&job.task, &self.kind) {
            (Task::Command(_), _) => own("transom")?,
            (_, Kind::Own) => own(self.id)?,
            (Task::Program(program), Kind::Native) => return native(program, world),
            (_, Kind::Native) => own("native")?,
            (_, Kind::Crate(program)) => {
                let mut command = Command::new(world.made(&format!("release/{program}"))?);
                command.arg(self.id);
                command
            }
            (_, Kind::Script(program)) => {
                let mut command = Command::new(world.engine(program)?);
                command.args(flags((self.id, program), job)?);
                command
                    .arg(world.sources.join("peers/javascript/runner.mjs"))
                    .arg(self.id);
                command
            }
        };
        let job_text = serde_json::to_string(job).map_err(|error| error.to_string())?;
        command
            .arg(job_text)
            .env("RAYON_NUM_THREADS", job.threads.to_string())
            .env_remove("RUST_BACKTRACE");
        Ok(command)
    }
}

fn own(engine: &str) -> Result<Command, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    command.args(["child", engine]);
    Ok(command)
}

/// A native program is told an export, an argument and a number of calls.
fn native(program: &Program, world: &World) -> Result<Command, String> {
    let ([module], [Limits::Default], [call]) =
        (&program.modules[..], &program.limits[..], &program.calls[..])
    else {
        return Err("it is no kernel".to_owned());
    };
    let name = module.file_stem().unwrap_or_default().to_string_lossy();
    let mut command = Command::new(world.made(&format!("native/{name}"))?);
    command
        .arg(&call.export)
        .arg(call.argument.to_string())
        .arg(call.times.to_string());
    Ok(command)
}

/// What makes a JavaScript engine compile as a job says.
fn flags((peer, program): (&str, &str), job: &Job) -> Result<Vec<&'static str>, String> {
    let tier: &[&str] = match (program, job.tier) {
        _ if peer == "liftoff" => &["--liftoff-only", "--no-wasm-dynamic-tiering"],
        (_, Tier::Default) => &[],
        ("node", Tier::Optimising) => &[
            "--no-liftoff",
            "--no-wasm-lazy-compilation",
            "--no-wasm-dynamic-tiering",
        ],
        ("node", Tier::Quickest) => &[
            "--liftoff-only",
            "--no-wasm-lazy-compilation",
            "--no-wasm-dynamic-tiering",
        ],
        _ => {
            return Err(
                "it compiles each function when it is called often, and has no option for all at once"
                    .to_owned(),
            );
        }
    };
    let threads: &[&str] = if program == "node" && job.threads == 1 {
        &["--single-threaded"]
    } else {
        &[]
    };
    Ok([tier, threads].concat())
}
