//! Engines beside each other about components: they agree about values of every type, and what they say means what each case says.
//!
//! `components/*.wat` have in their first lines the call, how far an engine gets and what it may come to. `recorded_components/*.json` are
//! the answers of real engines; with `TRANSOM_RECORD=1` the answers of the engines that are here are recorded anew. Engines are looked for in
//! the folder of `cargo xtask engines`, then on the PATH.

mod recordings;

use recordings::{Recording, bounds, files, folder, installed};
use std::path::{Path, PathBuf};
use transom_compare::process::Bounds;
use transom_compare::{
    CONFIGURATIONS, Case, CommandEngine, Comparer, Engine, InProcess, Kind, Outcome, Phase, Step, Subject,
    Table, Task, Wish, engines, subject, table,
};
use transom_inspect::Source;

/// A case: its name, what engines are given, and what may come of it.
struct Expected {
    name: String,
    subject: Subject,
    phase: Phase,
    means: Vec<Outcome>,
}

fn cases() -> Vec<Expected> {
    let case = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("text");
        let header = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
        let given =
            |key: &str| header(key).unwrap_or_else(|| panic!("{} has no line `{key}`", path.display()));
        let wish = header(";; call: ").map_or(Wish::Natural, |call| Wish::Invoke {
            name: call.to_owned(),
            arguments: Vec::new(),
        });
        let source = Source::new("case", text.clone());
        Expected {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            subject: subject(&source, &wish).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            phase: serde_json::from_value(given(";; phase: ").into()).expect("a phase"),
            means: serde_json::from_str(given(";; means: ")).expect("outcomes"),
        }
    };
    files(&folder("components")).into_iter().map(case).collect()
}

/// What is wrong with what an engine came to.
fn wrong(case: &Expected, step: &Step) -> Option<String> {
    let expected = case
        .means
        .iter()
        .map(|outcome| Step::new(case.phase, outcome.clone()));
    let meant = expected.clone().any(|expected| expected.agrees(step));
    (!meant).then(|| format!("{}: {step:?}, not {:?} {:?}", case.name, case.phase, case.means))
}

fn check<'c>(engine: &str, steps: impl Iterator<Item = (&'c Expected, Step)>) {
    let wrong = steps
        .filter_map(|(case, step)| wrong(case, &step))
        .collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{engine}:\n{}", wrong.join("\n"));
}

fn case(expected: &Expected, folder: &Path) -> Case {
    let file = folder.join(format!("{}.wasm", expected.name));
    std::fs::write(&file, &expected.subject.bytes).expect("a temporary file");
    Case {
        file,
        task: expected.subject.task.clone(),
        features: Vec::new(),
    }
}

/// Whether an engine was built with components at all: an installed one may be older than that.
fn takes_components(engine: &CommandEngine, cases: &[Expected]) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let value = cases.iter().find(|case| case.name == "value").expect("a case");
    let steps = engine.observe(&[case(value, folder.path())], bounds("value"));
    steps[0][0].outcome == value.means[0]
}

#[test]
fn every_configuration_of_transom_does_what_is_meant() {
    let (cases, folder) = (cases(), tempfile::tempdir().expect("a temporary folder"));
    for (name, configure) in CONFIGURATIONS {
        let engine = InProcess::new(name, configure).expect("an engine");
        let steps = cases.iter().map(|expected| {
            let case = case(expected, folder.path());
            let mut steps = engine.observe(&[case], bounds(&expected.name));
            (expected, steps.remove(0).remove(0))
        });
        check(name, steps);
    }
}

#[test]
fn recorded_answers_mean_what_they_meant() {
    let cases = cases();
    let recordings = files(&folder("recorded_components"));
    assert!(!recordings.is_empty());
    for file in recordings {
        let recording = Recording::read(&file);
        let table = table(&recording.engine).expect("a known engine");
        let steps = cases.iter().map(|case| {
            let mut step = recording
                .answer(&case.name)
                .read_step(table, &case.subject.task, 0);
            // What an engine says of a call does not tell that it never came so far; the comparison instantiates once more.
            if case.phase == Phase::Instantiate {
                step.phase = Phase::Instantiate;
            }
            (case, step)
        });
        check(&file.display().to_string(), steps);
    }
}

