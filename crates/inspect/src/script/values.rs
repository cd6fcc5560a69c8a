//! Values and patterns of a script, as they stand in JSON: numbers are decimal strings of their bits.

use serde::Serialize;
use std::fmt::Display;
use wast::core::{
    AbstractHeapType as Heap, HeapType, NanPattern, V128Const, V128Pattern, WastArgCore, WastRetCore,
};
use wast::token::{F32, F64, Index};
use wast::{WastArg, WastRet};

/// The message about components.
pub const COMPONENTS: &str = "components are not supported";

/// A value, or a pattern of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Its type, such as `i32`.
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// The type of the lanes of a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane_type: Option<&'static str>,
    /// The value; a pattern without one matches all values of its type that are not null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Text>,
    /// The alternatives of `either`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

/// The text of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Text {
    /// Of one number, or of a reference.
    One(String),
    /// Of each lane of a vector.
    Lanes(Vec<String>),
}

impl Value {
    /// Any value of a type.
    fn any(ty: &'static str) -> Value {
        Value {
            ty,
            lane_type: None,
            value: None,
            values: None,
        }
    }

    fn one(ty: &'static str, value: impl Display) -> Value {
        Value {
            value: Some(Text::One(value.to_string())),
            ..Value::any(ty)
        }
    }

    fn lanes<T>(ty: &'static str, lanes: &[T], text: impl Fn(&T) -> String) -> Value {
        Value {
            lane_type: Some(ty),
            value: Some(Text::Lanes(lanes.iter().map(text).collect())),
            ..Value::any("v128")
        }
    }
}

/// An argument of a call.
///
/// # Errors
///
/// It is a value of the component model.
pub fn argument(argument: WastArg<'_>) -> Result<Value, &'static str> {
    let WastArg::Core(argument) = argument else {
        return Err(COMPONENTS);
    };
    Ok(match argument {
        WastArgCore::I32(value) => Value::one("i32", value.cast_unsigned()),
        WastArgCore::I64(value) => Value::one("i64", value.cast_unsigned()),
        WastArgCore::F32(value) => Value::one("f32", value.bits),
        WastArgCore::F64(value) => Value::one("f64", value.bits),
        WastArgCore::V128(value) => vector(value),
        WastArgCore::RefNull(ty) => null(&ty),
        WastArgCore::RefExtern(number) => Value::one("externref", number),
        WastArgCore::RefHost(number) => Value::one("anyref", number),
    })
}

fn vector(value: V128Const) -> Value {
    pattern(match value {
        V128Const::I8x16(lanes) => V128Pattern::I8x16(lanes),
        V128Const::I16x8(lanes) => V128Pattern::I16x8(lanes),
        V128Const::I32x4(lanes) => V128Pattern::I32x4(lanes),
        V128Const::I64x2(lanes) => V128Pattern::I64x2(lanes),
        V128Const::F32x4(lanes) => V128Pattern::F32x4(lanes.map(NanPattern::Value)),
        V128Const::F64x2(lanes) => V128Pattern::F64x2(lanes.map(NanPattern::Value)),
    })
}

/// What a result must match.
///
/// # Errors
///
/// It is a value of the component model.
pub fn result(result: WastRet<'_>) -> Result<Value, &'static str> {
    match result {
        WastRet::Core(result) => Ok(core_result(result)),
        _ => Err(COMPONENTS),
    }
}

fn core_result(result: WastRetCore<'_>) -> Value {
    match result {
        WastRetCore::I32(value) => Value::one("i32", value.cast_unsigned()),
        WastRetCore::I64(value) => Value::one("i64", value.cast_unsigned()),
        WastRetCore::F32(value) => Value::one("f32", f32_text(&value)),
        WastRetCore::F64(value) => Value::one("f64", f64_text(&value)),
        WastRetCore::V128(value) => pattern(value),
        WastRetCore::RefNull(None) => Value::any("refnull"),
        WastRetCore::RefNull(Some(ty)) => null(&ty),
        WastRetCore::RefExtern(None) => Value::any("externref"),
        WastRetCore::RefExtern(Some(number)) => Value::one("externref", number),
        WastRetCore::RefHost(number) => Value::one("anyref", number),
        WastRetCore::RefFunc(None) => Value::any("funcref"),
        WastRetCore::RefFunc(Some(Index::Num(index, _))) => Value::one("funcref", index),
        WastRetCore::RefFunc(Some(Index::Id(name))) => {
            Value::one("funcref", format_args!("${}", name.name()))
        }
        WastRetCore::RefAny => Value::any("anyref"),
        WastRetCore::RefEq => Value::any("eqref"),
        WastRetCore::RefArray => Value::any("arrayref"),
        WastRetCore::RefStruct => Value::any("structref"),
        WastRetCore::RefI31 => Value::any("i31ref"),
        WastRetCore::RefI31Shared => Value::any("i31refshared"),
        WastRetCore::Either(cases) => Value {
            values: Some(cases.into_iter().map(core_result).collect()),
            ..Value::any("either")
        },
    }
}

fn pattern(value: V128Pattern) -> Value {
    match value {
        V128Pattern::I8x16(lanes) => Value::lanes("i8", &lanes, |lane| lane.cast_unsigned().to_string()),
        V128Pattern::I16x8(lanes) => Value::lanes("i16", &lanes, |lane| lane.cast_unsigned().to_string()),
        V128Pattern::I32x4(lanes) => Value::lanes("i32", &lanes, |lane| lane.cast_unsigned().to_string()),
        V128Pattern::I64x2(lanes) => Value::lanes("i64", &lanes, |lane| lane.cast_unsigned().to_string()),
        V128Pattern::F32x4(lanes) => Value::lanes("f32", &lanes, f32_text),
        V128Pattern::F64x2(lanes) => Value::lanes("f64", &lanes, f64_text),
    }
}

fn f32_text(value: &NanPattern<F32>) -> String {
    nan_text(value, |value| value.bits.to_string())
}

fn f64_text(value: &NanPattern<F64>) -> String {
    nan_text(value, |value| value.bits.to_string())
}

fn nan_text<T>(value: &NanPattern<T>, bits: impl Fn(&T) -> String) -> String {
    match value {
        NanPattern::CanonicalNan => "nan:canonical".to_owned(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_owned(),
        NanPattern::Value(value) => bits(value),
    }
}

/// A null reference of a type. Types of the module, and shared ones, have no name in the format.
fn null(ty: &HeapType<'_>) -> Value {
    let HeapType::Abstract { shared: false, ty } = ty else {
        return Value::any("refnull");
    };
    match ty {
        Heap::None => Value::any("nullref"),
        Heap::NoFunc => Value::any("nullfuncref"),
        Heap::NoExtern => Value::any("nullexternref"),
        Heap::NoExn => Value::any("nullexnref"),
        Heap::NoCont => Value::any("nullcontref"),
        Heap::Func => Value::one("funcref", NULL),
        Heap::Extern => Value::one("externref", NULL),
        Heap::Exn => Value::one("exnref", NULL),
        Heap::Cont => Value::one("contref", NULL),
        Heap::Any => Value::one("anyref", NULL),
        Heap::Eq => Value::one("eqref", NULL),
        Heap::Struct => Value::one("structref", NULL),
        Heap::Array => Value::one("arrayref", NULL),
        Heap::I31 => Value::one("i31ref", NULL),
    }
}

/// The text of a null reference.
const NULL: &str = "null";
