//! The validator's types become those of the component, with the resources that a frame knows.

use super::frame::Frame;
use super::shared::refusal;
use crate::types::{DefinedType, FuncType, FuncTypeIdx, ResourceIdx, ValType};
use crate::validate::Error;
use crate::wiring::{Resource, ResourceOrigin};
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentDefinedTypeId, ComponentFuncTypeId, ComponentValType, ResourceId,
};
use wasmparser::names::KebabString;

fn primitive(ty: PrimitiveValType) -> ValType {
    match ty {
        PrimitiveValType::Bool => ValType::Bool,
        PrimitiveValType::S8 => ValType::S8,
        PrimitiveValType::U8 => ValType::U8,
        PrimitiveValType::S16 => ValType::S16,
        PrimitiveValType::U16 => ValType::U16,
        PrimitiveValType::S32 => ValType::S32,
        PrimitiveValType::U32 => ValType::U32,
        PrimitiveValType::S64 => ValType::S64,
        PrimitiveValType::U64 => ValType::U64,
        PrimitiveValType::F32 => ValType::F32,
        PrimitiveValType::F64 => ValType::F64,
        PrimitiveValType::Char => ValType::Char,
        PrimitiveValType::String => ValType::String,
        PrimitiveValType::ErrorContext => ValType::ErrorContext,
    }
}

fn name(name: &KebabString) -> Box<str> {
    name.as_str().into()
}

impl Frame<'_, '_> {
    /// The function type of an id.
    pub fn func_type(&mut self, id: ComponentFuncTypeId) -> Result<FuncTypeIdx, Error> {
        let ty = &self.all.definitions.types[id];
        self.all.count(1 + ty.params.len())?;
        let params = ty
            .params
            .iter()
            .map(|(label, ty)| Ok((name(label), self.val_type(*ty)?)))
            .collect::<Result<_, Error>>()?;
        let result = self.optional(ty.result)?;
        Ok(self.all.component.types.intern_func(FuncType {
            params,
            result,
            is_async: ty.async_,
        }))
    }

    pub fn val_type(&mut self, ty: ComponentValType) -> Result<ValType, Error> {
        match ty {
            ComponentValType::Primitive(ty) => Ok(primitive(ty)),
            ComponentValType::Type(id) => self.defined_type(id),
        }
    }

    fn optional(&mut self, ty: Option<ComponentValType>) -> Result<Option<ValType>, Error> {
        ty.map(|ty| self.val_type(ty)).transpose()
    }

    /// The value type of an id.
    pub fn defined_type(&mut self, id: ComponentDefinedTypeId) -> Result<ValType, Error> {
        if let Some(&ty) = self.converted.get(&id) {
            return Ok(ty);
        }
        let definitions = self.all.definitions;
        let defined = match &definitions.types[id] {
            &ComponentDefinedType::Primitive(ty) => return Ok(primitive(ty)),
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields.map(|(label, ty)| Ok((name(label), self.val_type(*ty)?)));
                DefinedType::Record(fields.collect::<Result<_, Error>>()?)
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases = cases.map(|(label, case)| Ok((name(label), self.optional(case.ty)?)));
                DefinedType::Variant(cases.collect::<Result<_, Error>>()?)
            }
            ComponentDefinedType::Tuple(tuple) => {
                let types = tuple.types.iter().map(|&ty| self.val_type(ty));
                DefinedType::Tuple(types.collect::<Result<_, Error>>()?)
            }
            ComponentDefinedType::Flags(names) => DefinedType::Flags(names.iter().map(name).collect()),
            ComponentDefinedType::Enum(names) => DefinedType::Enum(names.iter().map(name).collect()),
            &ComponentDefinedType::List { element, .. } => DefinedType::List(self.val_type(element)?),
            &ComponentDefinedType::Map { key, value, .. } => {
                DefinedType::Map(self.val_type(key)?, self.val_type(value)?)
            }
            ComponentDefinedType::FixedLengthList { .. } => {
                return Err(refusal("lists of a fixed length are not supported".to_owned()));
            }
            &ComponentDefinedType::Option { ty, .. } => DefinedType::Option(self.val_type(ty)?),
            &ComponentDefinedType::Result { ok, err, .. } => DefinedType::Result {
                ok: self.optional(ok)?,
                error: self.optional(err)?,
            },
            ComponentDefinedType::Own(id) => DefinedType::Own(self.resource(id.resource())),
            ComponentDefinedType::Borrow(id) => DefinedType::Borrow(self.resource(id.resource())),
            &ComponentDefinedType::Future { ty, .. } => DefinedType::Future(self.optional(ty)?),
            &ComponentDefinedType::Stream { ty, .. } => DefinedType::Stream(self.optional(ty)?),
        };
        self.all.count(1)?;
        let ty = ValType::Defined(self.all.component.types.intern(defined));
        self.converted.insert(id, ty);
        Ok(ty)
    }

    /// The resource of an id. One that nothing in the frame is bound to belongs to a type that is not instantiated.
    pub fn resource(&mut self, id: ResourceId) -> ResourceIdx {
        let resources = &mut self.all.component.resources;
        *self.resources.entry(id).or_insert_with(|| {
            let index = ResourceIdx::of(resources.len());
            resources.push(Resource {
                name: None,
                origin: ResourceOrigin::Abstract,
            });
            index
        })
    }
}
