//! The steps on one module, and what they said.

#[cfg(test)]
mod tests;

use super::package::Unavailable;
use super::table::{KnownFailure, Row, Step};
use super::wasi::Engines;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How long a step may take on a slow machine.
const LIMIT: &str = "--timeout=15m";

/// What the steps need.
pub struct Steps {
    /// The command.
    pub transom: PathBuf,
    /// The files of tasks.
    pub tasks: PathBuf,
    /// Where texts and the folders of programs go.
    pub work: PathBuf,
    pub engines: Engines,
}

/// What a step said in a few words, or how it failed.
pub type Said = Result<String, String>;

/// What the steps said about a module.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// In bytes.
    pub size: u64,
    pub steps: Vec<(Step, Said)>,
}

/// How what a step said compares with the table.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    Passed(&'a str),
    Known(&'a KnownFailure),
    Failed(&'a str),
    UnexpectedPass(&'a KnownFailure),
}

impl Report {
    pub fn verdict<'a>(&'a self, row: &'a Row, step: Step) -> Option<Verdict<'a>> {
        let (_, said) = self.steps.iter().find(|(of, _)| *of == step)?;
        Some(match (said, row.known_failure(step)) {
            (Ok(said), None) => Verdict::Passed(said),
            (Ok(_), Some(known)) => Verdict::UnexpectedPass(known),
            (Err(_), Some(known)) => Verdict::Known(known),
            (Err(error), None) => Verdict::Failed(error),
        })
    }

    /// Whether every step did what the row says.
    pub fn is_expected(&self, row: &Row) -> bool {
        self.steps.iter().all(|(step, _)| {
            matches!(
                self.verdict(row, *step),
                Some(Verdict::Passed(_) | Verdict::Known(_))
            )
        })
    }

    /// The report on one line.
    pub fn line(&self, row: &Row) -> String {
        let steps = self
            .steps
            .iter()
            .filter_map(|(step, _)| Some((step.name(), self.verdict(row, *step)?)));
        let words = steps.map(|(name, verdict)| match verdict {
            Verdict::Passed(_) => format!("{name} ok"),
            Verdict::Known(known) => format!("{name} known failure ({})", known.reason),
            Verdict::Failed(error) => format!("{name} FAILED: {}", error.trim()),
            Verdict::UnexpectedPass(known) => {
                format!("{name} PASSED UNEXPECTEDLY; remove `fails`: {}", known.reason)
            }
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

impl Steps {
    /// Runs all steps on a module in an unpacked package. A step that fails does not stop the others.
    pub fn run(&self, row: &Row, package: &Path) -> Result<Report, Unavailable> {
        let module = package.join(&row.path);
        let metadata = fs::metadata(&module)
            .map_err(|error| Unavailable::Wrong(format!("{}: {error}", module.display())))?;
        let work = self.work.join(&row.name);
        fs::create_dir_all(&work)
            .map_err(|error| Unavailable::Absent(format!("{}: {error}", work.display())))?;
        let mut steps = vec![
            (Step::Validate, self.validate(&module)),
            (Step::Inspect, self.inspect(&module)),
            (Step::Roundtrip, self.roundtrip(&module, &work)),
            (Step::Compile, self.compile(&module)),
        ];
        if let Some(task) = &row.task {
            let tasks = self.tasks.join(&row.name);
            let program = super::wasi::Program {
                name: &row.name,
                module: &module,
                package,
                task,
                files: &tasks,
            };
            steps.push((Step::Run, self.engines.run(&program, &self.transom, &work)));
        }
        Ok(Report {
            size: metadata.len(),
            steps,
        })
    }

    /// Validates, and names the features that the module needs.
    fn validate(&self, module: &Path) -> Said {
        let json = self.transom(&["validate", "--needs", "--json"], module)?;
        features(&json).ok_or_else(|| format!("no features in `{}`", first_line(&json)))
    }

    fn inspect(&self, module: &Path) -> Said {
        let json = self.transom(&["inspect", "--json"], module)?;
        counts(&json).ok_or_else(|| format!("no imports and exports in `{}`", first_line(&json)))
    }

    /// Prints the module and assembles the text again. The other assemblers are not asked: they fail on many modules.
    fn roundtrip(&self, module: &Path, work: &Path) -> Said {
        let text = work.join("module.wat");
        let mut print = Command::new(&self.transom);
        print.args(["print", LIMIT, "-o"]).arg(&text).arg(module);
        let printed = finish(&mut print);
        let mut roundtrip = Command::new(&self.transom);
        roundtrip.args(["roundtrip", LIMIT]).arg(&text).arg(module);
        roundtrip.env("PATH", "");
        let said = printed.and_then(|_| finish(&mut roundtrip));
        // Texts are ten times larger than their modules.
        fs::remove_file(&text).ok();
        said.map(|_| "equal".to_owned())
    }

    fn compile(&self, module: &Path) -> Said {
        self.transom(&["validate", "--compile"], module)
            .map(|_| "ok".to_owned())
    }

    fn transom(&self, arguments: &[&str], module: &Path) -> Said {
        finish(Command::new(&self.transom).args(arguments).arg(LIMIT).arg(module))
    }
}

/// The features in the output of `validate --needs --json`.
fn features(json: &str) -> Option<String> {
    let files: serde_json::Value = serde_json::from_str(json).ok()?;
    let needs = files.get(0)?.get("needs")?.as_array()?;
    let names: Option<Vec<&str>> = needs.iter().map(|need| need.get("feature")?.as_str()).collect();
    Some(names?.join(" "))
}

/// Numbers from the output of `inspect --json`.
fn counts(json: &str) -> Option<String> {
    let module: serde_json::Value = serde_json::from_str(json).ok()?;
    let number = |key: &str| Some(module.get(key)?.as_array()?.len());
    Some(format!("{} / {}", number("imports")?, number("exports")?))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Standard output, or the first line of the messages.
fn finish(command: &mut Command) -> Said {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let messages = [output.stderr, output.stdout].concat();
    let messages = String::from_utf8_lossy(&messages);
    Err(format!("{}: {}", output.status, first_line(&messages)))
}
