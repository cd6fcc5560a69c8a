//! Whether drivers return what the exports do that they call.

use super::*;
use crate::{FLAVOURS, generate};
use std::collections::BTreeSet;
use transom::{
    Config, Engine, Error, HeapType, Instance, Module, Store, ThrownException, Trap, Val, ValType,
};
use transom_inspect::Source;
use wasmparser::Validator;

fn binary(text: &str) -> Vec<u8> {
    let source = Source::new("test", text);
    source.binary().expect("well-formed").into_owned()
}

fn driven(text: &str) -> Driven {
    drive(&binary(text), 1).expect("valid")
}

fn engine() -> Engine {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true).wasm_threads(true);
    Engine::new(&config).expect("the machine is supported")
}

/// The export that a driver calls.
fn function(call: &Call) -> &str {
    &call.calls[0].function
}

/// What a function of a new instance comes to: its results, or why there are none.
fn call(engine: &Engine, binary: &[u8], name: &str, arguments: &[Val]) -> Result<Vec<i64>, String> {
    let mut store = Store::new(engine, ());
    let module = Module::new(engine, binary).expect("valid");
    let instance = Instance::new(&mut store, &module, &[]).map_err(cause)?;
    let function = instance.get_func(&mut store, name).expect("exported");
    let types: Vec<ValType> = function.ty(&store).results().collect();
    let mut results = vec![Val::I32(0); types.len()];
    function
        .call(&mut store, arguments, &mut results)
        .map_err(cause)?;
    let told = types.iter().zip(&results);
    Ok(told.flat_map(|(ty, value)| tell(&store, ty, value)).collect())
}

fn cause(error: Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(trap) => format!("{trap:?}"),
        None if error.is::<ThrownException>() => "exception".to_owned(),
        None => error.to_string(),
    }
}

/// What [`Call::results`] says of values.
fn tell(store: &Store<()>, ty: &ValType, value: &Val) -> Vec<i64> {
    let f32_bits = |bits: u32| {
        if f32::from_bits(bits).is_nan() {
            f32::NAN.to_bits()
        } else {
            bits
        }
    };
    let f64_bits = |bits: u64| {
        if f64::from_bits(bits).is_nan() {
            f64::NAN.to_bits()
        } else {
            bits
        }
    };
    match value {
        Val::I32(value) => vec![(*value).into()],
        Val::I64(value) => vec![*value],
        Val::F32(bits) => vec![f32_bits(*bits).into()],
        Val::F64(bits) => vec![f64_bits(*bits) as i64],
        Val::V128(value) => vec![value.as_u128() as i64, (value.as_u128() >> 64) as i64],
        Val::AnyRef(Some(value)) => {
            let ValType::Ref(ty) = ty else {
                unreachable!("it is a reference")
            };
            let told = matches!(ty.heap_type(), HeapType::Any | HeapType::Eq | HeapType::I31);
            let i31 = value.as_i31(store).expect("rooted").filter(|_| told);
            vec![i31.map_or(1, |value| i64::from(value.get_u32()) * 4 + 2)]
        }
        Val::FuncRef(value) => vec![value.is_some().into()],
        Val::ExternRef(value) => vec![value.is_some().into()],
        Val::AnyRef(None) => vec![0],
        Val::ExnRef(value) => vec![value.is_some().into()],
        Val::ContRef(value) => vec![value.is_some().into()],
    }
}

/// The value of an argument, if the host can make it.
fn argument(text: &str, ty: &ValType) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(text.parse().expect("an i32")),
        ValType::I64 => Val::I64(text.parse().expect("an i64")),
        ValType::F32 => Val::F32(text.parse::<f32>().expect("an f32").to_bits()),
        ValType::F64 => Val::F64(text.parse::<f64>().expect("an f64").to_bits()),
        ValType::V128 => {
            let digits = text.strip_prefix("0x").expect("hexadecimal");
            Val::from(u128::from_str_radix(digits, 16).expect("a v128"))
        }
        ValType::Ref(ty) if text == "null" => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return None,
    })
}

fn parameters(engine: &Engine, binary: &[u8], name: &str) -> Vec<ValType> {
    let module = Module::new(engine, binary).expect("valid");
    let ty = module.get_export(name).expect("exported");
    ty.func().expect("a function").params().collect()
}

