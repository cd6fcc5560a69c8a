//! The section `linking` of object files: segments, functions for the start, comdats and symbols.

use super::rows::Rows;
use super::symbols::{Named, Names, Quoted, segment_flags, symbol_flags};
use std::fmt;
use wasmparser::{
    BinaryReader, ComdatMap, ComdatSymbolKind, InitFuncMap, Linking, LinkingSectionReader, Result,
    SegmentMap, SymbolInfo, SymbolInfoMap,
};

/// Appends the lines of the section's content.
pub fn decode(content: BinaryReader<'_>, names: &Names<'_>, rows: &mut Rows) -> Result<()> {
    let start = content.original_position();
    let reader = LinkingSectionReader::new(content)?;
    rows.push(start, format_args!("version {}", reader.version()));
    let mut subsections = reader.subsections();
    loop {
        let offset = subsections.original_position();
        let Some(subsection) = subsections.next() else {
            return Ok(());
        };
        match subsection? {
            Linking::SegmentInfo(list) => segments(list, rows)?,
            Linking::InitFuncs(list) => init_functions(list, names, rows)?,
            Linking::ComdatInfo(list) => comdats(list, rows)?,
            Linking::SymbolTable(list) => symbols(list, names, rows)?,
            Linking::TargetArch(name) => {
                rows.push(offset, format_args!("target architecture {}", Quoted(name)));
            }
            Linking::Unknown { ty, data, .. } => {
                let bytes = data.len();
                rows.push(offset, format_args!("unknown subsection {ty}, {bytes} bytes"));
            }
        }
    }
}

fn segments(list: SegmentMap<'_>, rows: &mut Rows) -> Result<()> {
    for (index, segment) in list.into_iter_with_offsets().enumerate() {
        let (offset, segment) = segment?;
        let (name, flags) = (Quoted(segment.name), segment_flags(segment.flags));
        rows.push(
            offset,
            format_args!(
                "segment {index}: {name}, alignment 2^{}{flags}",
                segment.alignment
            ),
        );
    }
    Ok(())
}

fn init_functions(list: InitFuncMap<'_>, names: &Names<'_>, rows: &mut Rows) -> Result<()> {
    for function in list.into_iter_with_offsets() {
        let (offset, function) = function?;
        let symbol = names.symbol(function.symbol_index);
        let name = Named(symbol.and_then(|symbol| names.of(symbol)));
        let (index, priority) = (function.symbol_index, function.priority);
        rows.push(
            offset,
            format_args!("init function: symbol {index}{name}, priority {priority}"),
        );
    }
    Ok(())
}

fn comdats(list: ComdatMap<'_>, rows: &mut Rows) -> Result<()> {
    for (index, comdat) in list.into_iter_with_offsets().enumerate() {
        let (offset, comdat) = comdat?;
        rows.push(offset, format_args!("comdat {index}: {}", Quoted(comdat.name)));
        for member in comdat.symbols.into_iter_with_offsets() {
            let (offset, member) = member?;
            let kind = match member.kind {
                ComdatSymbolKind::Data => "segment",
                ComdatSymbolKind::Func => "function",
                ComdatSymbolKind::Global => "global",
                ComdatSymbolKind::Event => "tag",
                ComdatSymbolKind::Table => "table",
                ComdatSymbolKind::Section => "section",
            };
            rows.push(
                offset,
                format_args!("comdat {index} contains {kind} {}", member.index),
            );
        }
    }
    Ok(())
}

fn symbols(list: SymbolInfoMap<'_>, names: &Names<'_>, rows: &mut Rows) -> Result<()> {
    for (index, symbol) in list.into_iter_with_offsets().enumerate() {
        let (offset, symbol) = symbol?;
        let text = fmt::from_fn(|f| symbol_text(f, &symbol, Named(names.of(&symbol))));
        rows.push(offset, format_args!("symbol {index}: {text}"));
    }
    Ok(())
}

fn symbol_text(f: &mut fmt::Formatter<'_>, symbol: &SymbolInfo<'_>, name: Named<'_>) -> fmt::Result {
    let flags = match *symbol {
        SymbolInfo::Func { flags, index, .. } => write!(f, "function {index}{name}").map(|()| flags),
        SymbolInfo::Global { flags, index, .. } => write!(f, "global {index}{name}").map(|()| flags),
        SymbolInfo::Event { flags, index, .. } => write!(f, "tag {index}{name}").map(|()| flags),
        SymbolInfo::Table { flags, index, .. } => write!(f, "table {index}{name}").map(|()| flags),
        SymbolInfo::Section { flags, section } => write!(f, "section {section}{name}").map(|()| flags),
        SymbolInfo::Data { flags, symbol, .. } => {
            write!(f, "data{name}")?;
            if let Some(place) = symbol {
                let (index, offset, size) = (place.index, place.offset, place.size);
                write!(f, ", segment {index} offset {offset:#x} size {size}")?;
            }
            Ok(flags)
        }
    }?;
    f.write_str(&symbol_flags(flags))
}
