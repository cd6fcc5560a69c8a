//! Ratios, noise and units.

use super::*;

fn cell(peer: &str, values: &[f64]) -> Cell {
    Cell {
        peer: peer.to_owned(),
        values: values.to_vec(),
        reason: None,
    }
}

fn row(quantity: Quantity, cells: Vec<Cell>) -> Row {
    Row {
        name: "row".to_owned(),
        about: String::new(),
        quantity,
        goal: None,
        cells,
    }
}

#[test]
fn a_ratio_says_how_many_times_as_good_transom_is() {
    let cells = || vec![cell("transom", &[2.0]), cell("wasmtime", &[3.0])];
    assert_eq!(row(Quantity::Time, cells()).ratio("wasmtime"), Some(1.5));
    assert_eq!(row(Quantity::Memory, cells()).ratio("wasmtime"), Some(1.5));
    assert_eq!(row(Quantity::Rate, cells()).ratio("wasmtime"), Some(2.0 / 3.0));
    assert_eq!(row(Quantity::Time, cells()).ratio("v8"), None);
}

#[test]
fn the_spread_is_half_the_distance_between_the_quartiles() {
    let cell = cell("transom", &[1.0, 2.0, 4.0, 6.0, 100.0]);
    assert_eq!(cell.median(), Some(4.0));
    assert_eq!(cell.spread(), 0.5);
    assert_eq!(
        Cell {
            values: Vec::new(),
            ..cell
        }
        .spread(),
        0.0
    );
}

#[test]
fn behind_is_more_than_noise_and_never_behind_native_code() {
    let steady = row(
        Quantity::Time,
        vec![
            cell("transom", &[1.0]),
            cell("wasmtime", &[0.96]),
            cell("native", &[0.5]),
        ],
    );
    assert_eq!(steady.behind(), [("wasmtime", 0.96)]);
    let close = row(
        Quantity::Time,
        vec![cell("transom", &[1.0]), cell("wasmtime", &[0.98])],
    );
    assert_eq!(close.behind(), []);
    let noisy = row(
        Quantity::Time,
        vec![
            cell("transom", &[0.8, 0.8, 1.0, 1.2, 1.2]),
            cell("wasmtime", &[0.9]),
        ],
    );
    assert_eq!(noisy.behind(), []);
}

#[test]
fn the_worst_peer_comes_first() {
    let row = row(
        Quantity::Time,
        vec![
            cell("transom", &[1.0]),
            cell("wasmtime", &[0.9]),
            cell("v8", &[0.5]),
        ],
    );
    assert_eq!(row.behind(), [("v8", 0.5), ("wasmtime", 0.9)]);
}

#[test]
fn goals_are_about_transom_and_the_peers_that_are_there() {
    let with = |goal| Row {
        goal: Some(goal),
        ..row(
            Quantity::Time,
            vec![cell("transom", &[2.0]), cell("wasmtime", &[3.0])],
        )
    };
    assert_eq!(with(Goal::Most(2.0)).reached(), Some(true));
    assert_eq!(with(Goal::Most(1.9)).reached(), Some(false));
    assert_eq!(
        with(Goal::Ahead(vec![("wasmtime".to_owned(), 1.6)])).reached(),
        Some(false)
    );
    assert_eq!(
        with(Goal::Ahead(vec![
            ("wasmtime".to_owned(), 1.5),
            ("v8".to_owned(), 9.0)
        ]))
        .reached(),
        Some(true)
    );
    assert_eq!(with(Goal::Ahead(vec![("v8".to_owned(), 9.0)])).reached(), None);
}

#[test]
fn a_mean_is_geometric_and_of_what_both_have() {
    let rows = vec![
        row(
            Quantity::Time,
            vec![cell("transom", &[1.0]), cell("wasmtime", &[4.0])],
        ),
        row(
            Quantity::Time,
            vec![cell("transom", &[1.0]), cell("wasmtime", &[1.0])],
        ),
        row(Quantity::Time, vec![cell("transom", &[1.0])]),
    ];
    let suite = Suite {
        name: String::new(),
        about: String::new(),
        rows,
    };
    assert_eq!(suite.mean_ratio("wasmtime"), Some((2.0, 2)));
    assert_eq!(suite.mean_ratio("v8"), None);
}

#[test]
fn values_have_three_digits_and_a_unit() {
    let texts = [
        (Quantity::Time, 31.8, "31.8 s"),
        (Quantity::Time, 0.000_003_456, "3.46 µs"),
        (Quantity::Time, 1.2e-10, "0.12 ns"),
        (Quantity::Memory, 5_000.0, "5.00 KB"),
        (Quantity::Rate, 2.5e6, "2.50 MB/s"),
        (Quantity::Factor, 1.0, "1.00 ×"),
        (Quantity::Factor, 0.5, "0.50 ×"),
        (Quantity::Factor, 0.0512, "0.051 ×"),
        (Quantity::Factor, 0.000_42, "0.00042 ×"),
        (Quantity::Factor, 0.0, "0.00 ×"),
    ];
    for (quantity, value, text) in texts {
        assert_eq!(quantity.text(value), text);
    }
}
