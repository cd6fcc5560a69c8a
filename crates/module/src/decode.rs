//! Decoding: one pass over the sections, each validated before it is described.

use crate::bodies::{self, Declared, KnownBodies, PendingBody, to_usize};
use crate::hints::BranchHints;
use crate::module::{Bytes, Module};
use crate::{
    ConstExpr, DataMode, DataSegment, ElementItems, ElementSegment, EntityIdx, FuncIdx, Function, Global,
    GlobalIdx, Import, MemoryIdx, ModuleError, SegmentMode, Table, TableIdx, TagIdx, TypeIdx, convert,
};
use core::ops::Range;
use std::time::{Duration, Instant};
use transom_types::{RefType, TypeRegistry};
use wasmparser::{
    Chunk, DataKind, ElementKind, ExternalKind, KnownCustom, Payload, SectionLimited, TableInit, TypeRef,
    ValidPayload, Validator, WasmFeatures,
};

type Result<T> = core::result::Result<T, ModuleError>;

impl Module {
    /// Decodes and validates a module in the binary format.
    ///
    /// # Errors
    /// If it isn't a valid module of WebAssembly with these features.
    pub fn parse(registry: &TypeRegistry, bytes: Bytes, features: WasmFeatures) -> Result<Module> {
        Module::parse_known(registry, bytes, features, || None)
    }

    /// The same, without validating the bodies of functions if what is known of them is that of the same bytes, which were valid with the
    /// same features. The caller vouches for that: compilers rely on valid bodies, and nothing is checked here but the number. It is
    /// asked for when the sections are decoded.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_known<'k>(
        registry: &TypeRegistry,
        bytes: Bytes,
        features: WasmFeatures,
        known: impl FnOnce() -> Option<KnownBodies<'k>>,
    ) -> Result<Module> {
        let mut module = Module::empty(bytes.clone());
        let decoder = Decoder {
            registry,
            module: &mut module,
            features,
        };
        decoder.run(&bytes, known)?;
        Ok(module)
    }
}

struct Decoder<'m> {
    registry: &'m TypeRegistry,
    module: &'m mut Module,
    features: WasmFeatures,
}

