//! A report of what engines disagree about: one page of Markdown that can be pasted where their makers are, one of HTML
//! that a person would rather look at, and the bytes.

mod clauses;
mod html;
mod markdown;

use crate::compare::{Comparison, Kind, Limit, Outcome, Task, quoted};
use crate::{Result, print};
use std::path::Path;

/// What is reported.
pub struct Report<'r> {
    /// What the module was called.
    pub name: &'r str,
    /// The bytes that were given.
    pub given: &'r [u8],
    /// The bytes that the report is about: the given ones, or what is left of them.
    pub bytes: &'r [u8],
    /// What engines do with these.
    pub comparison: &'r Comparison,
}

/// The largest text that stands in a page itself.
const INLINE: usize = 20_000;

impl Report<'_> {
    /// Writes the pages and the bytes to a folder, which is made if it isn't there.
    ///
    /// # Errors
    ///
    /// A file can't be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("report.md"), self.markdown())?;
        std::fs::write(folder.join("report.html"), self.html())?;
        if self.is_script() {
            return std::fs::write(folder.join("case.wast"), self.bytes);
        }
        std::fs::write(folder.join("case.wasm"), self.bytes)?;
        if let Ok(text) = self.text() {
            std::fs::write(folder.join("case.wat"), text)?;
        }
        if self.given != self.bytes {
            std::fs::write(folder.join("given.wasm"), self.given)?;
        }
        Ok(())
    }

    /// What to type, in the folder of the report, to ask all engines again.
    fn command(&self) -> String {
        let verdict = &self.comparison.verdict;
        let step = verdict.at.as_ref().map_or("", |(_, name)| name);
        match &self.comparison.task {
            Task::Calls(_) => format!("transom compare --invoke={} case.wasm", quoted(step)),
            Task::Program(arguments) => {
                let arguments = arguments.iter().map(|word| format!(" {}", quoted(word)));
                format!(
                    "transom compare --wasi case.wasm{}",
                    arguments.collect::<String>()
                )
            }
            Task::Script => "transom compare case.wast".to_owned(),
        }
    }

    fn is_script(&self) -> bool {
        self.comparison.task == Task::Script
    }

    /// The module as text, or the script.
    fn text(&self) -> Result<String> {
        match self.is_script() {
            true => Ok(String::from_utf8_lossy(self.bytes).into_owned()),
            false => print::print(self.bytes, &print::Print::default()),
        }
    }

    /// The text, if it is not too long to be read on a page.
    fn inline_text(&self) -> Option<String> {
        self.text().ok().filter(|text| text.len() <= INLINE)
    }

    /// What happened, in a line.
    fn title(&self) -> String {
        let verdict = &self.comparison.verdict;
        let groups = verdict.groups.iter().take(3).map(|group| {
            let names = group.engines.iter().map(|name| short(name)).collect::<Vec<_>>();
            let mut once = names.clone();
            once.dedup();
            format!("{} {}", once.join(", "), group.step)
        });
        let groups = groups.collect::<Vec<_>>().join("; ");
        match verdict.kind {
            Kind::Agreement => "Agreement of all engines".to_owned(),
            kind => format!("{}: {groups}", capital(&kind.to_string())),
        }
    }

    /// Why this is no limit and no switched-off feature, as far as that was seen.
    fn exclusions(&self) -> Vec<String> {
        let verdict = &self.comparison.verdict;
        let mut lines = Vec::new();
        let outcomes = || verdict.groups.iter().map(|group| &group.step.outcome);
        if matches!(verdict.kind, Kind::Semantic | Kind::Crash) {
            match outcomes().find(|outcome| matches!(outcome, Outcome::Limit(_))) {
                None => lines.push("No engine ran out of stack, memory or time.".to_owned()),
                Some(Outcome::Limit(Limit::Time)) => {
                    lines.push("Some engines ran out of time; the others differ without them.".to_owned());
                }
                Some(_) => {
                    lines.push("Some engines reached a limit; the others differ without them.".to_owned())
                }
            }
            lines.push(match self.comparison.needs.as_deref() {
                None => "The module is not valid, by `wasmparser` with all features on.".to_owned(),
                Some([]) => "The module is valid, and needs nothing beyond WebAssembly 1.0.".to_owned(),
                Some(needs) => format!(
                    "The module is valid, and needs {}. Engines that refuse a module are tried with the smallest module \
                     for each of these features, and those that refuse that are not counted.",
                    needs.join(", ")
                ),
            });
            lines
                .push("NaNs are compared as one value, and the calls take no input from outside.".to_owned());
        }
        lines.extend(verdict.remarks.iter().cloned());
        lines
    }
}

/// The name of an engine without its configuration.
fn short(name: &str) -> &str {
    if name.starts_with("transom-") {
        "transom"
    } else {
        name
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
