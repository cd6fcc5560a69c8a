//! What options and commands of other tools are here, as data.

/// What another tool's option is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// These words, with the value in place of `{}`. Without `{}`, the option is on or off, and off means no words.
    Words(&'static str),
    /// This is so anyway: the value, and no other one, is accepted.
    Anyway(&'static str),
    /// It makes no difference here.
    Nothing,
    /// There is no such thing; the sentence says what there is instead.
    Instead(&'static str),
}
use Here::{Anyway, Instead, Nothing, Words};

const POOL: &str =
    "a command runs one program, so there is nothing to pool; the library has `PoolingAllocationConfig`";
const ASYNC: &str = "the asynchronous ABI of components is not supported yet; components without it run";
const GATED: &str = "only what is frozen of the component model is supported";
const NETWORK: &str =
    "a program reaches no network; give it a listening socket with --tcplisten ADDRESS:PORT";

/// Keys of the lists `-W`, `-O`, `-C`, `-D` and `-S` of `wasmtime`, without those that the lists here have as well.
pub const KEYS: &[(char, &str, Here)] = &[
    ('W', "fuel", Words("--fuel={}")),
    ('W', "timeout", Words("--timeout={}")),
    ('W', "max-memory-size", Words("--max-memory-size={}")),
    ('W', "max-table-elements", Words("--max-table-elements={}")),
    (
        'W',
        "epoch-interruption",
        Instead("limit the time with --timeout DURATION"),
    ),
    ('W', "async-stack-size", Nothing),
    ('W', "async-stack-zeroing", Nothing),
    ('W', "unknown-exports-allow", Anyway("y")),
    (
        'W',
        "wmemcheck",
        Instead("memory is not checked; compile the program with a sanitizer"),
    ),
    (
        'W',
        "max-instances",
        Instead("limit memory with --max-total-memory BYTES"),
    ),
    (
        'W',
        "max-tables",
        Instead("limit memory with --max-total-memory BYTES"),
    ),
    (
        'W',
        "max-memories",
        Instead("limit memory with --max-total-memory BYTES"),
    ),
    ('W', "shared-memory", Words("-W threads")),
    ('W', "gc-support", Words("-W gc")),
    ('W', "concurrency-support", Nothing),
    (
        'W',
        "shared-everything-threads",
        Instead("this proposal is not supported; `-W threads` has shared memories"),
    ),
    ('W', "stack-switching", Instead("this proposal is not supported")),
    ('W', "component-model", Anyway("y")),
    ('W', "component-model-async", Instead(ASYNC)),
    ('W', "component-model-async-builtins", Instead(ASYNC)),
    ('W', "component-model-async-stackful", Instead(ASYNC)),
    ('W', "component-model-threading", Instead(ASYNC)),
    ('W', "component-model-error-context", Instead(GATED)),
    ('W', "component-model-gc", Instead(GATED)),
    ('W', "component-model-fixed-length-lists", Instead(GATED)),
    ('O', "memory-may-move", Anyway("y")),
    ('O', "memory-reservation-for-growth", Nothing),
    ('O', "table-lazy-init", Nothing),
    ('O', "signals-based-traps", Anyway("y")),
    ('O', "memory-guaranteed-dense-image-size", Nothing),
    ('O', "dynamic-memory-guard-size", Words("-O memory-guard-size={}")),
    ('O', "static-memory-guard-size", Words("-O memory-guard-size={}")),
    (
        'O',
        "static-memory-maximum-size",
        Words("-O memory-reservation={}"),
    ),
    (
        'O',
        "static-memory-forced",
        Instead("memories may move; reserve enough with -O memory-reservation=BYTES"),
    ),
    ('O', "dynamic-memory-reserved-for-growth", Nothing),
    ('O', "pooling-allocator", Instead(POOL)),
    ('O', "pooling-", Instead(POOL)),
    ('C', "compiler", Words("-O compiler={}")),
    (
        'C',
        "collector",
        Instead("there is one collector, generational and moving; limit its heap with --max-gc-heap BYTES"),
    ),
    ('C', "cranelift-debug-verifier", Nothing),
    ('C', "cache", Words("--cache={}")),
    ('C', "cache-config", Words("--cache-config={}")),
    ('C', "parallel-compilation", Words("-O parallel-compilation={}")),
    ('C', "pcc", Anyway("n")),
    (
        'C',
        "native-unwind-info",
        Instead("profilers find functions with --profile=perfmap or --profile=jitdump"),
    ),
    (
        'C',
        "inlining",
        Instead("functions are inlined, unless -O opt-level=0 disables all optimisation"),
    ),
    (
        'C',
        "cranelift-",
        Instead("settings of Cranelift are fixed; `-O help` lists what can be set"),
    ),
    ('D', "debug-info", Words("--debug-info")),
    (
        'D',
        "guest-debug",
        Instead("debug programs step by step with `-D debug-info` in gdb or lldb; see docs/debugging.md"),
    ),
    ('D', "address-map", Anyway("y")),
    (
        'D',
        "logging",
        Instead("print events with --log, such as --log compile=debug"),
    ),
    (
        'D',
        "log-to-files",
        Instead("print events with --log and redirect standard error"),
    ),
    ('D', "coredump", Words("--coredump={}")),
    ('S', "cli", Anyway("y")),
    ('S', "common", Anyway("y")),
    ('S', "preview2", Nothing),
    ('S', "preview0", Anyway("y")),
    ('S', "p3", Anyway("n")),
    ('S', "cli-exit-with-code", Nothing),
    ('S', "inherit-env", Words("--inherit-env")),
    ('S', "tcplisten", Words("--tcplisten={}")),
    (
        'S',
        "listenfd",
        Instead("name the address to listen on with --tcplisten ADDRESS:PORT"),
    ),
    ('S', "inherit-network", Instead(NETWORK)),
    ('S', "allow-ip-name-lookup", Instead(NETWORK)),
    ('S', "tcp", Instead(NETWORK)),
    ('S', "udp", Instead(NETWORK)),
    ('S', "network-error-code", Instead(NETWORK)),
    ('S', "http", Instead("wasi-http is not supported yet")),
    (
        'S',
        "http-outgoing-body-buffer-chunks",
        Instead("wasi-http is not supported yet"),
    ),
    (
        'S',
        "http-outgoing-body-chunk-size",
        Instead("wasi-http is not supported yet"),
    ),
    (
        'S',
        "max-http-fields-size",
        Instead("wasi-http is not supported yet"),
    ),
    (
        'S',
        "threads",
        Instead("wasi-threads is not supported; instructions for threads are, see `-W help`"),
    ),
    ('S', "nn", Instead("wasi-nn is not supported")),
    ('S', "nn-graph", Instead("wasi-nn is not supported")),
    (
        'S',
        "config",
        Instead("pass settings in the environment: --env NAME=VALUE"),
    ),
    (
        'S',
        "config-var",
        Instead("pass settings in the environment: --env NAME=VALUE"),
    ),
    (
        'S',
        "keyvalue",
        Instead("give the program a folder to store data in: --dir FOLDER"),
    ),
    (
        'S',
        "keyvalue-in-memory-data",
        Instead("give the program a folder to store data in: --dir FOLDER"),
    ),
    ('S', "tls", Instead(NETWORK)),
    ('S', "max-resources", Nothing),
    ('S', "hostcall-fuel", Nothing),
    ('S', "max-random-size", Nothing),
];

/// Long options of `wasmtime run` and `wasmer run`, and short ones, without those that `transom run` has as well.
pub const OPTIONS: &[(&str, Here)] = &[
    (
        "--codegen",
        Instead("lists of settings are -W, -O, -C, -D and -S"),
    ),
    ("--debug", Instead("lists of settings are -W, -O, -C, -D and -S")),
    ("--wasi", Instead("lists of settings are -W, -O, -C, -D and -S")),
    (
        "--record",
        Instead("runs are not recorded; --deterministic makes them repeatable"),
    ),
    (
        "--config",
        Instead("there is no configuration file; all settings are options"),
    ),
    ("--target", Instead("code is compiled for this machine only")),
    (
        "--mapdir",
        Instead("name the folder of the host first: --dir HOST::GUEST"),
    ),
    (
        "--volume",
        Instead("name the folder of the host first: --dir HOST::GUEST"),
    ),
    ("--entrypoint", Words("--invoke={}")),
    ("--wasm-timeout", Words("--timeout={}")),
    ("--forward-host-env", Words("--inherit-env")),
    ("--enable-all", Words("-W all-proposals")),
    ("--enable-threads", Words("-W threads")),
    ("--enable-reference-types", Words("-W reference-types")),
    ("--enable-simd", Words("-W simd")),
    ("--enable-bulk-memory", Words("-W bulk-memory")),
    ("--enable-multi-value", Words("-W multi-value")),
    ("--enable-tail-call", Words("-W tail-call")),
    ("--enable-exceptions", Words("-W exceptions")),
    ("--enable-memory64", Words("-W memory64")),
    ("--enable-relaxed-simd", Words("-W relaxed-simd")),
    ("--enable-extended-const", Words("-W extended-const")),
    ("--enable-nan-canonicalization", Words("-W nan-canonicalization")),
    ("--stack-size", Words("-W max-wasm-stack={}")),
    ("--net", Instead(NETWORK)),
    ("--http-client", Instead(NETWORK)),
    ("--cranelift", Words("-O compiler=optimized")),
    ("--llvm", Words("-O compiler=optimized")),
    ("--singlepass", Words("-O compiler=baseline")),
    ("--v8", Words("-O compiler=tiered")),
    ("--wamr", Instead("there is no interpreter; leave the option out")),
    (
        "--wasmi",
        Instead("there is no interpreter; leave the option out"),
    ),
    ("--disable-cache", Words("--cache=n")),
    (
        "--use",
        Instead("packages are not supported; provide modules with --preload NAME=FILE"),
    ),
    (
        "--include-webc",
        Instead("packages are not supported; provide modules with --preload NAME=FILE"),
    ),
    ("--map-command", Instead("programs cannot start other programs")),
    ("--coredump-on-trap", Words("--coredump={}")),
    ("--coredump-path", Words("--coredump={}")),
];

/// Commands of other tools, some of two words. `Words` are the command here, some of two words as well.
pub const COMMANDS: &[(&str, Here)] = &[
    ("serve", Instead("wasi-http is not supported yet")),
    (
        "explore",
        Instead("show code with `transom run --emit FOLDER FILE`"),
    ),
    (
        "settings",
        Instead("`transom run -O help` lists the settings of the compiler"),
    ),
    (
        "config",
        Instead("there is no configuration file; all settings are options"),
    ),
    ("wizer", Instead("modules are not initialised ahead of time")),
    (
        "replay",
        Instead("runs are not recorded; `transom run --deterministic` makes them repeatable"),
    ),
    ("wat2wasm", Words("parse")),
    ("wasm2wat", Words("print")),
    ("wat", Words("print")),
    ("dump", Words("objdump")),
    ("wasm-objdump", Words("objdump")),
    ("wasm-validate", Words("validate")),
    ("wasm-strip", Words("strip")),
    ("wasm-stats", Words("stats")),
    ("wasm-opcodecnt", Words("stats")),
    ("wasm-interp", Words("run")),
    (
        "wat-desugar",
        Instead("`transom parse FILE | transom print -` prints a text without abbreviations"),
    ),
    ("wast2json", Words("json-from-wast")),
    ("spectest-interp", Words("wast")),
    ("wasm2c", Instead("modules are not translated to C")),
    (
        "wasm-decompile",
        Instead("`transom print --folded FILE` prints readable text"),
    ),
    (
        "demangle",
        Instead("backtraces have demangled names; `transom inspect FILE` lists functions"),
    ),
    (
        "mutate",
        Instead("`transom compare --generate NUMBER` makes modules"),
    ),
    (
        "smith",
        Instead("`transom compare --generate NUMBER` makes modules"),
    ),
    ("shrink", Words("reduce")),
    ("compose", Words("component compose")),
    ("plug", Words("component compose")),
    ("wac compose", Words("component compose")),
    ("wac plug", Words("component compose")),
    ("component plug", Words("component compose")),
    ("wit-smith", Instead("interfaces are not generated")),
    ("metadata show", Words("metadata")),
    (
        "metadata add",
        Instead("metadata are not added to modules; `transom metadata FILE` prints what a module has"),
    ),
    (
        "metadata unbundle",
        Instead("modules stay in their component; `transom objdump FILE` lists them"),
    ),
    ("create-exe", Instead("programs run with `transom run FILE`")),
    ("create-obj", Instead("programs run with `transom run FILE`")),
    (
        "package",
        Instead("packages are not supported; run the .wasm file"),
    ),
    (
        "self-update",
        Instead("update transom with what has installed it"),
    ),
];
