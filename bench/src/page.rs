//! Results as one page of HTML that needs nothing else: plots, tables, and what is missing and why.

mod chart;

pub use chart::summary;

use crate::notes::Notes;
use crate::results::{Peer, Results, Row, Suite, number};
use crate::table::{goal_text, own_text, ratio_text};
use chart::escaped;
use std::fmt::Write;

const STYLE: &str = include_str!("page/page.css");

/// The page.
pub fn html(results: &Results) -> String {
    let kind = if results.quick {
        "A quick run: few rounds, short programs. "
    } else {
        ""
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>Transom and its peers</title>\n<style>{STYLE}</style>\n<main>\n\
         <h1>Transom and its peers</h1>\n\
         <p class=\"lead\">The same bytes, the same machine, the same run. {kind}A dot to the right of Transom's line is \
         an engine that is faster than Transom, or takes less memory. In tables, a number in the column of an engine \
         says how many times as good as that engine Transom is.</p>\n\
         <p class=\"soft\">{}</p>\n",
        escaped(&results.machine.text()),
    );
    page += "<ul class=\"peers\">";
    for peer in &results.peers {
        let _ = write!(
            page,
            "<li><b>{}</b> {}</li>",
            escaped(&peer.title),
            escaped(&peer.version)
        );
    }
    page += "</ul>\n";
    if results.peers.len() > 1 {
        page += &format!("<figure>{}</figure>\n", chart::summary(results));
        page += &behind(results);
    }
    page += "<nav>";
    for suite in &results.suites {
        let _ = write!(page, "<a href=\"#{0}\">{0}</a> ", escaped(&suite.name));
    }
    page += "</nav>\n";
    results
        .suites
        .iter()
        .for_each(|suite| page += &section(results, suite));
    page + "</main>\n</html>\n"
}

fn behind(results: &Results) -> String {
    let rows = results.behind();
    if rows.is_empty() {
        return "<p>Transom is behind in no row.</p>\n".to_owned();
    }
    let mut text = format!(
        "<h2>Where Transom is behind</h2>\n<p>Transom is behind by more than noise in {} rows. The worst row comes first.</p>\n",
        rows.len()
    );
    text += "<details open><summary>Rows</summary><table><tr><th>suite<th>row<th>ratio to\n";
    for (suite, row, behind) in rows {
        let ahead: Vec<String> = behind
            .iter()
            .map(|(peer, ratio)| format!("{} {peer}", number(*ratio)))
            .collect();
        let _ = writeln!(
            text,
            "<tr><td>{}<td>{}<td class=\"long\">{}",
            escaped(&suite.name),
            escaped(&row.name),
            escaped(&ahead.join(", "))
        );
    }
    text + "</table></details>\n"
}

fn section(results: &Results, suite: &Suite) -> String {
    let others = results.others(suite);
    let name = escaped(&suite.name);
    let mut text = format!(
        "<section id=\"{name}\"><h2>{name}</h2>\n<p>{}</p>\n",
        escaped(&suite.about)
    );
    if !others.is_empty() {
        text += &format!("<figure>{}</figure>\n", chart::suite(results, suite));
    }
    text += "<details><summary>All values</summary><table><tr><th>row<th class=\"r\">Transom";
    others
        .iter()
        .for_each(|peer| text += &format!("<th class=\"r\">{}", escaped(&peer.title)));
    text += "<th>goal\n";
    let mut notes = Notes::default();
    suite
        .rows
        .iter()
        .for_each(|row| text += &line(row, &others, &mut notes));
    text += "</table>\n<ol>";
    notes
        .iter()
        .for_each(|(_, note)| text += &format!("<li>{}</li>", escaped(note)));
    text + "</ol></details></section>\n"
}

fn line(row: &Row, others: &[&Peer], notes: &mut Notes) -> String {
    let mut text = format!(
        "<tr><td title=\"{}\">{}<td class=\"r\">{}",
        escaped(&row.about),
        escaped(&row.name),
        own_text(row, notes)
    );
    let behind = row.behind();
    for peer in others {
        let class = match row.ratio(&peer.id) {
            _ if behind.iter().any(|(id, _)| *id == peer.id) => "r behind",
            Some(ratio) if ratio > 1.0 && peer.id != "native" => "r ahead",
            _ => "r",
        };
        let value = row
            .cell(&peer.id)
            .and_then(|cell| cell.median())
            .map(|median| row.quantity.text(median));
        let _ = write!(
            text,
            "<td class=\"{class}\" title=\"{}\">{}",
            escaped(&value.unwrap_or_default()),
            ratio_text(row, peer, notes)
        );
    }
    let class = if row.reached() == Some(false) {
        "behind"
    } else {
        "soft"
    };
    text + &format!("<td class=\"{class}\">{}\n", escaped(&goal_text(row)))
}
