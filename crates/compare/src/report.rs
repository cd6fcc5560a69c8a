//! A bug report about a divergence: a page of Markdown for an issue tracker, a page of HTML for a browser, and the module.

mod clauses;
mod html;
mod markdown;

use crate::comparison::{Comparison, Observed};
use crate::engine::{Task, quoted};
use crate::outcome::{Limit, Outcome, Step};
use crate::verdict::Kind;
use std::path::Path;
use transom_inspect::{Result, print};

/// The subject of a report.
pub struct Report<'r> {
    /// The name of the module.
    pub name: &'r str,
    /// The original bytes, or the source of the script.
    pub given: &'r [u8],
    /// The bytes of the report: the original ones, or the reduced ones.
    pub bytes: &'r [u8],
    /// The comparison of the engines on these bytes.
    pub comparison: &'r Comparison,
}

/// The maximum length of a text that a page includes.
const INLINE: usize = 20_000;

impl Report<'_> {
    /// Writes the pages and the bytes to a folder. Creates the folder if it does not exist.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("report.md"), self.markdown())?;
        std::fs::write(folder.join("report.html"), self.html())?;
        if self.is_script() {
            std::fs::write(folder.join("given.wast"), self.given)?;
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
            Task::Instantiate => "transom compare case.wasm".to_owned(),
            Task::Functions(_) => format!("transom compare --invoke={} case.wasm", quoted(step)),
        }
    }

    fn is_script(&self) -> bool {
        self.comparison.task == Task::Script
    }

    /// The module as text, or the script as it was written.
    fn text(&self) -> Result<String> {
        match self.is_script() {
            true => Ok(String::from_utf8_lossy(self.given).into_owned()),
            false => print::print(self.bytes, &print::Print::default()),
        }
    }

    /// The text, if it is not too long to be read on a page.
    fn inline_text(&self) -> Option<String> {
        self.text().ok().filter(|text| text.len() <= INLINE)
    }

    /// The name of the file, without the folders of whoever has it.
    fn file(&self) -> &str {
        let file = Path::new(self.name).file_name().and_then(|file| file.to_str());
        file.unwrap_or(self.name)
    }

    /// What engines were given, for titles.
    fn what(&self) -> &'static str {
        match &self.comparison.task {
            Task::Script => "The script",
            task if task.is_of_component() => "The component",
            _ => "The module",
        }
    }

    /// What is not the same as another line: of Transom's configurations the first one, and those that do other things.
    fn rows(&self) -> Vec<(&Observed, &Step)> {
        let at = self.comparison.verdict.step();
        let mut rows = Vec::<(&Observed, &Step)>::new();
        for observed in &self.comparison.observed {
            let Some(step) = observed.steps.get(at) else {
                continue;
            };
            let same = |(row, known): &(&Observed, &Step)| row.is_configuration() && known.agrees(step);
            if !(observed.is_configuration() && rows.iter().any(same)) {
                rows.push((observed, step));
            }
        }
        rows
    }

    /// What to type to see each engine do it, and all of them.
    fn commands(&self) -> String {
        let at = self.comparison.verdict.step();
        let rows = self.rows().into_iter();
        let commands = rows.filter_map(|(observed, _)| observed.commands.get(at).cloned());
        let all = format!("{}  # all engines", self.command());
        commands.chain([all]).collect::<Vec<_>>().join("\n")
    }

    /// What happened, in a line.
    fn title(&self) -> String {
        let verdict = &self.comparison.verdict;
        let groups = verdict.groups.iter().take(3).map(|group| {
            let mut names = group.engines.iter().map(|name| short(name)).collect::<Vec<_>>();
            names.dedup();
            format!("{} ({})", self.comparison.words(&group.step), names.join(", "))
        });
        let groups = groups.collect::<Vec<_>>().join("; ");
        match verdict.kind {
            Kind::Agreement => format!("Agreement about {}", self.file()),
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
                    lines.push("Some engines ran out of time. The other engines still diverge.".to_owned());
                }
                Some(_) => {
                    lines.push("Some engines reached a limit. The other engines still diverge.".to_owned())
                }
            }
            let subject = match self.is_script() {
                true => "The script".to_owned(),
                false => format!("{} is valid, and", self.what()),
            };
            lines.push(match self.comparison.needs.as_deref() {
                None if self.is_script() => "The script cannot be parsed.".to_owned(),
                None => format!(
                    "{} is not valid according to `wasmparser` with all features enabled.",
                    self.what()
                ),
                Some([]) => format!("{subject} needs nothing beyond WebAssembly 1.0."),
                Some(needs) => format!(
                    "{subject} needs {}. If an engine refuses a module, it is tested with the smallest module \
                     for each of these features. If it refuses that module too, it does not count as diverging.",
                    needs.join(", ")
                ),
            });
            if matches!(self.comparison.task, Task::Calls(_) | Task::Functions(_)) {
                let line = "All NaNs compare as one value. The calls have no external input.";
                lines.push(line.to_owned());
            }
        }
        lines.extend(self.failed_lines());
        lines.extend(verdict.remarks.iter().cloned());
        lines
    }
}

impl Report<'_> {
    /// The lines of a script at which engines fail.
    fn failed_lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(self.given);
        let groups = self.comparison.verdict.groups.iter();
        let numbers = groups.filter_map(|group| match group.step.outcome {
            Outcome::Script(Some(number)) => Some(number),
            _ => None,
        });
        let line = |number: usize| {
            let line = text.lines().nth(number.checked_sub(1)?)?;
            Some(format!("Line {number} is `{}`", line.trim().replace('`', "'")))
        };
        numbers.filter_map(line).collect()
    }
}

/// A text in parts, those that are code and those that are not, by its backticks in pairs.
fn spans(text: &str) -> impl Iterator<Item = (bool, &str)> {
    // What is not in pairs, or is more than a pair, is no code.
    let paired = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let parts = text.split(move |c| paired && c == '`');
    parts.enumerate().map(|(index, part)| (index % 2 == 1, part))
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
