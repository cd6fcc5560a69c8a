//! Adding items at the ends of a module's sections.

use transom_inspect::Result;
use transom_inspect::sections::{Section, sections};
use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::BinaryReader;

/// Encoded items of a section.
#[derive(Debug, Default)]
pub struct Items {
    pub count: u32,
    pub bytes: Vec<u8>,
}

/// What is added.
#[derive(Debug, Default)]
pub struct Additions {
    pub types: Items,
    pub functions: Items,
    pub exports: Items,
    pub elements: Items,
    pub bodies: Items,
}

/// Where sections stand, by their numbers in the binary format.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

fn rank(id: u8) -> usize {
    ORDER.iter().position(|other| *other == id).unwrap_or(ORDER.len())
}

/// The module with items added to its sections, which are made if they are missing. What is there stays byte for byte.
///
/// # Errors
///
/// The binary is malformed.
pub fn append(binary: &[u8], additions: Additions) -> Result<Vec<u8>> {
    let Additions {
        types,
        functions,
        exports,
        elements,
        bodies,
    } = additions;
    let added = [
        (1, types),
        (3, functions),
        (7, exports),
        (9, elements),
        (10, bodies),
    ];
    let mut added = added.into_iter().filter(|(_, items)| items.count > 0).peekable();
    let mut module = Module::new();
    let sections = sections(binary)?;
    for (index, section) in sections.iter().enumerate() {
        let data = &binary[section.range.clone()];
        // A section that is missing comes as early as it may: names are behind whatever they name.
        let following = sections[index..].iter().find(|section| !section.is_custom());
        let next = following.map_or(ORDER.len(), |section| rank(section.id));
        while let Some((id, items)) = added.next_if(|(id, _)| rank(*id) < next) {
            push(&mut module, id, items.count, &[&items.bytes]);
        }
        match added.next_if(|(id, _)| *id == section.id) {
            Some((id, items)) => {
                let count = section.count.unwrap_or(0) + items.count;
                push(
                    &mut module,
                    id,
                    count,
                    &[behind_count(section, data)?, &items.bytes],
                );
            }
            None => {
                module.section(&RawSection { id: section.id, data });
            }
        }
    }
    for (id, items) in added {
        push(&mut module, id, items.count, &[&items.bytes]);
    }
    Ok(module.finish())
}

fn behind_count<'a>(section: &Section, data: &'a [u8]) -> Result<&'a [u8]> {
    let mut reader = BinaryReader::new(data, section.range.start as u64);
    reader.read_var_u32()?;
    Ok(&data[reader.current_position()..])
}

fn push(module: &mut Module, id: u8, count: u32, parts: &[&[u8]]) {
    let mut data = Vec::new();
    count.encode(&mut data);
    parts.iter().for_each(|part| data.extend_from_slice(part));
    module.section(&RawSection { id, data: &data });
}
