//! Which calls code does: those that pass numbers, and rows of values that refer to nothing.

use crate::component::abi::{rows, strings};
use crate::component::state::{Lifted, Options};
use std::sync::Arc;
use transom_code::{ComponentCall, Number, Passed, Returned, Row};
use transom_component::types::{FuncInfo, Move, Parts, Types, ValType};
use transom_component::wiring::StringEncoding;
use transom_vm::raw::component_link::PassRow;

/// A call that code does.
pub(super) struct Coded {
    pub call: ComponentCall,
    /// How each row is passed: those of the parameters, and then the result.
    pub rows: Vec<RowKind>,
}

/// A row of values that refer to nothing.
#[derive(Clone)]
pub(super) enum RowKind {
    /// Bytes that must be UTF-8.
    Utf8,
    /// Values of which each byte means something, and may be anything.
    Bytes,
    /// Values with these parts, and their size.
    Parts(Arc<[Move]>, usize),
}

impl Coded {
    /// The call of a function, if code does it: if it passes numbers and rows from one memory to another, and each number that it returns is a value.
    pub fn of(from: &Options, info: &FuncInfo, to: &Lifted, crosses: bool) -> Option<Coded> {
        info.flat_params.as_ref()?;
        let types = from.types.types();
        let mut taken = Taken::default();
        taken.add(types, ValType::Defined(info.params))?;
        let params = std::mem::take(&mut taken.passed);
        taken.add(types, ValType::Defined(info.results))?;
        let result = match (&*taken.passed, &info.flat_results) {
            (&[Passed::Row(row)], None) => Returned::Row {
                row,
                has_post_return: to.post_return.is_some(),
            },
            (numbers, Some(_)) if to.post_return.is_none() => Returned::Numbers(total(numbers)?),
            _ => return None,
        };
        let coded = Coded {
            call: ComponentCall {
                params: params.into(),
                result,
                crosses,
            },
            rows: taken.rows,
        };
        let is_utf8 = |options: &Options| options.encoding == StringEncoding::Utf8;
        let has_strings = coded.rows.iter().any(|row| matches!(row, RowKind::Utf8));
        let can_pass =
            from.memory != to.options.memory && (!has_strings || is_utf8(from) && is_utf8(&to.options));
        (!to.has_context && (coded.rows.is_empty() || can_pass)).then_some(coded)
    }
}

/// The numbers of a result, if each is a value.
fn total(passed: &[Passed]) -> Option<Box<[Number]>> {
    let numbers = passed.iter().map(|passed| match *passed {
        Passed::Number(number) if !number.is_partial() => Some(number),
        _ => None,
    });
    numbers.collect()
}

/// What is passed.
#[derive(Default)]
struct Taken {
    passed: Vec<Passed>,
    rows: Vec<RowKind>,
}

impl Taken {
    /// Adds a value of a type; `None` if it is passed in another way.
    fn add(&mut self, types: &Types, ty: ValType) -> Option<()> {
        let number = match ty {
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
            ValType::String => {
                self.add_row(RowKind::Utf8, Row { size: 1, align: 1 });
                return Some(());
            }
            ValType::ErrorContext => return None,
            ValType::Defined(index) => match &types[index].parts {
                Parts::Record(fields) => return fields.iter().try_for_each(|&(_, ty)| self.add(types, ty)),
                Parts::Variant { cases, .. } if cases.iter().all(Option::is_none) => {
                    Number::Case(cases.len() as u32)
                }
                &Parts::Flags(count) => Number::Flags(count),
                &Parts::List(element) => return self.add_list(types, element),
                _ => return None,
            },
        };
        self.passed.push(Passed::Number(number));
        Some(())
    }

    fn add_list(&mut self, types: &Types, element: ValType) -> Option<()> {
        let layout = types.layout(element);
        let kind = match &layout.moves {
            _ if layout.is_bytes => RowKind::Bytes,
            Some(moves) => RowKind::Parts(moves.clone(), layout.size as usize),
            None => return None,
        };
        let (size, align) = (layout.size, layout.align);
        self.add_row(kind, Row { size, align });
        Some(())
    }

    fn add_row(&mut self, kind: RowKind, row: Row) {
        self.passed.push(Passed::Row(row));
        self.rows.push(kind);
    }
}

impl RowKind {
    /// What passes a row. Where it says no, the host finds out why, when it does the same.
    pub fn pass(&self) -> PassRow {
        match self.clone() {
            RowKind::Utf8 => Box::new(|from, to| {
                to.copy_from_slice(from);
                strings::check_utf8(from).is_ok()
            }),
            RowKind::Bytes => Box::new(|from, to| {
                to.copy_from_slice(from);
                true
            }),
            RowKind::Parts(moves, size) => {
                Box::new(move |from, to| rows::pass(&moves, size, from, to).is_ok())
            }
        }
    }
}