impl Decoder<'_> {
    fn run<'k>(mut self, bytes: &[u8], known: impl FnOnce() -> Option<KnownBodies<'k>>) -> Result<()> {
        let start = Instant::now();
        let features = self.features;
        let mut validator = Validator::new_with_features(features);
        let mut parser = wasmparser::Parser::new(0);
        parser.set_features(features);
        let mut known = Some(known);
        let mut waited = Duration::ZERO;
        let mut bodies = None;
        let mut pending = Vec::new();
        let mut rest = bytes;
        loop {
            let (payload, len) = match parser.parse(rest, true)? {
                Chunk::Parsed { payload, consumed } => (payload, consumed),
                Chunk::NeedMoreData(_) => unreachable!("all bytes are there"),
            };
            rest = &rest[len..];
            // A validator without components words this as a disabled feature.
            if let Payload::Version {
                encoding: wasmparser::Encoding::Component,
                range,
                ..
            } = &payload
            {
                return Err(ModuleError::unsupported(
                    "a component, not a core module",
                    range.start,
                ));
            }
            if let ValidPayload::Func(validator, body) = validator.payload(&payload)? {
                pending.push(PendingBody { validator, body });
                continue;
            }
            match payload {
                Payload::End(_) => break,
                Payload::CodeSectionStart { size, .. } => {
                    let asked = Instant::now();
                    let found = known.take().and_then(|known| known());
                    waited = asked.elapsed();
                    let declared = self.module.num_defined_functions();
                    let start = bytes.len() - rest.len();
                    let section = start..start.saturating_add(size as usize).min(bytes.len());
                    bodies = found.and_then(|found| found.bodies(declared, &section));
                    match bodies {
                        None => pending.reserve_exact(declared),
                        // Nothing in there is read.
                        Some(_) => {
                            parser.skip_section();
                            rest = &bytes[section.end..];
                        }
                    }
                }
                payload => self.section(payload, bytes)?,
            }
        }
        self.module.times.decode = start.elapsed() - waited;
        if let Some(known) = known {
            // Without code, nothing is known of it, but it may be that the module is.
            known();
        }
        let declared = declared(self.module);
        self.module.bodies = match bodies {
            Some(bodies) => bodies,
            None => bodies::validate(pending, &declared, features)?,
        };
        self.module.times.validate = start.elapsed() - self.module.times.decode;
        self.number_funcrefs();
        Ok(())
    }

    fn section(&mut self, payload: Payload<'_>, bytes: &[u8]) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => self.types(section),
            Payload::ImportSection(section) => self.imports(section),
            Payload::FunctionSection(section) => each(section, |ty| {
                let ty = TypeIdx::from_u32(ty);
                self.module.spaces.functions.push(Function { ty, funcref: None });
                Ok(())
            }),
            Payload::TableSection(section) => each(section, |table| self.table(&table)),
            Payload::MemorySection(section) => each(section, |memory| {
                self.module.spaces.memories.push(convert::memory_type(&memory));
                Ok(())
            }),
            Payload::TagSection(section) => each(section, |tag| {
                self.module.spaces.tags.push(TypeIdx::from_u32(tag.func_type_idx));
                Ok(())
            }),
            Payload::GlobalSection(section) => each(section, |global| self.global(&global)),
            Payload::ExportSection(section) => each(section, |export| {
                let entity = entity(export.kind, export.index)?;
                self.module.exports.push(export.name, entity);
                Ok(())
            }),
            Payload::StartSection { func, .. } => {
                self.module.start = Some(FuncIdx::from_u32(func));
                Ok(())
            }
            Payload::ElementSection(section) => each(section, |element| self.element(element)),
            Payload::DataSection(section) => each(section, |data| self.data(&data, bytes)),
            Payload::CustomSection(section) => {
                self.custom(&section);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What a custom section says can't be an error.
    fn custom(&mut self, section: &wasmparser::CustomSectionReader<'_>) {
        match section.as_known() {
            KnownCustom::Name(_) => {
                let range = section.data_offset()..section.range().end;
                self.module.custom.names.set_section(to_usize(&range));
            }
            KnownCustom::BranchHints(hints) => self.module.custom.branch_hints = BranchHints::read(hints),
            _ => {}
        }
    }

    fn types(&mut self, section: SectionLimited<'_, wasmparser::RecGroup>) -> Result<()> {
        for item in section.into_iter_with_offsets() {
            let (offset, group) = item?;
            let group = convert::rec_group(&self.module.types, &group)?;
            let interned = self.registry.intern(group);
            let interned = interned.map_err(|error| ModuleError::Type { error, offset })?;
            self.module.types.extend(interned.iter());
        }
        Ok(())
    }

    fn imports(&mut self, section: SectionLimited<'_, wasmparser::Imports<'_>>) -> Result<()> {
        each(section, |imports| match imports {
            wasmparser::Imports::Single(_, import) => self.import(import.module, import.name, import.ty),
            wasmparser::Imports::Compact1 { module, items } => {
                each(items, |item| self.import(module, item.name, item.ty))
            }
            wasmparser::Imports::Compact2 { module, ty, names } => {
                each(names, |name| self.import(module, name, ty))
            }
        })
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) -> Result<()> {
        let types = &self.module.types;
        let spaces = &mut self.module.spaces;
        let entity = match ty {
            TypeRef::Func(ty) => {
                spaces.functions.push(Function {
                    ty: TypeIdx::from_u32(ty),
                    funcref: None,
                });
                EntityIdx::Func(FuncIdx::from_u32(next(&mut spaces.imported.functions)))
            }
            TypeRef::FuncExact(_) => return Err(ModuleError::unsupported("an exact function import", 0)),
            TypeRef::Table(ty) => {
                spaces.tables.push(Table {
                    ty: convert::table_type(types, &ty)?,
                    init: None,
                });
                EntityIdx::Table(TableIdx::from_u32(next(&mut spaces.imported.tables)))
            }
            TypeRef::Memory(ty) => {
                spaces.memories.push(convert::memory_type(&ty));
                EntityIdx::Memory(MemoryIdx::from_u32(next(&mut spaces.imported.memories)))
            }
            TypeRef::Global(ty) => {
                spaces.globals.push(Global {
                    ty: convert::global_type(types, &ty)?,
                    init: None,
                });
                EntityIdx::Global(GlobalIdx::from_u32(next(&mut spaces.imported.globals)))
            }
            TypeRef::Tag(ty) => {
                spaces.tags.push(TypeIdx::from_u32(ty.func_type_idx));
                EntityIdx::Tag(TagIdx::from_u32(next(&mut spaces.imported.tags)))
            }
        };
        let (module, name) = (module.to_owned(), name.to_owned());
        self.module.imports.push(Import { module, name, entity });
        Ok(())
    }

    fn table(&mut self, table: &wasmparser::Table<'_>) -> Result<()> {
        let ty = convert::table_type(&self.module.types, &table.ty)?;
        let init = match &table.init {
            TableInit::RefNull => None,
            TableInit::Expr(expr) => Some(ConstExpr::read(&self.module.types, expr)?),
        };
        self.module.spaces.tables.push(Table { ty, init });
        Ok(())
    }

    fn global(&mut self, global: &wasmparser::Global<'_>) -> Result<()> {
        let ty = convert::global_type(&self.module.types, &global.ty)?;
        let init = Some(ConstExpr::read(&self.module.types, &global.init_expr)?);
        self.module.spaces.globals.push(Global { ty, init });
        Ok(())
    }

    fn element(&mut self, element: wasmparser::Element<'_>) -> Result<()> {
        let types = &self.module.types;
        let mode = match element.kind {
            ElementKind::Passive => SegmentMode::Passive,
            ElementKind::Declared => SegmentMode::Declared,
            ElementKind::Active {
                table_index,
                offset_expr,
            } => SegmentMode::Active {
                table: TableIdx::from_u32(table_index.unwrap_or(0)),
                offset: ConstExpr::read(types, &offset_expr)?,
            },
        };
        let (ty, items) = match element.items {
            wasmparser::ElementItems::Functions(items) => {
                let mut functions = Vec::new();
                each(items, |func| {
                    functions.push(FuncIdx::from_u32(func));
                    Ok(())
                })?;
                (
                    RefType::non_null(transom_types::HeapType::Func),
                    ElementItems::Functions(functions),
                )
            }
            wasmparser::ElementItems::Expressions(ty, items) => {
                let mut expressions = Vec::new();
                each(items, |expr| {
                    expressions.push(ConstExpr::read(types, &expr)?);
                    Ok(())
                })?;
                (
                    convert::in_types(types).ref_type(ty)?,
                    ElementItems::Expressions(expressions),
                )
            }
        };
        self.module.elements.push(ElementSegment { mode, ty, items });
        Ok(())
    }

    fn data(&mut self, data: &wasmparser::Data<'_>, bytes: &[u8]) -> Result<()> {
        let mode = match &data.kind {
            DataKind::Passive => DataMode::Passive,
            DataKind::Active {
                memory_index,
                offset_expr,
            } => DataMode::Active {
                memory: MemoryIdx::from_u32(*memory_index),
                offset: ConstExpr::read(&self.module.types, offset_expr)?,
            },
        };
        let end = to_usize(&data.range).end;
        debug_assert_eq!(bytes[end - data.data.len()..end], *data.data);
        self.module.data.push(DataSegment {
            mode,
            range: Range {
                start: end - data.data.len(),
                end,
            },
        });
        Ok(())
    }

    /// Numbers the functions that escape, among them the start function, which the host calls. Bodies need no look:
    /// what `ref.func` names in one, it must have been declared outside (§3.4.14, `C.refs`).
    fn number_funcrefs(&mut self) {
        let module = &mut *self.module;
        let tables = module
            .spaces
            .tables
            .iter()
            .filter_map(|table| table.init.as_ref());
        let globals = module
            .spaces
            .globals
            .iter()
            .filter_map(|global| global.init.as_ref());
        let exported = module.exports.iter().filter_map(|(_, entity)| match entity {
            EntityIdx::Func(func) => Some(func),
            _ => None,
        });
        let mut escaping: Vec<FuncIdx> = tables.chain(globals).flat_map(ConstExpr::functions).collect();
        escaping.extend(exported);
        escaping.extend(module.start);
        for element in &module.elements {
            match &element.items {
                ElementItems::Functions(functions) => escaping.extend(functions),
                ElementItems::Expressions(all) => escaping.extend(all.iter().flat_map(ConstExpr::functions)),
            }
            if let SegmentMode::Active { offset, .. } = &element.mode {
                escaping.extend(offset.functions());
            }
        }
        escaping.sort_unstable();
        escaping.dedup();
        escaping.retain(|func| !module.spaces.is_imported_function(*func));
        for (number, func) in (0u32..).zip(&escaping) {
            module.spaces.functions[func.index()].funcref = Some(number);
            module.spaces.num_funcrefs = number + 1;
        }
    }
}

/// What bodies may refer to.
pub(crate) fn declared(module: &Module) -> Declared<'_> {
    let spaces = &module.spaces;
    Declared {
        types: &module.types,
        functions: &spaces.functions,
        tables: &spaces.tables,
        memories: &spaces.memories,
        globals: &spaces.globals,
    }
}

/// Reads the items of a section. Nothing is allocated by the number of items that it claims to have.
fn each<'a, T: wasmparser::FromReader<'a>>(
    section: SectionLimited<'a, T>,
    mut f: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    for item in section {
        f(item?)?;
    }
    Ok(())
}

fn next(count: &mut u32) -> u32 {
    let index = *count;
    *count += 1;
    index
}

fn entity(kind: ExternalKind, index: u32) -> Result<EntityIdx> {
    Ok(match kind {
        ExternalKind::Func => EntityIdx::Func(index.into()),
        ExternalKind::Table => EntityIdx::Table(index.into()),
        ExternalKind::Memory => EntityIdx::Memory(index.into()),
        ExternalKind::Global => EntityIdx::Global(index.into()),
        ExternalKind::Tag => EntityIdx::Tag(index.into()),
        ExternalKind::FuncExact => return Err(ModuleError::unsupported("an exact function export", 0)),
    })
}

#[cfg(test)]
mod tests;
