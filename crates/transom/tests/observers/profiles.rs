//! Profiles of programs, read back.

use crate::TIERS;
use crate::support::engine_of;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use transom::*;

const DWARF: &[u8] = include_bytes!("../symbols/programs/dwarf4.wasm");

const INTERVAL: Duration = Duration::from_millis(1);

const PROGRAM: &str = r#"(module
    (import "host" "sample" (func $sample))
    (func $small (call $sample))
    (func $middle (export "middle") (call $small) (nop))
    (func $main (export "main") (call $middle) (call $sample))
    (func (export "unnamed") (call $small) (nop))
    (func $deep (export "deep") (param i32)
        (if (local.get 0)
            (then (call $deep (i32.sub (local.get 0) (i32.const 1))) (nop))
            (else (call $sample)))))"#;

/// A profile that was written.
struct Read(Value);

impl Read {
    fn of(profiler: GuestProfiler) -> Result<Read> {
        let mut json = Vec::new();
        profiler.finish(&mut json)?;
        Ok(Read(serde_json::from_slice(&json)?))
    }

    fn thread(&self) -> &Value {
        assert_eq!(self.0["threads"].as_array().unwrap().len(), 1);
        &self.0["threads"][0]
    }

    fn text(&self, index: &Value) -> &str {
        self.thread()["stringArray"][index.as_u64().unwrap() as usize]
            .as_str()
            .unwrap()
    }

    /// What a table has in a column and a row.
    fn cell(&self, [table, column]: [&str; 2], row: &Value) -> &Value {
        &self.thread()[table][column][row.as_u64().unwrap() as usize]
    }

    /// The frames of a stack, the innermost first.
    fn frames(&self, stack: &Value) -> Vec<&Value> {
        let (mut frames, mut next) = (Vec::new(), stack);
        while !next.is_null() {
            frames.push(self.cell(["stackTable", "frame"], next));
            next = self.cell(["stackTable", "prefix"], next);
        }
        frames
    }

    fn name(&self, frame: &Value) -> &str {
        let function = self.cell(["frameTable", "func"], frame);
        self.text(self.cell(["funcTable", "name"], function))
    }

    /// The names of a stack's functions, the innermost first.
    fn names(&self, stack: &Value) -> Vec<&str> {
        self.frames(stack)
            .into_iter()
            .map(|frame| self.name(frame))
            .collect()
    }

    /// The stacks of all samples.
    fn stacks(&self) -> Vec<Vec<&str>> {
        let stacks = self.thread()["samples"]["stack"].as_array().unwrap();
        stacks.iter().map(|stack| self.names(stack)).collect()
    }
}

/// What a program has to do with the profiler: it takes samples in a host function.
type Data = Option<GuestProfiler>;

fn take_sample(mut caller: Caller<'_, Data>) {
    let mut profiler = caller.data_mut().take().unwrap();
    profiler.sample(&caller, INTERVAL);
    *caller.data_mut() = Some(profiler);
}

fn start(engine: &Engine, profiled: bool) -> Result<(Store<Data>, Instance)> {
    let module = Module::new(engine, PROGRAM)?;
    let modules = profiled.then(|| ("program.wasm".to_owned(), module.clone()));
    let profiler = GuestProfiler::new(engine, "title", INTERVAL, modules)?;
    let mut store = Store::new(engine, Some(profiler));
    let sample = Func::wrap(&mut store, take_sample);
    let instance = Instance::new(&mut store, &module, &[sample.into()])?;
    Ok((store, instance))
}

#[test]
fn samples_have_the_functions_of_the_program() -> Result<()> {
    for tiers in TIERS {
        let (mut store, instance) = start(&engine_of(tiers)?, true)?;
        for name in ["main", "unnamed"] {
            let function = instance.get_typed_func::<(), ()>(&mut store, name)?;
            function.call(&mut store, ())?;
        }
        let mut profiler = store.data_mut().take().unwrap();
        // No function is active.
        profiler.sample(&store, Duration::ZERO);
        let read = Read::of(profiler)?;
        assert_eq!(
            read.stacks(),
            [
                vec!["small", "middle", "main"],
                vec!["main"],
                vec!["small", "<wasm function 4>"],
                vec![],
            ],
            "{tiers:?}"
        );
        assert_eq!(read.0["meta"]["product"], "title");
        assert_eq!(read.0["meta"]["interval"], 1.0);
        assert_eq!(read.0["libs"][0]["name"], "program.wasm");
        let resource = &read.thread()["funcTable"]["resource"][0];
        assert_eq!(
            read.text(read.cell(["resourceTable", "name"], resource)),
            "program.wasm"
        );
        assert!(read.thread()["samples"]["threadCPUDelta"][0].as_f64().unwrap() > 0.0);
    }
    Ok(())
}

