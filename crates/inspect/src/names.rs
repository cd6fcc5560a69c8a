//! Names of functions from a module's section of names, its imports and its exports, in this order.

use crate::{Error, Result};
use std::collections::HashMap;
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

/// The names of the functions of a module.
#[derive(Debug, Default)]
pub struct Names {
    /// How many functions are imported: they come first in the index space.
    pub imported: u32,
    functions: HashMap<u32, String>,
}

impl Names {
    /// Reads the names of a module. Ignores malformed parts of the name section, as engines do.
    ///
    /// # Errors
    ///
    /// The binary is malformed elsewhere.
    pub fn read(binary: &[u8]) -> Result<Self> {
        Names::read_while(binary, |payload| payload.map(Some).map_err(Error::from))
    }

    /// Reads the names as far as the binary can be read.
    pub fn known(binary: &[u8]) -> Self {
        Names::read_while(binary, |payload| Ok(payload.ok())).unwrap_or_default()
    }

    /// Reads the names of what `next` makes of each part of the binary, until that is nothing.
    fn read_while<'b>(
        binary: &'b [u8],
        next: impl Fn(wasmparser::Result<Payload<'b>>) -> Result<Option<Payload<'b>>>,
    ) -> Result<Self> {
        let mut names = Names::default();
        let mut exported = HashMap::new();
        let mut named = HashMap::new();
        for payload in Parser::new(0).parse_all(binary) {
            match next(payload)? {
                None => break,
                Some(Payload::ImportSection(imports)) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(_) | TypeRef::FuncExact(_) = import.ty {
                            let name = format!("{}.{}", import.module, import.name);
                            names.functions.insert(names.imported, name);
                            names.imported += 1;
                        }
                    }
                }
                Some(Payload::ExportSection(exports)) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            exported.entry(export.index).or_insert(export.name.to_owned());
                        }
                    }
                }
                Some(Payload::CustomSection(section)) => {
                    if let KnownCustom::Name(reader) = section.as_known() {
                        named.extend(functions(reader));
                    }
                }
                Some(_) => {}
            }
        }
        for (index, name) in exported {
            names.functions.entry(index).or_insert(name);
        }
        names.functions.extend(named);
        Ok(names)
    }

    /// The name of a function.
    pub fn function(&self, index: u32) -> Option<&str> {
        self.functions.get(&index).map(String::as_str)
    }
}

fn functions(reader: wasmparser::NameSectionReader<'_>) -> Vec<(u32, String)> {
    let maps = reader.into_iter().map_while(|name| name.ok());
    let functions = maps.filter_map(|name| match name {
        Name::Function(functions) => Some(functions),
        _ => None,
    });
    let namings = functions.flat_map(|functions| functions.into_iter().map_while(|naming| naming.ok()));
    namings
        .map(|naming| (naming.index, naming.name.to_owned()))
        .collect()
}
