//! `docs/performance.md` and its picture, made of results: no number in it is typed.

use crate::notes::Notes;
use crate::page::summary;
use crate::results::{Peer, Results, Row, Suite, number};
use crate::table::{own_text, ratio_text};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// Writes both files into a folder.
///
/// # Errors
///
/// They can't be written.
pub fn write(results: &Results, folder: &Path) -> Result<()> {
    for (name, text) in [
        ("performance.md", markdown(results)),
        ("performance.svg", summary(results)),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{}", path.display()))?;
    }
    Ok(())
}

fn markdown(results: &Results) -> String {
    let kind = if results.quick {
        " This was a quick run, with few rounds and short programs."
    } else {
        ""
    };
    let mut text = format!(
        "<!-- Made by `cargo run --release -- document` in bench/ of measured results: do not edit. -->\n\
         # Performance\n\n\
         This page compares Transom with other engines. [The benchmark](../bench/README.md) measured the same bytes on the \
         same machine in the same run. [performance-gaps.md](performance-gaps.md) explains where Transom is behind other \
         engines.{kind}\n\n\
         ![Speed of each engine relative to Transom](performance.svg)\n\n\
         {}.\n\n",
        results.machine.text(),
    );
    for peer in &results.peers {
        let _ = writeln!(text, "- **{}** {}", peer.title, peer.version);
    }
    text += "\nA number in the column of an engine is a ratio: how many times as good as that engine Transom is. Above 1, \
             Transom is ahead. `±` is half the interquartile range of all rounds.\n";
    text += &behind(results);
    results
        .suites
        .iter()
        .for_each(|suite| text += &section(results, suite));
    text
}

fn behind(results: &Results) -> String {
    let rows = results.behind();
    let mut text = format!(
        "\n## Where Transom is behind\n\nTransom is behind by more than noise in {} rows. The worst row comes first.\n\n",
        rows.len()
    );
    text += "| suite | row | ratio to |\n|---|---|---|\n";
    for (suite, row, behind) in rows {
        let ahead: Vec<String> = behind
            .iter()
            .map(|(peer, ratio)| format!("{} {peer}", number(*ratio)))
            .collect();
        let _ = writeln!(text, "| {} | {} | {} |", suite.name, row.name, ahead.join(", "));
    }
    text
}

fn section(results: &Results, suite: &Suite) -> String {
    let others = results.others(suite);
    let mut text = format!("\n## {}\n\n{}\n\n| | Transom |", suite.name, suite.about);
    others
        .iter()
        .for_each(|peer| text += &format!(" {} |", peer.title));
    text += &format!("\n|---|---:|{}\n", "---:|".repeat(others.len()));
    let mut notes = Notes::default();
    suite
        .rows
        .iter()
        .for_each(|row| text += &line(row, &others, &mut notes));
    text += "| *geometric mean* | |";
    for peer in &others {
        text += &suite
            .mean_ratio(&peer.id)
            .map_or(" |".to_owned(), |(mean, _)| format!(" *{}* |", number(mean)));
    }
    text.push('\n');
    for (number, note) in notes.iter() {
        let _ = writeln!(text, "{}{number}. {note}", if number == 1 { "\n" } else { "" });
    }
    text
}

fn line(row: &Row, others: &[&Peer], notes: &mut Notes) -> String {
    let mut text = format!("| {} | {} |", row.name, own_text(row, notes));
    others
        .iter()
        .for_each(|peer| text += &format!(" {} |", ratio_text(row, peer, notes)));
    text + "\n"
}
