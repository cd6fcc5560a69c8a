//! Which calls pass numbers only.

use transom_code::{ComponentCall, Number};
use transom_component::types::{FuncInfo, Parts, Types, ValType};

/// The call of a function, if all that it passes is numbers, and each number that it returns is a value.
pub(super) fn call(types: &Types, info: &FuncInfo, crosses: bool) -> Option<ComponentCall> {
    info.flat_params.as_ref()?;
    info.flat_results.as_ref()?;
    let (mut params, mut results) = (Vec::new(), Vec::new());
    add(types, ValType::Defined(info.params), &mut params)?;
    add(types, ValType::Defined(info.results), &mut results)?;
    let is_total = !results.iter().any(|number| number.is_partial());
    is_total.then(|| ComponentCall {
        params: params.into(),
        results: results.into(),
        crosses,
    })
}

/// Adds the numbers of a type; `None` if it is passed in another way.
fn add(types: &Types, ty: ValType, numbers: &mut Vec<Number>) -> Option<()> {
    numbers.push(match ty {
        ValType::Bool => Number::Bool,
        ValType::S8 => Number::S8,
        ValType::U8 => Number::U8,
        ValType::S16 => Number::S16,
        ValType::U16 => Number::U16,
        ValType::S32 | ValType::U32 => Number::Word,
        ValType::S64 | ValType::U64 => Number::Long,
        ValType::F32 => Number::F32,
        ValType::F64 => Number::F64,
        ValType::Char => Number::Char,
        ValType::String | ValType::ErrorContext => return None,
        ValType::Defined(index) => match &types[index].parts {
            Parts::Record(fields) => return fields.iter().try_for_each(|&(_, ty)| add(types, ty, numbers)),
            Parts::Variant { cases, .. } if cases.iter().all(Option::is_none) => {
                Number::Case(cases.len() as u32)
            }
            &Parts::Flags(count) => Number::Flags(count),
            _ => return None,
        },
    });
    Some(())
}
