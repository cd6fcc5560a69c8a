//! What modules are reduced to, for predicates on their structure and on what they do.

use super::*;
use arbitrary::Unstructured;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use transom::{Config, Engine, Instance, Module, Store, Trap};
use transom_inspect::Source;
use wasmparser::{ExternalKind, Operator, Parser, Payload};

mod corpus;

/// Reduces a module, and what comes of it once more; checks what is always true.
fn reduced(binary: &[u8], keeps: impl Fn(&[u8]) -> bool) -> Reduced {
    let once = checked(binary, &keeps, &Bounds::default());
    assert!(once.complete);
    let again = checked(&once.binary, &keeps, &Bounds::default());
    assert_eq!(again.binary, once.binary, "what is reduced is reduced no further");
    once
}

fn checked(binary: &[u8], keeps: impl Fn(&[u8]) -> bool, bounds: &Bounds) -> Reduced {
    let features = features(binary).expect("valid");
    let (mut last, mut asked) = (None, 0);
    let mut keeps = |candidate: &[u8]| {
        asked += 1;
        needs::validate(candidate, features).expect("candidates are valid");
        let measure = measure::measure(candidate).expect("candidates are well-formed");
        assert!(last.is_none_or(|last| measure < last), "candidates are smaller");
        let keeps = keeps(candidate);
        if keeps {
            last = Some(measure);
        }
        keeps
    };
    let mut told = 1;
    let mut progress = |progress: &Progress| {
        told += 1;
        assert_eq!(progress.tried, told);
    };
    let reduced = reduce(binary, bounds, &mut keeps, &mut progress).expect("reducible");
    assert_eq!((reduced.tried, reduced.tried), (asked, told));
    assert!(asked <= bounds.attempts);
    reduced
}

fn assemble(text: &str) -> Vec<u8> {
    let source = Source::new("test", text);
    source.binary().expect("a module").into_owned()
}

fn print(binary: &[u8]) -> String {
    wasmprinter::print_bytes(binary).expect("printable")
}

