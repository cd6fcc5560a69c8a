//! The programs in `gc/`: what is called, what is known to come out, and the rows that are made of it.

use crate::measure::{Target, Unit};

/// A program.
pub struct Program {
    pub name: &'static str,
    pub text: &'static str,
    pub calls: &'static [Call],
    pub rows: &'static [Row],
}

/// Calls of one export.
pub struct Call {
    pub export: &'static str,
    pub argument: i32,
    /// How often. The first time warms the engine up.
    pub times: usize,
    /// What the first call returns.
    pub known: i32,
}

/// A row: its name follows the program's.
pub struct Row {
    pub name: &'static str,
    pub unit: Unit,
    pub target: Target,
    pub value: Value,
}

/// How a row's value comes from a report. Calls are known by their place in the plan.
#[derive(Clone, Copy)]
pub enum Value {
    /// The median time of a call after the first one.
    Warm(usize),
    /// From bytes to the end of the first call.
    Cold,
    /// The whole process, less the calls after the first one.
    Process,
    /// The most memory that the process had.
    Peak,
    /// The time of one turn of a loop that goes around as often as the argument says.
    Turn(usize),
    /// The same, less a turn of another loop.
    TurnLess(usize, usize),
    /// Of all times of a call, the one that so many in a thousand are below.
    Quantile(usize, usize),
    /// The median of what calls that took more than twice the median took beyond it: a pause, where there are any.
    Pause(usize),
}

/// As fast as all peers.
const LEAD: Target = Target::Ahead(&[("wasmtime", 1.0), ("node", 1.0), ("bun", 1.0)]);
/// Twice as fast as wasmtime, and as fast as V8.
const ALLOCATES: Target = Target::Ahead(&[("wasmtime", 2.0), ("node", 1.0)]);

const fn call(export: &'static str, argument: i32, times: usize, known: i32) -> Call {
    Call {
        export,
        argument,
        times,
        known,
    }
}

const fn row(name: &'static str, unit: Unit, target: Target, value: Value) -> Row {
    Row {
        name,
        unit,
        target,
        value,
    }
}

macro_rules! program {
    ($file:literal) => {
        include_str!(concat!("../../gc/", $file, ".wat"))
    };
}

/// A program that does one thing and is measured as a whole.
macro_rules! whole {
    ($name:literal, $file:literal, $argument:literal, $known:literal, $target:expr) => {
        Program {
            name: $name,
            text: program!($file),
            calls: &[call("run", $argument, 2, $known)],
            rows: &[
                row("run", Unit::Milliseconds, $target, Value::Warm(0)),
                row(
                    "compile and first run",
                    Unit::Milliseconds,
                    Target::None,
                    Value::Cold,
                ),
                row("process", Unit::Milliseconds, Target::None, Value::Process),
                row("peak memory", Unit::Megabytes, Target::None, Value::Peak),
            ],
        }
    };
}

/// All programs.
pub const PROGRAMS: &[Program] = &[
    whole!("binary-trees 16", "binary-trees", 16, 14_985_902, LEAD),
    whole!("binary-trees 18", "binary-trees", 18, 68_332_206, LEAD),
    whole!(
        "binary-trees 20",
        "binary-trees",
        20,
        306_883_246,
        Target::AtMost(2500.0)
    ),
    whole!("splay", "splay", 500, -545_472_316, ALLOCATES),
    whole!("hash-map", "hash-map", 2_000_000, 1_922_735_953, ALLOCATES),
    whole!(
        "string-builder",
        "string-builder",
        500_000,
        -1_695_270_520,
        ALLOCATES
    ),
    whole!("list-sort", "list-sort", 20, -61_586_285, ALLOCATES),
    whole!("classes", "classes", 5_000, 420_887_883, ALLOCATES),
    CAST,
    ALLOC,
    BULK,
    EXCEPTIONS,
    PAUSE,
];

const TURNS: i32 = 50_000_000;

const CAST: Program = Program {
    name: "cast",
    text: program!("cast"),
    calls: &[
        call("no_cast", TURNS, 4, 150_000_000),
        call("exact", TURNS, 4, 150_000_000),
        call("subtype", TURNS, 4, 250_000_000),
        call("no_test", TURNS, 4, 0),
        call("test_hit", TURNS, 4, 50_000_000),
        call("test_miss", TURNS, 4, 0),
        call("branch_miss", TURNS, 4, 100_000_000),
    ],
    rows: &[
        row("loop alone", Unit::Nanoseconds, Target::None, Value::Turn(0)),
        row(
            "ref.cast, exact type",
            Unit::Nanoseconds,
            Target::AtMost(2.0),
            Value::TurnLess(1, 0),
        ),
        row(
            "ref.cast, subtype",
            Unit::Nanoseconds,
            Target::AtMost(2.0),
            Value::TurnLess(2, 0),
        ),
        row(
            "ref.test, subtype",
            Unit::Nanoseconds,
            Target::AtMost(2.0),
            Value::TurnLess(4, 3),
        ),
        row(
            "ref.test, miss",
            Unit::Nanoseconds,
            Target::AtMost(2.0),
            Value::TurnLess(5, 3),
        ),
        row(
            "br_on_cast, miss",
            Unit::Nanoseconds,
            Target::AtMost(2.0),
            Value::TurnLess(6, 3),
        ),
    ],
};

