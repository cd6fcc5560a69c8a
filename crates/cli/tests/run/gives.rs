//! Modules to import from, folders, sockets, clocks; and the words of the command line.

use crate::{Folder, wasi};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn modules_are_preloaded_in_order() {
    let folder = Folder::new(&[
        (
            "one.wat",
            "(module (global $g (mut i32) (i32.const 0)) (func (export \"_initialize\") (global.set $g (i32.const 40))) (func (export \"get\") (result i32) (global.get $g)))",
        ),
        (
            "two.wat",
            "(module (import \"one\" \"get\" (func $get (result i32))) (func (export \"add\") (param i32) (result i32) (i32.add (call $get) (local.get 0))))",
        ),
        (
            "main.wat",
            "(module (import \"two\" \"add\" (func $add (param i32) (result i32))) (func (export \"run\") (param i32) (result i32) (call $add (local.get 0))))",
        ),
    ]);
    let run = |preloads: &[&str]| {
        let args = [&["run"], preloads, &["--invoke", "run", "main.wat", "2"]].concat();
        folder.transom(&args)
    };
    let done = run(&["--preload", "one=one.wat", "--preload", "two=two.wat"]);
    assert_eq!((done.code, done.out.as_str()), (0, "42\n"), "{}", done.err);
    let done = run(&["--preload", "two=two.wat"]);
    assert!(
        done.code == 1
            && done.err.contains("cannot link `two.wat`")
            && done.err.contains("--preload NAME=FILE"),
        "{}",
        done.err
    );
    let done = run(&["--preload", "two"]);
    assert!(
        done.code == 1 && done.err.contains("math=math.wasm"),
        "{}",
        done.err
    );
}

#[test]
fn a_type_that_does_not_fit_is_explained() {
    let folder = Folder::new(&[
        ("a.wat", "(module (func (export \"f\") (param i64)))"),
        (
            "b.wat",
            "(module (import \"a\" \"f\" (func (param i32))) (func (export \"_start\")))",
        ),
    ]);
    let done = folder.transom(&["run", "--preload", "a=a.wat", "b.wat"]);
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("b.wat") && done.err.contains("i32") && done.err.contains("i64"),
        "{}",
        done.err
    );
}

#[test]
fn a_read_only_folder_stays_as_it_is() {
    let open = |rights: u32, flags: u32| {
        wasi(
            &[
                (
                    "path_open",
                    "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)",
                ),
                ("proc_exit", "(param i32)"),
            ],
            &format!(
                "(i32.store8 (i32.const 1024) (i32.const 102)) (call $proc_exit (call $path_open (i32.const 3) \
                 (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const {flags}) (i64.const {rights}) (i64.const 0) \
                 (i32.const 0) (i32.const 0)))"
            ),
        )
    };
    let folder = Folder::new(&[("read.wat", &open(2, 0)), ("write.wat", &open(64, 1)), ("f", "x")]);
    assert_eq!(
        folder.transom(&["run", "--read-only-dir", ".", "read.wat"]).code,
        0
    );
    assert_eq!(
        folder.transom(&["run", "--read-only-dir", ".", "write.wat"]).code,
        76
    );
    assert_eq!(folder.transom(&["run", "--dir", ".", "write.wat"]).code, 0);
    assert!(folder.path("f").exists());
    let done = folder.transom(&["run", "--read-only-dir", "nowhere", "read.wat"]);
    assert!(
        done.code == 1 && done.err.contains("--read-only-dir nowhere: "),
        "{}",
        done.err
    );
}

