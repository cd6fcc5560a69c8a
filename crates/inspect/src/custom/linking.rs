//! The section `linking` of object files: segments, functions for the start, comdats and symbols.

use super::rows::Rows;
use super::symbols::{Named, Names, Quoted, segment_flags, symbol_flags};
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
        if rows.is_full() {
            return Ok(());
        }
        let text = format!(
            "segment {index}: {}, alignment 2^{}{}",
            Quoted(segment.name),
            segment.alignment,
            segment_flags(segment.flags)
        );
        rows.push(offset, text);
    }
    Ok(())
}

fn init_functions(list: InitFuncMap<'_>, names: &Names<'_>, rows: &mut Rows) -> Result<()> {
    for function in list.into_iter_with_offsets() {
        let (offset, function) = function?;
        if rows.is_full() {
            return Ok(());
        }
        let symbol = names.symbol(function.symbol_index);
        let text = format!(
            "init function: symbol {}{}, priority {}",
            function.symbol_index,
            Named(symbol.and_then(|symbol| names.of(symbol))),
            function.priority
        );
        rows.push(offset, text);
    }
    Ok(())
}

fn comdats(list: ComdatMap<'_>, rows: &mut Rows) -> Result<()> {
    for (index, comdat) in list.into_iter_with_offsets().enumerate() {
        let (offset, comdat) = comdat?;
        if rows.is_full() {
            return Ok(());
        }
        rows.push(offset, format_args!("comdat {index}: {}", Quoted(comdat.name)));
        for member in comdat.symbols.into_iter_with_offsets() {
            let (offset, member) = member?;
            if rows.is_full() {
                return Ok(());
            }
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
        if rows.is_full() {
            return Ok(());
        }
        let name = Named(names.of(&symbol));
        let (what, flags) = match symbol {
            SymbolInfo::Func { flags, index, .. } => (format!("function {index}{name}"), flags),
            SymbolInfo::Global { flags, index, .. } => (format!("global {index}{name}"), flags),
            SymbolInfo::Event { flags, index, .. } => (format!("tag {index}{name}"), flags),
            SymbolInfo::Table { flags, index, .. } => (format!("table {index}{name}"), flags),
            SymbolInfo::Section { flags, section } => (format!("section {section}{name}"), flags),
            SymbolInfo::Data { flags, symbol, .. } => {
                let place = symbol.map_or_else(String::new, |place| {
                    format!(
                        ", segment {} offset {:#x} size {}",
                        place.index, place.offset, place.size
                    )
                });
                (format!("data{name}{place}"), flags)
            }
        };
        rows.push(
            offset,
            format_args!("symbol {index}: {what}{}", symbol_flags(flags)),
        );
    }
    Ok(())
}
