//! Engines that hang, crash, flood or lie: whatever they do, the comparison ends, and blames who is to blame.

use std::path::Path;
use std::time::{Duration, Instant};
use transom_compare::process::Bounds;
use transom_compare::{Comparer, Comparison, Kind, Limit, Outcome, Step, Subject, Task, engines};
use transom_inspect::Source;

/// What every step may take.
const BOUNDS: Bounds = Bounds {
    time: Duration::from_millis(450),
    output: 1 << 16,
};

/// Nobody waits longer than this for one engine and one step, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(4);

/// An engine of a list: a shell script that tells its version, and then does as it likes.
fn fake(folder: &Path, name: &str, script: &str) -> String {
    let file = folder.join(format!("{name}.sh"));
    let version = r#"case "$*" in *--version) echo "fake 1.0"; exit;; esac"#;
    std::fs::write(&file, format!("{version}\n{script}\n")).expect("a temporary file");
    // A script that was just written may still be busy, but not the shell.
    format!("{name}=sh {}", file.display())
}

/// Calls of a module whose exports `f` and `g` return 5 and 6.
fn subject(calls: &[&str]) -> Subject {
    let text = r#"(module (func (export "f") (result i64) (i64.const 5))
                          (func (export "g") (result i64) (i64.const 6)))"#;
    Subject {
        name: "case.wasm".to_owned(),
        bytes: Source::new("case", text).binary().expect("text").into_owned(),
        task: Task::Calls(calls.iter().map(ToString::to_string).collect()),
        labels: Vec::new(),
        notes: Vec::new(),
    }
}

fn comparer(list: &[String]) -> Comparer {
    // Versions are told without haste, unless a test is about them.
    let found = engines(list, None, Bounds::default()).expect("they are all there");
    Comparer::new(found.found, BOUNDS, false).expect("temporary files")
}

/// What came of a call of `f`, and the verdict, beside Transom.
fn beside_transom(name: &str, script: &str) -> (Outcome, Kind, Comparison) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let comparer = comparer(&[
        "transom-unoptimised".to_owned(),
        fake(folder.path(), name, script),
    ]);
    let start = Instant::now();
    let compared = comparer.compare(subject(&["f"])).expect("temporary files");
    assert!(start.elapsed() < PATIENCE, "{script}: {:?}", start.elapsed());
    let outcome = compared.observed[1].steps[0].outcome.clone();
    (outcome, compared.verdict.kind, compared)
}

fn results(value: i64) -> Outcome {
    Outcome::Results(vec![value])
}

#[test]
fn commands_that_end_in_all_ways() {
    let crash = |signal: i32| Outcome::Crash(format!("signal {signal}"));
    let says = |what: &str| Outcome::Unknown(what.to_owned());
    let time = Outcome::Limit(Limit::Time);
    for (script, expected, kind) in [
        ("sleep 60", time.clone(), Kind::Limit),
        (
            "trap '' TERM INT HUP; while :; do sleep 60; done",
            time.clone(),
            Kind::Limit,
        ),
        ("exec >&- 2>&-; sleep 60", time.clone(), Kind::Limit),
        ("echo 5; sleep 60", time.clone(), Kind::Limit),
        ("yes 5", time, Kind::Limit),
        ("kill -SEGV $$", crash(11), Kind::Crash),
        ("echo 5; kill -ABRT $$", crash(6), Kind::Crash),
        (
            "echo 'integer overflow' >&2; kill -SEGV $$",
            crash(11),
            Kind::Crash,
        ),
        ("sh -c 'kill -SEGV $$'; exit $?", crash(11), Kind::Crash),
        ("exec >&- 2>&-; exit 0", Outcome::Results(vec![]), Kind::Unclear),
        ("exit 3", says("no output, exit code 3"), Kind::Unclear),
        ("printf '5'; exit 1", says("5"), Kind::Unclear),
        ("echo 'return'", says("return"), Kind::Unclear),
        (
            r"printf '\377\000\033[2Jx\376'",
            says(r"\xff�x\xfe"),
            Kind::Unclear,
        ),
        ("sleep 60 & echo 7", results(7), Kind::Semantic),
        ("setsid sleep 3 & echo 7", results(7), Kind::Semantic),
        (
            "echo 'warning: integer overflow' >&2; echo 7",
            results(7),
            Kind::Semantic,
        ),
    ] {
        let (outcome, found, compared) = beside_transom("wasmi-fake", script);
        assert_eq!(outcome, expected, "{script}");
        assert_eq!(found, kind, "{script}: {compared}");
    }
    let (outcome, found, _) = beside_transom("wasmi-fake", "echo 5");
    assert_eq!((outcome, found), (results(5), Kind::Agreement));
}

