//! Changes beyond noise.

use super::text;
use crate::results::{Cell, Machine, Quantity, Results, Row, Suite};

fn results(rows: &[(&str, &[(&str, f64)])]) -> Results {
    let row = |(name, cells): &(&str, &[(&str, f64)])| Row {
        name: (*name).to_owned(),
        about: String::new(),
        quantity: Quantity::Time,
        goal: None,
        cells: cells
            .iter()
            .map(|(peer, value)| Cell {
                peer: (*peer).to_owned(),
                values: vec![*value],
                reason: None,
            })
            .collect(),
    };
    let suite = Suite {
        name: "steady".to_owned(),
        about: String::new(),
        rows: rows.iter().map(row).collect(),
    };
    Results {
        machine: Machine::default(),
        quick: false,
        peers: Vec::new(),
        suites: vec![suite],
    }
}

#[test]
fn what_is_slower_is_worse_and_what_is_the_same_is_not_named() {
    let old = results(&[
        ("sort", &[("transom", 1.0)]),
        ("json", &[("transom", 1.0)]),
        ("aes", &[("transom", 1.0)]),
    ]);
    let new = results(&[
        ("sort", &[("transom", 2.0)]),
        ("json", &[("transom", 1.01)]),
        ("aes", &[("transom", 0.5)]),
    ]);
    let text = text(&old, &new);
    let worse = text.find("worse   0.50  steady: sort").expect("it is worse");
    let better = text.find("better  2.00  steady: aes").expect("it is better");
    assert!(worse < better && !text.contains("json"), "{text}");
    assert!(text.contains("2 of 3 rows have changed"), "{text}");
}

#[test]
fn a_machine_that_is_slower_is_no_change() {
    let old = results(&[("sort", &[("transom", 1.0), ("wasmtime", 1.0)])]);
    let slower = results(&[("sort", &[("transom", 2.0), ("wasmtime", 2.0)])]);
    assert!(text(&old, &slower).contains("0 of 1 rows have changed"));
    let worse = results(&[("sort", &[("transom", 2.0), ("wasmtime", 1.0)])]);
    assert!(text(&old, &worse).contains("worse   0.50  steady: sort"));
}

#[test]
fn rows_that_come_and_go_are_named() {
    let (old, new) = (
        results(&[("sort", &[("transom", 1.0)])]),
        results(&[("json", &[("transom", 1.0)])]),
    );
    let text = text(&old, &new);
    assert!(
        text.contains("new: steady: json") && text.contains("not measured now: steady: sort"),
        "{text}"
    );
    assert!(text.contains("0 of 0 rows"), "{text}");
}