/// Reduces a text as long as it prints with all of these, to a text without spaces at the beginnings of lines.
fn reduced_text(from: &str, with: &[&str]) -> String {
    let keeps = |binary: &[u8]| with.iter().all(|part| print(binary).contains(part));
    let reduced = print(&reduced(&assemble(from), keeps).binary);
    reduced.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Looks at the instructions of all functions until one is found.
fn any_op(binary: &[u8], mut is: impl FnMut(&Operator<'_>) -> bool) -> bool {
    Parser::new(0)
        .parse_all(binary)
        .any(|payload| match payload.expect("well-formed") {
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().expect("well-formed");
                operators
                    .into_iter()
                    .any(|operator| is(&operator.expect("well-formed")))
            }
            _ => false,
        })
}

/// What kind of instruction it is.
fn kind(operator: &Operator<'_>) -> String {
    let text = format!("{operator:?}");
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Any instruction of any text can be what is left of it, with what it can't be without.
#[test]
fn every_instruction_is_isolated() {
    for text in corpus::TEXTS {
        let binary = assemble(text);
        let mut kinds = BTreeSet::new();
        any_op(&binary, |operator| {
            kinds.insert(kind(operator));
            false
        });
        for wanted in kinds {
            let reduced = reduced(&binary, |binary| {
                any_op(binary, |operator| kind(operator) == wanted)
            });
            let left = print(&reduced.binary);
            assert!(reduced.instructions <= 6 && left.len() < 400, "{wanted}: {left}");
        }
    }
}

/// What a function does that takes nothing, on the engine; what is left of a program may run for ever, if it is let.
fn run(binary: &[u8], name: &str) -> Option<Result<i32, Option<Trap>>> {
    let engine = Engine::new(Config::new().consume_fuel(true)).expect("an engine");
    let module = Module::new(&engine, binary).ok()?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(10_000).expect("fuel is consumed");
    let instance = Instance::new(&mut store, &module, &[]).ok()?;
    let function = instance.get_typed_func::<(), i32>(&mut store, name).ok()?;
    Some(
        function
            .call(&mut store, ())
            .map_err(|error| error.downcast_ref().copied()),
    )
}

#[test]
fn behaviour_is_kept() {
    let sizes = corpus::PROGRAMS.iter().map(|(text, name)| {
        let binary = assemble(text);
        let outcome = run(&binary, name);
        assert!(outcome.is_some(), "{text}");
        let reduced = reduced(&binary, |binary| run(binary, name) == outcome);
        assert_eq!(run(&reduced.binary, name), outcome);
        (*name, reduced.instructions)
    });
    assert_eq!(
        sizes.collect::<Vec<_>>(),
        [
            ("answer", 4),
            ("trap", 1),
            ("divide", 3),
            ("sum", 16),
            ("catch", 6),
            ("cast", 3)
        ]
    );
}

#[test]
fn imports_are_defined() {
    let text = "(module (import \"a\" \"f\" (func $f (param i32) (result i32))) (import \"a\" \"m\" (memory 3 9))
        (import \"a\" \"g\" (global $g (mut i64))) (import \"a\" \"t\" (table 4 funcref)) (import \"a\" \"e\" (tag))
        (func (export \"run\") (result i32)
            (global.set $g (i64.const 5)) (i32.store (i32.const 9) (i32.const 9)) (throw 0)
            (drop (table.get (i32.const 2))) (call $f (i32.const 7))))";
    let reduced = reduced_text(text, &["call", "i32.store", "global.set", "table.get", "throw"]);
    assert!(!reduced.contains("import"), "{reduced}");
    assert!(
        reduced.contains("(memory (;0;) 0)") && reduced.contains("(table (;0;) 0 funcref)"),
        "{reduced}"
    );
    assert!(
        !reduced.contains("param") && !reduced.contains("result"),
        "{reduced}"
    );
}

#[test]
fn types_lose_what_they_can() {
    let text = "(module
        (rec (type $a (sub (struct (field i32) (field (mut i64)) (field (ref null $b)))))
             (type $b (sub $a (struct (field i32) (field (mut i64)) (field (ref null $b)) (field f32)))))
        (rec (type (struct)) (type (func)))
        (type $c (array (ref null $a)))
        (func (export \"f\") (param (ref null $c)) (result i64)
            (struct.set $b 1 (struct.new $b (i32.const 1) (i64.const 2) (ref.null $b) (f32.const 3)) (i64.const 6))
            (struct.get $a 1 (array.get $c (local.get 0) (i32.const 1)))))";
    let reduced = reduced_text(text, &["struct.set", "struct.new"]);
    let start = reduced.find("(func (;0;)").expect("a function");
    assert_eq!(
        &reduced[..start],
        "(module (type (;0;) (struct (field (mut i64)))) (type (;1;) (func)) "
    );
}

#[test]
fn functions_lose_parameters_and_results() {
    let text = "(module (table 9 funcref) (elem (i32.const 0) $f)
        (func $f (param i32 i64 f32) (result i32 f64) (local i32 i32)
            (local.set 3 (local.get 0))
            (if (local.get 0) (then (return (local.get 3) (f64.const 1))))
            (call_indirect (param i32 i64 f32) (result i32 f64) (local.get 3) (local.get 1) (local.get 2) (i32.const 0))))";
    let reduced = reduced_text(text, &["call_indirect", "local.set"]);
    assert!(
        !reduced.contains("param") && !reduced.contains("result"),
        "{reduced}"
    );
    assert_eq!(reduced.matches("(local ").count(), 1, "{reduced}");
    assert!(
        reduced.contains("(local i32)") || reduced.contains("(local f32)") || reduced.contains("(local i64)")
    );
}

#[test]
fn segments_and_limits_shrink() {
    let text = "(module (memory $m 9 20) (memory 1) (table 70 90 externref) (table 5 funcref)
        (data (memory $m) (i32.const 1000) \"some text that says: needle, and then some more, over and over again\")
        (data \"passive\") (elem $e funcref (ref.null func) (ref.func $f) (ref.func $g)) (elem declare func $g)
        (func $f (memory.init 1 1 (i32.const 8) (i32.const 0) (i32.const 5)) (table.init 1 $e (i32.const 1) (i32.const 2) (i32.const 2)))
        (func $g (drop (memory.size $m)) (drop (ref.func $g))) (func (memory.grow (i32.const 1)) drop))";
    let reduced = reduced_text(text, &["needle"]);
    assert_eq!(
        reduced,
        "(module (memory (;0;) 0) (data (;0;) (i32.const 0) \"needle\") )"
    );
    let reduced = reduced_text(text, &["ref.func", "table.init"]);
    assert!(reduced.contains("(table (;0;) 0 funcref)"), "{reduced}");
    assert!(
        !reduced.contains("memory") && reduced.matches("(func ").count() <= 3,
        "{reduced}"
    );
}

#[test]
fn numbers_become_smaller() {
    let text = "(module (memory 1) (func (param i32)
        (i32.store offset=70000 (i32.const 123456) (i32.const -98765)) (i64.store (i32.const 1) (i64.const 77))
        (block (block (block (br_table 0 1 2 0 1 2 (local.get 0)))))))";
    let binary = assemble(text);
    let found = |binary: &[u8], least: i32| {
        any_op(
            binary,
            |operator| matches!(operator, Operator::I32Const { value } if *value >= least),
        )
    };
    let reduced = reduced(&binary, |binary| found(binary, 1000));
    let left = print(&reduced.binary);
    assert!(
        reduced.instructions <= 2 && left.contains("i32.const 1929"),
        "{left}"
    );
    let reduced = reduced_text(text, &["br_table", "store"]);
    assert!(
        !reduced.contains("offset") && !reduced.contains("123456"),
        "{reduced}"
    );
    assert!(reduced.contains("br_table 0 (;@1;) end"), "{reduced}");
}

#[test]
fn what_nobody_wants_goes() {
    for text in corpus::TEXTS {
        let reduced = reduced(&assemble(text), |_| true);
        assert_eq!(reduced.binary, b"\0asm\x01\0\0\0", "{}", print(&reduced.binary));
        assert!(reduced.tried < 30, "{}", reduced.tried);
    }
}

#[test]
fn custom_sections_keep_their_places() {
    let text = "(module (@custom \"a\" (before first) \"1\") (@custom \"b\" (after import) \"2\") (@custom \"c\" (after last) \"3\")
        (func (export \"f\")))";
    let reduced = reduced_text(text, &["\"a\"", "\"b\"", "\"c\"", "export"]);
    let places: Vec<_> = ["\"a\"", "\"b\"", "\"c\""]
        .iter()
        .map(|name| reduced.find(name))
        .collect();
    assert!(places.is_sorted(), "{reduced}");
}

#[test]
fn refusals_are_errors() {
    let never = |binary: &[u8]| reduce(binary, &Bounds::default(), &mut |_| false, &mut |_| ());
    let binary = assemble("(module (func))");
    assert!(
        never(&binary)
            .expect_err("never")
            .message
            .contains("does not hold for the original module")
    );
    assert!(never(b"no module").is_err());
    assert!(never(&binary[..binary.len() - 1]).is_err());
    assert!(never(&assemble("(module (func (result i32)))")).is_err());
    // A section whose length takes more bytes than it needs to.
    let long = b"\0asm\x01\0\0\0\x01\x84\0\x01\x60\0\0";
    let error = reduce(
        long,
        &Bounds::default(),
        &mut |binary| binary == long,
        &mut |_| (),
    );
    assert!(
        error
            .expect_err("normalised")
            .message
            .contains("after re-encoding it")
    );
}

/// Repeatable random numbers.
fn random(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// A module with much of everything.
fn generated(seed: u64, functions: usize) -> Vec<u8> {
    let config = wasm_smith::Config {
        gc_enabled: seed.is_multiple_of(2),
        exceptions_enabled: !seed.is_multiple_of(3),
        tail_call_enabled: !seed.is_multiple_of(5),
        simd_enabled: seed % 3 != 1,
        relaxed_simd_enabled: false,
        threads_enabled: seed % 4 == 1,
        memory64_enabled: seed % 4 < 2,
        wide_arithmetic_enabled: seed % 7 == 1,
        custom_page_sizes_enabled: seed % 7 == 2,
        compact_imports_enabled: seed % 7 == 3,
        shared_everything_threads_enabled: false,
        disallow_traps: seed % 2 == 1,
        export_everything: true,
        max_memories: 3,
        max_tables: 3,
        min_funcs: functions,
        max_instructions: 200,
        ..wasm_smith::Config::default()
    };
    let entropy = random(seed, 3000 * functions);
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(&entropy));
    module.expect("a module").to_bytes()
}

#[test]
fn generated_modules() {
    for seed in 0..20 {
        let binary = generated(seed, 6);
        let mut kinds = BTreeSet::new();
        any_op(&binary, |operator| {
            kinds.insert(kind(operator));
            false
        });
        let wanted = kinds
            .iter()
            .nth(seed as usize * 7 % kinds.len().max(1))
            .cloned()
            .unwrap_or_default();
        let has = |binary: &[u8]| any_op(binary, |operator| kind(operator) == wanted);
        if has(&binary) {
            let reduced = reduced(&binary, has);
            assert!(
                reduced.instructions <= 10,
                "{seed}: {wanted}: {}",
                print(&reduced.binary)
            );
        }
    }
}

/// The instructions of exported functions that make one value of two, and whose result isn't dropped.
fn used(binary: &[u8]) -> BTreeSet<String> {
    let features = features(binary).expect("valid");
    let module = module::Module::read(binary, features).expect("valid");
    let mut used = BTreeSet::new();
    for export in &module.exports {
        let body = module
            .body(export.index)
            .filter(|_| export.kind == ExternalKind::Func);
        for pair in body.map_or(&[][..], |body| &body.ops).windows(2) {
            let combines = pair[0].pops == 2
                && body.is_some_and(|body| body.results(&pair[0]).len() == 1)
                && !matches!(pair[1].operator, Operator::Drop);
            used.extend(combines.then(|| kind(&pair[0].operator)));
        }
    }
    used
}

#[test]
fn few_questions_are_asked() {
    for seed in 0..12 {
        let binary = generated(seed, 12);
        let kinds = used(&binary);
        let Some(wanted) = kinds.iter().nth(seed as usize * 5 % kinds.len().max(1)) else {
            continue;
        };
        let reduced = reduced(&binary, |binary| used(binary).contains(wanted));
        let before = measure::measure(&binary).expect("well-formed").instructions;
        let (after, tried) = (reduced.instructions, reduced.tried);
        eprintln!("{wanted}: {after} of {before} instructions after {tried} questions");
        assert!(after <= 10, "{}", print(&reduced.binary));
        assert!(tried <= 500, "{seed}: {tried}");
    }
}

/// A predicate that remembers nothing is no reason not to end, nor to try what isn't valid.
#[test]
fn predicates_may_be_unreasonable() {
    for seed in 0..6 {
        let answers = random(seed, 256);
        let asked = Cell::new(0);
        let keeps = |_: &[u8]| {
            asked.set(asked.get() + 1);
            asked.get() == 1 || answers[asked.get() % 256] < 60
        };
        let reduced = checked(&generated(seed, 4), keeps, &Bounds::default());
        assert!(reduced.complete);
    }
}

#[test]
fn bounds_are_kept() {
    let binary = generated(3, 6);
    let bounds = Bounds {
        attempts: 10,
        until: None,
    };
    let first = Cell::new(true);
    let reduced = checked(&binary, |_| first.replace(false), &bounds);
    assert!(!reduced.complete && reduced.tried <= 10);
    let late = Bounds {
        attempts: u64::MAX,
        until: Some(Instant::now()),
    };
    let reduced = checked(&binary, |_| true, &late);
    assert!(!reduced.complete && reduced.tried == 1);
}

#[test]
fn deep_nesting() {
    const DEPTH: usize = 10_000;
    let text = format!(
        "(module (func (export \"f\") {} i32.const 7 i32.const 3 i32.rotl drop {}))",
        "block ".repeat(DEPTH),
        "end ".repeat(DEPTH)
    );
    let reduced = reduced(&assemble(&text), |binary| {
        any_op(binary, |operator| matches!(operator, Operator::I32Rotl))
    });
    assert!(reduced.instructions <= 4 && reduced.tried < 200, "{reduced:?}");
}

#[test]
fn long_functions() {
    let text = format!(
        "(module (func (result i32) i32.const 1 {} {}))",
        "(i32.add (local.get 0)) (local.tee 0)".repeat(12_500),
        "(i32.rotl (i32.const 3))"
    )
    .replace("(func (result i32)", "(func (param i32) (result i32)");
    let binary = assemble(&text);
    let has = |binary: &[u8]| any_op(binary, |operator| matches!(operator, Operator::I32Rotl));
    let small = reduced(&binary, has);
    assert!(small.instructions <= 4 && small.tried < 200, "{small:?}");
    // Nothing may go, and that is found out until the time is over.
    let begun = Instant::now();
    let bounds = Bounds {
        attempts: 100_000,
        until: Some(begun + Duration::from_secs(1)),
    };
    let first = Cell::new(true);
    let same = checked(&binary, |_| first.replace(false), &bounds);
    assert!(!same.complete);
    assert!(begun.elapsed() < Duration::from_secs(20));
}
