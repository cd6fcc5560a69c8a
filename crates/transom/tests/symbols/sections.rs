//! Custom sections of modules, and what becomes of modules whose sections are others.

use crate::random::Random;
use transom_module::wasmparser::{Parser, Payload};
use wasm_encoder::{CustomSection, Module, RawSection, Section};

/// A module with what `map` makes of each custom section's content; `None` leaves it out.
pub fn map(module: &[u8], mut map: impl FnMut(&str, &[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut mapped = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.expect("the module is valid");
        if let Payload::CustomSection(section) = &payload {
            if let Some(data) = map(section.name(), section.data()) {
                mapped.section(&custom(section.name(), &data));
            }
        } else if let Some((id, range)) = payload.as_section() {
            let data = &module[range.start as usize..range.end as usize];
            mapped.section(&RawSection { id, data });
        }
    }
    mapped.finish()
}

/// A module with more custom sections at its end.
pub fn append(mut module: Vec<u8>, sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    for (name, data) in sections {
        custom(name, data).append_to(&mut module);
    }
    module
}

fn custom<'a>(name: &'a str, data: &'a [u8]) -> CustomSection<'a> {
    CustomSection {
        name: name.into(),
        data: data.into(),
    }
}

/// The content of a custom section.
#[allow(dead_code, reason = "not every test asks for one")]
pub fn content(module: &[u8], name: &str) -> Vec<u8> {
    let mut content = Vec::new();
    map(module, |found, data| {
        if found == name {
            content.extend_from_slice(data);
        }
        None
    });
    content
}

/// A program with some bytes of its debug information changed.
pub fn damaged(random: &mut Random, program: &[u8]) -> Vec<u8> {
    let often = 1 + random.below(4);
    map(program, |name, data| {
        let mut content = [&[0; 8], data].concat();
        if name.starts_with(".debug_") {
            for _ in 0..random.below(often) {
                random.mutate(&mut content);
            }
        }
        Some(content.split_off(8))
    })
}
