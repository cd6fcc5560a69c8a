//! `transom compare`, `transom reduce` and `transom report`: what they say of odd input, and how they exit.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::{TempDir, tempdir};

/// The engines that answer at once, in this process.
const FAST: &str = "transom-unoptimised,transom-checked";

/// A module with exports of all kinds, one of them with a name that pages must not take for markup.
const MODULE: &str = r#"(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "vector") (param v128) (result v128) (local.get 0))
  (func (export "floats") (param f32 f64) (result f32 f64) (local.get 0) (local.get 1))
  (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "one") (result i64) (i64.const 1))
  (func (export "-x") (result i64) (i64.const 2))
  (func (export "") (result i64) (i64.const 3)))"#;

const NAME: &str = "it's \"a\" `b` | <script>**c**</script> &amp; \n @d ü";

/// What came of a run of the command.
struct Done {
    code: i32,
    out: String,
    err: String,
}

/// A folder with `m.wat`.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("m.wat"), MODULE).unwrap();
    folder
}

fn transom_with(folder: &Path, args: &[&str], input: &[u8]) -> Done {
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What doesn't read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    Done {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

fn transom(folder: &Path, args: &[&str]) -> Done {
    transom_with(folder, args, b"")
}

/// Two engines: Transom, and a script that answers like this.
fn beside(folder: &Path, answer: &str) -> String {
    let file = folder.join("fake engine.sh");
    let script = format!("case \"$*\" in *--version) echo fake 1.0; exit;; esac\n{answer}\n");
    std::fs::write(&file, script).unwrap();
    std::fs::write(folder.join("fake.sh"), "exec sh 'fake engine.sh' \"$@\"").unwrap();
    "transom-unoptimised,wasmi-fake=sh fake.sh".to_owned()
}

#[test]
fn exit_codes_tell_what_came_of_it() {
    let folder = folder();
    for (answer, code, says) in [
        ("echo 1", 0, "agreement of 2 engines\n  one: returns 1\n"),
        ("echo 2", 1, "semantic divergence, at one\n"),
        ("kill -SEGV $$", 1, "crash, at one\n"),
        ("echo what", 2, "unclear, at one\n"),
        ("sleep 60", 1, "limit divergence, at one\n"),
    ] {
        let list = beside(folder.path(), answer);
        let args = [
            "compare",
            "--timeout",
            "1s",
            "--engines",
            &list,
            "--invoke",
            "one",
            "m.wat",
        ];
        let done = transom(folder.path(), &args);
        assert_eq!(done.code, code, "{answer}: {}{}", done.out, done.err);
        assert!(done.out.starts_with(says), "{answer}: {}", done.out);
    }
    let alone = ["compare", "--engines", "transom-zeal", "--invoke", "one", "m.wat"];
    let done = transom(folder.path(), &alone);
    assert_eq!(done.code, 2);
    assert!(done.out.starts_with("only one engine ran it"), "{}", done.out);
}

#[test]
fn json_has_everything() {
    let folder = folder();
    let list = beside(folder.path(), "echo 2");
    let args = [
        "compare",
        "--json",
        "--engines",
        &list,
        "--invoke",
        "one",
        "m.wat",
    ];
    let done = transom(folder.path(), &args);
    let json = serde_json::from_str::<serde_json::Value>(&done.out).unwrap();
    assert_eq!(json["task"]["calls"][0], "one");
    assert_eq!(json["verdict"]["kind"], "semantic");
    assert_eq!(json["verdict"]["at"], serde_json::json!([0, "one"]));
    assert_eq!(json["verdict"]["groups"][1]["engines"][0], "wasmi-fake");
    let fake = &json["observed"][1];
    assert_eq!(fake["engine"]["version"], "fake 1.0");
    assert_eq!(fake["steps"][0]["outcome"]["results"], serde_json::json!([2]));
    assert_eq!(fake["commands"][0], "sh fake.sh run --invoke one case.wasm");
    assert!(json["needs"].is_array() && json["notes"].is_array() && done.code == 1);
}

#[test]
fn malformed_input_is_an_error_with_its_place() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("empty.wasm", b"");
    write("empty.wast", b"");
    write("garbage.wat", b"hello (");
    write("noise.wasm", b"\xff\xfe\x00");
    write("short.wasm", b"\0as");
    write("component.wasm", b"\0asm\x0d\0\x01\0");
    write("bad.wast", b"(module (func");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for command in ["compare", "report", "reduce"] {
        for (file, says) in [
            ("empty.wasm", "empty.wasm: the file is empty"),
            ("garbage.wat", "garbage.wat:1:1: expected `(`"),
            (
                "noise.wasm",
                "noise.wasm: the file is neither a module nor text\ntry: ",
            ),
            ("short.wasm", "short.wasm: the file is truncated: it has 3 bytes"),
            ("bad.wast", "bad.wast:1:14: expected `)`"),
            ("nowhere.wasm", "cannot read `nowhere.wasm`: No such file"),
            ("folder", "cannot read `folder`: Is a directory"),
            ("-", "standard input: the file is empty"),
        ] {
            let done = transom(folder.path(), &[command, "--engines", FAST, file]);
            assert_eq!(
                done.code,
                if command == "reduce" { 1 } else { 2 },
                "{command} {file}"
            );
            assert!(done.err.contains(says), "{command} {file}: {}", done.err);
        }
        let done = transom(folder.path(), &[command, "--engines", FAST]);
        assert!(
            done.err.contains("no module to compare\ntry: "),
            "{command}: {}",
            done.err
        );
    }
    // What is cut off is no error: engines are asked whether they refuse it, too.
    write("version.wasm", b"\0asm\x02\0\0\0");
    let done = transom(folder.path(), &["compare", "--engines", FAST, "version.wasm"]);
    assert!(
        done.out.contains("refuses the module"),
        "{} {}",
        done.out,
        done.err
    );
    write("cut.wasm", b"\0asm\x01\0\0\0\x01\x05");
    let done = transom(folder.path(), &["compare", "--engines", FAST, "cut.wasm"]);
    assert_eq!(
        (done.code, done.out.contains("refuses the module")),
        (0, true),
        "{}",
        done.err
    );
    let done = transom_with(
        folder.path(),
        &["compare", "--engines", FAST, "-"],
        MODULE.as_bytes(),
    );
    assert_eq!((done.code, &*done.err), (0, ""));
    assert!(!folder.path().join("transom-report").exists());
}

