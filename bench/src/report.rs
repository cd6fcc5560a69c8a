//! The table, and the same in JSON.

use crate::measure::{Outcome, Series, Target};
use anyhow::Result;
use serde_json::json;
use std::path::Path;

/// The titles of a suite's table, which has these columns; each but the first is compared with the first.
pub fn heading(suite: &str, sides: &[&str]) {
    print!("\n{suite:<46}");
    for (index, side) in sides.iter().enumerate() {
        print!(" {side:>14}");
        if index > 0 {
            print!(" {:>6}", "ratio");
        }
    }
    println!("  target");
}

/// A row of the table. `before` are the rows above it, which it may refer to.
pub fn line(outcome: &Outcome, sides: &[&str], before: &[Outcome]) {
    print!("{:<46}", format!("{} ({})", outcome.name, outcome.unit.text()));
    for (index, side) in sides.iter().enumerate() {
        print!(" {:>14}", cell(outcome, side));
        if index > 0 {
            let ratio = outcome
                .ratio(side)
                .map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
            print!(" {ratio:>6}");
        }
    }
    let (target, met) = verdict(outcome, before);
    let met = met.map_or("", |met| if met { "ok" } else { "behind" });
    println!("  {target:<22} {met:<6}");
}

fn cell(outcome: &Outcome, side: &str) -> String {
    match outcome.of(side) {
        Some(series) => format!("{} ±{:.0}%", number(series.median()), 100.0 * series.spread()),
        None if outcome.failures.iter().any(|failure| failure.side == side) => "failed".to_owned(),
        None => "-".to_owned(),
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    let decimals = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.decimals$}")
}

fn verdict(outcome: &Outcome, before: &[Outcome]) -> (String, Option<bool>) {
    let own = outcome.of("transom").map(Series::median);
    match outcome.target {
        Target::None => (String::new(), None),
        Target::AtMost(most) => (
            format!("≤ {most:.0} {}", outcome.unit.text()),
            own.map(|own| own <= most),
        ),
        Target::Level(least) => (
            format!("ratio ≥ {least}"),
            outcome.ratio("wasmtime").map(|ratio| ratio >= least),
        ),
        Target::Times(most, name) => {
            let other = before
                .iter()
                .find(|row| row.name == name)
                .and_then(|row| row.of("transom"));
            let met = own.zip(other).map(|(own, other)| own <= most * other.median());
            (format!("≤ {most} × {name}"), met)
        }
        Target::Ahead(sides) => {
            let texts: Vec<String> = sides
                .iter()
                .map(|(side, least)| format!("≥ {least} {side}"))
                .collect();
            let mut ratios = sides
                .iter()
                .filter_map(|&(side, least)| Some(outcome.ratio(side)? >= least));
            (texts.join(", "), own.map(|_| ratios.all(|met| met)))
        }
    }
}

/// Writes all rows to a file.
///
/// # Errors
///
/// It can't be written.
pub fn json(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    let rows: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let (target, met) = verdict(outcome, outcomes);
            let sides: serde_json::Map<_, _> = outcome
                .series
                .iter()
                .map(|series| {
                    let side = json!({"median": series.median(), "spread": series.spread(), "rounds": series.values});
                    (series.side.to_owned(), side)
                })
                .collect();
            let failures: serde_json::Map<_, _> = outcome
                .failures
                .iter()
                .map(|failure| (failure.side.to_owned(), json!(failure.reason)))
                .collect();
            json!({
                "name": outcome.name, "unit": outcome.unit.text(), "target": target, "met": met,
                "ratio": outcome.ratio("wasmtime"), "sides": sides, "failures": failures,
            })
        })
        .collect();
    std::fs::write(path, serde_json::to_string_pretty(&rows)? + "\n")?;
    Ok(())
}
