//! Whether a value is what a script expects: exact values, patterns of NaNs and lanes, kinds of references.

use crate::values::{display, extern_number, host_number};
use transom::{AnyRef, Rooted, Store, Val};
use wast::core::{AbstractHeapType as Abstract, HeapType, NanPattern, V128Pattern, WastRetCore as Ret};
use wast::token::{F32, F64};

/// What differs, if anything does.
pub(crate) fn mismatch(store: &mut Store<()>, actual: &Val, expected: &Ret<'_>) -> Option<String> {
    let matched = matches(store, actual, expected);
    (!matched).then(|| format!("expected {}, got {}", describe(expected), display(store, actual)))
}

fn matches(store: &mut Store<()>, actual: &Val, expected: &Ret<'_>) -> bool {
    match (actual, expected) {
        (Val::I32(actual), Ret::I32(expected)) => actual == expected,
        (Val::I64(actual), Ret::I64(expected)) => actual == expected,
        (Val::F32(actual), Ret::F32(expected)) => f32_matches(*actual, expected),
        (Val::F64(actual), Ret::F64(expected)) => f64_matches(*actual, expected),
        (Val::V128(actual), Ret::V128(expected)) => v128_matches(actual.as_u128().to_le_bytes(), expected),
        (_, Ret::Either(cases)) => cases.iter().any(|case| matches(store, actual, case)),
        _ => reference_matches(store, actual, expected),
    }
}

fn reference_matches(store: &mut Store<()>, actual: &Val, expected: &Ret<'_>) -> bool {
    match (actual, expected) {
        (_, Ret::RefNull(heap)) => null_matches(actual, heap.as_ref()),
        (Val::FuncRef(Some(_)), Ret::RefFunc(_)) => true,
        // A null is an external reference, too.
        (Val::ExternRef(_), Ret::RefExtern(None)) => true,
        (Val::ExternRef(Some(actual)), Ret::RefExtern(Some(number))) => {
            extern_number(store, actual) == Some(*number)
        }
        (Val::AnyRef(Some(actual)), expected) => internal_matches(store, *actual, expected),
        _ => false,
    }
}

fn internal_matches(store: &mut Store<()>, actual: Rooted<AnyRef>, expected: &Ret<'_>) -> bool {
    match expected {
        Ret::RefAny => true,
        Ret::RefEq => actual.is_eqref(store).unwrap_or(false),
        Ret::RefI31 => actual.is_i31(store).unwrap_or(false),
        Ret::RefStruct => actual.is_struct(store).unwrap_or(false),
        Ret::RefArray => actual.is_array(store).unwrap_or(false),
        Ret::RefHost(number) => host_number(store, actual) == Some(*number),
        _ => false,
    }
}

/// Whether `actual` is a null, and of the hierarchy that `heap` belongs to if that can be told.
fn null_matches(actual: &Val, heap: Option<&HeapType<'_>>) -> bool {
    let ty = match heap {
        Some(HeapType::Abstract { ty, .. }) => Some(ty),
        _ => None,
    };
    match actual {
        Val::FuncRef(None) => matches!(ty, None | Some(Abstract::Func | Abstract::NoFunc)),
        Val::ExternRef(None) => matches!(ty, None | Some(Abstract::Extern | Abstract::NoExtern)),
        Val::ExnRef(None) => matches!(ty, None | Some(Abstract::Exn | Abstract::NoExn)),
        Val::AnyRef(None) => {
            use Abstract::{Any, Array, Eq, I31, None as Bottom, Struct};
            matches!(ty, None | Some(Any | Eq | I31 | Struct | Array | Bottom))
        }
        _ => false,
    }
}

fn f32_matches(actual: u32, expected: &NanPattern<F32>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => actual & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(expected) => actual == expected.bits,
    }
}

fn f64_matches(actual: u64, expected: &NanPattern<F64>) -> bool {
    match expected {
        NanPattern::CanonicalNan => actual & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => actual & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(expected) => actual == expected.bits,
    }
}

fn v128_matches(actual: [u8; 16], expected: &V128Pattern) -> bool {
    match expected {
        V128Pattern::I8x16(lanes) => lanes_match(actual, lanes, |lane, x| i8::from_le_bytes(lane) == *x),
        V128Pattern::I16x8(lanes) => lanes_match(actual, lanes, |lane, x| i16::from_le_bytes(lane) == *x),
        V128Pattern::I32x4(lanes) => lanes_match(actual, lanes, |lane, x| i32::from_le_bytes(lane) == *x),
        V128Pattern::I64x2(lanes) => lanes_match(actual, lanes, |lane, x| i64::from_le_bytes(lane) == *x),
        V128Pattern::F32x4(lanes) => {
            lanes_match(actual, lanes, |lane, x| f32_matches(u32::from_le_bytes(lane), x))
        }
        V128Pattern::F64x2(lanes) => {
            lanes_match(actual, lanes, |lane, x| f64_matches(u64::from_le_bytes(lane), x))
        }
    }
}

/// Whether each lane of `BYTES` bytes is as expected.
fn lanes_match<const BYTES: usize, T>(
    actual: [u8; 16],
    expected: &[T],
    matches: impl Fn([u8; BYTES], &T) -> bool,
) -> bool {
    let lanes = actual.chunks_exact(BYTES);
    lanes.zip(expected).all(|(lane, expected)| {
        matches(
            lane.try_into().expect("a chunk has the size that was asked for"),
            expected,
        )
    })
}

/// What is expected, nearly as the script writes it.
fn describe(expected: &Ret<'_>) -> String {
    match expected {
        Ret::I32(value) => format!("(i32.const {value})"),
        Ret::I64(value) => format!("(i64.const {value})"),
        Ret::F32(value) => format!(
            "(f32.const {})",
            nan_pattern(value, |value| crate::text::f32(value.bits))
        ),
        Ret::F64(value) => format!(
            "(f64.const {})",
            nan_pattern(value, |value| crate::text::f64(value.bits))
        ),
        Ret::V128(value) => format!("(v128.const {value:?})"),
        Ret::RefNull(_) => "(ref.null)".to_owned(),
        Ret::RefExtern(None) => "(ref.extern)".to_owned(),
        Ret::RefExtern(Some(number)) => format!("(ref.extern {number})"),
        Ret::RefHost(number) => format!("(ref.host {number})"),
        Ret::RefFunc(_) => "(ref.func)".to_owned(),
        Ret::RefAny => "(ref.any)".to_owned(),
        Ret::RefEq => "(ref.eq)".to_owned(),
        Ret::RefArray => "(ref.array)".to_owned(),
        Ret::RefStruct => "(ref.struct)".to_owned(),
        Ret::RefI31 => "(ref.i31)".to_owned(),
        Ret::RefI31Shared => "(ref.i31_shared)".to_owned(),
        Ret::Either(cases) => format!(
            "either {}",
            cases.iter().map(describe).collect::<Vec<_>>().join(" or ")
        ),
    }
}

fn nan_pattern<T>(pattern: &NanPattern<T>, value: impl Fn(&T) -> String) -> String {
    match pattern {
        NanPattern::CanonicalNan => "nan:canonical".to_owned(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_owned(),
        NanPattern::Value(exact) => value(exact),
    }
}
