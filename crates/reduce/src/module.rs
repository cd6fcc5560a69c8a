//! A module that is being reduced: its items as they were read, its instructions with their types.

use crate::body::Body;
use crate::plan::Space;
use std::collections::HashMap;
use transom_inspect::Result;
use wasmparser::types::{CoreTypeId, TypesRef};
use wasmparser::{
    CompositeInnerType, Data, Element, Export, FuncType, Global, Import, MemoryType, Parser, Payload,
    SubType, Table, TagType, TypeRef, UnpackedIndex, ValidPayload, Validator, WasmFeatures,
};

/// A valid module.
#[derive(Default)]
pub(crate) struct Module<'a> {
    pub types: Types,
    pub imports: Vec<Import<'a>>,
    /// The types of all functions, imported ones first.
    pub functions: Vec<u32>,
    pub tables: Vec<Table<'a>>,
    pub memories: Vec<MemoryType>,
    pub tags: Vec<TagType>,
    pub globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    pub elements: Vec<Element<'a>>,
    pub data: Vec<Data<'a>>,
    pub bodies: Vec<Body<'a>>,
    pub rest: Rest<'a>,
}

/// What is in no index space.
#[derive(Default)]
pub(crate) struct Rest<'a> {
    pub start: Option<u32>,
    /// Whether data segments are counted ahead of the code.
    pub counts_data: bool,
    pub customs: Vec<Custom<'a>>,
}

/// A custom section.
pub(crate) struct Custom<'a> {
    /// The number of the section that it stands after; 0 if none.
    pub after: u8,
    pub name: &'a str,
    pub data: &'a [u8],
}

/// The types.
#[derive(Default)]
pub(crate) struct Types {
    /// How many types each rec group has.
    pub groups: Vec<u32>,
    /// All types.
    pub subs: Vec<SubType>,
    /// What the validator knows each by; equal types have one id.
    pub ids: Vec<CoreTypeId>,
    first: HashMap<CoreTypeId, u32>,
}

impl Types {
    fn identify(&mut self, types: TypesRef<'_>) {
        self.ids = (0..types.core_type_count_in_module())
            .map(|index| types.core_type_at_in_module(index))
            .collect();
        for (index, id) in (0..).zip(&self.ids) {
            self.first.entry(*id).or_insert(index);
        }
    }

    /// The index of a type, whichever way it is named.
    pub fn index(&self, named: UnpackedIndex) -> Option<u32> {
        match named {
            UnpackedIndex::Module(index) => Some(index),
            UnpackedIndex::Id(id) => self.first.get(&id).copied(),
            UnpackedIndex::RecGroup(_) => None,
        }
    }

    /// A type.
    pub fn sub(&self, index: u32) -> Option<&SubType> {
        self.subs.get(index as usize)
    }

    /// A function type.
    pub fn func(&self, index: u32) -> Option<&FuncType> {
        match &self.sub(index)?.composite_type.inner {
            CompositeInnerType::Func(func) => Some(func),
            _ => None,
        }
    }

    /// What a type is declared a subtype of.
    pub fn supertype(&self, index: u32) -> Option<u32> {
        self.index(self.sub(index)?.supertype_idxs.first()?.unpack())
    }

    /// The type, its supertype, and so on.
    pub fn ancestors(&self, index: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(index), |index| self.supertype(*index))
    }
}

/// Which space an import is in.
pub(crate) fn space(ty: TypeRef) -> Space {
    match ty {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => Space::Func,
        TypeRef::Table(_) => Space::Table,
        TypeRef::Memory(_) => Space::Memory,
        TypeRef::Global(_) => Space::Global,
        TypeRef::Tag(_) => Space::Tag,
    }
}

