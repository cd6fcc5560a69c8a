//! Rows of the document.

use super::*;
use crate::corpus::table;

fn rows() -> Vec<Row> {
    let hash = "0".repeat(64);
    let text = format!(
        "a C npm @s/a 1.0 {hash} a.wasm\n  run x\n  prints y\n  fails run clocks | random\nb Rust pypi b 2 {hash} b.wasm\n"
    );
    table::parse(&text).expect("well-formed")
}

#[test]
fn a_run_replaces_its_rows_only() {
    let rows = rows();
    let mut document = Document::new(&rows, "| b | old | row |\n| c | gone |\n");
    let report = Report {
        size: 12,
        steps: vec![
            (Step::Inspect, Ok("1 / 2".into())),
            (Step::Validate, Ok("simd".into())),
            (Step::Roundtrip, Err("differs".into())),
            (Step::Run, Err("differs".into())),
        ],
    };
    document.set(&rows[0], &report);
    let text = document.text();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len() - 2..];
    let a = "| a | C | npm `@s/a` 1.0 | 12 | 1 / 2 | simd | FAILED |  | known failure: clocks \\| random |";
    assert_eq!(last, [a, "| b | old | row |"]);
    // What was written is read again.
    assert_eq!(Document::new(&rows, &text).text(), text);
    assert!(text.contains("2 modules of 2 packages, compiled from 2 languages: C (1), Rust (1). 1 of them"));
}

#[test]
fn a_row_that_has_never_run() {
    let text = Document::new(&rows(), "").text();
    assert!(
        text.ends_with("| b | Rust | PyPI `b` 2 | | | | | | |\n"),
        "{text}"
    );
}

#[test]
fn the_document_has_the_table_in_order() {
    let rows = table::parse(include_str!("../../../corpus/modules.txt")).expect("well-formed");
    let old = include_str!("../../../../docs/corpus.md");
    assert_eq!(Document::new(&rows, old).text(), old, "try: cargo xtask corpus");
    for row in &rows {
        assert!(old.contains(&format!("\n{} | ", start(row))), "{}", row.name);
    }
    let order = |row: &Row| (row.language.to_lowercase(), row.name.clone());
    assert!(rows.is_sorted_by_key(order));
}
