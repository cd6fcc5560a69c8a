//! How programs end, and what becomes of their streams when those are closed, full, or somebody else's.

use crate::case::{Case, check};
use crate::native::skipped;
use std::process::Command;
use tempfile::tempdir;

#[test]
fn exit() {
    check("exit", "exec exit 42");
}

#[test]
fn ways_to_end() {
    let script = "
        for how in 'falling off' return exit _Exit '_exit after flushing' many minus most; do
            endings \"$how\"; echo \"[$?]\"
        done";
    check("endings", script);
}

/// What is said about it is the shell's own natively, and a backtrace here.
#[test]
fn abort() {
    check("abort", "exec 2>/dev/null; exec abort");
}

/// The text is the C library's own.
#[test]
fn assert() {
    check("assert", "exec 2>/dev/null; exec assert 1 2");
}

#[test]
fn closed_stdin() {
    check("closed-stdin", "input <&-; wc <&-");
}

#[test]
fn empty_stdin() {
    check("empty-stdin", ">empty; input <empty; : | input; wc </dev/null");
}

#[test]
fn stdin_is_a_file() {
    check(
        "stdin-is-a-file",
        "printf '%05d' 1 22 333 >file; input <file; { wc; wc; } <file",
    );
}

#[test]
fn stdin_is_a_pipe() {
    check("stdin-is-a-pipe", "yes line 50000 | input; printf x | input");
}

#[test]
fn closed_stdout() {
    check(
        "closed-stdout",
        "output >&-; hello >&- 2>&-; echo \"[$?]\"; yes y 100 >&-; echo \"[$?]\"",
    );
}

/// A program that writes for ever ends with its reader, as one that `SIGPIPE` has ended, and nothing is said about it.
#[test]
fn closed_early() {
    let script = "
        { yes; echo \"[$?]\" >&2; } | head -n 1
        { yes 'and more' 1000000; echo \"[$?]\" >&2; } | :
        yes | yes done 2";
    check("closed-early", script);
}

#[test]
fn full_stdout() {
    check(
        "full-stdout",
        "output large >/dev/full; yes >/dev/full; echo \"[$?]\"; hello >/dev/full; echo \"[$?]\"",
    );
}

#[test]
fn full_device() {
    Case {
        name: "full-device",
        // The native program sees the same folder by a link.
        script: "ln -s /dev dev; exec full dev/full",
        options: "--dir /dev::dev",
        ..Case::default()
    }
    .check();
}

/// A pipe with a name in the folder, and devices.
#[test]
fn special_files() {
    Case {
        name: "special-files",
        script: "ln -s /dev dev; mkfifo pipe; special pipe dev/null dev/zero; wc <dev/null",
        options: "--dir /dev::dev",
        ..Case::default()
    }
    .check();
}

/// A terminal is known for one, and what is typed comes in.
#[test]
fn terminal() {
    let there = Command::new("script")
        .args(["-qec", "true", "/dev/null"])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        return skipped("terminals: there is no `script` to make one");
    }
    check(
        "terminal",
        "{ sleep 1; echo Ada; sleep 1; } | script -qec 'stty -echo; terminal' /dev/null; echo \"[$?]\"",
    );
}

/// Signals that end a process end the program that it runs, while it waits and while it computes.
#[test]
fn ended_by_signals() {
    let script = "
        mkfifo pipe; exec 9<>pipe
        for signal in TERM HUP KILL ABRT; do
            prompt <pipe >out 2>/dev/null & sleep 0.5; kill -$signal $!; wait $! 2>/dev/null; echo \"$signal: $?\"
            yes >/dev/null 2>&1 & sleep 0.5; kill -$signal $!; wait $! 2>/dev/null; echo \"$signal: $?\"
        done
        rm pipe out";
    check("ended-by-signals", script);
}

#[test]
fn full_disk() {
    let dir = tempdir().unwrap();
    let mounted = Command::new("unshare")
        .args(["-m", "mount", "-t", "tmpfs", "none"])
        .arg(dir.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return skipped("a full disk: file systems can't be mounted here");
    }
    let script = "
        mkdir small
        exec unshare -m sh -c 'mount -t tmpfs -o size=1m none small; full small/file; output large >small/out; yes >small/more; echo \"[$?]\"; rm small/*; full small/file'";
    check("full-disk", script);
}

#[test]
fn stdout_is_a_file() {
    let script = "
        output seek >file 2>errors; cat file errors
        output seek >>file 2>>errors; cat file errors
        { output; output seek; } >both 2>&1; cat both
        output 1<>both 2>/dev/null; cat both
        rm file errors both";
    check("stdout-is-a-file", script);
}

#[test]
fn large_output() {
    check(
        "large-output",
        "yes 'some text' 300000 | input; yes longer 200000 >file",
    );
}