/// The same program has the same addresses in each tier: offsets in its bytes, inside the bodies of the functions.
#[test]
fn addresses_are_offsets_of_the_module() -> Result<()> {
    let mut seen = BTreeSet::new();
    for tiers in TIERS {
        let (mut store, instance) = start(&engine_of(tiers)?, true)?;
        let main = instance.get_typed_func::<(), ()>(&mut store, "main")?;
        main.call(&mut store, ())?;
        let read = Read::of(store.into_data().unwrap())?;
        seen.insert(read.thread()["frameTable"]["address"].to_string());
        assert_eq!(read.thread()["frameTable"]["line"][0], Value::Null);
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    Ok(())
}

#[test]
fn modules_that_were_not_given_are_left_out() -> Result<()> {
    let engine = Engine::default();
    let (mut store, instance) = start(&engine, false)?;
    let main = instance.get_typed_func::<(), ()>(&mut store, "main")?;
    main.call(&mut store, ())?;
    let read = Read::of(store.into_data().unwrap())?;
    assert_eq!(read.stacks(), [vec![""; 0], vec![]]);
    assert!(!read.0.to_string().contains("small"));

    let other = Engine::default();
    let module = Module::new(&other, PROGRAM)?;
    let error = GuestProfiler::new(&engine, "", INTERVAL, [("m".to_owned(), module)]).unwrap_err();
    assert!(error.to_string().contains("another engine"), "{error}");
    Ok(())
}

#[test]
fn deep_stacks_are_cut_off() -> Result<()> {
    for tiers in [Tiers::Optimized, Tiers::Baseline] {
        let (mut store, instance) = start(&engine_of(tiers)?, true)?;
        let deep = instance.get_typed_func::<i32, ()>(&mut store, "deep")?;
        for depth in [998, 999, 2000] {
            deep.call(&mut store, depth)?;
        }
        let read = Read::of(store.into_data().unwrap())?;
        let stacks = read.stacks();
        assert_eq!(
            (stacks[0].len(), stacks[1].len(), stacks[2].len()),
            (999, 1000, 1001)
        );
        assert_eq!(
            (stacks[1][999], stacks[2][999], stacks[2][1000]),
            ("deep", "deep", "(more frames)")
        );
    }
    Ok(())
}

#[test]
fn calls_of_host_functions_have_markers() -> Result<()> {
    let (mut store, instance) = start(&engine_of(Tiers::Optimized)?, true)?;
    store.call_hook(|mut store, transition| {
        let mut profiler = store.data_mut().take().unwrap();
        profiler.call_hook(&store, transition);
        *store.data_mut() = Some(profiler);
        Ok(())
    });
    let main = instance.get_typed_func::<(), ()>(&mut store, "main")?;
    main.call(&mut store, ())?;
    let read = Read::of(store.into_data().unwrap())?;
    let markers = &read.thread()["markers"];
    let names = markers["name"].as_array().unwrap().iter();
    assert_eq!(
        names.map(|name| read.text(name)).collect::<Vec<_>>(),
        ["hostcall"; 4]
    );
    // Two begin, and two end.
    assert_eq!(markers["phase"], serde_json::json!([2, 3, 2, 3]));
    let stacks = markers["data"].as_array().unwrap().iter();
    let stacks = stacks.filter_map(|data| Some(read.names(data.get("cause")?.get("stack")?)));
    assert_eq!(
        stacks.collect::<Vec<_>>(),
        [vec!["small", "middle", "main"], vec!["main"]]
    );
    Ok(())
}

/// The profile of a program with debug information, with samples at its polls.
fn with_lines(tiers: Tiers, details: WasmBacktraceDetails) -> Result<(Read, usize)> {
    let mut config = Config::new();
    config.tiers(tiers).wasm_backtrace_details(details);
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, DWARF)?;
    let other = Module::new(&engine, "(module (func $other))")?;
    let modules = [("other".to_owned(), other), ("fill".to_owned(), module.clone())];
    let profiler = GuestProfiler::new(&engine, "lines", INTERVAL, modules)?;
    let mut store = Store::new(&engine, Some(profiler));
    store.epoch_deadline_callback(|mut store| {
        let mut profiler = store.data_mut().take().unwrap();
        profiler.sample(&store, Duration::ZERO);
        *store.data_mut() = Some(profiler);
        Ok(UpdateDeadline::Continue(0))
    });
    store.set_epoch_deadline(0);
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let _trap = run.call(&mut store, 9).unwrap_err();
    let read = Read::of(store.into_data().unwrap())?;
    let samples = read.stacks().len();
    Ok((read, samples))
}

#[test]
fn files_and_lines_are_those_of_backtraces() -> Result<()> {
    for tiers in TIERS {
        let (read, samples) = with_lines(tiers, WasmBacktraceDetails::Enable)?;
        assert!(samples > 0);
        let stacks = read.thread()["samples"]["stack"].as_array().unwrap().iter();
        let frames: Vec<_> = stacks.flat_map(|stack| read.frames(stack)).collect();
        let place = |frame| {
            // A function's entry has none.
            let line = read.cell(["frameTable", "line"], frame).as_u64()?;
            assert!(line > 0, "{line} {}", read.name(frame));
            let function = read.cell(["frameTable", "func"], frame);
            Some((
                read.name(frame),
                read.text(read.cell(["funcTable", "fileName"], function)),
            ))
        };
        let places: BTreeSet<_> = frames.into_iter().filter_map(place).collect();
        // How many of the functions have polls depends on the compiler.
        assert!(
            places.contains(&("fill", "/src/fill.c")) || places.contains(&("run", "/src/fill.c")),
            "{places:?}"
        );
        let known = [
            ("fill", "/src/fill.c"),
            ("run", "/src/fill.c"),
            ("push", "/src/stack.c"),
        ];
        assert!(places.iter().all(|place| known.contains(place)), "{places:?}");
    }
    let (read, _) = with_lines(Tiers::Optimized, WasmBacktraceDetails::Disable)?;
    assert!(!read.0.to_string().contains("fill.c"));
    Ok(())
}
