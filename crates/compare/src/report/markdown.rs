//! The page for an issue tracker.

use super::clauses::clauses;
use super::{Report, spans};
use std::fmt::Write as _;
use transom::{Escaped, EscapedLines};

impl Report<'_> {
    /// The page of Markdown.
    pub fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n", prose(&self.title()));
        self.partings(&mut page);
        let _ = write!(page, "\n## {}\n\n", self.what());
        self.module(&mut page);
        page += "\n## What each engine does\n\n";
        self.table(&mut page);
        let _ = writeln!(
            page,
            "\n## How to reproduce\n\n{}",
            fenced("sh", &self.commands())
        );
        let exclusions = self.exclusions();
        if !exclusions.is_empty() {
            page += "\n## Excluded causes, and observations\n\n";
            exclusions
                .iter()
                .for_each(|line| page += &format!("- {}\n", prose(line)));
        }
        let found = self.inline_text().map(|text| clauses(&text)).unwrap_or_default();
        if !found.is_empty() {
            page += "\n## What the specification says\n\n";
            found
                .iter()
                .for_each(|clause| page += &format!("- *{}*. {}\n", clause.section, clause.rule));
        }
        page
    }

    /// Who is with whom at the step where they part.
    fn partings(&self, page: &mut String) {
        let verdict = &self.comparison.verdict;
        let Some((index, _)) = &verdict.at else { return };
        let size = self.bytes.len();
        let _ = match self.is_script() {
            true => writeln!(page, "The same script of {size} bytes:\n"),
            false => writeln!(
                page,
                "The same {size} bytes, at {}:\n",
                literal(self.comparison.label(*index))
            ),
        };
        for group in &verdict.groups {
            let step = prose(&self.comparison.words(&group.step));
            let _ = writeln!(page, "- **{step}**: {}", self.comparison.named(&group.engines));
        }
    }

    fn module(&self, page: &mut String) {
        let kind = if self.is_script() { "wast" } else { "wasm" };
        match self.inline_text() {
            Some(text) => {
                let _ = writeln!(page, "{}\n", fenced("wat", text.trim_end()));
            }
            None => {
                let _ = writeln!(
                    page,
                    "The text is too large for this page, or cannot be printed; see `case.{kind}` in the same folder.\n"
                );
            }
        }
        if self.is_script() {
            page.push_str(
                "Every engine received `case.wast`, in the same folder: the same script with its modules in binary form.\n",
            );
            return;
        }
        let _ = writeln!(
            page,
            "`case.wasm`, in the same folder, is the binary that every engine received ({} bytes).",
            self.bytes.len()
        );
        if self.given != self.bytes {
            let _ = writeln!(
                page,
                "It was reduced from `given.wasm` ({} bytes), the binary of {}.",
                self.given.len(),
                code(self.file())
            );
        }
        for note in &self.comparison.notes {
            let _ = writeln!(page, "{}.", prose(note));
        }
    }

    fn table(&self, page: &mut String) {
        *page += "| engine | version | phase | behaviour | message |\n|---|---|---|---|---|\n";
        for (observed, step) in self.rows() {
            let cells = [
                prose(&observed.engine.name),
                literal(&observed.engine.version),
                step.phase.to_string(),
                prose(&self.comparison.words(step)),
                // Tables are cut at bars before anything else is read.
                code(&step.message).replace('|', "\\|"),
            ];
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    }
}

/// A text of ours in one line, with its code as such.
fn prose(text: &str) -> String {
    let parts = spans(text).map(|(is_code, part)| match is_code {
        true => code(part).replace('|', "\\|"),
        false => literal(part),
    });
    parts.collect()
}

/// A text in one line that is read as it is, backticks and all.
fn literal(text: &str) -> String {
    let text = Escaped(text.replace('\n', " ")).to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !".,;:()'\"/-+=?!%@".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text in one line as code, whatever is in it.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = Escaped(text.replace('\n', " ")).to_string();
    let ticks = "`".repeat(longest_run(&text) + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{ticks} {text} {ticks}"),
        false => format!("{ticks}{text}{ticks}"),
    }
}

/// Lines as code, whatever is in them.
fn fenced(language: &str, text: &str) -> String {
    let text = EscapedLines(text).to_string();
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}")
}

/// How many backticks follow each other at most.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are() {
        assert_eq!(
            prose("a|b <b>*_x_* #1 [l](u)"),
            r"a\|b \<b\>\*\_x\_\* \#1 \[l\](u)"
        );
        assert_eq!(prose("says `a*|b`\nnow"), "says `a*\\|b` now");
        assert_eq!(prose("odd ` and ``"), r"odd \` and \`\`");
        assert_eq!(code("a `b` ``c"), "```a `b` ``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fenced("wat", "````"), "`````wat\n````\n`````");
    }
}
