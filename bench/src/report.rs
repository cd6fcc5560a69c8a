//! The table, and the same in JSON.

use crate::measure::{Outcome, Target};
use anyhow::Result;
use serde_json::json;
use std::path::Path;

/// The titles of a suite's table.
pub fn heading(suite: &str) {
    println!("\n{suite:<38} {:>16} {:>16} {:>6}  {:<22} ", "transom", "wasmtime", "ratio", "target");
}

/// A row of the table. `before` are the rows above it, which it may refer to.
pub fn line(outcome: &Outcome, before: &[Outcome]) {
    let cell = |index: usize| match outcome.series.get(index) {
        Some(series) => format!("{} ±{:.0}%", number(series.median()), 100.0 * series.spread()),
        None => "-".to_owned(),
    };
    let ratio = |index| outcome.ratio(index).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
    let (target, met) = verdict(outcome, before);
    let met = match met {
        None => "",
        Some(true) => "ok",
        Some(false) => "behind",
    };
    let name = format!("{} ({})", outcome.name, outcome.unit.text());
    print!("{name:<38} {:>16} {:>16} {:>6}  {target:<22} {met:<6}", cell(0), cell(1), ratio(1));
    for (index, series) in outcome.series.iter().enumerate().skip(2) {
        print!("  {} {} ({})", series.side, cell(index), ratio(index));
    }
    println!();
}

/// Three digits that count.
fn number(value: f64) -> String {
    let decimals = if value < 10.0 { 2 } else if value < 100.0 { 1 } else { 0 };
    format!("{value:.decimals$}")
}

fn verdict(outcome: &Outcome, before: &[Outcome]) -> (String, Option<bool>) {
    let own = outcome.series[0].median();
    match outcome.target {
        Target::None => (String::new(), None),
        Target::AtMost(most) => (format!("≤ {most} {}", outcome.unit.text()), Some(own <= most)),
        Target::Level(least) => {
            (format!("ratio ≥ {least}"), outcome.ratio(1).map(|ratio| ratio >= least))
        }
        Target::Times(most, name) => {
            let other = before.iter().find(|row| row.name == name).map(|row| row.series[0].median());
            (format!("≤ {most} × {name}"), other.map(|other| own <= most * other))
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
            json!({
                "name": outcome.name, "unit": outcome.unit.text(), "target": target, "met": met,
                "ratio": outcome.ratio(1), "sides": sides,
            })
        })
        .collect();
    std::fs::write(path, serde_json::to_string_pretty(&rows)? + "\n")?;
    Ok(())
}
