//! Modules that can be read only once: from a FIFO, from standard input by each of its names.

use crate::{Done, Folder};
use std::io::Write;
use std::process::{Command, Stdio};

const MODULE: &str = r#"(module
  (func (export "_start"))
  (func (export "f") (result i32) (i32.const 7)))"#;

/// Runs the command with the module as its standard input.
fn with_input(folder: &Folder, args: &[&str]) -> Done {
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(args)
        .current_dir(folder.path("."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(MODULE.as_bytes());
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs the command while the module is written to the FIFO `fifo`, once.
fn with_fifo(folder: &Folder, args: &[&str]) -> Done {
    let path = folder.path("fifo");
    let _ = std::fs::remove_file(&path);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut writer = Command::new("sh")
        .args(["-c", &format!("printf %s '{MODULE}' > fifo")])
        .current_dir(folder.path("."))
        .spawn()
        .unwrap();
    let done = folder.transom(args);
    // The writer waits for ever for a reader that never came.
    let _ = writer.kill();
    writer.wait().unwrap();
    done
}

#[test]
fn a_program_comes_through_a_pipe() {
    let folder = Folder::new(&[(
        "main.wat",
        "(module (import \"p\" \"f\" (func (result i32))) (func (export \"_start\")))",
    )]);
    for args in [
        &["run", "FILE"][..],
        &["FILE"],
        &["run", "--preload", "p=FILE", "main.wat"],
    ] {
        let named = |file: &str| {
            args.iter()
                .map(|word| word.replace("FILE", file))
                .collect::<Vec<_>>()
        };
        let words = named("fifo");
        let words = words.iter().map(String::as_str).collect::<Vec<_>>();
        let done = with_fifo(&folder, &words);
        assert_eq!((done.code, &*done.err), (0, ""), "{words:?}");
        for input in ["-", "/dev/stdin", "/dev/fd/0"] {
            let words = named(input);
            let words = words.iter().map(String::as_str).collect::<Vec<_>>();
            let done = with_input(&folder, &words);
            assert_eq!((done.code, &*done.err), (0, ""), "{words:?}");
        }
    }
}

#[test]
fn every_command_reads_a_pipe() {
    let folder = Folder::new(&[]);
    for args in [
        &["validate", "fifo"][..],
        &["validate", "--needs", "fifo"],
        &["inspect", "fifo"],
        &["objdump", "fifo"],
        &["link", "a=fifo"],
        &["roundtrip", "fifo"],
        &["parse", "fifo"],
        &["print", "fifo"],
        &["stats", "fifo"],
        &["strip", "fifo"],
        &["wast", "fifo"],
        &["compare", "--engines", "transom", "--invoke", "f", "fifo"],
        &["reduce", "--keep", "true", "fifo"],
        &["bisect", "--invoke", "f", "fifo"],
    ] {
        let done = with_fifo(&folder, args);
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
    }
}

/// Each run of `bisect` is a process that reads the module.
#[test]
fn a_module_from_a_pipe_is_bisected() {
    let folder = Folder::new(&[(
        "main.wat",
        "(module (import \"p\" \"f\" (func (result i32))) (export \"g\" (func 0)))",
    )]);
    for args in [
        &["bisect", "--invoke", "f", "-"][..],
        &["bisect", "--invoke", "f", "/dev/stdin"],
        &["bisect", "--preload", "p=-", "--invoke", "g", "main.wat"],
        &["bisect", "--preload=p=/dev/stdin", "--invoke", "g", "main.wat"],
    ] {
        let done = with_input(&folder, args);
        assert!(
            done.code == 0 && done.out.contains("both runs end alike\n  exit code 0\n"),
            "{args:?}: {done:?}"
        );
    }
}
