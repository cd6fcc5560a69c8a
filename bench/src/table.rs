//! Results in a terminal: what Transom is behind in comes first, then everything, then the reasons of what is missing.

use crate::notes::Notes;
use crate::results::{Goal, Peer, Results, Row, Suite, number};
use std::fmt::Write;

/// Width of the rows' names.
const NAME: usize = 44;
const CELL: usize = 11;

/// All of it.
pub fn text(results: &Results) -> String {
    let mut text = behind(results);
    for suite in &results.suites {
        text += &table(results, suite);
    }
    text
}

/// The rows where an engine is ahead of Transom, the worst first.
fn behind(results: &Results) -> String {
    let rows = results.behind();
    let compared = results
        .suites
        .iter()
        .flat_map(|suite| &suite.rows)
        .filter(|row| row.cells.len() > 1)
        .count();
    if compared == 0 {
        return "There are no peers to compare with.\n".to_owned();
    }
    if rows.is_empty() {
        return format!("Transom is behind in none of {compared} rows.\n");
    }
    let mut text = format!(
        "Behind by more than noise in {} of {compared} rows:\n",
        rows.len()
    );
    for (suite, row, behind) in rows {
        let ahead: Vec<String> = behind
            .iter()
            .map(|(peer, ratio)| format!("{} {}", peer, number(*ratio)))
            .collect();
        let _ = writeln!(
            text,
            "  {:<12} {:<NAME$} {}",
            suite.name,
            row.name,
            ahead.join(", ")
        );
    }
    text
}

fn table(results: &Results, suite: &Suite) -> String {
    let others = results.others(suite);
    let mut text = format!(
        "\n{}\n",
        wrapped(&format!("{}: {}", suite.name, suite.about), 110)
    );
    let _ = write!(text, "{:<NAME$} {:>16}", "", "transom");
    others.iter().for_each(|peer| {
        let _ = write!(text, " {:>CELL$}", peer.id);
    });
    text.push('\n');
    let mut notes = Notes::default();
    for row in &suite.rows {
        text += &line(row, &others, &mut notes);
    }
    text += &means(suite, &others);
    for (number, note) in notes.iter() {
        let _ = writeln!(text, "  [{number}] {note}");
    }
    text
}

/// A row: Transom's median and spread, and how many times as good that is as each peer's.
fn line(row: &Row, others: &[&Peer], notes: &mut Notes) -> String {
    let mut text = format!("{:<NAME$}", row.name);
    let _ = write!(text, " {:>16}", own_text(row, notes));
    for peer in others {
        let _ = write!(text, " {:>CELL$}", ratio_text(row, peer, notes));
    }
    text + &goal(row) + "\n"
}

/// Transom's median and spread, or the number of the reason why there is none.
pub fn own_text(row: &Row, notes: &mut Notes) -> String {
    let Some(cell) = row.cell("transom") else {
        return "-".to_owned();
    };
    match (cell.median(), &cell.reason) {
        (Some(median), _) => format!("{} ±{:.0}%", row.quantity.text(median), 100.0 * cell.spread()),
        (None, Some(reason)) => format!("[{}]", notes.number("transom", reason)),
        (None, None) => "-".to_owned(),
    }
}

/// How many times as good as a peer Transom is; the peer's value if Transom has none; or the number of a reason.
pub fn ratio_text(row: &Row, peer: &Peer, notes: &mut Notes) -> String {
    let Some(cell) = row.cell(&peer.id) else {
        return "-".to_owned();
    };
    match (row.ratio(&peer.id), cell.median(), &cell.reason) {
        (Some(ratio), ..) => number(ratio),
        (None, Some(median), _) => row.quantity.text(median),
        (None, None, Some(reason)) => format!("[{}]", notes.number(&peer.id, reason)),
        (None, None, None) => "-".to_owned(),
    }
}

fn goal(row: &Row) -> String {
    let met = match row.reached() {
        Some(true) => "reached",
        Some(false) => "MISSED",
        None => return String::new(),
    };
    format!("  {} {met}", goal_text(row))
}

/// A row's goal in words.
pub fn goal_text(row: &Row) -> String {
    match &row.goal {
        None => String::new(),
        Some(Goal::Most(most)) => format!("≤ {}", row.quantity.text(*most)),
        Some(Goal::Ahead(peers)) => {
            let peers: Vec<String> = peers
                .iter()
                .map(|(peer, ratio)| format!("≥ {ratio} {peer}"))
                .collect();
            peers.join(", ")
        }
    }
}

fn means(suite: &Suite, others: &[&Peer]) -> String {
    let mut text = format!("{:<NAME$} {:>16}", "geometric mean", "");
    for peer in others {
        let mean = suite
            .mean_ratio(&peer.id)
            .map_or("-".to_owned(), |(mean, _)| number(mean));
        let _ = write!(text, " {mean:>CELL$}");
    }
    text + "\n"
}

/// Breaks a text into lines of so many characters.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one from the beginning");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.join("\n")
}
