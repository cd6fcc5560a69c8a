//! Messages about input that is wrong: what is wrong, where, and what to do.

use crate::{Folder, wasi};

#[test]
fn errors_of_texts_show_the_line() {
    let long = format!(
        "(module (func $f (result i32) {}\n  i64.const 1))",
        "(drop (i32.const 1)) ".repeat(100)
    );
    let folder = Folder::new(&[
        ("syntax.wat", "(module\n\t(func (;ä;) (fun))\n)"),
        ("name.wat", "(module\n  (func $f\n    call $nope))"),
        ("type.wat", "(module\n  (func $f (result i32)\n    i64.const 1))"),
        ("long.wat", &long.replace('\n', " ")),
        ("script.wast", "(module)\n(nonsense)"),
    ]);
    for (args, expected) in [
        (
            &["validate", "syntax.wat"][..],
            "error: syntax.wat:2:15: unknown operator or unexpected token\n 2 |  (func (;ä;) (fun))\n   |               ^\n",
        ),
        (
            &["print", "name.wat"],
            "error: name.wat:3:10: unknown func: failed to find name `$nope`\n 3 |     call $nope))\n   |          ^\n",
        ),
        (
            &["run", "type.wat"],
            "error: type.wat:3:5: type mismatch: expected i32, found i64 (function 0 `f`, instruction `end`)\n 3 |     i64.const 1))\n   |     ^\n",
        ),
        (
            &["compare", "--engines", "transom", "syntax.wat"],
            "\n   |               ^\n",
        ),
        (&["wast", "script.wast"], "\n 2 | (nonsense)\n   |  ^\n"),
    ] {
        let done = folder.transom(args);
        assert!(
            done.code != 0 && done.err.contains(expected),
            "{args:?}: {}",
            done.err
        );
    }
    let done = folder.transom(&["validate", "long.wat"]);
    let lines = done
        .err
        .lines()
        .map(|line| line.chars().count())
        .collect::<Vec<_>>();
    assert!(lines[1] < 200 && lines[2] < lines[1], "{}", done.err);
}

#[test]
fn errors_of_binaries_name_the_function_and_the_instruction() {
    let text = r#"(module (import "a" "b" (func)) (func) (func $"f\n" (result i32) (i64.const 1)))"#;
    let folder = Folder::new(&[("type.wat", text)]);
    assert_eq!(folder.transom(&["parse", "type.wat", "-o", "type.wasm"]).code, 0);
    let whole = std::fs::read(folder.path("type.wasm")).unwrap();
    for command in ["run", "validate", "inspect"] {
        let done = folder.transom(&[command, "type.wasm"]);
        let expected = ": type mismatch: expected i32, found i64 (function 2 `f\\n`, instruction `end`)\n";
        assert!(
            done.code == 1 && done.err.contains("error: type.wasm:offset 0x"),
            "{}",
            done.err
        );
        assert!(done.err.contains(expected), "{}", done.err);
    }
    // An instruction that there is not.
    let at = whole.windows(2).position(|bytes| bytes == [0x42, 1]).unwrap();
    let mut bad = whole;
    bad[at] = 0xff;
    std::fs::write(folder.path("bad.wasm"), bad).unwrap();
    let done = folder.transom(&["validate", "bad.wasm"]);
    assert!(
        done.err.contains(&format!(
            "offset {at:#x}: illegal opcode: 0xff (function 2 `f\\n`)"
        )),
        "{}",
        done.err
    );
}

#[test]
fn headers_are_told_apart() {
    let folder = Folder::new(&[("empty.wasm", ""), ("empty.wat", ""), ("blank.wat", " \n")]);
    let binaries: [(&str, &[u8]); 6] = [
        ("two.wasm", b"\0asm\x02\0\0\0"),
        ("component.wasm", b"\0asm\x0d\0\x01\0"),
        ("old-component.wasm", b"\0asm\x0a\0\x01\0"),
        ("three.wasm", b"\0as"),
        ("six.wasm", b"\0asm\x01\0"),
        ("noise.wasm", b"\x7fELF\xff\0\0\0"),
    ];
    for (name, bytes) in binaries {
        std::fs::write(folder.path(name), bytes).unwrap();
    }
    for (name, expected) in [
        ("empty.wasm", "empty.wasm: the file is empty"),
        ("empty.wat", "empty.wat: the file is empty"),
        ("blank.wat", "blank.wat:2:1: expected at least one module field"),
        (
            "two.wasm",
            "two.wasm:offset 0x4: the binary has version 2 of the format; transom reads version 1\ntry:",
        ),
        ("component.wasm", ""),
        (
            "old-component.wasm",
            "old-component.wasm:offset 0x4: the component has version 10 of the format; transom reads version 13\ntry:",
        ),
        (
            "three.wasm",
            "the file is truncated: it has 3 bytes, and the header of a module has 8",
        ),
        (
            "six.wasm",
            "the file is truncated: it has 6 bytes, and the header of a module has 8",
        ),
        ("noise.wasm", "the file is neither a module nor text"),
    ] {
        for command in [
            "run", "validate", "print", "objdump", "inspect", "stats", "strip", "parse",
        ] {
            let done = folder.transom(&[command, name]);
            let expected = match (name, command) {
                ("component.wasm", "run") => {
                    "nothing to run: `component.wasm` does not export `wasi:cli/run`, so it is not a program\n"
                }
                ("component.wasm", _) => {
                    assert_eq!(done.code, 0, "{command}: {}", done.err);
                    continue;
                }
                _ => expected,
            };
            assert!(
                done.code == 1 && done.err.contains(expected),
                "{command} {name}: {}",
                done.err
            );
        }
    }
}