#[test]
fn arguments_are_values_of_their_types() {
    let folder = folder();
    let invoke = |export: &str, arguments: &[&str]| {
        let export = format!("--invoke={export}");
        let start = ["compare", "--engines", FAST, &export, "m.wat"];
        transom(folder.path(), &[&start, arguments].concat())
    };
    for (export, arguments, returns) in [
        ("add", &["-1", "0x10"][..], "returns 15 "),
        ("vector", &["i64x2 1 -2"], "returns 1 -2 "),
        (
            "floats",
            &["-0", "0x1p3"],
            "returns 2147483648 4620693217682128896 ",
        ),
        (
            "floats",
            &["nan", "-inf"],
            "returns 2143289344 -4503599627370496 ",
        ),
        ("is_null", &["null"], "returns 1 "),
        ("one", &[], "one: returns 1\n"),
        ("-x", &[], "returns 2 "),
        ("", &[], "returns 3 "),
    ] {
        let done = invoke(export, arguments);
        assert_eq!(done.code, 0, "{export} {arguments:?}: {}", done.err);
        assert!(done.out.contains(returns), "{export} {arguments:?}: {}", done.out);
    }
    for (export, arguments, says) in [
        (
            "nothing",
            &[][..],
            "m.wat: the module does not export a function `nothing`\ntry: ",
        ),
        ("add", &["1"], "`add` takes 2 arguments, but 1 were given\ntry: "),
        (
            "one",
            &["-o", "x"],
            "`one` takes 0 arguments, but 2 were given\ntry: ",
        ),
        ("add", &["1", "x"], "`x` is not a valid i32\ntry: "),
        (
            "add",
            &["4294967296", "1"],
            "`4294967296` is out of range for i32: -2147483648 to 4294967295\ntry: ",
        ),
        ("add", &["1 (;", "1"], "`1 (;` is not a valid i32\ntry: "),
        (
            "vector",
            &["i32x4:1"],
            "`i32x4:1` has 1 lanes, but i32x4 has 4\ntry: ",
        ),
        ("floats", &["1e400", "1"], "`1e400` is out of range for f32: "),
        (
            "is_null",
            &["5"],
            "`5` cannot be an argument of type `externref`\ntry: ",
        ),
    ] {
        let done = invoke(export, arguments);
        assert_eq!(done.code, 2, "{export} {arguments:?}: {}", done.out);
        assert!(done.err.contains(says), "{export} {arguments:?}: {}", done.err);
    }
}

