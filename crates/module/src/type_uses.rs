//! Explicit types for inline type uses, such as `(func (param i32))`, in a parsed text.
//!
//! The specification (§6.4.6, §6.6.3, abbreviations) says which type such a use means: the first definition in the
//! module that is alone in its rec group, final, without supertype, and has these parameters and results; if there is
//! none, a new one at the end of the module's types. The `wast` crate takes the first function type with these
//! parameters and results, even if it isn't final or is one of a larger group; then the function gets another
//! type than it was written with, and is refused where it should be taken, or the other way round.
//!
//! So before `wast` resolves names and encodes, every inline type use is given an index here, and the new types
//! are appended. `wast` leaves a use alone that has an index, but for checking that it agrees with what is
//! written next to it. The walk visits uses in the order of the text, as the new types are numbered in this order.
//! A use with an unknown name in it is left to `wast`, which has the message for that.

use std::collections::HashMap;
use wast::core::{
    DataKind, ElemKind, ElemPayload, Expression, Func, FuncKind, FunctionType, GlobalKind, HeapType,
    InnerTypeKind, Instruction, ItemKind, Module, ModuleField, ModuleKind, RefType, TableKind, TagType, Type,
    TypeDef, TypeUse, ValType,
};
use wast::token::{Id, Index, Span};

/// Parameters and results, with indices for names.
type Key<'a> = (Box<[ValType<'a>]>, Box<[ValType<'a>]>);

/// Gives every inline type use of a module an index.
pub(crate) fn make_explicit(module: &mut Module<'_>) {
    let ModuleKind::Text(fields) = &mut module.kind else {
        return;
    };
    let mut types = Types::default();
    types.declare(fields);
    for field in fields.iter_mut() {
        types.field(field);
    }
    fields.extend(types.appended.into_iter().map(ModuleField::Type));
}

#[derive(Default)]
struct Types<'a> {
    /// Indices of type definitions by name.
    names: HashMap<Id<'a>, u32>,
    /// How many types there are.
    count: u32,
    /// The first type of each kind that an inline use can mean.
    singular: HashMap<Key<'a>, u32>,
    /// Types that inline uses brought.
    appended: Vec<Type<'a>>,
}