#[test]
fn engines_that_are_here_say_what_is_meant() {
    let cases = cases();
    let mut count = 0;
    for (table, engine) in installed(|table| table.arguments.function.is_some()) {
        if takes_components(&engine, &cases) {
            ask(table, &engine, &cases);
            count += 1;
        } else {
            eprintln!(
                "SKIPPED: {} was built without components",
                engine.identity().version
            );
        }
    }
    if count == 0 {
        eprintln!(
            "SKIPPED: no other engine that takes components is here; `cargo xtask engines --slow` installs one"
        );
    }
}

/// Asks an engine about every case.
fn ask(table: &Table, engine: &CommandEngine, cases: &[Expected]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let asked = |expected: &Expected| {
        let answers = engine.answers(&case(expected, folder.path()), bounds(&expected.name));
        (expected.name.clone(), answers)
    };
    if std::env::var_os("TRANSOM_RECORD").is_some() {
        let recording = Recording {
            engine: table.name.clone(),
            version: engine.identity().version.clone(),
            answers: cases.iter().map(asked).collect(),
        };
        recording.write("recorded_components");
    }
    let steps = cases.iter().map(|expected| {
        let steps = engine.observe(&[case(expected, folder.path())], bounds(&expected.name));
        (expected, steps[0][0].clone())
    });
    check(&table.name, steps);
}

/// Functions that return their argument, of every type; and some that cannot be called.
const ECHOES: &str = r#"(component
    (core module $m
        (memory (export "memory") 16)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get 3))))
        (func (export "i32") (param i32) (result i32) (local.get 0))
        (func (export "i64") (param i64) (result i64) (local.get 0))
        (func (export "f32") (param f32) (result f32) (local.get 0))
        (func (export "f64") (param f64) (result f64) (local.get 0))
        (func (export "pair") (param i32 i32) (result i32)
            (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
        (func (export "byte-and-pair") (param i32 i32 i32) (result i32)
            (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))
            (i32.store (i32.const 8) (local.get 2)) (i32.const 0))
        (func (export "three-bytes") (param i32 i32 i32) (result i32)
            (i32.store8 (i32.const 0) (local.get 0)) (i32.store8 (i32.const 1) (local.get 1))
            (i32.store8 (i32.const 2) (local.get 2)) (i32.const 0))
        (func (export "floats") (param f32 f64) (result i32)
            (f32.store (i32.const 0) (local.get 0)) (f64.store (i32.const 8) (local.get 1)) (i32.const 0))
        (func (export "byte-and-long") (param i32 i64) (result i32)
            (i32.store (i32.const 0) (local.get 0)) (i64.store (i32.const 8) (local.get 1)) (i32.const 0)))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (type $r' (record (field "small" u8) (field "maybe" (option bool)))) (export $r "r" (type $r'))
    (type $v' (variant (case "x") (case "y" string))) (export $v "v" (type $v'))
    (type $e' (enum "red" "none" "blue")) (export $e "e" (type $e'))
    (type $g' (flags "read" "write" "run")) (export $g "g" (type $g'))
    (type $h' (resource (rep i32))) (export $h "h" (type $h'))
    FUNCTIONS
    (func (export "handle") (param "p" (borrow $h)) (canon lift (core func $i "drop")))
    (func $u8 (param "p" u8) (result u8) (canon lift (core func $i "i32")))
    (instance (export "a:b/c@1.2.0") (export "echo" (func $u8))))"#;

/// The types of the functions, and what they do in the core module.
const TYPES: &[(&str, &str)] = &[
    ("bool", "i32"),
    ("s8", "i32"),
    ("u8", "i32"),
    ("s16", "i32"),
    ("u16", "i32"),
    ("s32", "i32"),
    ("u32", "i32"),
    ("s64", "i64"),
    ("u64", "i64"),
    ("f32", "f32"),
    ("f64", "f64"),
    ("char", "i32"),
    ("string", "pair"),
    ("(list u8)", "pair"),
    ("(list f64)", "pair"),
    ("(list string)", "pair"),
    ("(list (list $r))", "pair"),
    ("(list (tuple char s64 $g))", "pair"),
    ("$r", "three-bytes"),
    ("$v", "byte-and-pair"),
    ("$e", "i32"),
    ("$g", "i32"),
    ("(tuple f32 f64)", "floats"),
    ("(option s64)", "byte-and-long"),
    ("(result u8 (error string))", "byte-and-pair"),
    ("(list (result $v (error (option $e))))", "pair"),
];

