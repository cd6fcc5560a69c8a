//! Lines: from the module's table, which is about its bytes, and the locations of code to a table that is about the code.

use gimli::{ColumnType, Result, Unit};
use transom_code::Location;
use transom_module::{Metered, Module};

/// Instructions that follow each other in the module and have one place in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The addresses in the module's DWARF.
    start: u64,
    end: u64,
    pub file: u64,
    pub line: u32,
    pub column: u32,
    /// Whether a debugger should stop where it begins.
    pub statement: bool,
}

/// The lines of a unit.
#[derive(Default, Debug)]
pub struct Lines(Vec<Segment>);

/// From an offset in a function's code on, code belongs to a place in the source, if to any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    pub offset: u32,
    pub segment: Option<Segment>,
    /// Whether a debugger should stop here to be at the line.
    pub statement: bool,
}

impl Lines {
    /// Those of a unit, as far as they can be read.
    pub fn read(unit: &Unit<Metered<'_>>) -> Lines {
        let mut lines = Lines::default();
        let _: Result<()> = lines.add(unit);
        // Where several begin at one address, the last one that is not empty counts.
        lines.0.sort_by_key(|segment| segment.start);
        lines
    }

    fn add(&mut self, unit: &Unit<Metered<'_>>) -> Result<()> {
        let Some(program) = unit.line_program.clone() else {
            return Ok(());
        };
        let mut rows = program.rows();
        let mut removed = None;
        let mut last: Option<Segment> = None;
        while let Some((_, row)) = rows.next_row()? {
            // Compilers move the lines of functions that were removed to address zero, where there is no code.
            let removed_here = *removed.get_or_insert(row.address() == 0);
            if let Some(last) = last.take().filter(|_| !removed_here) {
                let segment = Segment {
                    end: row.address(),
                    ..last
                };
                if segment.start < segment.end {
                    self.0.push(segment);
                }
            }
            if row.end_sequence() {
                removed = None;
                continue;
            }
            let number = |number: u64| u32::try_from(number).unwrap_or(0);
            last = Some(Segment {
                start: row.address(),
                end: 0,
                file: row.file_index(),
                line: row.line().map_or(0, |line| number(line.get())),
                column: match row.column() {
                    ColumnType::Column(column) => number(column.get()),
                    ColumnType::LeftEdge => 0,
                },
                statement: row.is_stmt(),
            });
        }
        Ok(())
    }

    /// The place of an address.
    fn at(&self, address: u64) -> Option<Segment> {
        let after = self.0.partition_point(|segment| segment.start <= address);
        let segment = self.0[after.checked_sub(1)?];
        (address < segment.end).then_some(segment)
    }

    /// The rows of a function whose code has these locations. `body` is the offset in the module where its body begins, and `code_start`
    /// that from which addresses count. What has no location belongs to the beginning before the first instruction, and then to nothing.
    pub fn rows(&self, locations: &[Location], body: usize, code_start: usize) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut furthest = body;
        let mut begun = false;
        for location in locations {
            let offset = match location.wasm_offset {
                u32::MAX if begun => None,
                u32::MAX => Some(body),
                offset => Some(offset as usize),
            };
            begun |= location.wasm_offset != u32::MAX;
            let address = offset.and_then(|offset| offset.checked_sub(code_start));
            let segment = address.and_then(|address| self.at(address as u64));
            // What is out of line belongs to a line, but nobody wants to stop there.
            let forwards = offset.is_some_and(|offset| offset >= furthest);
            furthest = furthest.max(offset.unwrap_or(0));
            let statement = forwards && segment.is_some_and(|segment| segment.statement);
            if rows.last().is_none_or(|last| last.segment != segment) {
                rows.push(Row {
                    offset: location.code_offset,
                    segment,
                    statement,
                });
            }
        }
        rows
    }
}

/// Where a function's body begins in the module.
pub fn body_start(module: &Module, function: transom_module::DefinedFuncIdx) -> usize {
    module.bodies[function.index()].range.start
}

#[cfg(test)]
mod tests;
