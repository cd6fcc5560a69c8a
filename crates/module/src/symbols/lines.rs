//! Line tables: the source position of an address.

use super::frame::FrameSymbol;
use super::meter::Metered;
use super::sections::Debug;
use super::strings::text_of;
use gimli::{ColumnType, LineRow, Result, Unit};

/// The source position of an address, without a name.
pub fn at(unit: &Unit<Metered<'_>>, debug: &Debug<'_>, address: u64) -> Option<FrameSymbol> {
    let row = row_at(unit, address).ok()??;
    // Instructions that are nobody's line still have the file.
    let line = row.line().and_then(|line| position(line.get()));
    let column = match row.column() {
        ColumnType::Column(column) if line.is_some() => position(column.get()),
        ColumnType::Column(_) | ColumnType::LeftEdge => None,
    };
    Some(FrameSymbol {
        name: None,
        file: file(unit, debug, row.file_index()),
        line,
        column,
    })
}

/// The row of an address: each belongs to the addresses up to that of the next in its sequence, whose last row says only
/// where it ends.
fn row_at(unit: &Unit<Metered<'_>>, address: u64) -> Result<Option<LineRow>> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(None);
    };
    let mut rows = program.rows();
    let mut start = None;
    let mut before = None;
    while let Some((_, row)) = rows.next_row()? {
        // Compilers move the lines of functions that were removed to address zero, where there is no code.
        let removed = *start.get_or_insert(row.address()) == 0;
        if row.address() > address && before.is_some() {
            return Ok(before);
        }
        if row.end_sequence() {
            (start, before) = (None, None);
        } else if row.address() <= address && !removed {
            before = Some(*row);
        }
    }
    Ok(None)
}

/// A line or a column as tables have it: zero is none.
pub fn position(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number != 0)
}

impl<'a> Debug<'a> {
    /// The path of a file of a unit's line table.
    pub fn file(&self, unit: &Unit<Metered<'a>>, index: u64) -> Option<String> {
        file(unit, self, index)
    }

    /// The path of a unit's own source file.
    pub fn source_file(&self, unit: &Unit<Metered<'a>>) -> Option<String> {
        let mut path = unit.comp_dir.as_ref().and_then(text_of).unwrap_or_default();
        join(&mut path, &text_of(unit.name.as_ref()?)?);
        Some(path)
    }
}

/// The path of a file of a unit's line table.
fn file(unit: &Unit<Metered<'_>>, debug: &Debug<'_>, index: u64) -> Option<String> {
    let header = unit.line_program.as_ref()?.header();
    let file = header.file(index)?;
    let mut path = unit.comp_dir.as_ref().and_then(text_of).unwrap_or_default();
    // Directory zero is that of the unit.
    if file.directory_index() != 0
        && let Some(directory) = file.directory(header).and_then(|value| debug.text(unit, value))
    {
        join(&mut path, &directory);
    }
    join(&mut path, &debug.text(unit, file.path_name())?);
    Some(path)
}

/// Appends to a path, unless the end is an absolute path itself, of whatever system.
fn join(path: &mut String, end: &str) {
    if end.starts_with(['/', '\\']) || end.get(1..2) == Some(":") {
        path.clear();
    } else if !path.is_empty() && !path.ends_with(['/', '\\']) {
        path.push('/');
    }
    path.push_str(end);
}