#[test]
fn floods_are_cut_off() {
    // Of a flood of numbers nobody can say that it is what was returned.
    for script in [
        "yes 5 | head -c 100000000",
        "head -c 100000000 /dev/zero; exit 1",
        "head -c 100000000 /dev/zero >&2; exit 1",
    ] {
        let (outcome, found, _) = beside_transom("wasmi-fake", script);
        let bounded = |outcome: &Outcome| match outcome {
            Outcome::Unknown(what) => what.chars().count() <= 300 && !what.contains(char::is_control),
            outcome => *outcome == Outcome::Limit(Limit::Time),
        };
        assert!(bounded(&outcome), "{script}: {outcome:?}");
        assert!(matches!(found, Kind::Unclear | Kind::Limit), "{script}");
    }
}

#[test]
fn engines_that_tell_no_version_are_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = |script: &str| {
        let file = folder.path().join("engine.sh");
        std::fs::write(&file, script).expect("a temporary file");
        let list = [format!("wasmi-fake=sh {}", file.display())];
        let start = Instant::now();
        let error = engines(&list, None, BOUNDS).err().expect("it tells no version");
        assert!(start.elapsed() < PATIENCE && error.remedy.is_some(), "{script}");
        error.message
    };
    assert!(wrong("sleep 60").contains("--version` did not print a version within 450ms"));
    assert!(wrong("kill -SEGV $$").contains("ended with signal 11"));
    assert!(wrong("echo unknown option >&2; exit 2").contains("did not print a version, and exited with 2"));
    // Its file is there, but nobody may start it; nor a folder.
    for path in [folder.path().join("engine.sh"), folder.path().to_owned()] {
        let list = [format!("wasmi-fake={}", path.display())];
        let error = engines(&list, None, BOUNDS).err().expect("it can't be started");
        assert!(
            error.message.contains("cannot start") && error.message.contains("Permission denied"),
            "{error}"
        );
    }
}

#[test]
fn what_an_engine_makes_of_everything_says_nothing_about_features() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let comparer = comparer(&[
        "transom-unoptimised".to_owned(),
        fake(folder.path(), "wasmi-fake", "echo nonsense"),
        // It answers what it has not refused by the name of a feature's module.
        fake(
            folder.path(),
            "wasmi-old",
            "case $4 in *simd*) echo error: no such thing; exit 1;; *) echo 1;; esac",
        ),
    ]);
    let text = r#"(module (func (export "f") (result i64) (i64x2.extract_lane 0 (v128.const i64x2 1 1))))"#;
    let compared = comparer.compare(Subject {
        bytes: Source::new("case", text).binary().expect("text").into_owned(),
        ..subject(&["f"])
    });
    let compared = compared.expect("temporary files");
    assert_eq!(compared.verdict.kind, Kind::Unclear, "{compared}");
    assert_eq!(
        compared.observed[1].steps[0].outcome,
        Outcome::Unknown("nonsense".into())
    );
}

/// An engine of JavaScript that answers as it should, but for the second call of the third module.
fn runner(wrong: &str) -> String {
    format!(
        r#"for out; do jobs=$last; last=$out; done
tr '{{' '\n' < $jobs | grep '"file"' | while read -r job; do
  for call in f g; do
    case $call$job in
      g*/2/case.wasm*'"g"'*) {wrong} ;;
      f*'"f"'*) echo '{{"phase":"execute","results":["5"]}}' >> $out ;;
      g*'"g"'*) echo '{{"phase":"execute","results":["6"]}}' >> $out ;;
    esac
  done
done
exit $?"#
    )
}

fn five(script: &str) -> Vec<Comparison> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let comparer = comparer(&[
        "transom-unoptimised".to_owned(),
        fake(folder.path(), "node-fake", script),
    ]);
    let start = Instant::now();
    let compared = comparer
        .compare_all(vec![subject(&["f", "g"]); 5])
        .expect("temporary files");
    assert!(start.elapsed() < PATIENCE, "{script}: {:?}", start.elapsed());
    compared
}

