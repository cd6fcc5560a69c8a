//! Values on the command line: arguments by the type that a function takes, results so that they can be read back.

use transom::{AnyRef, AsContext, Escaped, FuncType, Val, ValType};
use transom_inspect::literal::{self, Type};

/// An argument of the type `ty`.
pub fn parse(text: &str, ty: &ValType) -> Result<Val, String> {
    let bits = |ty| literal::parse(text, ty).map_err(|error| error.message);
    Ok(match ty {
        ValType::I32 => Val::I32(bits(Type::I32)? as i32),
        ValType::I64 => Val::I64(bits(Type::I64)? as i64),
        ValType::F32 => Val::F32(bits(Type::F32)? as u32),
        ValType::F64 => Val::F64(bits(Type::F64)? as u64),
        ValType::V128 => Val::V128(bits(Type::V128)?.into()),
        ValType::Ref(reference) if text == "null" && reference.is_nullable() => {
            Val::null_ref(reference.heap_type())
        }
        ValType::Ref(_) => {
            return Err(format!(
                "`{}` is not a valid {ty}; the only reference with a text form is `null`",
                Escaped(text)
            ));
        }
    })
}

/// A result, as an argument would be written.
pub fn display(store: impl AsContext, value: &Val) -> String {
    match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => match f32::from_bits(*bits) {
            value if value.is_nan() => display_nan(*bits >> 31 != 0, u64::from(*bits & 0x7f_ffff), 0x40_0000),
            value => format!("{value:?}"),
        },
        Val::F64(bits) => match f64::from_bits(*bits) {
            value if value.is_nan() => {
                display_nan(*bits >> 63 != 0, *bits & 0xf_ffff_ffff_ffff, 0x8_0000_0000_0000)
            }
            value => format!("{value:?}"),
        },
        Val::V128(value) => format!("{:#034x}", value.as_u128()),
        Val::FuncRef(None)
        | Val::ExternRef(None)
        | Val::AnyRef(None)
        | Val::ExnRef(None)
        | Val::ContRef(None) => "null".to_owned(),
        Val::ContRef(Some(continuation)) => match *continuation {},
        Val::FuncRef(Some(func)) => format!("a function {}", signature(&func.ty(store))),
        Val::ExternRef(Some(_)) => "a host reference".to_owned(),
        Val::AnyRef(Some(value)) => internal(&store, value).unwrap_or_else(|error| error.to_string()),
        Val::ExnRef(Some(_)) => "an exception".to_owned(),
    }
}

/// What an internal reference refers to.
fn internal(store: &impl AsContext, value: &AnyRef) -> transom::Result<String> {
    Ok(match value.as_i31(store)? {
        Some(number) => format!("i31 {}", number.get_i32()),
        None if value.is_externref(store)? => "a host reference".to_owned(),
        None => format!("a reference to {}", value.ty(store)?),
    })
}

fn display_nan(negative: bool, payload: u64, canonical: u64) -> String {
    let sign = if negative { "-" } else { "" };
    if payload == canonical {
        format!("{sign}nan")
    } else {
        format!("{sign}nan:{payload:#x}")
    }
}

/// A function type in the form `(params) -> (results)`.
pub fn signature(ty: &FuncType) -> String {
    let list = |types: &mut dyn Iterator<Item = ValType>| {
        let types = types.map(|ty| ty.to_string()).collect::<Vec<_>>();
        format!("({})", types.join(", "))
    };
    format!("{} -> {}", list(&mut ty.params()), list(&mut ty.results()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom::{Engine, Store};

    fn round(text: &str, ty: ValType) -> String {
        let store = Store::new(&Engine::default(), ());
        parse(text, &ty).map_or_else(|error| error, |value| display(&store, &value))
    }

    #[test]
    fn integers() {
        assert_eq!(round("4294967295", ValType::I32), "-1");
        assert_eq!(round("-2147483648", ValType::I32), "-2147483648");
        assert_eq!(round("0x7f", ValType::I64), "127");
        assert_eq!(round("18446744073709551615", ValType::I64), "-1");
        assert_eq!(round("+1", ValType::I32), "1");
        for wrong in ["1.5", "", "-", "0x", "abc"] {
            assert_eq!(
                round(wrong, ValType::I32),
                format!("`{wrong}` is not a valid i32")
            );
        }
    }

    #[test]
    fn floats() {
        let same = [
            "0.1", "-0.0", "inf", "-inf", "nan", "-nan", "nan:0x1", "1e300", "5e-324",
        ];
        for text in same {
            assert_eq!(round(text, ValType::F64), text);
        }
        assert_eq!(round("0.1", ValType::F32), "0.1");
        assert_eq!(round("-nan:0x200000", ValType::F32), "-nan:0x200000");
        assert_eq!(round("nan:0x0", ValType::F32), "`nan:0x0` is not a valid f32");
        assert_eq!(
            round("nan:0x800000", ValType::F32),
            "`nan:0x800000` is not a valid f32"
        );
    }

    #[test]
    fn vectors_and_references() {
        let vector = "0x000102030405060708090a0b0c0d0e0f";
        assert_eq!(round(vector, ValType::V128), vector);
        assert_eq!(
            round("340282366920938463463374607431768211455", ValType::V128),
            format!("0x{}", "f".repeat(32))
        );
        assert_eq!(round("null", ValType::EXTERNREF), "null");
        assert!(round("7", ValType::FUNCREF).contains("the only reference with a text form is `null`"));
    }
}
