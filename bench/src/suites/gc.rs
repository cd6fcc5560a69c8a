//! Programs with collected objects and exceptions, from `gc/`.

use crate::subject::{Row, Subject, Value, call, program};
use crate::world::World;
use anyhow::Result;
use transom_bench_protocol::Call;

pub const ABOUT: &str = "Programs with garbage-collected objects. `run` is the second call in a process, when the \
    code is warm and the garbage of the first call exists. Pauses are those of calls that allocate beside 256 MiB of \
    live objects. Casts, allocations and exceptions are the time of one loop iteration, minus the time of the same \
    loop without them.";

/// A program that does one thing and is measured as a whole: its name, its file, its argument, what it returns, and
/// the argument of quick runs.
struct Whole(&'static str, &'static str, i32, i32, i32);

/// A program with several exports: its calls with what they return, and its rows.
struct Parts {
    name: &'static str,
    text: &'static str,
    /// Exports, arguments, how often, and what the first call returns.
    calls: &'static [(&'static str, i32, usize, i32)],
    rows: &'static [(&'static str, Value, Option<f64>)],
}

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!("../../gc/", $file, ".wat"))
    };
}

const WHOLE: &[Whole] = &[
    Whole("binary-trees 16", text!("binary-trees"), 16, 14_985_902, 10),
    Whole("binary-trees 18", text!("binary-trees"), 18, 68_332_206, 11),
    Whole("binary-trees 20", text!("binary-trees"), 20, 306_883_246, 12),
    Whole("splay", text!("splay"), 500, -545_472_316, 20),
    Whole("hash-map", text!("hash-map"), 2_000_000, 1_922_735_953, 50_000),
    Whole(
        "string-builder",
        text!("string-builder"),
        500_000,
        -1_695_270_520,
        20_000,
    ),
    Whole("list-sort", text!("list-sort"), 20, -61_586_285, 1),
    Whole("classes", text!("classes"), 5_000, 420_887_883, 200),
];

const TURNS: i32 = 50_000_000;
const BULK: i32 = 100;
const THROWS: i32 = 2_000_000;
const DEEP: i32 = 500_000;
const PLAIN: i32 = 20_000_000;

