//! What engines say, as it is recorded for tests, and how it is read.

use super::outcome::{Limit, Outcome, Phase, Step};
use super::table::{Table, brief};
use crate::process::{End, Ended, without_colours};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What an engine said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// What a command wrote, and how it ended.
    Ended {
        /// How it ended.
        end: End,
        /// The beginning of its standard output.
        stdout: String,
        /// The beginning of its standard error.
        stderr: String,
    },
    /// What `runner.mjs` said.
    Said(Said),
    /// It could not be started, or not be given its work.
    Nothing(String),
}

/// What `runner.mjs` says of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    phase: Phase,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    results: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exit: Option<i32>,
    /// The line of the directive of a script that failed; 0 if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Thrown>,
}

/// What was thrown in JavaScript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Thrown {
    name: String,
    message: String,
}

/// What an engine was asked for, since the same words may mean other things.
pub(super) enum Asked<'f> {
    /// To call an export.
    Call,
    /// To run a program.
    Program,
    /// To run the script of this name.
    Script(&'f str),
}

impl From<Ended> for Answer {
    fn from(ended: Ended) -> Self {
        let text = |bytes: &[u8]| without_colours(&String::from_utf8_lossy(bytes));
        Answer::Ended {
            end: ended.end,
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        }
    }
}

impl Answer {
    /// The answer without the name of a folder, which says nothing to anybody else.
    pub(super) fn without(mut self, folder: &Path) -> Self {
        let folder = format!("{}/", folder.display());
        if let Answer::Ended { stdout, stderr, .. } = &mut self {
            *stdout = stdout.replace(&folder, "");
            *stderr = stderr.replace(&folder, "");
        }
        self
    }

    /// What the answer to a call means.
    pub fn read(&self, table: &Table) -> Step {
        self.read_as(table, &Asked::Call)
    }

    /// What an answer means.
    pub(super) fn read_as(&self, table: &Table, asked: &Asked<'_>) -> Step {
        match self {
            Answer::Nothing(why) => super::engine::impossible(why.clone()),
            Answer::Said(said) => said.read(table),
            Answer::Ended { end, stdout, stderr } => match asked {
                Asked::Call => call(table, *end, stdout, stderr),
                Asked::Program => program(table, *end, stdout, stderr),
                Asked::Script(file) => script(table, *end, &format!("{stderr}\n{stdout}"), file),
            },
        }
    }
}

impl Said {
    fn read(&self, table: &Table) -> Step {
        if let Some(results) = &self.results {
            let values = results
                .iter()
                .map(|value| value.parse().ok())
                .collect::<Option<Vec<_>>>();
            let outcome = values.map_or_else(|| Outcome::Unknown(results.join(" ")), Outcome::Results);
            return Step::new(self.phase, outcome);
        }
        if let Some(line) = self.failed {
            let outcome = Outcome::Script(Some(line).filter(|line| *line > 0));
            let says = self
                .error
                .as_ref()
                .map_or_else(String::new, |error| error.message.clone());
            return Step::new(self.phase, outcome).saying(brief(&says));
        }
        let text = match &self.error {
            Some(Thrown { name, message }) => format!("{name}: {message}"),
            None => format!("{:?}", self.exit),
        };
        let mut step = table.meaning(&text).unwrap_or_else(|| unknown(&text));
        // The runner knows better than the message, unless the message itself tells.
        if step.phase == Phase::Execute {
            step.phase = self.phase;
        }
        step
    }
}

fn call(table: &Table, end: End, stdout: &str, stderr: &str) -> Step {
    let said = format!("{stderr}\n{stdout}");
    stopped(table, end, &said).unwrap_or_else(|| match results(stdout) {
        Some(values) if end == End::Exit(0) => Step::new(Phase::Execute, Outcome::Results(values)),
        _ => unknown(&said),
    })
}

/// A program's own words say nothing about the engine, which complains to standard error.
fn program(table: &Table, end: End, stdout: &str, stderr: &str) -> Step {
    let exit = |code| Outcome::Exit {
        code,
        stdout: hash(stdout.as_bytes()),
    };
    match end {
        End::Exit(0) => Step::new(Phase::Execute, exit(0)),
        End::Exit(code) => stopped(table, end, stderr)
            .unwrap_or_else(|| Step::new(Phase::Execute, exit(code)).saying(brief(stderr))),
        _ => stopped(table, end, stderr).unwrap_or_else(|| unknown(stderr)),
    }
}