/// The component with a function for each type.
fn echoes() -> Source {
    let function = |(index, (ty, core)): (usize, &(&str, &str))| {
        format!(
            r#"(func (export "echo{index}") (param "p" {ty}) (result {ty})
                (canon lift (core func $i "{core}") (memory $memory) (realloc $realloc)))"#
        )
    };
    let functions = TYPES.iter().enumerate().map(function);
    let text = ECHOES
        .replace("FUNCTIONS", &functions.collect::<Vec<_>>().join("\n"))
        .replace(r#"(core func $i "drop")"#, r#"(core func $drop)"#)
        .replace(
            "(core instance $i (instantiate $m))",
            r#"(core module $n (func (export "drop") (param i32)))
               (core instance $i (instantiate $m)) (core instance $j (instantiate $n))
               (alias core export $j "drop" (core func $drop))"#,
        );
    Source::new("echoes.wat", text)
}

fn comparer(list: &[String]) -> Comparer {
    let found = engines(list, None, Bounds::default()).expect("they are all there");
    Comparer::new(found.found, Bounds::default(), true).expect("temporary files")
}

#[test]
fn configurations_agree_about_values_of_every_type() {
    let comparer = comparer(&["transom".to_owned()]);
    let mut texts = String::new();
    for seed in 0..20 {
        let subject = subject(&echoes(), &Wish::AllExports { seed }).expect("it is valid");
        let Task::Functions(calls) = &subject.task else {
            panic!("{:?}", subject.task)
        };
        let calls = calls.clone();
        assert!(
            calls
                .iter()
                .any(|call| call.text.starts_with("a:b/c.echo@1.2.0("))
        );
        assert_eq!(
            subject.notes,
            ["`handle` is not called: parameter `p` contains a handle of a resource, which has no text form"]
        );
        let compared = comparer.compare(subject).expect("temporary files");
        assert_eq!(compared.verdict.kind, Kind::Agreement, "{compared}");
        // What comes back is what was given.
        for (call, step) in calls.iter().zip(&compared.observed[0].steps) {
            let Outcome::Value(value) = &step.outcome else {
                panic!("{}: {step:?}", call.text)
            };
            assert!(
                call.text.ends_with(&format!("({value})")),
                "{}: {value}",
                call.text
            );
            texts += value;
        }
    }
    for piece in ["nan", "inf", "-0", "🦀", "日本語", "%none", "err(", "some("] {
        assert!(texts.contains(piece), "{piece}");
    }
}

/// An engine of a list: a shell script that tells its version, and then does as it likes.
fn fake(folder: &Path, name: &str, script: &str) -> String {
    let file = folder.join(format!("{name}.sh"));
    let version = r#"case "$*" in *--version) echo "fake 1.0"; exit;; esac"#;
    std::fs::write(&file, format!("{version}\n{script}\n")).expect("a temporary file");
    format!("{name}=sh {}", file.display())
}

/// The verdict about a call beside Transom, and what came of it there.
fn beside_transom(name: &str, call: &str, script: &str) -> (Kind, Outcome) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let comparer = comparer(&["transom-zeal".to_owned(), fake(folder.path(), name, script)]);
    let wish = Wish::Invoke {
        name: call.to_owned(),
        arguments: Vec::new(),
    };
    let subject = subject(&echoes(), &wish).expect("it is valid");
    let compared = comparer.compare(subject).expect("temporary files");
    let outcome = compared.observed[1].steps[0].outcome.clone();
    (compared.verdict.kind, outcome)
}