impl<'a> Module<'a> {
    /// Reads and validates a module.
    ///
    /// # Errors
    ///
    /// It is malformed or invalid.
    pub fn read(binary: &'a [u8], features: WasmFeatures) -> Result<Self> {
        let mut module = Module::default();
        let mut validator = Validator::new_with_features(features);
        let mut parser = Parser::new(0);
        parser.set_features(features);
        let mut bodies = Vec::new();
        let mut last = 0;
        for payload in parser.parse_all(binary) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(function, body) => bodies.push((function, body)),
                ValidPayload::End(types) => module.types.identify(types.as_ref()),
                ValidPayload::Ok | ValidPayload::Parser(_) => {}
            }
            match payload.as_section() {
                Some((id, _)) if id > 0 => last = id,
                _ => {}
            }
            module.section(payload, last)?;
        }
        for (function, body) in bodies {
            module.bodies.push(Body::read(function, body)?);
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>, last: u8) -> Result<()> {
        match payload {
            Payload::TypeSection(groups) => {
                for group in groups {
                    let types = group?.into_types();
                    self.types.groups.push(types.len() as u32);
                    self.types.subs.extend(types);
                }
            }
            Payload::ImportSection(imports) => {
                self.imports = imports.into_imports().collect::<Result<_, _>>()?;
                self.functions = self.imports.iter().filter_map(function_type).collect();
            }
            Payload::FunctionSection(functions) => {
                for function in functions {
                    self.functions.push(function?);
                }
            }
            Payload::TableSection(tables) => self.tables = tables.into_iter().collect::<Result<_, _>>()?,
            Payload::MemorySection(memories) => {
                self.memories = memories.into_iter().collect::<Result<_, _>>()?
            }
            Payload::TagSection(tags) => self.tags = tags.into_iter().collect::<Result<_, _>>()?,
            Payload::GlobalSection(globals) => {
                self.globals = globals.into_iter().collect::<Result<_, _>>()?
            }
            Payload::ExportSection(exports) => {
                self.exports = exports.into_iter().collect::<Result<_, _>>()?
            }
            Payload::ElementSection(elements) => {
                self.elements = elements.into_iter().collect::<Result<_, _>>()?
            }
            Payload::DataSection(data) => self.data = data.into_iter().collect::<Result<_, _>>()?,
            Payload::StartSection { func, .. } => self.rest.start = Some(func),
            Payload::DataCountSection { .. } => self.rest.counts_data = true,
            Payload::CustomSection(custom) => self.rest.customs.push(Custom {
                after: last,
                name: custom.name(),
                data: custom.data(),
            }),
            _ => {}
        }
        Ok(())
    }

    /// How many items of a space are imported.
    pub fn imported(&self, of: Space) -> u32 {
        self.imports
            .iter()
            .filter(|import| space(import.ty) == of)
            .count() as u32
    }

    /// How many items a space has.
    pub fn count(&self, of: Space) -> u32 {
        let defined = match of {
            Space::Func => self.bodies.len(),
            Space::Table => self.tables.len(),
            Space::Memory => self.memories.len(),
            Space::Global => self.globals.len(),
            Space::Tag => self.tags.len(),
            Space::Type => self.types.subs.len(),
            Space::Elem => self.elements.len(),
            Space::Data => self.data.len(),
            Space::Export => self.exports.len(),
            Space::Custom => self.rest.customs.len(),
        };
        self.imported(of) + defined as u32
    }

    /// A tag's type.
    pub fn tag_type(&self, tag: u32) -> Option<u32> {
        let imported = self.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Tag(tag) => Some(tag),
            _ => None,
        });
        let mut tags = imported.chain(self.tags.iter().copied());
        tags.nth(tag as usize).map(|tag| tag.func_type_idx)
    }

    /// A function's body, if it isn't imported.
    pub fn body(&self, func: u32) -> Option<&Body<'a>> {
        let defined = func.checked_sub(self.imported(Space::Func))?;
        self.bodies.get(defined as usize)
    }
}

fn function_type(import: &Import<'_>) -> Option<u32> {
    match import.ty {
        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => Some(ty),
        _ => None,
    }
}