fn script(table: &Table, end: End, said: &str, file: &str) -> Step {
    match (end, line(said, file)) {
        (End::Exit(0), _) => Step::new(Phase::Execute, Outcome::Script(None)),
        (End::Exit(_), Some(line)) => {
            Step::new(Phase::Execute, Outcome::Script(Some(line))).saying(brief(said))
        }
        (End::Exit(_), None) => unknown(said),
        _ => stopped(table, end, said).unwrap_or_else(|| unknown(said)),
    }
}

/// What kept a command from answering, if its end or its words tell.
fn stopped(table: &Table, end: End, said: &str) -> Option<Step> {
    if end == End::Timeout {
        return Some(Step::new(Phase::Execute, Outcome::Limit(Limit::Time)));
    }
    let known = table.meaning(said);
    match end {
        End::Signal(signal) if known.is_none() => {
            let crash = Outcome::Crash(format!("signal {signal}"));
            Some(Step::new(Phase::Execute, crash).saying(brief(said)))
        }
        _ => known,
    }
}

/// A step of which no table knows what it means.
fn unknown(said: &str) -> Step {
    Step::new(Phase::Execute, Outcome::Unknown(brief(said)))
}

/// The integers that a call printed, in whatever form: `5`, `i64:5`, `0x5:i64`, `5 : i64`, behind `=>` or not.
fn results(printed: &str) -> Option<Vec<i64>> {
    let values = printed
        .rsplit_once("=>")
        .map_or(printed, |(_, values)| values)
        .replace(" : ", ":");
    let words = values.split(|c: char| c.is_whitespace() || c == ',' || c == '[' || c == ']');
    words.filter(|word| !word.is_empty()).map(result).collect()
}

/// One integer: signed or not, decimal or hexadecimal, with its type or not.
fn result(word: &str) -> Option<i64> {
    let (first, second) = word.split_once(':').unwrap_or((word, ""));
    let (digits, kind) = if first.starts_with('i') {
        (second, first)
    } else {
        (first, second)
    };
    let value = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok()?.cast_signed(),
        None => digits
            .parse::<i64>()
            .ok()
            .or_else(|| Some(digits.parse::<u64>().ok()?.cast_signed()))?,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is an integer of 32 bits, maybe without its sign"
    )]
    Some(if kind == "i32" {
        i64::from(value as i32)
    } else {
        value
    })
}

/// A short hash of what a program wrote, and how much that was.
fn hash(bytes: &[u8]) -> String {
    // FNV-1a, which is as good as any to tell outputs apart for people to look at.
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    format!("{} bytes {hash:016x}", bytes.len())
}

/// The number of the line of a script that a message names: what follows the file's name, or stands in `(LINE:COLUMN)`.
fn line(said: &str, file: &str) -> Option<usize> {
    let named = said.match_indices(file).map(|(at, _)| &said[at + file.len()..]);
    let bracketed = said.match_indices('(').map(|(at, _)| &said[at + 1..]);
    let bracketed = bracketed.filter(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.strip_prefix(':').is_some_and(|rest| {
            rest.trim_start_matches(|c: char| c.is_ascii_digit())
                .starts_with(')')
        })
    });
    named.chain(bracketed).find_map(|rest| {
        let rest = rest.trim_start_matches([':', '"', '\'', ' ', '(']);
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_in_every_engines_form() {
        assert_eq!(results("5\n-1\n"), Some(vec![5, -1]));
        assert_eq!(
            results("drive0() => i64:5, i64:18446744073709551615\n"),
            Some(vec![5, -1])
        );
        assert_eq!(results("0x5:i64,0xffffffffffffffff:i64\n"), Some(vec![5, -1]));
        assert_eq!(results("5 : i64\n"), Some(vec![5]));
        assert_eq!(results("i32:4294967295"), Some(vec![-1]));
        assert_eq!(results(""), Some(vec![]));
        assert_eq!(results("hello"), None);
    }

    #[test]
    fn lines_are_found_in_messages() {
        assert_eq!(line("error: script.wast:12:3: no", "script.wast"), Some(12));
        assert_eq!(
            line("failed directive on /tmp/x/script.wast:7:1", "script.wast"),
            Some(7)
        );
        let far = "Failed directives on script.wast:\n * expected 2 (3), got 1 (3:1)";
        assert_eq!(line(far, "script.wast"), Some(3));
        assert_eq!(line("nothing", "script.wast"), None);
    }
}
