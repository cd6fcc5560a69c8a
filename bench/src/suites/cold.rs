//! Commands as somebody types them, to their first output.

use crate::peers::Peer;
use crate::subject::{Row, Subject, Value};
use crate::world::World;
use anyhow::Result;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use transom_bench_protocol::{Job, Task};

pub const ABOUT: &str = "A whole process, from its start to its first output. The engine's own command runs a WASI \
    program; Node and Bun run it with a script. No engine has compiled the program before, except in rows with a \
    warm cache.";

/// What each peer is started with.
#[derive(Clone)]
struct Commands {
    transom: Result<PathBuf, String>,
    wasmtime: Result<PathBuf, String>,
    wasmer: Result<PathBuf, String>,
    wasmi: Result<PathBuf, String>,
    node: Result<PathBuf, String>,
    bun: Result<PathBuf, String>,
    script: PathBuf,
    native_hello: Result<PathBuf, String>,
    /// Where caches are made.
    cache: PathBuf,
}

pub fn subjects(world: &World) -> Result<Vec<Subject>> {
    let commands = Commands {
        transom: world.transom(),
        wasmtime: world.engine("wasmtime"),
        wasmer: world.engine("wasmer"),
        wasmi: world.engine("wasmi"),
        node: world.engine("node"),
        bun: world.engine("bun"),
        script: world.sources.join("peers/javascript/command.mjs"),
        native_hello: world.made("native/hello"),
        cache: world.folder.path().join("cache"),
    };
    let hello = world.module("hello", include_str!("../../cold/hello.wat"))?;
    let yosys = world.made("modules/yosys.wasm");
    let boolector = world.made("modules/boolector.wasm");
    let mut subjects = vec![
        commands.subject("hello", Ok(hello.clone()), "", false),
        commands.subject("hello, warm cache", Ok(hello), "", true),
        commands.subject("boolector --version", boolector, "--version", false),
    ];
    if !world.quick {
        subjects.push(commands.subject("yosys -V", yosys.clone(), "-V", false).rounds(1));
        subjects.push(
            commands
                .subject("yosys -V, warm cache", yosys, "-V", true)
                .rounds(1),
        );
    }
    Ok(subjects)
}

impl Commands {
    fn subject(
        &self,
        name: &str,
        module: Result<PathBuf, String>,
        argument: &'static str,
        warm: bool,
    ) -> Subject {
        let rows = vec![
            Row::new(name, Value::Each(0)),
            Row::new(format!("{name}, whole"), Value::Each(1)),
            Row::new(format!("{name}, peak memory"), Value::Peak),
        ];
        let commands = self.clone();
        let job = move |peer: &Peer| {
            let mut line = commands.line(peer, module.as_deref().map_err(String::clone)?, warm)?;
            if !argument.is_empty() {
                line.push(argument.to_owned());
            }
            Ok(Job::from(Task::Command(line)))
        };
        Subject::each(name, job, rows).rehearsals(usize::from(warm))
    }

    /// The command line without the program's arguments.
    fn line(&self, peer: &Peer, module: &Path, warm: bool) -> Result<Vec<String>, String> {
        let (program, options): (_, Vec<String>) = match (peer.id, warm) {
            ("transom", true) => (&self.transom, self.cached("transom", "run --cache-config")?),
            ("transom", false) => (&self.transom, words("run --cache=n")),
            ("wasmtime", false) => (&self.wasmtime, words("run -C cache=n")),
            ("wasmtime", true) => (
                &self.wasmtime,
                self.cached("wasmtime", "run -C cache=y -C cache-config")?,
            ),
            ("winch", false) => (&self.wasmtime, words("run -C cache=n,compiler=winch")),
            ("wasmer", _) => (&self.wasmer, self.wasmer("--cranelift", warm)),
            ("singlepass", _) => (&self.wasmer, self.wasmer("--singlepass", warm)),
            ("wasmi", false) => (&self.wasmi, words("run")),
            ("v8", false) => (
                &self.node,
                vec!["--no-warnings".to_owned(), self.script.display().to_string()],
            ),
            ("jsc", false) => (&self.bun, vec![self.script.display().to_string()]),
            ("native", _) if module.ends_with("hello.wasm") => {
                return Ok(vec![self.native_hello.clone()?.display().to_string()]);
            }
            ("native", _) => return Err("there is no native program of the same sources".to_owned()),
            _ => return Err("its command has no cache".to_owned()),
        };
        let mut line = vec![program.clone()?.display().to_string()];
        line.extend(options);
        line.push(module.display().to_string());
        if matches!(peer.id, "wasmer" | "singlepass") {
            // Options after the module would be its own.
            line.push("--".to_owned());
        }
        Ok(line)
    }

    fn wasmer(&self, compiler: &str, warm: bool) -> Vec<String> {
        let mut options = words("run");
        options.push(compiler.to_owned());
        if warm {
            options.extend([
                "--cache-dir".to_owned(),
                self.cache.join("wasmer").display().to_string(),
            ]);
        } else {
            options.push("--disable-cache".to_owned());
        }
        options
    }

    /// The options for a cache of an engine's own: the last one has the file of its settings.
    fn cached(&self, engine: &str, options: &str) -> Result<Vec<String>, String> {
        let (folder, settings) = (self.cache.join(engine), self.cache.join(format!("{engine}.toml")));
        let text = format!("[cache]\ndirectory = \"{}\"\n", folder.display());
        // Only the owner may open it.
        std::fs::create_dir_all(&self.cache)
            .and_then(|()| match folder.is_dir() {
                true => Ok(()),
                false => std::fs::DirBuilder::new().mode(0o700).create(&folder),
            })
            .and_then(|()| std::fs::write(&settings, text))
            .map_err(|error| error.to_string())?;
        Ok(words(&format!("{options}={}", settings.display())))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