#[test]
fn drivers_return_what_exports_do() {
    let engine = engine();
    let (mut compared, mut trapped, mut flavours) = (0, 0, BTreeSet::new());
    for seed in 0..117 {
        let generated = generate(seed);
        let driven = drive(&generated.binary, seed).expect("valid");
        Validator::new_with_features(WasmFeatures::WASM3)
            .validate_all(&driven.binary)
            .expect("drivers are valid");
        for of in driven.calls.iter().take(3) {
            let types = parameters(&engine, &generated.binary, function(of));
            let arguments = of.calls[0].arguments.iter().zip(&types);
            let Some(arguments) = arguments
                .map(|(text, ty)| argument(text, ty))
                .collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            let direct = call(&engine, &generated.binary, function(of), &arguments);
            let through = call(&engine, &driven.binary, &of.driver, &[]);
            if let Ok(results) = &through {
                assert_eq!(results.len(), of.results.len());
            }
            let through = through.map(|mut results| {
                results.pop();
                results
            });
            assert_eq!(direct, through, "seed {seed}, {of:?}");
            compared += 1;
            trapped += usize::from(direct.is_err());
            flavours.insert(generated.flavour);
        }
    }
    println!("{compared} calls compared, {trapped} of them end in a trap or an exception");
    assert_eq!(flavours.len(), FLAVOURS.len());
    assert!(compared > 200 && trapped * 3 < compared, "{compared} {trapped}");
}

fn run(driven: &Driven, index: usize) -> Vec<i64> {
    call(&engine(), &driven.binary, &driven.calls[index].driver, &[]).expect("it returns")
}

/// Functions that change nothing, and one that does: only its state differs.
fn changes(text: &str) {
    let driven = driven(text);
    let names: Vec<&str> = driven.calls.iter().map(|call| &*call.calls[0].function).collect();
    let state = |name: &str| {
        let index = names.iter().position(|of| *of == name).expect("driven");
        *run(&driven, index).last().expect("a state")
    };
    let nothing = state("nothing");
    assert_eq!(nothing, state("nothing"));
    for name in names.iter().filter(|name| **name != "nothing") {
        assert_ne!(nothing, state(name), "{name} of {text}");
    }
}

#[test]
fn the_state_is_all_that_can_change() {
    changes(
        r#"(module (memory 1 3) (func (export "nothing"))
            (func (export "first") (i32.store8 (i32.const 0) (i32.const 1)))
            (func (export "last") (i32.store8 (i32.const 65535) (i32.const 128)))
            (func (export "grow") (drop (memory.grow (i32.const 1)))))"#,
    );
    changes(
        r#"(module (memory 0) (memory $n i64 1) (func (export "nothing"))
            (func (export "second") (i64.store8 $n (i64.const 65535) (i64.const 1)))
            (func (export "grow") (drop (memory.grow $n (i64.const 1)))))"#,
    );
    changes(
        r#"(module (memory 11 20 (pagesize 1)) (func (export "nothing"))
            (func (export "tail") (i32.store8 (i32.const 10) (i32.const 1)))
            (func (export "first") (i32.store8 (i32.const 0) (i32.const 1))))"#,
    );
    changes(
        r#"(module (table 1 9 funcref) (table $t i64 1 9 externref) (func (export "nothing"))
            (func (export "first") (drop (table.grow (ref.null func) (i32.const 2))))
            (func (export "second") (drop (table.grow $t (ref.null extern) (i64.const 2)))))"#,
    );
    changes(
        r#"(module (global $a (mut f64) (f64.const 0)) (global $b (mut v128) (v128.const i64x2 0 0))
            (global $c (mut anyref) (ref.null any)) (global $d (mut funcref) (ref.null func)) (elem declare func 0)
            (func (export "nothing"))
            (func (export "a") (global.set $a (f64.const -0)))
            (func (export "low") (global.set $b (v128.const i64x2 1 0)))
            (func (export "high") (global.set $b (v128.const i64x2 0 1)))
            (func (export "c") (global.set $c (ref.i31 (i32.const 0))))
            (func (export "d") (global.set $d (ref.func 0))))"#,
    );
}

