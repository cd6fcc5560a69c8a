//! Symbols of object files: their kinds, flags and names.

use crate::sections::Section;
use std::fmt;
use transom::Escaped;
use wasmparser::{
    BinaryReader, CustomSectionReader, Linking, LinkingSectionReader, Parser, Payload, SegmentFlags,
    SymbolFlags, SymbolInfo, TypeRef,
};

/// The names that symbols and relocations of a binary refer to.
#[derive(Debug, Default)]
pub struct Names<'b> {
    binary: &'b [u8],
    functions: Vec<&'b str>,
    tables: Vec<&'b str>,
    globals: Vec<&'b str>,
    tags: Vec<&'b str>,
    sections: &'b [Section],
    symbols: Vec<SymbolInfo<'b>>,
}

impl<'b> Names<'b> {
    /// Reads the names, as far as the binary can be read; `sections` are all of its sections.
    pub fn read(binary: &'b [u8], sections: &'b [Section]) -> Names<'b> {
        let mut names = Names {
            binary,
            sections,
            ..Names::default()
        };
        for payload in Parser::new(0).parse_all(binary).map_while(Result::ok) {
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports().map_while(Result::ok) {
                        names.import(import.ty, import.name);
                    }
                }
                Payload::CustomSection(section) if section.name() == "linking" => {
                    names.symbols.extend(symbols(&section));
                }
                _ => {}
            }
        }
        names
    }

    fn import(&mut self, ty: TypeRef, name: &'b str) {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => self.functions.push(name),
            TypeRef::Table(_) => self.tables.push(name),
            TypeRef::Global(_) => self.globals.push(name),
            TypeRef::Tag(_) => self.tags.push(name),
            TypeRef::Memory(_) => {}
        }
    }

    /// The section with this index, custom sections included.
    pub fn section(&self, index: u32) -> Option<&'b Section> {
        self.sections.get(index as usize)
    }

    /// The offset from which relocations of a section count: that of its content, behind the name of a custom section.
    pub fn content_start(&self, section: &Section) -> Option<u64> {
        match section.is_custom() {
            true => Some(section.content(self.binary).ok()?.original_position()),
            false => Some(section.range.start as u64),
        }
    }

    /// The symbol with this index.
    pub fn symbol(&self, index: u32) -> Option<&SymbolInfo<'b>> {
        self.symbols.get(index as usize)
    }

    /// The name of a symbol: its own, that of its import, or that of its section.
    pub fn of(&self, symbol: &SymbolInfo<'b>) -> Option<&'b str> {
        let imported = |names: &[&'b str], index: u32| names.get(index as usize).copied();
        match *symbol {
            SymbolInfo::Func { name, index, .. } => name.or_else(|| imported(&self.functions, index)),
            SymbolInfo::Table { name, index, .. } => name.or_else(|| imported(&self.tables, index)),
            SymbolInfo::Global { name, index, .. } => name.or_else(|| imported(&self.globals, index)),
            SymbolInfo::Event { name, index, .. } => name.or_else(|| imported(&self.tags, index)),
            SymbolInfo::Data { name, .. } => Some(name),
            SymbolInfo::Section { section, .. } => Some(&self.section(section)?.name),
        }
    }
}

/// The symbols of a section `linking`, as far as it can be read.
fn symbols<'b>(section: &CustomSectionReader<'b>) -> Vec<SymbolInfo<'b>> {
    let content: BinaryReader<'b> = section.data_reader();
    let Ok(linking) = LinkingSectionReader::new(content) else {
        return Vec::new();
    };
    let tables = linking.subsections().map_while(Result::ok);
    let tables = tables.filter_map(|subsection| match subsection {
        Linking::SymbolTable(symbols) => Some(symbols),
        _ => None,
    });
    tables
        .flat_map(|symbols| symbols.into_iter().map_while(Result::ok))
        .collect()
}

/// A name in a line of text.
pub struct Quoted<'n>(pub &'n str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", Escaped(self.0))
    }
}

/// A name before which a space is written; nothing if there is none.
pub struct Named<'n>(pub Option<&'n str>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, " {}", Quoted(name)),
            None => Ok(()),
        }
    }
}

/// The names of flags, by their bits.
const SYMBOL_FLAGS: [(SymbolFlags, &str); 9] = [
    (SymbolFlags::BINDING_WEAK, "weak"),
    (SymbolFlags::BINDING_LOCAL, "local"),
    (SymbolFlags::VISIBILITY_HIDDEN, "hidden"),
    (SymbolFlags::UNDEFINED, "undefined"),
    (SymbolFlags::EXPORTED, "exported"),
    (SymbolFlags::EXPLICIT_NAME, "explicit-name"),
    (SymbolFlags::NO_STRIP, "no-strip"),
    (SymbolFlags::TLS, "tls"),
    (SymbolFlags::ABSOLUTE, "absolute"),
];
const SEGMENT_FLAGS: [(SegmentFlags, &str); 2] =
    [(SegmentFlags::STRINGS, "strings"), (SegmentFlags::TLS, "tls")];

/// The text of a symbol's flags, with a space before it; nothing if there are none.
pub fn symbol_flags(flags: SymbolFlags) -> String {
    let rows = SYMBOL_FLAGS.map(|(flag, name)| (flag.bits(), name));
    flags_text(flags.bits(), &rows)
}

/// The same of a segment.
pub fn segment_flags(flags: SegmentFlags) -> String {
    let rows = SEGMENT_FLAGS.map(|(flag, name)| (flag.bits(), name));
    flags_text(flags.bits(), &rows)
}

fn flags_text(bits: u32, rows: &[(u32, &str)]) -> String {
    let set = rows.iter().filter(|(flag, _)| bits & flag != 0);
    let mut names = set.map(|(_, name)| (*name).to_owned()).collect::<Vec<_>>();
    let unknown = rows.iter().fold(bits, |left, (flag, _)| left & !flag);
    if unknown != 0 {
        names.push(format!("{unknown:#x}"));
    }
    match names.is_empty() {
        true => String::new(),
        false => format!(" [{}]", names.join(", ")),
    }
}