#[test]
fn engines_are_named_once_and_known() {
    let folder = folder();
    let compare = |list: &str| transom(folder.path(), &["compare", "--engines", list, "m.wat"]);
    for (list, says) in [
        (
            "nonsense",
            "unknown engine `nonsense`; known engines are transom, wasmtime",
        ),
        ("", "unknown engine ``"),
        ("help,transom", "unknown engine `help`"),
        ("wasmi-a/b=sh", "unknown engine `wasmi-a/b`"),
        ("wasmi=", "`` is not installed"),
        ("wasmi-x=/no/where", "cannot start `/no/where`: No such file"),
        ("wasmi-x=./m.wat", "cannot start `./m.wat`: Permission denied"),
        (
            "wasmi-x=sh -c exit",
            "`sh -c exit --version` did not print a version, and exited with 0",
        ),
        (
            "wasmi-x=echo a,wasmi-x=echo b",
            "two engines have the name `wasmi-x`",
        ),
    ] {
        let done = compare(list);
        assert_eq!(done.code, 2, "{list}");
        assert!(
            done.err.contains(says) && done.err.contains("try: "),
            "{list}: {}",
            done.err
        );
    }
    assert!(
        compare("transom,transom-zeal,transom")
            .out
            .starts_with("agreement of 8 engines")
    );
    let usage = transom(folder.path(), &["compare", "--bogus", "m.wat"]);
    assert_eq!((usage.code, usage.err.contains("--bogus")), (2, true));
}

#[test]
fn files_may_be_called_anything() {
    let folder = folder();
    for name in [
        "a b.wat",
        "it's \"b\".wat",
        "new\nline.wat",
        "--help.wat",
        "ü`$(false)`.wat",
    ] {
        std::fs::write(folder.path().join(name), MODULE).unwrap();
        let output = format!("--output={name}");
        let args = [
            "report",
            "--engines",
            FAST,
            "--invoke",
            "one",
            &output,
            "--",
            name,
        ];
        let done = transom(folder.path(), &args);
        assert_eq!(done.code, 2, "{name}: {}", done.out);
        assert!(
            done.err.contains("cannot create the folder") && done.err.contains("try: "),
            "{}",
            done.err
        );
        let done = transom(
            folder.path(),
            &["compare", "--engines", FAST, "--invoke", "one", "--", name],
        );
        assert_eq!((done.code, &*done.err), (0, ""), "{name}");
    }
}

/// A report of a divergence in a module whose export has an odd name.
fn report(folder: &Path, answer: &str) -> (String, String) {
    let bytes = NAME.bytes().map(|byte| format!("\\{byte:02x}"));
    let module = format!(
        "(module (func (export \"{}\") (result i64) (i64.const 1)))",
        bytes.collect::<String>()
    );
    std::fs::write(folder.join("odd <b>.wat"), module).unwrap();
    let list = beside(folder, answer);
    let args = [
        "report",
        "--no-reduce",
        "--engines",
        &list,
        "--all-exports",
        "-o",
        "out/r",
        "odd <b>.wat",
    ];
    let done = transom(folder, &args);
    assert!(done.code > 0 && done.err.is_empty(), "{}", done.err);
    let read = |name: &str| std::fs::read_to_string(folder.join("out/r").join(name)).unwrap();
    (read("report.html"), read("report.md"))
}