#[test]
fn what_is_written_in_another_way_is_no_divergence_and_what_is_another_value_is_one() {
    let value = |text: &str| Outcome::Value(text.to_owned());
    for (call, answer, kind, outcome) in [
        ("echo9(1)", "echo 1.0", Kind::Agreement, value("1")),
        ("echo9(nan)", "echo nan", Kind::Agreement, value("nan")),
        ("echo9(-0)", "echo 0", Kind::Semantic, value("0")),
        ("echo6(7)", "echo 8", Kind::Semantic, value("8")),
        (
            "echo12(\"é\")",
            r#"echo '"\u{e9}"'"#,
            Kind::Agreement,
            value("\"é\""),
        ),
        (
            "echo21({run, read})",
            "echo '{ run, read }'",
            Kind::Agreement,
            value("{read, run}"),
        ),
        (
            "echo18({small: 1})",
            "echo '{maybe: none, small: 1}'",
            Kind::Agreement,
            value("{small: 1}"),
        ),
        (
            "echo18({small: 1})",
            "echo '{small: 1, maybe: some(false)}'",
            Kind::Semantic,
            value("{small: 1, maybe: some(false)}"),
        ),
        ("echo6(7)", "echo hello; echo 7", Kind::Agreement, value("7")),
        (
            "echo6(7)",
            "echo -1",
            Kind::Unclear,
            Outcome::Unknown("-1".to_owned()),
        ),
        (
            "echo6(7)",
            "kill -SEGV $$",
            Kind::Crash,
            Outcome::Crash("signal 11".to_owned()),
        ),
    ] {
        assert_eq!(
            beside_transom("wasmtime-fake", call, answer),
            (kind, outcome),
            "{call}: {answer}"
        );
    }
}

#[test]
fn engines_without_components_are_not_tested() {
    for name in ["wasmi-fake", "node-fake", "wasm-interp-fake"] {
        let (kind, outcome) = beside_transom(name, "echo6(7)", "echo 8");
        let why = "it does not take components".to_owned();
        assert_eq!(
            (kind, outcome),
            (Kind::Agreement, Outcome::Impossible(why)),
            "{name}"
        );
    }
}

#[test]
fn a_call_that_an_engine_cannot_be_asked_leaves_the_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let answer = r#"case "$*" in *echo0*) echo "Error: No exported func named"; exit 1;; *) echo 7;; esac"#;
    let comparer = comparer(&[
        "transom-zeal".to_owned(),
        fake(folder.path(), "wasmtime-fake", answer),
    ]);
    let all = subject(&echoes(), &Wish::AllExports { seed: 1 }).expect("it is valid");
    let Task::Functions(mut calls) = all.task.clone() else {
        panic!("{:?}", all.task)
    };
    calls.retain(|call| call.function == "echo0" || call.text.ends_with("(7)"));
    let seven = Wish::Invoke {
        name: "echo6(7)".to_owned(),
        arguments: Vec::new(),
    };
    let Task::Functions(more) = subject(&echoes(), &seven).expect("it is valid").task else {
        panic!("it is a function")
    };
    calls.extend(more);
    let task = Task::Functions(calls);
    let compared = comparer
        .compare(Subject { task, ..all })
        .expect("temporary files");
    assert_eq!(compared.verdict.kind, Kind::Agreement, "{compared}");
    let text = compared.to_string();
    for piece in [
        "      wasmtime-fake: not tested: its command line cannot name the function\n",
        "  echo6(7): returns 7\n",
        "\n  transom-zeal, wasmtime-fake 1.0\n",
    ] {
        assert!(text.contains(piece), "{piece}: {text}");
    }
}

#[test]
fn scripts_with_components_are_for_engines_that_take_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let list = [
        fake(folder.path(), "wasmtime-fake", "exit 0"),
        fake(folder.path(), "wasmi-fake", "exit 0"),
        fake(folder.path(), "node-fake", "exit 0"),
    ];
    for (text, tested) in [("(component)\n", 1), ("(module)\n", 3)] {
        let subject = subject(&Source::new("s.wast", text), &Wish::Natural).expect("a script");
        let compared = comparer(&list).compare(subject).expect("temporary files");
        assert_eq!(compared.asked(), tested, "{text}: {compared}");
    }
}

#[test]
fn a_gated_feature_is_lacking_and_no_divergence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let comparer = comparer(&[
        "transom-zeal".to_owned(),
        fake(folder.path(), "wasmtime-fake", "exit 0"),
    ]);
    let source = Source::new("gated.wat", "(component (type (list u8 4)))");
    let subject = subject(&source, &Wish::Natural).expect("text");
    assert_eq!(subject.task, Task::Instantiate);
    let compared = comparer.compare(subject).expect("temporary files");
    let feature = "component-model-fixed-length-lists".to_owned();
    assert_eq!(compared.needs, Some(vec![feature.clone()]));
    assert_eq!(
        compared.observed[0].steps[0].outcome,
        Outcome::Unsupported(feature),
        "{compared}"
    );
    assert_eq!(compared.verdict.kind, Kind::Feature);
}