impl<'a> Types<'a> {
    fn declare(&mut self, fields: &[ModuleField<'a>]) {
        let groups = || {
            fields.iter().filter_map(|field| match field {
                ModuleField::Type(ty) => Some(core::slice::from_ref(ty)),
                ModuleField::Rec(rec) => Some(&*rec.types),
                _ => None,
            })
        };
        for ty in groups().flatten() {
            if let Some(id) = ty.id {
                self.names.insert(id, self.count);
            }
            self.count += 1;
        }
        let mut index = 0;
        for group in groups() {
            if let [Type { def, .. }] = group
                && let Some(key) = plain_func(def).and_then(|func| self.key(func))
            {
                self.singular.entry(key).or_insert(index);
            }
            index += u32::try_from(group.len()).unwrap_or(u32::MAX);
        }
    }

    /// Parameters and results with names resolved. `None` if one is unknown.
    fn key(&self, func: &FunctionType<'a>) -> Option<Key<'a>> {
        let params = func
            .params
            .iter()
            .map(|(_, _, ty)| self.resolve(*ty))
            .collect::<Option<_>>()?;
        let results = func
            .results
            .iter()
            .map(|ty| self.resolve(*ty))
            .collect::<Option<_>>()?;
        Some((params, results))
    }

    fn resolve(&self, ty: ValType<'a>) -> Option<ValType<'a>> {
        let index = |index: Index<'a>| match index {
            Index::Num(number, _) => Some(Index::Num(number, Span::from_offset(0))),
            Index::Id(id) => Some(Index::Num(*self.names.get(&id)?, Span::from_offset(0))),
        };
        let ValType::Ref(RefType { nullable, heap }) = ty else {
            return Some(ty);
        };
        let heap = match heap {
            HeapType::Abstract { .. } => heap,
            HeapType::Concrete(at) => HeapType::Concrete(index(at)?),
            HeapType::Exact(at) => HeapType::Exact(index(at)?),
        };
        Some(ValType::Ref(RefType { nullable, heap }))
    }

    fn field(&mut self, field: &mut ModuleField<'a>) {
        match field {
            ModuleField::Import(imports) => {
                for sig in imports.unique_sigs_mut() {
                    if let ItemKind::Func(ty)
                    | ItemKind::FuncExact(ty)
                    | ItemKind::Tag(TagType::Exception(ty)) = &mut sig.kind
                    {
                        self.type_use(ty, sig.span);
                    }
                }
            }
            ModuleField::Func(func) => self.func(func),
            ModuleField::Tag(tag) => {
                let TagType::Exception(ty) = &mut tag.ty;
                self.type_use(ty, tag.span);
            }
            ModuleField::Table(table) => match &mut table.kind {
                TableKind::Normal { init_expr, .. } => self.expressions(init_expr.iter_mut()),
                TableKind::Inline { payload, .. } => self.payload(payload),
                TableKind::Import { .. } => {}
            },
            ModuleField::Global(global) => {
                if let GlobalKind::Inline(expression) = &mut global.kind {
                    self.expression(expression);
                }
            }
            ModuleField::Elem(elem) => {
                if let ElemKind::Active { offset, .. } = &mut elem.kind {
                    self.expression(offset);
                }
                self.payload(&mut elem.payload);
            }
            ModuleField::Data(data) => {
                if let DataKind::Active { offset, .. } = &mut data.kind {
                    self.expression(offset);
                }
            }
            ModuleField::Type(_)
            | ModuleField::Rec(_)
            | ModuleField::Memory(_)
            | ModuleField::Export(_)
            | ModuleField::Start(_)
            | ModuleField::Custom(_) => {}
        }
    }

    fn func(&mut self, func: &mut Func<'a>) {
        self.type_use(&mut func.ty, func.span);
        if let FuncKind::Inline { expression, .. } = &mut func.kind {
            self.expression(expression);
        }
    }

    fn payload(&mut self, payload: &mut ElemPayload<'a>) {
        if let ElemPayload::Exprs { exprs, .. } = payload {
            self.expressions(exprs.iter_mut());
        }
    }

    fn expressions<'e>(&mut self, expressions: impl Iterator<Item = &'e mut Expression<'a>>)
    where
        'a: 'e,
    {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &mut Expression<'a>) {
        let span = Span::from_offset(0);
        for instruction in &mut expression.instrs {
            match instruction {
                Instruction::block(block)
                | Instruction::if_(block)
                | Instruction::loop_(block)
                | Instruction::try_(block) => self.block(&mut block.ty),
                Instruction::try_table(try_table) => self.block(&mut try_table.block.ty),
                Instruction::call_indirect(call) | Instruction::return_call_indirect(call) => {
                    self.type_use(&mut call.ty, span);
                }
                _ => {}
            }
        }
    }

    /// A block without parameters and with at most one result needs no function type.
    fn block(&mut self, ty: &mut TypeUse<'a, FunctionType<'a>>) {
        let plain = |func: &FunctionType<'_>| func.params.is_empty() && func.results.len() <= 1;
        if !ty.inline.as_ref().is_none_or(plain) {
            self.type_use(ty, Span::from_offset(0));
        }
    }

    fn type_use(&mut self, ty: &mut TypeUse<'a, FunctionType<'a>>, span: Span) {
        if ty.index.is_some() {
            return;
        }
        let inline = ty.inline.clone().unwrap_or_default();
        let Some(key) = self.key(&inline) else {
            return;
        };
        let index = *self.singular.entry(key).or_insert_with_key(|key| {
            let index = self.count + u32::try_from(self.appended.len()).unwrap_or(u32::MAX);
            self.appended.push(new_type(key, span));
            index
        });
        ty.index = Some(Index::Num(index, span));
    }
}

/// The function type, if it is final, has no supertype, and nothing else is said about it.
fn plain_func<'d, 'a>(def: &'d TypeDef<'a>) -> Option<&'d FunctionType<'a>> {
    let plain = !def.shared
        && def.parents.is_empty()
        && def.descriptor.is_none()
        && def.describes.is_none()
        && def.final_type != Some(false);
    match &def.kind {
        InnerTypeKind::Func(func) if plain => Some(func),
        _ => None,
    }
}

fn new_type<'a>((params, results): &Key<'a>, span: Span) -> Type<'a> {
    let func = FunctionType {
        params: params.iter().map(|ty| (None, None, *ty)).collect(),
        results: results.clone(),
    };
    let def = TypeDef {
        kind: InnerTypeKind::Func(func),
        shared: false,
        parents: Vec::new(),
        descriptor: None,
        describes: None,
        final_type: None,
    };
    Type {
        span,
        id: None,
        name: None,
        def,
    }
}

#[cfg(test)]
mod tests;