#[test]
fn connections_are_accepted() {
    let text = wasi(
        &[
            ("sock_accept", "(param i32 i32 i32) (result i32)"),
            ("fd_read", "(param i32 i32 i32 i32) (result i32)"),
            ("fd_write", "(param i32 i32 i32 i32) (result i32)"),
            ("proc_exit", "(param i32)"),
        ],
        "(local $fd i32)
         (if (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 0)) (then (call $proc_exit (i32.const 9))))
         (local.set $fd (i32.load (i32.const 0)))
         (i32.store (i32.const 8) (i32.const 1024)) (i32.store (i32.const 12) (i32.const 100))
         (drop (call $fd_read (local.get $fd) (i32.const 8) (i32.const 1) (i32.const 4)))
         (i32.store (i32.const 12) (i32.load (i32.const 4)))
         (call $proc_exit (call $fd_write (local.get $fd) (i32.const 8) (i32.const 1) (i32.const 4)))",
    );
    let folder = Folder::new(&[("echo.wat", &text)]);
    // A port that is free now is most likely free a moment later, too.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("127.0.0.1:{port}");
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(["run", "--tcplisten", &address])
        .arg(folder.path("echo.wat"))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let mut connection = loop {
        match TcpStream::connect(&address) {
            Ok(connection) => break connection,
            Err(error) => assert!(start.elapsed() < Duration::from_secs(20), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    connection.write_all(b"hello").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert_eq!(
        (answer.as_str(), child.wait().unwrap().code()),
        ("hello", Some(0))
    );
    let done = folder.transom(&["run", "--tcplisten", "nowhere", "echo.wat"]);
    assert!(
        done.code == 1 && done.err.contains("--tcplisten nowhere: "),
        "{}",
        done.err
    );
}

#[test]
fn a_deterministic_run_is_the_same_again() {
    let text = wasi(
        &[
            ("clock_time_get", "(param i32 i64 i32) (result i32)"),
            ("random_get", "(param i32 i32) (result i32)"),
            ("fd_write", "(param i32 i32 i32 i32) (result i32)"),
        ],
        "(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 1024)))
         (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 1032)))
         (drop (call $random_get (i32.const 1040) (i32.const 16)))
         ;; Letters, since the test reads text.
         (local.set 0 (i32.const 1024))
         (loop (i32.store8 (local.get 0) (i32.add (i32.const 65) (i32.and (i32.load8_u (local.get 0)) (i32.const 15))))
           (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1056))))
         (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 32))
         (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))",
    );
    let folder = Folder::new(&[("now.wat", &text.replace("\"_start\")", "\"_start\") (local i32)"))]);
    let run = |option: &str| folder.transom(&["run", option, "now.wat"]).out;
    let first = run("--deterministic");
    assert_eq!(first.len(), 32);
    assert_eq!(run("--deterministic"), first);
    assert_eq!(run("--deterministic=0"), first);
    assert_ne!(run("--deterministic=7"), first);
}

#[test]
fn run_can_be_left_out_before_a_file() {
    let exit = wasi(&[("proc_exit", "(param i32)")], "(call $proc_exit (i32.const 7))");
    let folder = Folder::new(&[("seven.wat", &exit)]);
    assert_eq!(folder.transom(&["seven.wat"]).code, 7);
    let done = folder.transom(&["nowhere.wasm"]);
    assert!(
        done.code == 1 && done.err.contains("cannot read `nowhere.wasm`"),
        "{}",
        done.err
    );
    let done = folder.transom(&["nonsense"]);
    assert!(
        done.code == 1 && done.err.contains("unrecognized subcommand"),
        "{}",
        done.err
    );
}

#[test]
fn completions_are_printed() {
    let folder = Folder::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = folder.transom(&["completion", shell]);
        assert!(done.code == 0 && done.out.contains("max-gc-heap"), "{shell}");
    }
    assert_eq!(folder.transom(&["completion", "dosh"]).code, 1);
}

#[test]
fn a_backtrace_has_lines_of_the_source() {
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../transom/tests/symbols/programs/dwarf5.wasm"
    );
    let done = Folder::new(&[]).transom(&["run", "--invoke", "run", program, "9"]);
    assert_eq!(done.code, 134, "{done:?}");
    assert!(
        done.err.contains("stack.c:") && done.err.contains("stack.h:"),
        "{}",
        done.err
    );
}

#[test]
fn no_colour_without_a_terminal_or_against_the_users_will() {
    let folder = Folder::new(&[("f.wat", "(module")]);
    for env in [&[][..], &[("NO_COLOR", "1")], &[("CLICOLOR_FORCE", "0")]] {
        let done = folder.transom_with(&["run", "f.wat"], env);
        assert!(done.code == 1 && !done.err.contains('\x1b'), "{}", done.err);
    }
}
