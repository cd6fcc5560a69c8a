//! `--debug-info`, with the debugger that it is for. The programs are built by `debugger/build.sh`.

use crate::Folder;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder with the programs and their sources.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run/debugger")
}

/// What gdb prints for commands while it runs the command with a program; `None` if there is no gdb.
fn gdb(args: &[&str], commands: &[&str]) -> Option<String> {
    if !matches!(Command::new("gdb").arg("--version").output(), Ok(output) if output.status.success()) {
        eprintln!("NOT TESTED: there is no gdb; try: apt-get install gdb");
        return None;
    }
    let folder = sources();
    let substitute = format!("set substitute-path /src {}", folder.display());
    let first = [
        "set pagination off",
        "set confirm off",
        "set width 0",
        "set style enabled off",
        "set debuginfod enabled off",
        "set breakpoint pending on",
        "handle SIGSEGV nostop noprint pass",
        &substitute,
    ];
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-q", "-batch"]).current_dir(&folder);
    for command in first.iter().chain(commands) {
        gdb.args(["-ex", command]);
    }
    let child = gdb
        .args(["--args", env!("CARGO_BIN_EXE_transom"), "run"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if text.contains("Could not trace the inferior process") {
        eprintln!("NOT TESTED: gdb may not trace processes here; try: docker run --cap-add=SYS_PTRACE");
        return None;
    }
    Some(text)
}

/// Fails unless the texts are in the output, one after the other.
#[track_caller]
fn in_order(output: &str, texts: &[&str]) {
    let mut rest = output;
    for text in texts {
        let Some(at) = rest.find(text) else {
            panic!("no `{text}` where it is expected in:\n{output}");
        };
        rest = &rest[at + text.len()..];
    }
}

const RUN_LIST: [&str; 5] = ["-D", "debug-info", "--invoke", "run", "list.wasm"];

#[test]
fn a_program_stops_at_a_line_and_goes_on_by_lines() {
    let args = [&RUN_LIST[..], &["5"]].concat();
    let commands = [
        "break list.c:16",
        "run",
        "backtrace 4",
        "list 15,15",
        "next",
        "next",
        "next",
        "info line",
        "step",
        "step",
        "finish",
        "delete",
        "break twice",
        "continue",
        "delete",
        "continue",
    ];
    let Some(output) = gdb(&args, &commands) else {
        return;
    };
    in_order(
        &output,
        &[
            "hit Breakpoint 1, add (sum=0, node=",
            ") at /src/list.c:16",
            "#0  add (sum=0, node=",
            "#1  0x",
            " in walk (first=",
            "at /src/list.c:24",
            "#2  0x",
            " in run (count=5) at /src/list.c:36",
            "#3  0x",
            " in transom::enter(i32) -> (i32) ()",
            "15\tstatic int add(int sum, const struct node *node) {",
            "17\t    return result;",
            // Behind the last line, in the caller.
            "walk (first=",
            "at /src/list.c:22",
            "23\t        int before = sum;",
            "Line 23 of \"/src/list.c\" starts at address 0x",
            "<walk+",
            "24\t        sum = add(before, node);",
            "add (sum=5, node=",
            "in walk (first=",
            "24\t        sum = add(before, node);",
            "twice (value=18) at /src/list.c:12",
            "38\n",
            "exited normally",
        ],
    );
}

#[test]
fn variables_of_c_are_shown() {
    let args = [&RUN_LIST[..], &["5"]].concat();
    let commands = [
        "break list.c:17 if sum > 0",
        "run",
        "info args",
        "info locals",
        "print node->value",
        "print *node->next",
        "print node->next->next",
        "up",
        "info locals",
        "print *first",
        "up",
        "print name",
        "print name[2]",
        "print half",
        "print nodes",
        "print names[0]",
        "x/s &wasm_memory[names[0]]",
        "set var count = 100",
        "print count",
        "print twice(1)",
        "print total",
    ];
    let Some(output) = gdb(&args, &commands) else {
        return;
    };
    in_order(
        &output,
        &[
            "hit Breakpoint 1, add (sum=5, node=0x",
            "sum = 5",
            "result = 11",
            "$1 = 6",
            "$2 = {value = 7, next = 0x0}",
            "$3 = (struct node *) 0x0",
            "before = 5",
            "node = 0x",
            "sum = 5",
            "$4 = {value = 5, next = 0x",
            "$5 = 0x",
            " \"one\"",
            "$6 = 101 'e'",
            "$7 = 2.5",
            "$8 = {{value = 5, next = 0x",
            "{value = 7, next = 0x0}}",
            "$9 = 0x",
            ":\t\"zero\"",
            "$10 = 100",
            "$11 = 0",
        ],
    );
    assert!(
        output.contains("does not follow the target calling convention"),
        "{output}"
    );
}

#[test]
fn objects_of_cpp_are_shown() {
    let args = ["--debug-info", "--invoke", "run", "shapes.wasm", "4"];
    let commands = [
        "break geometry::Square::area",
        "run",
        "print *this",
        "print side",
        "print id",
        "up",
        "next",
        "next",
        "info args",
        "print first",
        "print second->id",
        "print out + 1",
        "up",
        "print square",
        "print box",
    ];
    let Some(output) = gdb(&args, &commands) else {
        return;
    };
    in_order(
        &output,
        &[
            "hit Breakpoint 1, geometry::Square::area (this=0x",
            "$1 = {<geometry::Shape> = {_vptr$Shape = 0x",
            ", id = 7}, side = 4}",
            "$2 = 4",
            "$3 = 7",
            "in geometry::total (first=...",
            "first = {_vptr$Shape = 0x",
            "$4 = {_vptr$Shape = 0x",
            "$5 = 7",
            "$6 = 33",
            "$7 = {<geometry::Shape>",
            "$8 = {content = 3}",
        ],
    );
}

#[test]
fn optimised_code_has_lines_and_functions() {
    for args in [
        &[
            "-O",
            "compiler=optimized",
            "--debug-info",
            "--invoke",
            "run",
            "list.wasm",
            "5",
        ][..],
        &["--debug-info", "--invoke", "run", "list-optimised.wasm", "5"],
    ] {
        let Some(output) = gdb(
            args,
            &["break list.c:16", "run", "backtrace", "delete", "continue"],
        ) else {
            return;
        };
        in_order(
            &output,
            &[
                "hit Breakpoint 1, add (",
                "list.c:16",
                "#1  0x",
                "in walk (",
                "in run (",
                "in transom::enter(i32) -> (i32) ()",
                "main",
                "38\n",
                "exited normally",
            ],
        );
    }
}

#[test]
fn traps_are_signals_that_the_program_gets() {
    let args = ["--debug-info", "--invoke", "fail", "list.wasm", "5"];
    let commands = ["handle SIGSEGV stop print pass", "run", "backtrace 2", "continue"];
    let Some(output) = gdb(&args, &commands) else {
        return;
    };
    in_order(
        &output,
        &[
            "received signal SIGSEGV",
            "fail (count=5) at /src/list.c:42",
            "in fail (count=5)",
            "in transom::enter",
            "exited with code 0206",
        ],
    );
    assert!(output.contains("out of bounds memory access"), "{output}");
}

#[test]
fn without_a_debugger_programs_do_the_same() {
    let folder = Folder::new(&[]);
    for program in ["list.wasm", "list-optimised.wasm", "shapes.wasm"] {
        let program = sources().join(program);
        let run = |options: &[&str]| {
            let program = program.to_str().unwrap();
            let args = [&["run"], options, &["--invoke", "run", program, "5"]].concat();
            let done = folder.transom(&args);
            assert_eq!(done.code, 0, "{}", done.err);
            done.out
        };
        assert_eq!(run(&["--debug-info"]), run(&[]));
        assert_eq!(run(&["-O", "compiler=optimized", "--debug-info"]), run(&[]));
        assert_eq!(run(&["-D", "debug-info=n"]), run(&[]));
    }
}
