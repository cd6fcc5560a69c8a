//! The type section of the new module: types that stay, in their rec groups, without parameters, fields and supertypes that go.

use crate::plan::{Edit, Site, Space};
use crate::remap::{Gone, Remap};
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{SubType, TypeSection};
use wasmparser::{CompositeInnerType, FuncType, StructType};

/// Writes the types.
///
/// # Errors
///
/// A type that is gone is needed.
pub(crate) fn section(remap: &mut Remap<'_, '_>) -> Result<TypeSection, Gone> {
    let mut section = TypeSection::new();
    let mut first = 0;
    for count in remap.module.types.groups.clone() {
        let indices = first..first + count;
        first += count;
        let kept = indices.filter(|index| !remap.plan.removes(Site::Item(Space::Type, *index)));
        let kept = kept
            .map(|index| sub_type(remap, index))
            .collect::<Result<Vec<_>, _>>()?;
        match &kept[..] {
            [] => {}
            // A group of one is the same type whether or not it is called a group.
            [one] => section.ty().subtype(one),
            _ => section.ty().rec(kept),
        }
    }
    Ok(section)
}

fn sub_type(remap: &mut Remap<'_, '_>, index: u32) -> Result<SubType, Gone> {
    let mut sub = remap.module.types.sub(index).ok_or(Gone)?.clone();
    sub.supertype_idxs.clear();
    match &mut sub.composite_type.inner {
        CompositeInnerType::Func(func) => *func = func_type(remap, index, func),
        CompositeInnerType::Struct(fields) => *fields = struct_type(remap, index, fields),
        _ => {}
    }
    let edit = remap.plan.get(Site::Super(index));
    let supertype = remap
        .module
        .types
        .supertype(index)
        .filter(|_| edit != Some(Edit::Remove));
    let supertype = supertype.and_then(|supertype| remap.nearest(supertype));
    sub.is_final |= edit == Some(Edit::Simplify);
    let mut sub = remap.sub_type(sub)?;
    sub.supertype_idxs.extend(supertype);
    Ok(sub)
}

fn func_type(remap: &Remap<'_, '_>, index: u32, func: &FuncType) -> FuncType {
    let params = (0..).zip(func.params());
    let params = params.filter(|(param, _)| !remap.drops_param(index, *param));
    let results = remap.kept_results(index, func.results().len());
    FuncType::new(
        params.map(|(_, ty)| *ty),
        func.results()[..results].iter().copied(),
    )
}

fn struct_type(remap: &Remap<'_, '_>, index: u32, ty: &StructType) -> StructType {
    let fields = (0..).zip(&ty.fields);
    let fields = fields.filter(|(field, _)| !remap.drops_field(index, *field));
    StructType {
        fields: fields.map(|(_, field)| *field).collect(),
    }
}