#[test]
fn reports_say_what_is_there_and_nothing_else() {
    let folder = folder();
    let (html, markdown) = report(folder.path(), "echo '`<script>*x*|y</script>'");
    assert!(
        !html.contains("<script>") && html.contains("&lt;script&gt;"),
        "{html}"
    );
    assert!(html.contains("<h1>odd &lt;b&gt;.wat</h1>"), "{html}");
    // A table's row is one line, and is cut nowhere else.
    let row = markdown
        .lines()
        .find(|line| line.starts_with("| wasmi-fake"))
        .unwrap();
    let cuts = row.replace("\\|", "").matches('|').count();
    assert_eq!(cuts, 6, "{row}");
    // Code is shown as it is, in blocks and in spans.
    let outside = |text: &str| text.split('`').step_by(2).collect::<String>();
    for markup in ["<script>", "**c**", "*x*"] {
        assert!(!outside(&markdown).contains(markup), "{markup}: {markdown}");
    }
    assert!(markdown.contains("## How to reproduce\n\n```sh\n"), "{markdown}");
    let files = std::fs::read_dir(folder.path().join("out/r")).unwrap();
    let mut files = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    files.sort();
    assert_eq!(files, ["case.wasm", "case.wat", "report.html", "report.md"]);
}

#[test]
fn reports_of_scripts_show_them_as_they_were_written() {
    let folder = folder();
    let script = "(module (func (export \"f\") (result i32) (i32.const 1)))\n\
                  (assert_return (invoke \"f\") (i32.const 1))\n";
    std::fs::write(folder.path().join("s.wast"), script).unwrap();
    let answer = "echo \"$2:2:1: no\" '``` here'; exit 1";
    let list = beside(folder.path(), answer).replace("transom-unoptimised", "transom");
    let done = transom(
        folder.path(),
        &["report", "--engines", &list, "-o", "r", "s.wast"],
    );
    assert_eq!(done.code, 1, "{}{}", done.out, done.err);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("r").join(name)).unwrap();
    assert!(read("report.md").contains(script) && read("report.md").contains("Line 2 is `(assert_return"));
    assert_eq!(read("given.wast"), script);
    assert!(read("case.wast").contains("(module binary \""));
}

/// A module with much that its trap doesn't need.
const LARGE: &str = r#"(module
  (memory 1) (global $g (mut i32) (i32.const 5)) (table 2 funcref)
  (func $help (param i32) (result i32) (i32.add (local.get 0) (global.get $g)))
  (func (export "run") (result i64)
    (i32.store (i32.const 8) (call $help (i32.const 3)))
    (i64.extend_i32_u (i32.div_u (i32.load (i32.const 8)) (i32.sub (global.get $g) (i32.const 5))))))"#;

