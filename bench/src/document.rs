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
        " This was a quick run, of few rounds and short programs."
    } else {
        ""
    };
    let mut text = format!(
        "<!-- Made by `cargo run --release -- document` in bench/ of measured results: do not edit. -->\n\
         # Performance\n\n\
         Transom beside its peers: the same bytes, the same machine, the same run, as \
         [the benchmark](../bench/README.md) has measured it. What falls short of Wasmtime, and why, stands in \
         [performance-gaps.md](performance-gaps.md).{kind}\n\n\
         ![Each engine's speed, where Transom is 1](performance.svg)\n\n\
         {}.\n\n",
        results.machine.text(),
    );
    for peer in &results.peers {
        let _ = writeln!(text, "- **{}** {}", peer.title, peer.version);
    }
    text += "\nNumbers say how many times as good as an engine Transom is: above 1 it is ahead. `±` is half the distance \
             between the quartiles of all rounds.\n";
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
        "\n## Where Transom is behind\n\nBeyond noise, in {} rows, the worst first.\n\n",
        rows.len()
    );
    text += "| suite | row | times as good as |\n|---|---|---|\n";
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
