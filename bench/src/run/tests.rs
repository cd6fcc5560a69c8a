//! Processes that answer, fail, hang, and talk.

use super::{reason, run};
use std::process::Command;
use std::time::{Duration, Instant};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn error(script: &str) -> String {
    match run(shell(script), Duration::from_secs(20)) {
        Ok(_) => panic!("{script} must fail"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn the_report_is_the_last_line() {
    let script = r#"echo hello; echo '{"compile":1,"calls":[{"seconds":[2.5],"results":[3]}],"peak":4}'"#;
    let run = run(shell(script), Duration::from_secs(20)).expect("it answers");
    assert_eq!((run.report.compile, run.report.peak), (1.0, 4));
    assert_eq!(
        (run.report.calls[0].values[0], run.report.calls[0].results[0]),
        (2.5, 3)
    );
}

#[test]
fn who_fails_says_why() {
    assert_eq!(error("echo 'Error: no such type' >&2; exit 1"), "no such type");
    assert_eq!(error("exit 7"), "exit status: 7");
    assert!(error("echo hello").starts_with("the last line of the process is not a report: hello"));
    assert_eq!(error("true"), "the process printed nothing");
    assert!(error("kill -9 $$").contains("signal: 9"));
}

#[test]
fn who_hangs_is_ended_with_all_that_it_started() {
    let start = Instant::now();
    let error = match run(shell("sleep 100 & sleep 100"), Duration::from_secs(1)) {
        Ok(_) => panic!("it hangs"),
        Err(error) => error.to_string(),
    };
    assert_eq!(error, "no result after 1 s");
    // Its pipes are held by what it has started.
    assert!(start.elapsed() < Duration::from_secs(50));
}

#[test]
fn an_error_is_told_with_its_causes() {
    let several = "Error: the module\n\nCaused by:\n    0: failed to compile\n    1: unsupported: gc\n";
    assert_eq!(
        reason(several, "exit status: 1"),
        "the module: failed to compile: unsupported: gc"
    );
    let one = "Error: the module\n\nCaused by:\n    unsupported: gc\n\nStack backtrace:\n   0: main\n";
    assert_eq!(reason(one, "exit status: 1"), "the module: unsupported: gc");
    let script =
        "file.mjs:18\n  throw new Error(\"no fuel\");\n  ^\n\nError: no fuel\n    at program (file.mjs:18)\n";
    assert_eq!(reason(script, "exit status: 1"), "no fuel");
    let panic = "\nthread 'main' (7) panicked at src/x.rs:1:2:\nnot yet implemented\nnote: run with\n";
    assert_eq!(reason(panic, "exit status: 101"), "not yet implemented");
}
