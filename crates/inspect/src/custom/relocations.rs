//! Sections `reloc.…` of object files: the places of another section that a linker changes.

use super::rows::Rows;
use super::symbols::{Named, Names};
use std::fmt;
use wasmparser::{
    BinaryReader, RelocAddendKind, RelocSectionReader, RelocationEntry, RelocationType, Result,
};

/// Appends the lines of the section's content.
pub fn decode(content: BinaryReader<'_>, names: &Names<'_>, rows: &mut Rows) -> Result<()> {
    let start = content.original_position();
    let reader = RelocSectionReader::new(content)?;
    let index = reader.section_index();
    let target = names.section(index);
    let name = Named(target.map(|section| &*section.name));
    let count = reader.entries().count();
    rows.push(
        start,
        format_args!("{count} relocations of section {index}{name}"),
    );
    let base = target.and_then(|section| names.content_start(section));
    for entry in reader.entries().into_iter_with_offsets() {
        let (offset, entry) = entry?;
        rows.push(offset, fmt::from_fn(|f| relocation(f, &entry, base, names)));
    }
    Ok(())
}

fn relocation(
    f: &mut fmt::Formatter<'_>,
    entry: &RelocationEntry,
    base: Option<u64>,
    names: &Names<'_>,
) -> fmt::Result {
    write!(f, "{:<28} offset {:#x}", type_name(entry.ty), entry.offset)?;
    if let Some(base) = base {
        write!(f, " (file {:#x})", base + u64::from(entry.offset))?;
    }
    match entry.ty {
        RelocationType::TypeIndexLeb => write!(f, " type {}", entry.index)?,
        _ => match names.symbol(entry.index) {
            Some(symbol) => write!(f, " symbol {}{}", entry.index, Named(names.of(symbol)))?,
            None => write!(f, " symbol {} (not in the symbol table)", entry.index)?,
        },
    }
    if entry.ty.addend_kind() != RelocAddendKind::None {
        write!(f, " addend {}", entry.addend)?;
    }
    Ok(())
}

/// The name of a type of relocations in the conventions of tools.
fn type_name(ty: RelocationType) -> &'static str {
    use RelocationType as R;
    match ty {
        R::FunctionIndexLeb => "R_WASM_FUNCTION_INDEX_LEB",
        R::TableIndexSleb => "R_WASM_TABLE_INDEX_SLEB",
        R::TableIndexI32 => "R_WASM_TABLE_INDEX_I32",
        R::MemoryAddrLeb => "R_WASM_MEMORY_ADDR_LEB",
        R::MemoryAddrSleb => "R_WASM_MEMORY_ADDR_SLEB",
        R::MemoryAddrI32 => "R_WASM_MEMORY_ADDR_I32",
        R::TypeIndexLeb => "R_WASM_TYPE_INDEX_LEB",
        R::GlobalIndexLeb => "R_WASM_GLOBAL_INDEX_LEB",
        R::FunctionOffsetI32 => "R_WASM_FUNCTION_OFFSET_I32",
        R::SectionOffsetI32 => "R_WASM_SECTION_OFFSET_I32",
        R::EventIndexLeb => "R_WASM_TAG_INDEX_LEB",
        R::MemoryAddrRelSleb => "R_WASM_MEMORY_ADDR_REL_SLEB",
        R::TableIndexRelSleb => "R_WASM_TABLE_INDEX_REL_SLEB",
        R::GlobalIndexI32 => "R_WASM_GLOBAL_INDEX_I32",
        R::MemoryAddrLeb64 => "R_WASM_MEMORY_ADDR_LEB64",
        R::MemoryAddrSleb64 => "R_WASM_MEMORY_ADDR_SLEB64",
        R::MemoryAddrI64 => "R_WASM_MEMORY_ADDR_I64",
        R::MemoryAddrRelSleb64 => "R_WASM_MEMORY_ADDR_REL_SLEB64",
        R::TableIndexSleb64 => "R_WASM_TABLE_INDEX_SLEB64",
        R::TableIndexI64 => "R_WASM_TABLE_INDEX_I64",
        R::TableNumberLeb => "R_WASM_TABLE_NUMBER_LEB",
        R::MemoryAddrTlsSleb => "R_WASM_MEMORY_ADDR_TLS_SLEB",
        R::FunctionOffsetI64 => "R_WASM_FUNCTION_OFFSET_I64",
        R::MemoryAddrLocrelI32 => "R_WASM_MEMORY_ADDR_LOCREL_I32",
        R::TableIndexRelSleb64 => "R_WASM_TABLE_INDEX_REL_SLEB64",
        R::MemoryAddrTlsSleb64 => "R_WASM_MEMORY_ADDR_TLS_SLEB64",
        R::FunctionIndexI32 => "R_WASM_FUNCTION_INDEX_I32",
    }
}
