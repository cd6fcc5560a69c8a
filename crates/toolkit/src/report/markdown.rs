//! The page that is pasted.

use super::Report;
use super::clauses::clauses;
use std::fmt::Write as _;

impl Report<'_> {
    /// The page of Markdown.
    pub fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n", self.title());
        let verdict = &self.comparison.verdict;
        if let Some((index, _)) = &verdict.at {
            let _ = writeln!(
                page,
                "The same {} bytes, at {}:\n",
                self.bytes.len(),
                self.comparison.label(*index)
            );
            for group in &verdict.groups {
                let _ = writeln!(
                    page,
                    "- **{}**: {}",
                    group.step,
                    self.comparison.named(&group.engines)
                );
            }
        }
        page += "\n## The module\n\n";
        self.module(&mut page);
        page += "\n## What each engine does\n\n";
        self.table(&mut page);
        page += "\n## See it again\n\n```sh\n";
        let at = verdict.at.as_ref().map_or(0, |(index, _)| *index);
        for observed in &self.comparison.observed {
            if let Some(command) = observed.commands.get(at) {
                let _ = writeln!(page, "{command}");
            }
        }
        let _ = writeln!(page, "{}  # all of them\n```", self.command());
        let exclusions = self.exclusions();
        if !exclusions.is_empty() {
            page += "\n## What was excluded, and found\n\n";
            exclusions.iter().for_each(|line| page += &format!("- {line}\n"));
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

    fn module(&self, page: &mut String) {
        match self.inline_text() {
            Some(text) => {
                let _ = writeln!(page, "```wat\n{}\n```\n", text.trim_end());
            }
            None => page.push_str(
                "It is too large to stand here, or can't be printed; `case.wasm` is beside this page.\n\n",
            ),
        }
        if self.is_script() {
            return;
        }
        let _ = writeln!(
            page,
            "`case.wasm` beside this page is the binary that every engine was given ({} bytes).",
            self.bytes.len()
        );
        if self.given != self.bytes {
            let _ = writeln!(
                page,
                "It was reduced from `given.wasm` ({} bytes), made of `{}`.",
                self.given.len(),
                self.name
            );
        }
        for note in &self.comparison.notes {
            let _ = writeln!(page, "{note}.");
        }
    }

    fn table(&self, page: &mut String) {
        let at = self.comparison.verdict.at.as_ref().map_or(0, |(index, _)| *index);
        *page += "| engine | version | got as far as | does | says |\n|---|---|---|---|---|\n";
        for observed in &self.comparison.observed {
            let Some(step) = observed.steps.get(at) else {
                continue;
            };
            let cells = [
                &observed.engine.name,
                &observed.engine.version,
                &step.phase.to_string(),
                &step.to_string(),
                &step.message,
            ];
            let cells = cells.map(|cell| cell.replace('|', "\\|").replace(['\n', '\r'], " "));
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    }
}
