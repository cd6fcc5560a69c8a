//! Reads an object file as a debugger does.

use gimli::{
    BaseAddresses, CfaRule, DebugFrame, Dwarf, EndianSlice, LittleEndian, Register, RegisterRule,
    UnwindContext, UnwindSection, X86_64,
};
use object::read::elf::ElfFile64;
use object::{Architecture, Object, ObjectSection, ObjectSymbol};
use std::ops::Range;

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// What a debugger finds in an object file.
#[derive(Debug)]
pub struct File {
    /// The addresses of the code.
    pub text: Range<u64>,
    pub symbols: Vec<Function>,
    /// Those with entries.
    pub functions: Vec<Function>,
    pub sequences: Vec<Sequence>,
    /// The names of variables and parameters of functions that have a place.
    pub placed: Vec<String>,
    frames: Vec<u8>,
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// As linkers know it, if that is said.
    pub name: String,
    pub code: Range<u64>,
}

/// Consecutive rows of a line table.
#[derive(Debug)]
pub struct Sequence {
    pub start: u64,
    pub end: u64,
    pub rows: Vec<Row>,
}

/// A row of a line table.
#[derive(Debug)]
pub struct Row {
    pub address: u64,
    pub file: String,
    pub line: u64,
}

/// A name that an entry has, or the one that it is an instance of.
fn name(
    dwarf: &Dwarf<Bytes<'_>>,
    unit: &gimli::Unit<Bytes<'_>>,
    entry: &gimli::DebuggingInformationEntry<Bytes<'_>>,
    attribute: gimli::DwAt,
) -> Option<String> {
    if let Some(value) = entry.attr_value(attribute) {
        let text = dwarf.attr_string(unit, value).unwrap();
        return Some(text.to_string_lossy().into_owned());
    }
    let origins = [gimli::DW_AT_abstract_origin, gimli::DW_AT_specification];
    let origin = origins.iter().find_map(|&origin| entry.attr_value(origin))?;
    let gimli::AttributeValue::UnitRef(origin) = origin else {
        panic!("references lead to the same unit");
    };
    let origin = unit.entry(origin).unwrap();
    name(dwarf, unit, &origin, attribute)
}

impl File {
    /// Reads a file, all of which has to be readable.
    pub fn read(bytes: &[u8]) -> File {
        let elf: ElfFile64 = ElfFile64::parse(bytes).unwrap();
        assert_eq!(elf.architecture(), Architecture::X86_64);
        let text = elf.section_by_name(".text").unwrap();
        let section = |name: &str| {
            let section = elf.section_by_name(name);
            section.map_or(&[][..], |section| section.data().unwrap())
        };
        let mut file = File {
            text: text.address()..text.address() + text.size(),
            symbols: elf
                .symbols()
                .map(|symbol| Function {
                    name: symbol.name().unwrap().to_owned(),
                    code: symbol.address()..symbol.address() + symbol.size(),
                })
                .collect(),
            functions: Vec::new(),
            sequences: Vec::new(),
            placed: Vec::new(),
            frames: section(".debug_frame").to_vec(),
        };
        let dwarf =
            Dwarf::load(|id| Ok::<_, gimli::Error>(EndianSlice::new(section(id.name()), LittleEndian)));
        file.read_units(&dwarf.unwrap()).unwrap();
        file
    }

    fn read_units(&mut self, dwarf: &Dwarf<Bytes<'_>>) -> gimli::Result<()> {
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            let unit = dwarf.unit(header)?;
            self.read_lines(dwarf, &unit)?;
            let mut entries = unit.entries();
            let mut within = None;
            while let Some(entry) = entries.next_dfs()? {
                let mut ranges = dwarf.die_ranges(&unit, entry)?;
                let tag = entry.tag();
                if tag == gimli::DW_TAG_subprogram {
                    let range = ranges.next()?;
                    within = range.map(|_| entry.depth());
                    self.functions.extend(range.map(|range| {
                        Function {
                            name: name(dwarf, &unit, entry, gimli::DW_AT_linkage_name)
                                .or_else(|| name(dwarf, &unit, entry, gimli::DW_AT_name))
                                .unwrap_or_default(),
                            code: range.begin..range.end,
                        }
                    }));
                } else if [gimli::DW_TAG_variable, gimli::DW_TAG_formal_parameter].contains(&tag)
                    && within.is_some_and(|depth| entry.depth() > depth)
                    && entry.attr(gimli::DW_AT_location).is_some()
                {
                    self.placed.extend(name(dwarf, &unit, entry, gimli::DW_AT_name));
                }
            }
        }
        Ok(())
    }

    fn read_lines(&mut self, dwarf: &Dwarf<Bytes<'_>>, unit: &gimli::Unit<Bytes<'_>>) -> gimli::Result<()> {
        let program = unit.line_program.clone().unwrap();
        let mut rows = program.rows();
        let mut sequence = Vec::new();
        while let Some((header, row)) = rows.next_row()? {
            if row.end_sequence() {
                let rows = std::mem::take(&mut sequence);
                let start = rows.first().map_or(row.address(), |row: &Row| row.address);
                let end = row.address();
                self.sequences.push(Sequence { start, end, rows });
                continue;
            }
            let file = row.file(header).unwrap().path_name();
            sequence.push(Row {
                address: row.address(),
                file: dwarf
                    .attr_string(unit, file)?
                    .to_string_lossy()
                    .replace("/./", "/"),
                line: row.line().map_or(0, std::num::NonZeroU64::get),
            });
        }
        Ok(())
    }

    /// Where the frame of the caller ends if the program is at an address, and whether the caller's frame pointer is in this frame.
    pub fn frame_at(&self, address: u64) -> (String, bool) {
        let frames = DebugFrame::new(&self.frames, LittleEndian);
        let bases = BaseAddresses::default();
        let mut context = UnwindContext::new();
        let row = frames
            .unwind_info_for_address(&bases, &mut context, address, DebugFrame::cie_from_offset)
            .unwrap();
        let name = |register: Register| X86_64::register_name(register).unwrap();
        let cfa = match row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => format!("{}+{offset}", name(*register)),
            CfaRule::Expression(_) => panic!("no frame has an expression"),
        };
        assert_eq!(row.register(X86_64::RA), Some(RegisterRule::Offset(-8)));
        (cfa, row.register(X86_64::RBP) == Some(RegisterRule::Offset(-16)))
    }
}