#[test]
fn a_module_is_reduced_while_something_stays() {
    let folder = folder();
    std::fs::write(folder.path().join("large.wat"), LARGE).unwrap();
    // Its trap.
    let done = transom(
        folder.path(),
        &[
            "reduce",
            "--keep",
            "trap",
            "--invoke",
            "run",
            "-o",
            "small.wat",
            "large.wat",
        ],
    );
    assert_eq!(done.code, 0, "{}", done.err);
    let small = std::fs::read_to_string(folder.path().join("small.wat")).unwrap();
    assert!(
        small.contains("i32.div_u") && !small.contains("memory"),
        "{small}"
    );
    // What a command sees in it.
    let keep = "grep -q -a run {}";
    let done = transom(folder.path(), &["reduce", "--keep", keep, "large.wat"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("\"run\"") && !done.out.contains("div_u"),
        "{}",
        done.out
    );
    // How engines part about it: the other one never returns anything but 7.
    let other = beside(folder.path(), "echo 7");
    let args = [
        "reduce",
        "--engines",
        &*other,
        "--invoke",
        "run",
        "-o",
        "parted.wasm",
        "large.wat",
    ];
    let done = transom(folder.path(), &args);
    assert_eq!(done.code, 0, "{}", done.err);
    let parted = std::fs::read(folder.path().join("parted.wasm")).unwrap();
    assert!(
        parted.starts_with(b"\0asm") && parted.len() < 80,
        "{} bytes",
        parted.len()
    );
    // What isn't there can't stay.
    let done = transom(folder.path(), &["reduce", "--keep", "false", "large.wat"]);
    assert!(done.code == 1 && done.err.contains("--keep"), "{}", done.err);
    let done = transom(
        folder.path(),
        &["reduce", "--engines", "transom", "--invoke", "run", "large.wat"],
    );
    assert!(
        done.code == 1 && done.err.contains("engines agree"),
        "{}",
        done.err
    );
}

#[test]
fn a_campaign_goes_on_where_it_was_stopped() {
    let folder = folder();
    let campaign = |count: &str, seed: &str| {
        let engines = "transom,transom-unoptimised";
        let args = [
            "compare",
            "--engines",
            engines,
            "--generate",
            count,
            "--seed",
            seed,
            "--folder",
            "c",
        ];
        transom(folder.path(), &args)
    };
    let first = campaign("20", "5");
    assert_eq!((first.code, &*first.err), (0, ""), "{}", first.out);
    assert!(first.out.contains("20 modules from seed 5"), "{}", first.out);
    let more = campaign("30", "5");
    assert!(
        more.out.contains("30 modules from seed 5") && more.out.contains("30 agreement"),
        "{}",
        more.out
    );
    let other = campaign("30", "6");
    assert!(
        other.code == 2 && other.err.contains("use another folder"),
        "{}",
        other.err
    );
}

/// A component that exports functions, itself and in an interface.
const COMPONENT: &str = r#"(component
  (core module $m
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "trap") unreachable))
  (core instance $i (instantiate $m))
  (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func $trap (canon lift (core func $i "trap")))
  (export "add" (func $add))
  (instance (export "a:b/c@1.2.0") (export "sum" (func $add)) (export "trap" (func $trap))))"#;

/// Transom, and a script that answers like this to questions about components.
fn beside_component(folder: &Path, answer: &str) -> String {
    std::fs::write(folder.join("c.wat"), COMPONENT).unwrap();
    let list = beside(folder, answer);
    list.replace("wasmi-fake", "wasmtime-fake")
}

#[test]
fn functions_of_components_are_called() {
    let folder = folder();
    let list = beside_component(folder.path(), "echo 3");
    for (args, code, says) in [
        (
            &["--invoke", "add(1, 2)"][..],
            0,
            "agreement of 2 engines\n  add(1, 2): returns 3\n",
        ),
        (
            &["--invoke", "c#sum(1, 2)"],
            0,
            "agreement of 2 engines\n  a:b/c.sum@1.2.0(1, 2): returns 3\n",
        ),
        (
            &["--invoke", "add(1, 3)"],
            1,
            "semantic divergence, at add(1, 3)\n  returns 4\n",
        ),
        (
            &["--invoke", "trap"],
            2,
            "unclear, at a:b/c.trap@1.2.0()\n  traps: unreachable\n",
        ),
        (
            &[],
            0,
            "agreement of 2 engines\n  the instance: accepts the component\n",
        ),
        (&["--all-exports"], 1, "semantic divergence, at add("),
    ] {
        let all = [&["compare", "--engines", &list], args, &["c.wat"]].concat();
        let done = transom(folder.path(), &all);
        assert_eq!(done.code, code, "{args:?}: {}{}", done.out, done.err);
        assert!(done.out.starts_with(says), "{args:?}: {}", done.out);
    }
    let all = [
        "compare",
        "--engines",
        FAST,
        "--all-exports",
        "--seed",
        "7",
        "c.wat",
    ];
    let done = transom(folder.path(), &all);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("\n  a:b/c.trap@1.2.0(): traps: unreachable\n"),
        "{}",
        done.out
    );
    let json = [
        "compare",
        "--json",
        "--engines",
        FAST,
        "--invoke",
        "add(1, 2)",
        "c.wat",
    ];
    let done = transom(folder.path(), &json);
    let json = serde_json::from_str::<serde_json::Value>(&done.out).unwrap();
    assert_eq!(json["task"]["functions"][0]["text"], "add(1, 2)");
    assert_eq!(json["observed"][0]["steps"][0]["outcome"]["value"], "3");
    assert_eq!(json["needs"], serde_json::json!([]));
}

