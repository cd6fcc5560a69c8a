//! Values of a script, turned into values of the engine, and both turned into text.

use crate::text;
use transom::{AnyRef, ExternRef, Result, Rooted, Store, Val, ValType};
use wast::core::WastArgCore;

/// The argument that a script passes where a function takes a `ty`.
pub(crate) fn argument(store: &mut Store<()>, argument: &WastArgCore<'_>, ty: &ValType) -> Result<Val> {
    Ok(match argument {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(u128::from_le_bytes(value.to_le_bytes()).into()),
        WastArgCore::RefNull(_) => match ty {
            ValType::Ref(ty) => Val::null_ref(ty.heap_type()),
            _ => return Err(transom::Error::msg(format!("cannot pass null as {ty}"))),
        },
        WastArgCore::RefExtern(number) => Val::ExternRef(Some(ExternRef::new(store, *number)?)),
        WastArgCore::RefHost(number) => {
            let reference = ExternRef::new(&mut *store, *number)?;
            Val::AnyRef(Some(AnyRef::convert_extern(store, reference)?))
        }
    })
}

/// The number that a script gave to an external reference.
pub(crate) fn extern_number(store: &Store<()>, value: &ExternRef) -> Option<u32> {
    value.data(store).ok()??.downcast_ref().copied()
}

/// The number that a script gave to a host reference, seen as an internal one.
pub(crate) fn host_number(store: &mut Store<()>, value: Rooted<AnyRef>) -> Option<u32> {
    let value = ExternRef::convert_any(&mut *store, value).ok()?;
    extern_number(store, &value)
}

/// A value as a script would write it.
pub(crate) fn display(store: &Store<()>, value: &Val) -> String {
    match value {
        Val::I32(value) => format!("(i32.const {value})"),
        Val::I64(value) => format!("(i64.const {value})"),
        Val::F32(bits) => format!("(f32.const {})", text::f32(*bits)),
        Val::F64(bits) => format!("(f64.const {})", text::f64(*bits)),
        Val::V128(value) => format!(
            "(v128.const i8x16 {})",
            text::bytes(&value.as_u128().to_le_bytes())
        ),
        Val::ExternRef(Some(value)) => match extern_number(store, value) {
            Some(number) => format!("(ref.extern {number})"),
            None => "(ref.extern)".to_owned(),
        },
        Val::FuncRef(Some(_)) => "(ref.func)".to_owned(),
        Val::AnyRef(Some(_)) => match value.ty(store) {
            Ok(ty) => format!("a reference of type {ty}"),
            Err(error) => format!("an unreadable reference ({error})"),
        },
        Val::ExternRef(None) | Val::FuncRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => {
            "(ref.null)".into()
        }
        _ => "a reference".to_owned(),
    }
}

/// Values in a row.
pub(crate) fn display_all(store: &Store<()>, values: &[Val]) -> String {
    let values = values
        .iter()
        .map(|value| display(store, value))
        .collect::<Vec<_>>();
    if values.is_empty() {
        "nothing".to_owned()
    } else {
        values.join(" ")
    }
}