#[test]
fn the_last_value_of_a_variable_counts() {
    let text = wasi(
        &[
            ("environ_sizes_get", "(param i32 i32) (result i32)"),
            ("environ_get", "(param i32 i32) (result i32)"),
            ("fd_write", "(param i32 i32 i32 i32) (result i32)"),
        ],
        "(drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
         (drop (call $environ_get (i32.const 16) (i32.const 1024)))
         (i32.store (i32.const 8) (i32.const 1024)) (i32.store (i32.const 12) (i32.load (i32.const 4)))
         (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 100)))",
    );
    let folder = Folder::new(&[("env.wat", &text)]);
    let done = folder.transom(&[
        "run", "--env", "A=1", "--env", "B=2", "--env", "A=3=", "--env", "C=", "env.wat",
    ]);
    assert_eq!((done.code, &*done.out), (0, "A=3=\0B=2\0C=\0"));
    let done = folder.transom_with(
        &["run", "--env", "A=1", "--env", "A", "env.wat"],
        &[("A", "host")],
    );
    assert_eq!(done.out, "A=host\0");
    for setting in ["=1", ""] {
        let done = folder.transom(&["run", "--env", setting, "env.wat"]);
        let expected =
            format!("error: --env {setting}: the name is empty\ntry: set a value: --env NAME=VALUE\n");
        assert_eq!((done.code, done.err), (1, expected));
    }
}

#[test]
fn arguments_are_written_as_in_the_text_format() {
    let function = |ty: &str| format!("(func (export \"{ty}\") (param {ty}) (result {ty}) (local.get 0))");
    let functions = ["i32", "i64", "f32", "f64", "v128"].map(function).concat();
    let folder = Folder::new(&[("same.wat", &format!("(module {functions})"))]);
    for (ty, argument, result) in [
        ("i32", "0x1_000", "4096"),
        ("i64", "-1_0", "-10"),
        ("f32", "0x1.8p-1", "0.75"),
        ("f32", "-nan:0x20_0000", "-nan:0x200000"),
        ("f64", "-inf", "-inf"),
        ("f64", "1_000.5", "1000.5"),
        ("v128", "i32x4:1,2,3,4", "0x00000004000000030000000200000001"),
        ("v128", "f64x2:0x1p0,nan", "0x7ff80000000000003ff0000000000000"),
        ("v128", "5", "0x00000000000000000000000000000005"),
    ] {
        let done = folder.transom(&["run", "--invoke", ty, "same.wat", argument]);
        assert_eq!(
            (done.code, done.out.trim_end()),
            (0, result),
            "{argument}: {}",
            done.err
        );
        let done = folder.transom(&[
            "compare",
            "--engines",
            "transom",
            "--invoke",
            ty,
            "same.wat",
            argument,
        ]);
        assert_eq!(done.code, 0, "{argument}: {}", done.err);
    }
    for (ty, argument, what) in [
        (
            "f32",
            "1e40",
            "`1e40` is out of range for f32: -3.4028235e38 to 3.4028235e38, or inf",
        ),
        ("f64", "1e400", "`1e400` is out of range for f64: "),
        (
            "i32",
            "4294967296",
            "`4294967296` is out of range for i32: -2147483648 to 4294967295",
        ),
        ("i32", "1__0", "`1__0` is not a valid i32"),
        ("v128", "i8x16:1,2", "`i8x16:1,2` has 2 lanes, but i8x16 has 16"),
    ] {
        for command in ["run", "compare"] {
            let done = folder.transom(&[command, "--invoke", ty, "same.wat", argument]);
            assert!(
                done.code != 0 && done.err.contains(what) && done.err.contains("\ntry: "),
                "{argument}: {}",
                done.err
            );
        }
    }
}