#[test]
fn results_are_told() {
    let driven = driven(
        r#"(module (type $s (struct (field i32)))
            (func (export "numbers") (result i32 i64 f32 f64)
                (i32.const -2) (i64.const 5) (f32.const -nan:0x200001) (f64.const 1))
            (func (export "references") (result funcref anyref i31ref (ref $s) externref v128)
                (ref.null func) (ref.i31 (i32.const -1)) (ref.null i31) (struct.new_default $s)
                (extern.convert_any (ref.i31 (i32.const 3))) (v128.const i64x2 7 8)))"#,
    );
    let mut told = run(&driven, 0);
    told.pop();
    assert_eq!(told, [-2, 5, 0x7fc0_0000, 0x3ff0_0000_0000_0000]);
    let mut told = run(&driven, 1);
    told.pop();
    assert_eq!(told, [0, 0x7fff_ffff * 4 + 2, 0, 1, 1, 7, 8]);
    assert_eq!(
        driven.calls[1].results,
        [
            "result 0 (funcref)",
            "result 1 (anyref)",
            "result 2 (i31ref)",
            "result 3 ((ref 0))",
            "result 4 (externref)",
            "result 5 (v128, low)",
            "result 5 (v128, high)",
            "state",
        ]
    );
}

#[test]
fn references_that_must_be_are_made_or_the_export_is_skipped() {
    let driven = driven(
        r#"(module (type $s (sub (struct (field i8) (field anyref)))) (type $t (sub $s (struct (field i8) (field anyref) (field (ref $s)))))
            (type $a (array (mut (ref $t)))) (type $f (func (param i32)))
            (func $f (type $f)) (elem declare func $f)
            (func (export "any") (param (ref any) (ref eq) (ref i31) (ref struct) (ref array) (ref func) (ref extern)))
            (func (export "own") (param (ref $s) (ref $t) (ref $a) (ref $f)) (result i32)
                (struct.get_s $s 0 (array.get $a (local.get 2) (i32.const 2))))
            (func (export "none") (param (ref none)))
            (func (export "exn") (param i32 (ref exn)))
            (func (export "null") (param nullref exnref (ref null $t))))"#,
    );
    let names = |calls: &[Call]| {
        calls
            .iter()
            .map(|call| call.calls[0].function.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&driven.calls), ["any", "own", "null"]);
    for index in 0..3 {
        run(&driven, index);
    }
    assert_eq!(driven.calls[1].calls[0].arguments[3], "ref.func 0");
    assert_eq!(driven.calls[2].calls[0].arguments, ["null"; 3]);
    let skipped: Vec<&str> = driven.skipped.iter().map(|skipped| &*skipped.function).collect();
    assert_eq!(skipped, ["none", "exn"]);
    assert!(
        driven.skipped[0].reason.contains("(ref none)"),
        "{:?}",
        driven.skipped
    );
}

#[test]
fn what_is_there_stays() {
    let text = r#"(module $m (import "a" "f" (func $f (param i32))) (import "a" "m" (memory 1)) (import "a" "g" (global i32))
        (export "drive0" (func $f)) (export "é\00" (func $f)) (export "m" (memory 0)))"#;
    let before = binary(text);
    let driven = driven(text);
    Validator::new_with_features(WasmFeatures::WASM3)
        .validate_all(&driven.binary)
        .expect("valid");
    assert_eq!(driven.calls[0].driver, "driver0");
    assert_eq!(driven.calls[1].calls[0].function, "é\0");
    let before = transom_inspect::sections::sections(&before).expect("well-formed");
    let after = transom_inspect::sections::sections(&driven.binary).expect("well-formed");
    let ids = |sections: &[transom_inspect::sections::Section]| {
        sections.iter().map(|section| section.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&before), [1, 2, 7, 0]);
    assert_eq!(ids(&after), [1, 2, 3, 7, 10, 0]);
    let nothing = drive(&binary("(module (memory 1))"), 0).expect("valid");
    assert!(nothing.calls.is_empty() && nothing.skipped.is_empty());
    assert_eq!(nothing.binary, binary("(module (memory 1))"));
    assert!(drive(b"\0asm\x01\0\0\0\x01\x05", 0).is_err());
}

#[test]
fn arguments_are_many_and_repeatable() {
    let text = r#"(module (memory 1) (func (export "f") (param i32 i64 f32 f64 v128)))"#;
    let mut seen = BTreeSet::new();
    for seed in 0..300 {
        let arguments = |driven: Driven| driven.calls[0].calls[0].arguments.clone();
        let first = arguments(drive(&binary(text), seed).expect("valid"));
        assert_eq!(first, arguments(drive(&binary(text), seed).expect("valid")));
        seen.extend(first);
    }
    for value in [
        "0",
        "-1",
        "-2147483648",
        "9223372036854775807",
        "65535",
        "nan",
        "inf",
        "-0.0",
        "5e-324",
    ] {
        assert!(seen.contains(value), "{value}");
    }
}
