//! The ELF file: a section for the code, which has addresses and no bytes, the DWARF, and a symbol for each function.

use crate::image::Image;
use gimli::write::{EndianVec, Sections};
use gimli::{LittleEndian, SectionId};
use object::Endianness;
use object::elf;
use object::write::elf::{FileHeader, ProgramHeader, SectionHeader, SectionIndex, Sym, Writer};
use object::write::{Result, StringId};

/// A section of DWARF.
struct Debug {
    content: Vec<u8>,
    name: StringId,
    offset: u64,
}

/// The names and the content of all sections of DWARF that have any.
fn contents(sections: &mut Sections<EndianVec<LittleEndian>>) -> Vec<(SectionId, Vec<u8>)> {
    let mut contents = Vec::new();
    let _ = sections.for_each_mut(|id, section| -> gimli::write::Result<()> {
        let content = section.take();
        if !content.is_empty() {
            contents.push((id, content));
        }
        Ok(())
    });
    contents
}

/// Writes the file.
///
/// # Errors
///
/// It would be larger than the format has room for.
pub fn write(image: &Image<'_>, sections: &mut Sections<EndianVec<LittleEndian>>) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut writer = Writer::new(Endianness::Little, true, &mut file);
    // First, where everything will be.
    writer.reserve_file_header();
    writer.reserve_program_headers(1);
    writer.reserve_null_section_index();
    let text = (writer.add_section_name(b".text"), writer.reserve_section_index());
    let mut debug = Vec::new();
    for (id, content) in contents(sections) {
        let name = writer.add_section_name(id.name().as_bytes());
        writer.reserve_section_index();
        let offset = writer.reserve(content.len(), 1) as u64;
        debug.push(Debug {
            content,
            name,
            offset,
        });
    }
    writer.reserve_symtab_section_index();
    writer.reserve_strtab_section_index();
    writer.reserve_shstrtab_section_index();
    writer.reserve_null_symbol_index();
    let names: Vec<StringId> = image
        .functions
        .iter()
        .map(|code| {
            writer.reserve_symbol_index(Some(text.1));
            writer.add_string(code.name.as_bytes())
        })
        .collect();
    writer.reserve_symtab();
    writer.reserve_strtab();
    writer.reserve_shstrtab();
    writer.reserve_section_headers();
    // Then everything, in the same order.
    writer.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_SYSV,
        abi_version: 0,
        e_type: elf::ET_EXEC,
        e_machine: elf::EM_X86_64,
        e_entry: 0,
        e_flags: 0,
    })?;
    writer.write_align_program_headers();
    writer.write_program_header(&segment(image));
    for section in &debug {
        writer.write(&section.content);
    }
    write_symbols(&mut writer, image, &names, text.1);
    writer.write_strtab();
    writer.write_shstrtab();
    writer.write_null_section_header();
    writer.write_section_header(&text_section(image, text.0));
    for section in &debug {
        writer.write_section_header(&debug_section(section));
    }
    writer.write_symtab_section_header(1);
    writer.write_strtab_section_header();
    writer.write_shstrtab_section_header();
    Ok(file)
}

fn write_symbols(writer: &mut Writer<'_>, image: &Image<'_>, names: &[StringId], text: SectionIndex) {
    writer.write_null_symbol();
    for (code, &name) in image.functions.iter().zip(names) {
        writer.write_symbol(&Sym {
            name: Some(name),
            section: Some(text),
            st_info: elf::STB_GLOBAL << 4 | elf::STT_FUNC,
            st_other: elf::STV_DEFAULT,
            st_shndx: 0,
            st_value: image.address(code),
            st_size: u64::from(code.len()),
        });
    }
}

/// The code, whose bytes are where they run.
fn segment(image: &Image<'_>) -> ProgramHeader {
    ProgramHeader {
        p_type: elf::PT_LOAD,
        p_flags: elf::PF_R | elf::PF_X,
        p_offset: 0,
        p_vaddr: image.address,
        p_paddr: image.address,
        p_filesz: 0,
        p_memsz: image.size,
        p_align: 1,
    }
}

fn text_section(image: &Image<'_>, name: StringId) -> SectionHeader {
    SectionHeader {
        name: Some(name),
        sh_type: elf::SHT_NOBITS,
        sh_flags: u64::from(elf::SHF_ALLOC | elf::SHF_EXECINSTR),
        sh_addr: image.address,
        sh_offset: 0,
        sh_size: image.size,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: 1,
        sh_entsize: 0,
    }
}

fn debug_section(section: &Debug) -> SectionHeader {
    SectionHeader {
        name: Some(section.name),
        sh_type: elf::SHT_PROGBITS,
        sh_flags: 0,
        sh_addr: 0,
        sh_offset: section.offset,
        sh_size: section.content.len() as u64,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: 1,
        sh_entsize: 0,
    }
}
