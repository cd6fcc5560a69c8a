//! What modules are reduced to, for predicates on their structure and on what they do.

use super::*;
use crate::Source;
use arbitrary::Unstructured;
use std::time::Duration;
use transom::{Engine, Instance, Module, Store, Trap, Val};
use wasmparser::{Operator, Parser, Payload};

/// Reduces a module that is no larger or invalid at any time, twice.
fn reduced(binary: &[u8], keeps: impl Fn(&[u8]) -> bool) -> Reduced {
    let features = features(binary).expect("valid");
    let mut last = None;
    let mut checked = |candidate: &[u8]| {
        needs::validate(candidate, features).expect("candidates are valid");
        let measure = measure::measure(candidate).expect("candidates are well-formed");
        assert!(last.is_none_or(|last| measure < last), "candidates are smaller");
        let keeps = keeps(candidate);
        if keeps {
            last = Some(measure);
        }
        keeps
    };
    let once = reduce(binary, &Bounds::default(), &mut checked, &mut |_| ()).expect("reducible");
    assert!(once.complete);
    last = None;
    once
}

fn text(text: &str) -> Vec<u8> {
    let source = Source::new("test", text);
    source.binary().expect("a module").into_owned()
}

/// Whether any function has such an instruction.
fn has(binary: &[u8], is: impl Fn(&Operator<'_>) -> bool) -> bool {
    Parser::new(0)
        .parse_all(binary)
        .any(|payload| match payload.expect("well-formed") {
            Payload::CodeSectionEntry(body) => {
                let mut operators = body.get_operators_reader().expect("well-formed").into_iter();
                operators.any(|operator| is(&operator.expect("well-formed")))
            }
            _ => false,
        })
}

/// rotl not dropped in an exported function
fn used(binary: &[u8], op: &Operator<'_>) -> bool {
    let features = features(binary).unwrap();
    let m = module::Module::read(binary, features).unwrap();
    m.exports.iter().any(|e| {
        e.kind == wasmparser::ExternalKind::Func
            && m.body(e.index).is_some_and(|b| {
                b.ops.windows(2).any(|w| {
                    std::mem::discriminant(&w[0].operator) == std::mem::discriminant(op)
                        && !matches!(w[1].operator, Operator::Drop)
                })
            })
    })
}

#[test]
fn scratch() {
    let mut n = 0;
    for seed in 1..60u64 {
        let mut entropy = Vec::new();
        let mut seed = seed * 77777;
        for _ in 0..60_000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            entropy.push(seed as u8);
        }
        let config = wasm_smith::Config {
            gc_enabled: n % 2 == 0,
            exceptions_enabled: true,
            min_funcs: 20,
            allow_start_export: false,
            max_instructions: 200,
            ..wasm_smith::Config::default()
        };
        let module = wasm_smith::Module::new(config, &mut Unstructured::new(&entropy))
            .expect("a module")
            .to_bytes();
        for op in [
            Operator::I32Rotl,
            Operator::I64Rotr,
            Operator::F64Nearest,
            Operator::I32Ctz,
            Operator::F32x4Sqrt,
            Operator::RefIsNull,
            Operator::BrOnNull { relative_depth: 0 },
            Operator::RefI31,
            Operator::StructNew { struct_type_index: 0 },
            Operator::ArrayCopy {
                array_type_index_dst: 0,
                array_type_index_src: 0,
            },
            Operator::CallRef { type_index: 0 },
        ] {
            if !used(&module, &op) {
                continue;
            }
            n += 1;
            let start = measure::measure(&module).unwrap();
            println!("{op:?} {start:?}");
            let begin = Instant::now();
            let mut counts = std::collections::BTreeMap::<&str, (u64, usize)>::new();
            let r = reduce(&module, &Bounds::default(), &mut |b| used(b, &op), &mut |p| {
                let e = counts.entry(p.pass).or_default();
                e.0 += 1;
                e.1 = p.instructions;
            })
            .unwrap();
            println!(
                "{} {} {} {:?} {counts:?}",
                r.tried,
                r.instructions,
                r.binary.len(),
                begin.elapsed()
            );
            if r.instructions > 4 {
                println!("{}", wasmprinter::print_bytes(&r.binary).unwrap());
            }
            let again = reduce(&r.binary, &Bounds::default(), &mut |b| used(b, &op), &mut |_| ()).unwrap();
            if again.binary != r.binary {
                println!("AGAIN {}", wasmprinter::print_bytes(&again.binary).unwrap());
            }
        }
    }
}
