//! The index spaces of a module, imports first.

use crate::{Error, Result};
use transom::Escaped;
use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, GlobalType, HeapType, MemoryType, Parser, Payload, SubType,
    TableType, TypeRef, ValType,
};

/// The index spaces of a valid module.
#[derive(Debug, Default)]
pub struct Parts {
    /// The types, those of rec groups one after another.
    pub types: Vec<SubType>,
    /// The type of each function.
    pub functions: Vec<u32>,
    /// The type of each table.
    pub tables: Vec<TableType>,
    /// The type of each memory.
    pub memories: Vec<MemoryType>,
    /// The type of each global.
    pub globals: Vec<GlobalType>,
    /// The two names of all imports.
    pub imports: Vec<(String, String)>,
    /// The names of all exports.
    pub exports: Vec<String>,
    /// The exports that are functions.
    pub exported_functions: Vec<(String, u32)>,
}

impl Parts {
    /// Reads the index spaces of a binary.
    ///
    /// # Errors
    ///
    /// The binary is malformed.
    pub fn parse(binary: &[u8]) -> Result<Parts> {
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(binary) {
            parts.add(payload?)?;
        }
        Ok(parts)
    }

    fn add(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    self.types.extend(group?.into_types());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let names = (import.module.to_owned(), import.name.to_owned());
                    self.imports.push(names);
                    self.add_import(import.ty);
                }
            }
            Payload::FunctionSection(section) => extend(&mut self.functions, section)?,
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(section) => extend(&mut self.memories, section)?,
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global?.ty);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.push(export.name.to_owned());
                    if let ExternalKind::Func | ExternalKind::FuncExact = export.kind {
                        self.exported_functions
                            .push((export.name.to_owned(), export.index));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_import(&mut self, ty: TypeRef) {
        match ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => self.functions.push(ty),
            TypeRef::Table(ty) => self.tables.push(ty),
            TypeRef::Memory(ty) => self.memories.push(ty),
            TypeRef::Global(ty) => self.globals.push(ty),
            TypeRef::Tag(_) => {}
        }
    }

    /// The function that is exported under a name.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn exported_function(&self, name: &str) -> Result<u32> {
        let exported = self.exported_functions.iter().find(|(export, _)| export == name);
        let (_, function) = exported.ok_or_else(|| {
            Error::new(format!(
                "the module does not export a function `{}`",
                Escaped(name)
            ))
            .remedy("`transom inspect` lists its exports")
        })?;
        Ok(*function)
    }

    /// The composite type of a type.
    ///
    /// # Panics
    ///
    /// The module has no such type.
    pub fn composite(&self, ty: u32) -> &CompositeInnerType {
        &self.types[ty as usize].composite_type.inner
    }

    /// The type of a function.
    ///
    /// # Panics
    ///
    /// The module has no such function.
    pub fn signature(&self, function: u32) -> &FuncType {
        match self.composite(self.functions[function as usize]) {
            CompositeInnerType::Func(ty) => ty,
            _ => unreachable!("the module is valid"),
        }
    }

    /// A function whose type is another, or declared to be below it.
    pub fn function_below(&self, above: u32) -> Option<u32> {
        let below = |ty: &u32| {
            let mut ty = Some(*ty);
            while let Some(index) = ty {
                if index == above {
                    return true;
                }
                let supertypes = &self.types[index as usize].supertype_idxs;
                ty = supertypes.first().and_then(|index| index.as_module_index());
            }
            false
        };
        let index = self.functions.iter().position(below)?;
        Some(index as u32)
    }
}

/// A type in the text format, types of the module by their indices.
pub fn text(ty: ValType) -> String {
    match ty {
        ValType::Ref(ty) => match (index_of(ty.heap_type()), ty.is_nullable()) {
            (Some(index), true) => format!("(ref null {index})"),
            (Some(index), false) => format!("(ref {index})"),
            (None, _) => ty.to_string(),
        },
        _ => ty.to_string(),
    }
}

/// The index of a heap type that is a type of the module.
pub fn index_of(heap: HeapType) -> Option<u32> {
    match heap {
        HeapType::Concrete(index) | HeapType::Exact(index) => index.as_module_index(),
        HeapType::Abstract { .. } => None,
    }
}

fn extend<'a, T: wasmparser::FromReader<'a>>(
    to: &mut Vec<T>,
    section: wasmparser::SectionLimited<'a, T>,
) -> Result<()> {
    for item in section {
        to.push(item?);
    }
    Ok(())
}