#[test]
fn calls_of_components_that_cannot_be_are_explained() {
    let folder = folder();
    beside_component(folder.path(), "");
    for (args, says) in [
        (
            &["--invoke", "ad(1, 2)", "c.wat"][..],
            "does not export a function `ad`; the nearest name is `add`\nits exported functions:\n  add: ",
        ),
        (
            &["--invoke", "ad(1, 2)", "c.wat"],
            "try: call a function: transom compare --invoke 'NAME(ARGUMENTS)' c.wat\n",
        ),
        (
            &["--invoke", "add(1)", "c.wat"],
            "`add` takes 2 argument(s), not 1\ntry: `add` has the type ",
        ),
        (
            &["--invoke", "add(1, x)", "c.wat"],
            "--invoke: argument `b` of `add`: this value has another type\n | add(1, x)\n |        ^\n",
        ),
        (
            &["--invoke", "add", "c.wat", "1", "2"],
            "`1` follows the file, but the arguments of a component's function are in --invoke\ntry: ",
        ),
        (
            &["--wasi", "c.wat"],
            "`c.wat` is a component, and not a program of WASI preview 1\n",
        ),
    ] {
        let all = [&["compare", "--engines", FAST], args].concat();
        let done = transom(folder.path(), &all);
        assert_eq!(done.code, 2, "{args:?}: {}", done.out);
        assert!(done.err.contains(says), "{args:?}: {}", done.err);
    }
}

#[test]
fn components_are_reported_and_not_reduced() {
    let folder = folder();
    let list = beside_component(folder.path(), "echo 9");
    let done = transom(
        folder.path(),
        &["report", "--engines", &list, "--invoke", "add(1, 2)", "c.wat"],
    );
    assert_eq!(done.code, 1, "{}", done.err);
    let note = "Components are not reduced, so this is the whole component";
    assert!(done.out.contains(&format!("note: {note}\n")), "{}", done.out);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("transom-report").join(name)).unwrap();
    let page = read("report.md");
    for piece in [
        note,
        "## The component\n",
        "The component is valid, and needs nothing beyond WebAssembly 1.0",
        "transom compare --invoke='add(1, 2)' case.wasm  # all engines",
        "(export \"add\"",
    ] {
        assert!(page.contains(piece), "{piece}: {page}");
    }
    assert!(read("case.wat").starts_with("(component"));
    let module_only = "c.wat: the file is a component; this command takes modules only\ntry: ";
    for (command, says) in [
        (
            &["reduce", "--invoke", "add(1, 2)", "c.wat"][..],
            "list the core modules of the component with their places: transom objdump c.wat\n",
        ),
        (
            &["reduce", "--keep", "true", "c.wat"],
            "list the core modules of the component with their places: transom objdump c.wat\n",
        ),
        (
            &["bisect", "--invoke", "add(1, 2)", "c.wat"],
            "transom compare --engines transom --all-exports c.wat\n",
        ),
        (
            &["compile", "c.wat"],
            "transom run --invoke 'NAME(ARGUMENTS)' c.wat\n",
        ),
        (
            &["addr2line", "c.wat", "0x20"],
            "list their places: transom objdump c.wat\n",
        ),
    ] {
        let done = transom(folder.path(), command);
        assert!(
            done.code != 0 && done.err.contains(module_only),
            "{command:?}: {}",
            done.err
        );
        assert!(done.err.ends_with(says), "{command:?}: {}", done.err);
    }
}
