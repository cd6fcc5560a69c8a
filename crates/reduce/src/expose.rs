//! Shortcuts from a value to what the function returns: where what comes of a value is all that matters, everything that
//! is done with it on the way can go at once, which no removal of single instructions would find.

use crate::body::{Body, Op, begins_block, never_returns};
use crate::plan::{Change, Edit, Site};
use crate::remap::Gone;
use wasm_encoder::Instruction;
use wasmparser::{Operator, ValType};

/// Instructions whose result a function might return at once. Floats are left alone: the bits of a NaN may differ between
/// engines that are all right.
pub(crate) fn values(func: u32, body: &Body<'_>, results: &[ValType]) -> Vec<Change> {
    let Some(first) = results.first().copied() else {
        return Vec::new();
    };
    let exposed = (0..).zip(&body.ops).filter(|(_, op)| {
        let plain = !begins_block(&op.operator) && !never_returns(&op.operator);
        let marks = matches!(op.operator, Operator::End | Operator::Else);
        let result = body.results(op).last().copied().flatten();
        plain && !marks && result.is_some_and(|ty| conversion(ty, first).is_some())
    });
    exposed
        .map(|(at, _)| (Site::Op(func, at), Edit::Return))
        .collect()
}

/// Locals that are set and read at once, once.
pub(crate) fn pairs(func: u32, body: &Body<'_>) -> Vec<Change> {
    let pairs = (0..).zip(body.ops.windows(2)).filter(|(_, ops)| {
        matches!(
            (&ops[0].operator, &ops[1].operator),
            (Operator::LocalSet { local_index: set }, Operator::LocalGet { local_index: get }) if set == get
        )
    });
    pairs.map(|(at, _)| (Site::Op(func, at), Edit::Pass)).collect()
}

/// What makes a value of one type of another.
fn conversion(from: ValType, to: ValType) -> Option<Vec<Instruction<'static>>> {
    Some(match (from, to) {
        (ValType::I32, ValType::I32) | (ValType::I64, ValType::I64) => vec![],
        (ValType::I32, ValType::I64) => vec![Instruction::I64ExtendI32U],
        (ValType::I64, ValType::I32) => vec![Instruction::I32WrapI64],
        (ValType::Ref(_), ValType::I32) => vec![Instruction::RefIsNull],
        (ValType::Ref(_), ValType::I64) => vec![Instruction::RefIsNull, Instruction::I64ExtendI32U],
        _ => return None,
    })
}

/// The instructions that return the value on the stack, and defaults of the other results.
pub(crate) fn returned<'a>(
    body: &Body<'a>,
    op: &Op<'a>,
    results: &[ValType],
    mut default: impl FnMut(ValType) -> Result<Vec<Instruction<'a>>, Gone>,
) -> Result<Vec<Instruction<'a>>, Gone> {
    let value = body.results(op).last().copied().flatten().ok_or(Gone)?;
    let (first, others) = results.split_first().ok_or(Gone)?;
    let mut instructions = conversion(value, *first).ok_or(Gone)?;
    for ty in others {
        instructions.extend(default(*ty)?);
    }
    instructions.push(Instruction::Return);
    Ok(instructions)
}