#[test]
fn of_many_jobs_only_the_one_that_ends_the_engine_is_blamed() {
    let says = |what: &str| Outcome::Unknown(what.to_owned());
    for (wrong, expected, kind) in [
        (
            "kill -SEGV $$; sleep 60",
            Outcome::Crash("signal 11".into()),
            Kind::Crash,
        ),
        ("sleep 60", Outcome::Limit(Limit::Time), Kind::Limit),
        (
            "kill $$; sleep 60",
            Outcome::Crash("signal 15".into()),
            Kind::Crash,
        ),
        (
            r#"printf '{"phase":"exec' >> $out; kill -KILL $$; sleep 60"#,
            Outcome::Crash("signal 9".into()),
            Kind::Crash,
        ),
        (
            r#"printf '{"phase":"exec' >> $out; exit 0"#,
            says("no output, exit code 0"),
            Kind::Unclear,
        ),
        (
            "echo hello >> $out",
            says("no output, exit code 0"),
            Kind::Unclear,
        ),
        (
            r#"echo '{"phase":"nowhere"}' >> $out"#,
            says("no output, exit code 0"),
            Kind::Unclear,
        ),
        (
            r#"echo '{"phase":"execute"}' >> $out"#,
            says("no results and no error"),
            Kind::Unclear,
        ),
        (
            r#"echo '{"phase":"execute","results":["x"]}' >> $out"#,
            says("x"),
            Kind::Unclear,
        ),
        ("echo panic >&2; exit 7", says("panic"), Kind::Unclear),
    ] {
        let compared = five(&runner(wrong));
        for (index, comparison) in compared.iter().enumerate() {
            let steps = &comparison.observed[1].steps;
            let second = if index == 2 { expected.clone() } else { results(6) };
            let outcomes = steps.iter().map(|step: &Step| step.outcome.clone());
            assert_eq!(
                outcomes.collect::<Vec<_>>(),
                [results(5), second],
                "{wrong}: {index}"
            );
            let found = (
                comparison.verdict.kind,
                comparison.verdict.at.as_ref().map(|(at, _)| *at),
            );
            let expected = if index == 2 {
                (kind, Some(1))
            } else {
                (Kind::Agreement, Some(0))
            };
            assert_eq!(found, expected, "{wrong}: {comparison}");
        }
    }
}

#[test]
fn programs_end_as_runners_say_and_not_as_they_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let of = |script: &str| {
        let list = [fake(folder.path(), "node-fake", script)];
        let program = Subject {
            task: Task::Program(Vec::new()),
            ..subject(&[])
        };
        let compared = comparer(&list).compare(program).expect("temporary files");
        compared.observed[0].steps[0].outcome.clone()
    };
    let says = "for out; do :; done; echo '{\"phase\":\"execute\",\"exit\":3}' > $out";
    let exit = |stdout: &str| Outcome::Exit {
        code: 3,
        stdout: stdout.to_owned(),
    };
    assert_eq!(of(&format!("{says}; exit 3")), exit("none"));
    let Outcome::Exit { code: 3, stdout } = of(&format!("echo integer overflow; {says}; exit 0")) else {
        panic!("it exits with 3");
    };
    assert!(stdout.starts_with("17 bytes "), "{stdout}");
    let says = |what: &str| Outcome::Unknown(what.to_owned());
    assert_eq!(of("exit 3"), says("no output, exit code 3"));
}

#[test]
fn runners_that_say_nothing_or_too_much() {
    let kinds = |script: &str| {
        let compared = five(script);
        compared
            .iter()
            .map(|comparison| comparison.verdict.kind)
            .collect::<Vec<_>>()
    };
    let more = runner("echo '{\"phase\":\"execute\",\"results\":[\"6\"]}' >> $out")
        + "\nfor i in 1 2 3 4 5 6 7; do echo '{\"phase\":\"execute\",\"results\":[\"9\"]}' >> $out; done";
    assert_eq!(kinds(&more.replace("exit $?", "")), [Kind::Agreement; 5]);
    for script in [
        "exit 0",
        "echo 5",
        "for out; do :; done; printf '\\377\\n\\n[]' > $out",
        // It takes what it is to answer to away.
        "for out; do :; done; rm $out; exit 0",
    ] {
        let found = kinds(script);
        assert!(
            found.iter().all(|kind| *kind == Kind::Unclear),
            "{script}: {found:?}"
        );
    }
}
