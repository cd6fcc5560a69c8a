//! Rows from segments and locations.
use super::*;

fn segment(start: u64, line: u32, statement: bool) -> Segment {
    Segment {
        start,
        end: start + 10,
        file: 1,
        line,
        column: 0,
        statement,
    }
}

/// Offsets and lines, of those at which a debugger stops with a `*`.
fn rows(lines: &Lines, locations: &[(u32, u32)]) -> Vec<String> {
    let location = |&(code_offset, wasm_offset)| Location {
        code_offset,
        wasm_offset,
    };
    let locations: Vec<Location> = locations.iter().map(location).collect();
    // The code section begins at 100, and the body at 110.
    let rows = lines.rows(&locations, 110, 100);
    let show = |row: &Row| {
        let line = row.segment.map_or(0, |segment| segment.line);
        format!("{} {line}{}", row.offset, if row.statement { "*" } else { "" })
    };
    rows.iter().map(show).collect()
}

#[test]
fn code_has_the_lines_of_its_instructions() {
    let lines = Lines(vec![
        segment(10, 1, true),
        segment(20, 2, true),
        segment(30, 3, false),
    ]);
    let found = rows(
        &lines,
        &[(0, u32::MAX), (8, 112), (9, 115), (12, 121), (20, 130), (24, 140)],
    );
    assert_eq!(found, ["0 1*", "12 2*", "20 3", "24 0"]);
}

#[test]
fn nobody_stops_at_what_is_out_of_line() {
    let lines = Lines(vec![segment(10, 1, true), segment(20, 2, true)]);
    let found = rows(
        &lines,
        &[
            (0, u32::MAX),
            (4, 112),
            (8, 121),
            (16, 113),
            (20, u32::MAX),
            (24, 122),
        ],
    );
    assert_eq!(found, ["0 1*", "8 2*", "16 1", "20 0", "24 2*"]);
}

#[test]
fn code_without_lines_has_none() {
    assert_eq!(rows(&Lines::default(), &[(0, u32::MAX), (4, 112)]), ["0 0"]);
    // An offset before the code section, or beyond the end of the lines.
    let lines = Lines(vec![segment(10, 1, true)]);
    assert_eq!(rows(&lines, &[(0, 112), (4, 5), (8, 200)]), ["0 1*", "4 0"]);
    assert!(rows(&lines, &[]).is_empty());
}
