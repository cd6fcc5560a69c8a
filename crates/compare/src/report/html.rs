//! The page that is looked at: who is with whom at a glance, then everything else.

use super::clauses::clauses;
use super::{Report, capital, spans};
use std::fmt::Write as _;
use transom::EscapedLines;

/// How the page looks, by day and by night. It needs nothing from elsewhere.
const STYLE: &str = include_str!("style.css");

impl Report<'_> {
    /// The page of HTML.
    pub fn html(&self) -> String {
        let title = escaped(&format!("{}: {}", self.file(), self.title()));
        let verdict = &self.comparison.verdict;
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
             <main>\n<p class=\"kind {}\">{}</p>\n<h1>{}</h1>\n",
            kind_class(self),
            capital(&verdict.kind.to_string()),
            escaped(self.file()),
        );
        self.groups(&mut page);
        self.matrix(&mut page);
        let _ = writeln!(page, "<h2>{}</h2>", self.what());
        match self.inline_text() {
            Some(text) => {
                let _ = writeln!(page, "<pre>{}</pre>", escaped(text.trim_end()));
            }
            None => {
                page += "<p>The text is too large for this page; see <code>case.wasm</code> in the same folder.</p>\n"
            }
        }
        let _ = writeln!(
            page,
            "<h2>How to reproduce</h2>\n<pre class=\"commands\">{}</pre>",
            escaped(&self.commands())
        );
        list(&mut page, "Excluded causes, and observations", &self.exclusions());
        let found = self.inline_text().map(|text| clauses(&text)).unwrap_or_default();
        let found = found
            .iter()
            .map(|clause| format!("{}. {}", clause.section, clause.rule));
        list(
            &mut page,
            "What the specification says",
            &found.collect::<Vec<_>>(),
        );
        list(&mut page, "Notes", &self.comparison.notes);
        page + "</main>\n</html>\n"
    }

    /// The groups of engines at the diverging step.
    fn groups(&self, page: &mut String) {
        if let Some((index, _)) = &self.comparison.verdict.at {
            let label = match self.is_script() {
                true => String::new(),
                false => format!("At {}:", escaped(self.comparison.label(*index))),
            };
            let _ = writeln!(page, "<p>{label}</p>");
        }
        *page += "<div class=\"groups\">\n";
        for (index, group) in self.comparison.verdict.groups.iter().enumerate() {
            let names = escaped(&self.comparison.named(&group.engines));
            let step = escaped(&self.comparison.words(&group.step));
            let _ = writeln!(
                page,
                "<div class=\"group g{}\"><b>{step}</b><span>{names}</span></div>",
                index.min(5)
            );
        }
        *page += "</div>\n";
    }

    /// All engines and steps, each in the colour of its group.
    fn matrix(&self, page: &mut String) {
        let observed = &self.comparison.observed;
        let count = self.comparison.task.steps();
        let title = if count > 1 {
            "Every engine, every call"
        } else {
            "Every engine"
        };
        let _ = writeln!(page, "<h2>{title}</h2>");
        *page += "\n<div class=\"wide\"><table>\n<tr><th>engine</th><th>version</th>";
        for step in 0..count {
            let _ = write!(page, "<th>{}</th>", escaped(self.comparison.label(step)));
        }
        *page += "</tr>\n";
        let groups = (0..count)
            .map(|step| self.comparison.groups(step))
            .collect::<Vec<_>>();
        for engine in observed {
            let identity = &engine.engine;
            let _ = write!(
                page,
                "<tr><th>{}</th><td>{}</td>",
                escaped(&identity.name),
                escaped(&identity.version)
            );
            for (step, groups) in engine.steps.iter().zip(&groups) {
                let group = groups
                    .iter()
                    .position(|group| group.engines.contains(&identity.name));
                let group = group.unwrap_or(5).min(5);
                let says = escaped(&step.message);
                let _ = write!(
                    page,
                    "<td class=\"g{group}\" title=\"{says}\">{}",
                    escaped(&self.comparison.words(step))
                );
                if !says.is_empty() {
                    let _ = write!(page, "<small>{says}</small>");
                }
                *page += "</td>";
            }
            *page += "</tr>\n";
        }
        *page += "</table></div>\n";
    }
}

fn kind_class(report: &Report<'_>) -> String {
    report
        .comparison
        .verdict
        .kind
        .to_string()
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn list(page: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(page, "<h2>{title}</h2>\n<ul>");
    for line in lines {
        let _ = writeln!(page, "<li>{}</li>", prose(line));
    }
    *page += "</ul>\n";
}

/// A text with its code as such.
fn prose(text: &str) -> String {
    let parts = spans(text).map(|(code, part)| match code {
        true => format!("<code>{}</code>", escaped(part)),
        false => escaped(part),
    });
    parts.collect()
}

/// A text as HTML. What turns the direction of writing would make a page say something else than is there.
fn escaped(text: &str) -> String {
    let text = EscapedLines(text).to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}
