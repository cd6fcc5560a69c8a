//! Numbers and vectors on a command line, as the text format writes them.
//!
//! The text format's own parser reads each number, so hexadecimal floats, `nan:0x1` and `1_000` mean what they mean there.

use crate::{Error, Result, Source};
use std::fmt;
use transom::Escaped;
use wasmparser::{Operator, Parser, Payload};

/// A type of numbers or vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::V128 => "v128",
        })
    }
}

/// Shapes of vectors, and how many lanes they have.
const SHAPES: [(&str, usize); 6] = [
    ("i8x16", 16),
    ("i16x8", 8),
    ("i32x4", 4),
    ("i64x2", 2),
    ("f32x4", 4),
    ("f64x2", 2),
];

/// The bits of a number as it follows `.const` in the text format. A vector is `i32x4:1,2,3,4`, `i32x4 1 2 3 4`, or an integer of
/// 128 bits.
///
/// # Errors
///
/// The text is no such number, or the number does not fit.
pub fn parse(text: &str, ty: Type) -> Result<u128> {
    if ty == Type::V128 {
        return vector(text);
    }
    match constant(text, ty) {
        Err(error) if error.message.contains("out of range") && !text.contains("nan") => {
            Err(out_of_range(text, ty))
        }
        // The text format requires a digit before the point.
        Err(_) if begins_with_point(text) => {
            parse(&text.replacen('.', "0.", 1), ty).map_err(|_| invalid(text, ty))
        }
        Err(_) => Err(invalid(text, ty)),
        bits => bits,
    }
}

fn begins_with_point(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text).strip_prefix('.');
    digits.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}

fn vector(text: &str) -> Result<u128> {
    let Some((shape, lanes)) = text.split_once([':', ' ']) else {
        return integer(text).ok_or_else(|| invalid(text, Type::V128));
    };
    let Some((_, wanted)) = SHAPES.iter().find(|(name, _)| *name == shape) else {
        return Err(invalid(text, Type::V128));
    };
    let lanes = lanes.split([',', ' ']).filter(|lane| !lane.is_empty());
    let lanes = lanes.collect::<Vec<_>>();
    if lanes.len() != *wanted {
        let (text, given) = (Escaped(text), lanes.len());
        return Err(Error::new(format!(
            "`{text}` has {given} lanes, but {shape} has {wanted}"
        )));
    }
    constant(&format!("{shape} {}", lanes.join(" ")), Type::V128).map_err(|error| {
        match error.message.contains("out of range") {
            true => Error::new(format!(
                "`{}` is not a valid v128: a lane is out of range for {shape}",
                Escaped(text)
            )),
            false => invalid(text, Type::V128),
        }
    })
}

/// An integer of 128 bits, which the text format does not have.
fn integer(text: &str) -> Option<u128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    // An underscore stands between two digits.
    let groups = digits.split('_');
    let are_digits = |group: &str| !group.is_empty() && group.chars().all(|c| c.is_digit(radix));
    if !groups.clone().all(are_digits) {
        return None;
    }
    let value = u128::from_str_radix(&groups.collect::<String>(), radix).ok()?;
    let fits = !negative || value <= 1 << 127;
    fits.then_some(if negative { value.wrapping_neg() } else { value })
}

/// The bits of the constant of an instruction `.const`.
fn constant(text: &str, ty: Type) -> Result<u128> {
    // Nothing but what belongs to the number: no comments, no other instructions.
    let plain = |c: char| c.is_ascii_alphanumeric() || " .+-_:".contains(c);
    if text.is_empty() || !text.chars().all(plain) || ty != Type::V128 && text.contains(' ') {
        return Err(invalid(text, ty));
    }
    let source = Source::new(
        "argument",
        format!("(module (func (result {ty}) {ty}.const {text}))"),
    );
    let binary = source.binary()?;
    let body = Parser::new(0)
        .parse_all(&binary)
        .find_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
    let mut operators = body.ok_or_else(|| invalid(text, ty))?.get_operators_reader()?;
    Ok(match operators.read()? {
        Operator::I32Const { value } => u128::from(value as u32),
        Operator::I64Const { value } => u128::from(value as u64),
        Operator::F32Const { value } => u128::from(value.bits()),
        Operator::F64Const { value } => u128::from(value.bits()),
        Operator::V128Const { value } => value.i128() as u128,
        _ => return Err(invalid(text, ty)),
    })
}

fn invalid(text: &str, ty: Type) -> Error {
    Error::new(format!("`{}` is not a valid {ty}", Escaped(text)))
}