const ALLOC: Program = Program {
    name: "alloc",
    text: program!("alloc"),
    calls: &[
        call("loop", TURNS, 4, -1_005_391_393),
        call("pair", TURNS, 4, -1_527_139_895),
        call("wide", TURNS, 4, -1_527_139_895),
        call("linked", TURNS, 4, 1_198_913_260),
    ],
    rows: &[
        row("loop alone", Unit::Nanoseconds, Target::None, Value::Turn(0)),
        row(
            "8 bytes of fields",
            Unit::Nanoseconds,
            Target::AtMost(3.0),
            Value::TurnLess(1, 0),
        ),
        row(
            "16 bytes of fields",
            Unit::Nanoseconds,
            Target::AtMost(3.0),
            Value::TurnLess(2, 0),
        ),
        row(
            "two references",
            Unit::Nanoseconds,
            Target::AtMost(3.0),
            Value::TurnLess(3, 0),
        ),
    ],
};

const BULK: Program = Program {
    name: "bulk",
    text: program!("bulk"),
    calls: &[
        call("memory_copy", 100, 4, 5_050),
        call("array_copy", 100, 4, 5_050),
        call("memory_fill", 100, 4, 5_050),
        call("array_fill", 100, 4, 5_050),
        call("reference_copy", 25, 4, 325),
    ],
    rows: &[
        row("memory.copy", Unit::Microseconds, Target::None, Value::Turn(0)),
        row(
            "array.copy",
            Unit::Microseconds,
            Target::Times(2.0, "bulk, memory.copy"),
            Value::Turn(1),
        ),
        row("memory.fill", Unit::Microseconds, Target::None, Value::Turn(2)),
        row(
            "array.fill",
            Unit::Microseconds,
            Target::Times(2.0, "bulk, memory.fill"),
            Value::Turn(3),
        ),
        row(
            "array.copy, references",
            Unit::Microseconds,
            Target::None,
            Value::Turn(4),
        ),
    ],
};

const EXCEPTIONS: Program = Program {
    name: "exceptions",
    text: program!("exceptions"),
    calls: &[
        call("caught", 2_000_000, 4, -1_453_759_936),
        call("called", 2_000_000, 4, -1_453_759_936),
        call("deep", 500_000, 4, 446_198_416),
        call("plain", 20_000_000, 4, 562_894_464),
        call("guarded", 20_000_000, 4, 562_894_464),
    ],
    rows: &[
        row(
            "caught in the frame",
            Unit::Nanoseconds,
            Target::AtMost(1000.0),
            Value::Turn(0),
        ),
        row(
            "caught by the caller",
            Unit::Nanoseconds,
            Target::None,
            Value::Turn(1),
        ),
        row(
            "caught 17 frames up",
            Unit::Nanoseconds,
            Target::None,
            Value::Turn(2),
        ),
        row(
            "call that never throws",
            Unit::Nanoseconds,
            Target::None,
            Value::Turn(3),
        ),
        row(
            "the same in a try_table",
            Unit::Nanoseconds,
            Target::Times(1.03, "exceptions, call that never throws"),
            Value::Turn(4),
        ),
    ],
};

/// Each step makes 2048 objects, 64 KiB.
const PAUSE: Program = Program {
    name: "pause",
    text: program!("pause"),
    calls: &[
        call("setup", 128, 1, 65_536),
        call("step", 16, 20_000, -3_803_664),
    ],
    rows: &[
        row(
            "256 MiB made",
            Unit::Milliseconds,
            Target::None,
            Value::Quantile(0, 500),
        ),
        row(
            "step, median",
            Unit::Microseconds,
            Target::None,
            Value::Quantile(1, 500),
        ),
        row(
            "step, 99 %",
            Unit::Microseconds,
            Target::None,
            Value::Quantile(1, 990),
        ),
        row(
            "step, 99.9 %",
            Unit::Microseconds,
            Target::None,
            Value::Quantile(1, 999),
        ),
        row(
            "step, longest",
            Unit::Microseconds,
            Target::None,
            Value::Quantile(1, 1000),
        ),
        row(
            "median pause",
            Unit::Microseconds,
            Target::AtMost(1000.0),
            Value::Pause(1),
        ),
        row("peak memory", Unit::Megabytes, Target::AtMost(805.0), Value::Peak),
    ],
};
