//! What has changed since earlier results, beyond noise.

#[cfg(test)]
mod tests;

use crate::results::{Cell, Results, Row};
use std::fmt::Write;

/// How much a value has to differ before it means anything.
const LEAST_CHANGE: f64 = 0.05;

/// A row that has changed.
struct Change {
    name: String,
    before: String,
    after: String,
    /// How many times as good it is now.
    times: f64,
}

/// The rows in which Transom's values differ by more than both spreads, the worst first; and rows that came or went.
pub fn text(old: &Results, new: &Results) -> String {
    let mut text = format!("Since {} ({}):\n", old.machine.revision, old.machine.date);
    if old.machine.processor != new.machine.processor || old.quick != new.quick {
        text += "These results are not comparable: the processors differ, or one run was quick and the other was not.\n";
    }
    let (before, after) = (named(old), named(new));
    let mut changes: Vec<Change> = Vec::new();
    for (name, row) in &after {
        if let Some((_, earlier)) = before.iter().find(|(earlier, _)| earlier == name) {
            changes.extend(change(name, earlier, row));
        }
    }
    changes.sort_by(|a, b| a.times.total_cmp(&b.times));
    for Change {
        name,
        before,
        after,
        times,
    } in &changes
    {
        let word = if *times < 1.0 { "worse" } else { "better" };
        let _ = writeln!(text, "  {word:<6} {times:>5.2}  {name:<56} {before} -> {after}");
    }
    let only = |these: &[(String, &Row)], those: &[(String, &Row)]| -> Vec<String> {
        these
            .iter()
            .filter(|(name, _)| those.iter().all(|(other, _)| other != name))
            .map(|(name, _)| name.clone())
            .collect()
    };
    for (what, names) in [
        ("new", only(&after, &before)),
        ("not measured now", only(&before, &after)),
    ] {
        if !names.is_empty() {
            let _ = writeln!(text, "  {what}: {}", names.join("; "));
        }
    }
    let compared = after.len() - only(&after, &before).len();
    let _ = writeln!(text, "{} of {compared} rows have changed.", changes.len());
    text
}

fn named(results: &Results) -> Vec<(String, &Row)> {
    let rows = results.suites.iter().flat_map(|suite| {
        suite
            .rows
            .iter()
            .map(move |row| (format!("{}: {}", suite.name, row.name), row))
    });
    rows.collect()
}

/// The change of a row, if it is more than noise. Where a peer was measured both times, and Transom has changed just
/// as it has, the machine has changed and not Transom.
fn change(name: &str, before: &Row, after: &Row) -> Option<Change> {
    let (old, new) = (before.cell("transom")?, after.cell("transom")?);
    let times = after.quantity.times_as_good(new.median()?, old.median()?);
    let noise = (old.spread() + new.spread()).max(LEAST_CHANGE);
    let machine = machine(before, after).unwrap_or(1.0);
    let beyond = |times: f64| times < 1.0 - noise || times > 1.0 / (1.0 - noise.min(0.9));
    (beyond(times) && beyond(times / machine)).then(|| Change {
        name: name.to_owned(),
        before: after.quantity.text(old.median().unwrap_or_default()),
        after: after.quantity.text(new.median().unwrap_or_default()),
        times,
    })
}

/// How many times as good the peers of a row have become: the median of them.
fn machine(before: &Row, after: &Row) -> Option<f64> {
    let same = |cell: &Cell| {
        let old = before.cell(&cell.peer)?.median()?;
        Some(after.quantity.times_as_good(cell.median()?, old))
    };
    let mut ratios: Vec<f64> = after
        .cells
        .iter()
        .filter(|cell| cell.peer != "transom")
        .filter_map(same)
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}
