//! The bug that tests of comparisons look for: there if it is asked for, and seen through drivers of modules that nobody wrote.

use transom::{Config, Engine, Instance, Module, Result, Store, Val};
use transom_compare::campaign::Campaign;
use transom_compare::process::Bounds;
use transom_compare::report::Report;
use transom_compare::{self as compare, Comparer, InProcess, Kind, Subject, Task};
use transom_generate::{drive::drive, generate};
use transom_inspect::{print, stats};
use transom_reduce as reduce;

fn engine(planted: bool) -> Result<Engine> {
    Engine::new(Config::new().planted_bug(planted))
}

#[test]
fn it_is_there_if_it_is_asked_for() -> Result<()> {
    const TEXT: &str = r#"(module (func (export "f") (param i32) (result i32) (i32.ctz (local.get 0))))"#;
    for (planted, expected) in [(false, 3), (true, 28)] {
        let engine = engine(planted)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &Module::new(&engine, TEXT)?, &[])?;
        let f = instance.get_typed_func::<i32, i32>(&mut store, "f")?;
        assert_eq!(f.call(&mut store, 8)?, expected, "planted: {planted}");
    }
    Ok(())
}

/// What all drivers of a module return, each in an instance of its own; an error's text if there is one.
fn outcomes(engine: &Engine, seed: u64) -> Result<Vec<Result<Vec<i64>, String>>> {
    let driven = drive(&generate(seed).binary, seed)?;
    let module = Module::new(engine, &driven.binary)?;
    let outcome = |driver: &str| -> Result<Vec<i64>> {
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let function = instance.get_func(&mut store, driver);
        let function = function.ok_or_else(|| transom::format_err!("no {driver}"))?;
        let mut results = vec![Val::I64(0); function.ty(&store).results().len()];
        function.call(&mut store, &[], &mut results)?;
        Ok(results.iter().filter_map(Val::i64).collect())
    };
    let drivers = driven.calls.iter();
    Ok(drivers
        .map(|call| outcome(&call.driver).map_err(|error| error.root_cause().to_string()))
        .collect())
}

#[test]
fn made_up_modules_show_it_now_and_then() -> Result<()> {
    const SEEDS: u64 = 160;
    let (right, wrong) = (engine(false)?, engine(true)?);
    let mut shown = 0;
    for seed in 0..SEEDS {
        shown += u64::from(outcomes(&right, seed)? != outcomes(&wrong, seed)?);
    }
    println!("{shown} of {SEEDS} modules");
    assert!((1..SEEDS / 2).contains(&shown), "{shown}");
    Ok(())
}

/// Transom, and Transom with the bug.
fn comparer() -> Comparer {
    let engine = |name: &str, planted| {
        let engine = InProcess::new(name, |config| {
            config.planted_bug(planted);
        });
        Box::new(engine.expect("an engine")) as Box<dyn compare::Engine>
    };
    let engines = vec![engine("transom", false), engine("transom-planted", true)];
    Comparer::new(engines, Bounds::default(), false).expect("temporary files")
}

#[test]
fn a_campaign_finds_it_and_it_is_reduced_and_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let comparer = comparer();
    let campaign = |count| Campaign {
        folder: folder.path().join("campaign"),
        seed: 0,
        count,
    };
    // It goes on where it was stopped, and comes to what it would have come to at once.
    campaign(70)
        .run(&comparer, &mut |_| ())
        .expect("files can be written");
    let journal = campaign(200)
        .run(&comparer, &mut |_| ())
        .expect("files can be written");
    assert_eq!(journal.done, 200);
    assert_eq!(journal.verdicts.values().sum::<u64>(), 200);
    let found = journal
        .findings
        .iter()
        .find(|(signature, _)| signature.starts_with("semantic"));
    let (signature, finding) = found.expect("it is found");
    let kept = campaign(0)
        .folder
        .join(format!("semantic-divergence-{}", finding.seeds[0]));
    let bytes = std::fs::read(kept.join("case.wasm")).expect("it is kept");

    let subject = Subject {
        name: "case.wasm".to_owned(),
        task: Task::Calls(vec!["drive0".to_owned()]),
        labels: Vec::new(),
        notes: Vec::new(),
        bytes: bytes.clone(),
    };
    let comparison = comparer.compare(subject.clone()).expect("files can be written");
    assert_eq!(
        (comparison.verdict.kind, &comparison.verdict.signature()),
        (Kind::Semantic, signature)
    );
    let bounds = reduce::Bounds::default();
    let reduced = compare::reduce_divergence(&comparer, subject, &comparison, &bounds, &mut |_| ());
    let reduced = reduced.expect("it is smaller");
    let text = print::print(&reduced.bytes, &print::Print::default()).expect("valid");
    let stats = stats::stats(&reduced.bytes).expect("valid");
    let instructions = stats
        .instructions
        .iter()
        .map(|instruction| instruction.count)
        .sum::<u64>();
    assert!(
        text.contains("i32.ctz") && instructions <= 10,
        "{instructions}: {text}"
    );

    let comparison = comparer.compare(reduced.clone()).expect("files can be written");
    let report = Report {
        name: "case.wasm",
        given: &bytes,
        bytes: &reduced.bytes,
        comparison: &comparison,
    };
    report
        .write(&folder.path().join("report"))
        .expect("files can be written");
    let page = std::fs::read_to_string(folder.path().join("report/report.md")).expect("a page");
    for part in [
        "# Semantic divergence",
        "i32.ctz",
        "transom-planted",
        "Integer Operations",
        "case.wasm",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

/// Functions 0 and 3 call one that counts zeros, which is compiled into them; only what 3 makes of it is returned.
const MANY: &str = r#"(module
    (func $other (param i32) (result i32) (i32.clz (call $zeros (local.get 0))))
    (func $plain (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func $zeros (param i32) (result i32) (i32.ctz (local.get 0)))
    (func $culprit (param i32) (result i32)
      (local i32)
      (loop
        (local.set 1 (i32.add (local.get 1) (call $zeros (local.get 0))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))
    (func (export "run") (param i32) (result i32)
      (drop (call $other (local.get 0)))
      (call $culprit (call $plain (local.get 0)))))"#;

#[test]
fn bisection_finds_the_function_that_has_it() -> Result<()> {
    let run = |functions: std::ops::Range<u32>| -> Result<i32> {
        let mut config = Config::new();
        let engine = Engine::new(config.planted_bug(true).optimized_functions(functions))?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &Module::new(&engine, MANY)?, &[])?;
        instance
            .get_typed_func::<i32, i32>(&mut store, "run")?
            .call(&mut store, 4)
    };
    let right = run(0..0)?;
    assert_eq!(right, 10);
    assert_ne!(run(0..5)?, right);
    let found = compare::bisect(0..5, &mut |range| run(range).map(|result| result != right))?;
    assert_eq!(found, 3..4);
    Ok(())
}