fn out_of_range(text: &str, ty: Type) -> Error {
    let range = match ty {
        Type::I32 => format!("{} to {}", i32::MIN, u32::MAX),
        Type::I64 => format!("{} to {}", i64::MIN, u64::MAX),
        Type::F32 => format!("{:?} to {:?}, or inf", f32::MIN, f32::MAX),
        Type::F64 => format!("{:?} to {:?}, or inf", f64::MIN, f64::MAX),
        Type::V128 => return invalid(text, ty),
    };
    Error::new(format!("`{}` is out of range for {ty}: {range}", Escaped(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str, ty: Type) -> Option<u128> {
        parse(text, ty).ok()
    }

    #[test]
    fn integers() {
        for (text, value) in [
            ("1_000", 1000),
            ("0x1_000", 4096),
            ("+5", 5),
            ("-1", -1),
            ("4294967295", -1),
            ("-0x80000000", i32::MIN),
        ] {
            assert_eq!(bits(text, Type::I32), Some(u128::from(value as u32)), "{text}");
        }
        assert_eq!(
            bits("18446744073709551615", Type::I64),
            Some(u128::from(u64::MAX))
        );
        for text in [
            "", "-", "0x", "1__0", "_1", "1_", "1.5", "abc", "1 2", "1)", "1 (;x;)", "0X10", "１",
        ] {
            let error = parse(text, Type::I32).expect_err(text);
            assert!(error.message.ends_with("is not a valid i32"), "{error}");
        }
        for text in ["4294967296", "-2147483649", "0x1_0000_0000"] {
            let error = parse(text, Type::I32).expect_err(text).message;
            assert_eq!(
                error,
                format!("`{text}` is out of range for i32: -2147483648 to 4294967295")
            );
        }
    }

    #[test]
    fn floats() {
        for (text, value) in [
            ("0x1p3", 8.0),
            ("-0x1.8p-1", -0.75),
            ("0x1.000001p0", 1.0),
            ("1_000.5", 1000.5),
            ("5.", 5.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("+inf", f32::INFINITY),
            ("-inf", f32::NEG_INFINITY),
            ("1e-50", 0.0),
        ] {
            assert_eq!(
                bits(text, Type::F32),
                Some(u128::from(f32::to_bits(value))),
                "{text}"
            );
        }
        assert_eq!(bits("nan:0x20_0000", Type::F32), Some(0x7fa0_0000));
        assert_eq!(bits("-nan", Type::F32), Some(0xffc0_0000));
        assert_eq!(bits("0x1p-1074", Type::F64), Some(1));
        for text in ["1e40", "-1e40", "0x1p128"] {
            let error = parse(text, Type::F32).expect_err(text).message;
            assert_eq!(
                error,
                format!("`{text}` is out of range for f32: -3.4028235e38 to 3.4028235e38, or inf")
            );
        }
        assert!(
            parse("1e400", Type::F64)
                .expect_err("large")
                .message
                .contains("out of range for f64")
        );
        for text in [
            "",
            ".",
            "1e",
            "infinity",
            "NaN",
            "nan:canonical",
            "nan:0x0",
            "nan:1",
            "0x",
            "1.5.2",
        ] {
            assert!(parse(text, Type::F32).is_err(), "{text}");
        }
    }

    #[test]
    fn vectors() {
        assert_eq!(
            bits("i32x4:1,2,3,-1", Type::V128),
            Some(0xffff_ffff_0000_0003_0000_0002_0000_0001)
        );
        assert_eq!(bits("i64x2 1 2", Type::V128), Some(1 | 2 << 64));
        assert_eq!(
            bits("f32x4:1,0x1p1,nan,-inf", Type::V128),
            Some(0xff80_0000_7fc0_0000_4000_0000_3f80_0000)
        );
        assert_eq!(
            bits("i8x16:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,255", Type::V128).map(|bits| bits >> 120),
            Some(0xff)
        );
        for (text, value) in [
            ("0x1_0", 16),
            ("5", 5),
            ("-1", u128::MAX),
            ("340282366920938463463374607431768211455", u128::MAX),
        ] {
            assert_eq!(bits(text, Type::V128), Some(value), "{text}");
        }
        for (text, expected) in [
            ("i8x16:1,2", "has 2 lanes, but i8x16 has 16"),
            (
                "i8x16:256,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
                "a lane is out of range for i8x16",
            ),
            ("i32x4:1,2,3,x", "is not a valid v128"),
            ("i9x9:1", "is not a valid v128"),
            ("1_", "is not a valid v128"),
            ("340282366920938463463374607431768211456", "is not a valid v128"),
        ] {
            let error = parse(text, Type::V128).expect_err(text).message;
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
