//! The section `dylink.0`: what a dynamic linker must know of a module.

use super::rows::Rows;
use super::symbols::{Quoted, symbol_flags};
use wasmparser::{BinaryReader, Dylink0SectionReader, Dylink0Subsection, Result};

/// Appends the lines of the section's content. A list is read as a whole, so its lines have one offset.
pub fn decode(content: BinaryReader<'_>, rows: &mut Rows) -> Result<()> {
    let mut subsections = Dylink0SectionReader::new(content);
    loop {
        let offset = subsections.original_position();
        let Some(subsection) = subsections.next() else {
            return Ok(());
        };
        match subsection? {
            Dylink0Subsection::MemInfo(info) => {
                let (size, alignment) = (info.memory_size, info.memory_alignment);
                rows.push(
                    offset,
                    format_args!("memory: {size} bytes, alignment 2^{alignment}"),
                );
                let (size, alignment) = (info.table_size, info.table_alignment);
                rows.push(
                    offset,
                    format_args!("table: {size} elements, alignment 2^{alignment}"),
                );
            }
            Dylink0Subsection::Needed(names) => {
                for name in names {
                    rows.push(offset, format_args!("needed {}", Quoted(name)));
                }
            }
            Dylink0Subsection::ExportInfo(exports) => {
                for export in exports {
                    let flags = symbol_flags(export.flags);
                    rows.push(offset, format_args!("export {}{flags}", Quoted(export.name)));
                }
            }
            Dylink0Subsection::ImportInfo(imports) => {
                for import in imports {
                    let (module, name) = (Quoted(import.module), Quoted(import.field));
                    let flags = symbol_flags(import.flags);
                    rows.push(offset, format_args!("import {module} {name}{flags}"));
                }
            }
            Dylink0Subsection::RuntimePath(paths) => {
                for path in paths {
                    rows.push(offset, format_args!("runtime path {}", Quoted(path)));
                }
            }
            Dylink0Subsection::TargetArch(name) => {
                rows.push(offset, format_args!("target architecture {}", Quoted(name)));
            }
            Dylink0Subsection::Unknown { ty, data, .. } => {
                let bytes = data.len();
                rows.push(offset, format_args!("unknown subsection {ty}, {bytes} bytes"));
            }
        }
    }
}

/// Calls `each` with the libraries that the module needs.
///
/// # Errors
///
/// The content is malformed; `each` was called with all libraries of the lists before the place.
pub fn needed<'b>(content: BinaryReader<'b>, mut each: impl FnMut(&'b str)) -> Result<()> {
    for subsection in Dylink0SectionReader::new(content) {
        if let Dylink0Subsection::Needed(names) = subsection? {
            names.into_iter().for_each(&mut each);
        }
    }
    Ok(())
}