const PARTS: &[Parts] = &[
    Parts {
        name: "cast",
        text: text!("cast"),
        calls: &[
            ("no_cast", TURNS, 4, 150_000_000),
            ("exact", TURNS, 4, 150_000_000),
            ("subtype", TURNS, 4, 250_000_000),
            ("no_test", TURNS, 4, 0),
            ("test_hit", TURNS, 4, 50_000_000),
            ("test_miss", TURNS, 4, 0),
            ("branch_miss", TURNS, 4, 100_000_000),
        ],
        rows: &[
            ("loop alone", Value::Turn(0, TURNS), None),
            ("ref.cast, exact type", Value::TurnLess(1, 0, TURNS), Some(2e-9)),
            ("ref.cast, subtype", Value::TurnLess(2, 0, TURNS), Some(2e-9)),
            ("ref.test, subtype", Value::TurnLess(4, 3, TURNS), Some(2e-9)),
            ("ref.test, miss", Value::TurnLess(5, 3, TURNS), Some(2e-9)),
            ("br_on_cast, miss", Value::TurnLess(6, 3, TURNS), Some(2e-9)),
        ],
    },
    Parts {
        name: "alloc",
        text: text!("alloc"),
        calls: &[
            ("loop", TURNS, 4, -1_005_391_393),
            ("pair", TURNS, 4, -1_527_139_895),
            ("wide", TURNS, 4, -1_527_139_895),
            ("linked", TURNS, 4, 1_198_913_260),
        ],
        rows: &[
            ("loop alone", Value::Turn(0, TURNS), None),
            ("8 bytes of fields", Value::TurnLess(1, 0, TURNS), Some(3e-9)),
            ("16 bytes of fields", Value::TurnLess(2, 0, TURNS), Some(3e-9)),
            ("two references", Value::TurnLess(3, 0, TURNS), Some(3e-9)),
        ],
    },
    Parts {
        name: "bulk",
        text: text!("bulk"),
        calls: &[
            ("memory_copy", BULK, 4, 5_050),
            ("array_copy", BULK, 4, 5_050),
            ("memory_fill", BULK, 4, 5_050),
            ("array_fill", BULK, 4, 5_050),
            ("reference_copy", 25, 4, 325),
        ],
        rows: &[
            ("memory.copy", Value::Turn(0, BULK), None),
            ("array.copy", Value::Turn(1, BULK), None),
            ("memory.fill", Value::Turn(2, BULK), None),
            ("array.fill", Value::Turn(3, BULK), None),
            ("array.copy, references", Value::Turn(4, 25), None),
        ],
    },
    Parts {
        name: "exceptions",
        text: text!("exceptions"),
        calls: &[
            ("caught", THROWS, 4, -1_453_759_936),
            ("called", THROWS, 4, -1_453_759_936),
            ("deep", DEEP, 4, 446_198_416),
            ("plain", PLAIN, 4, 562_894_464),
            ("guarded", PLAIN, 4, 562_894_464),
        ],
        rows: &[
            ("caught in the frame", Value::Turn(0, THROWS), Some(1e-6)),
            ("caught by the caller", Value::Turn(1, THROWS), None),
            ("caught 17 frames up", Value::Turn(2, DEEP), None),
            ("call that never throws", Value::Turn(3, PLAIN), None),
            ("the same in a try_table", Value::Turn(4, PLAIN), None),
        ],
    },
    Parts {
        name: "pause",
        text: text!("pause"),
        // Each step makes 2048 objects, 64 KiB.
        calls: &[("setup", 128, 1, 65_536), ("step", 16, 20_000, -3_803_664)],
        rows: &[
            ("256 MiB made", Value::Quantile(0, 500), None),
            ("step, median", Value::Quantile(1, 500), None),
            ("step, 99 %", Value::Quantile(1, 990), None),
            ("step, 99.9 %", Value::Quantile(1, 999), None),
            ("step, longest", Value::Quantile(1, 1000), None),
            ("median pause", Value::Pause(1), Some(1e-3)),
            ("peak memory", Value::Peak, Some(805e6)),
        ],
    },
];

pub fn subjects(world: &World) -> Result<Vec<Subject>> {
    let whole = WHOLE.iter().map(|whole| whole.subject(world));
    whole
        .chain(PARTS.iter().map(|parts| parts.subject(world)))
        .collect()
}

impl Whole {
    fn subject(&self, world: &World) -> Result<Subject> {
        let &Whole(name, text, argument, known, quick) = self;
        let module = world.module(name, text)?;
        let calls = vec![call("run", if world.quick { quick } else { argument }, 2)];
        let row = |what: &str, value| Row::new(format!("{name}, {what}"), value);
        let lead = [("wasmtime", 1.0), ("v8", 1.0), ("jsc", 1.0)];
        let rows = vec![
            row("run", Value::Warm(0)).ahead(&lead),
            row("compile and first run", Value::Answer),
            row("process", Value::Process),
            row("peak memory", Value::Peak),
        ];
        let subject = Subject::new(name, program(module, calls), rows);
        Ok(if world.quick {
            subject
        } else {
            subject.known_first([known])
        })
    }
}

impl Parts {
    fn subject(&self, world: &World) -> Result<Subject> {
        let module = world.module(self.name, self.text)?;
        // Fewer turns are shorter than what a clock can tell; what quick runs save is calls.
        let times = |times: usize| {
            if world.quick {
                times.min(2).max(times / 20)
            } else {
                times
            }
        };
        let calls: Vec<Call> = self
            .calls
            .iter()
            .map(|&(export, argument, count, _)| call(export, argument, times(count)))
            .collect();
        let rows = self.rows.iter().map(|&(what, value, most)| {
            let row = Row::new(format!("{}, {what}", self.name), value);
            match most {
                Some(most) => row.most(most),
                None => row,
            }
        });
        let subject = Subject::new(self.name, program(module, calls), rows.collect());
        Ok(subject.known_first(self.calls.iter().map(|call| call.3)))
    }
}
