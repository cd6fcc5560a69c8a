//! A unit that is read, and the one that is made of it.

use crate::image::Image;
use gimli::LineEncoding;
use gimli::write::{FileId, LineProgram, LineString, Unit};
use std::collections::HashMap;
use transom_module::{DebugReader, Metered, Module};

/// How all that is written is encoded.
const ENCODING: gimli::Encoding = gimli::Encoding {
    format: gimli::Format::Dwarf32,
    version: 5,
    address_size: 8,
};

/// A unit that is being read.
pub type Read<'a> = gimli::Unit<Metered<'a>>;

/// What a unit is made of.
pub struct Source<'s, 'a> {
    pub image: &'s Image<'s>,
    pub module: &'s Module,
    pub reader: &'s DebugReader<'a>,
    pub read: &'s Read<'a>,
}

/// A unit that is being made.
pub struct Made {
    pub unit: Unit,
    /// Its own source file.
    pub primary: FileId,
    /// The files of its line table, by their numbers in the module's.
    files: HashMap<u64, Option<FileId>>,
}

impl Made {
    /// A unit with nothing but its own source file.
    pub fn new(path: String) -> Made {
        // Paths of files have their folders in them.
        let directory = LineString::String(b".".into());
        let primary = LineString::String(text(path));
        let mut program = LineProgram::new(
            ENCODING,
            LineEncoding::default(),
            directory,
            None,
            primary.clone(),
            None,
        );
        let directory = program.default_directory();
        Made {
            primary: program.add_file(primary, directory, None),
            unit: Unit::new(ENCODING, program),
            files: HashMap::new(),
        }
    }

    /// The file with a number in the module's table.
    pub fn file(&mut self, source: &Source<'_, '_>, number: u64) -> Option<FileId> {
        if let Some(&known) = self.files.get(&number) {
            return known;
        }
        let path = source.reader.debug.file(source.read, number).map(text);
        let file = path.map(|path| {
            let program = &mut self.unit.line_program;
            let directory = program.default_directory();
            program.add_file(LineString::String(path), directory, None)
        });
        self.files.insert(number, file);
        file
    }
}

/// The bytes of a text, as far as tables can hold it.
pub fn text(text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.retain(|&byte| byte != 0);
    if bytes.is_empty() {
        bytes.push(b'?');
    }
    bytes
}
