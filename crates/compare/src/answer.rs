//! What engines say, as it is recorded for tests, and how it is read.

use crate::engine::Task;
use crate::outcome::{Limit, Outcome, Phase, Step};
use crate::process::{End, Ended, without_colours};
use crate::table::{Table, brief};
use serde::{Deserialize, Serialize};
use std::path::Path;
use transom::component::Type;
use transom_generate::drive::MAX_RESULTS;
use transom_inspect::wave;

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
    exit: Option<i32>,
    /// What the program wrote that ended with this exit code; it is not the runner that knows.
    #[serde(skip)]
    pub(crate) stdout: String,
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
pub(crate) enum Asked<'f> {
    /// To call an export.
    Call,
    /// To run a program.
    Program,
    /// To run the script of this name.
    Script(&'f str),
    /// To instantiate a component.
    Instance,
    /// To call a function of a component, which returns a value of this type, or nothing.
    Function(Option<&'f Type>),
}

impl<'f> Asked<'f> {
    /// What a step of a task asks for; `file` is the name of the file.
    pub fn of(task: &'f Task, step: usize, file: &'f str) -> Self {
        match task {
            Task::Calls(_) => Asked::Call,
            Task::Program(_) => Asked::Program,
            Task::Script => Asked::Script(file),
            Task::Instantiate => Asked::Instance,
            Task::Functions(calls) => Asked::Function(calls.get(step).and_then(|call| call.result.as_ref())),
        }
    }
}

impl From<Ended> for Answer {
    fn from(ended: Ended) -> Self {
        Answer::Ended {
            end: ended.end,
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        }
    }
}

/// What was written, as text. Bytes that are none stay apart, since outputs may differ in them alone.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        let invalid = chunk.invalid().iter();
        text.extend(invalid.flat_map(|byte| std::ascii::escape_default(*byte).map(char::from)));
    }
    without_colours(&text)
}

impl Answer {
    /// The answer without the name of a folder, which says nothing to anybody else.
    pub(crate) fn without(mut self, folder: &Path) -> Self {
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

    /// What the answer to a step of a task means, whose file has the name that the task of a script gives it.
    pub fn read_step(&self, table: &Table, task: &Task, step: usize) -> Step {
        self.read_as(table, &Asked::of(task, step, "case.wast"))
    }

    /// What an answer means.
    pub(crate) fn read_as(&self, table: &Table, asked: &Asked<'_>) -> Step {
        match self {
            Answer::Nothing(why) => crate::engine::impossible(why.clone()),
            Answer::Said(said) => said.read(table),
            // What answers through a runner says nothing by ending.
            Answer::Ended { end, stdout, stderr } if table.arguments.jobs.is_some() => {
                let said = format!("{stderr}\n{stdout}");
                stopped(table, *end, &said).unwrap_or_else(|| unknown(*end, &said))
            }
            Answer::Ended { end, stdout, stderr } => match asked {
                Asked::Call => call(table, *end, stdout, stderr),
                Asked::Program => program(table, *end, stdout, stderr),
                Asked::Instance => instance(table, *end, stdout, stderr),
                Asked::Function(result) => function(table, *end, (stdout, stderr), *result),
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
        if let Some(code) = self.exit {
            return exit(code, &self.stdout);
        }
        let text = match &self.error {
            Some(Thrown { name, message }) => format!("{name}: {message}"),
            None => "no results and no error".to_owned(),
        };
        let unknown = || Step::new(Phase::Execute, Outcome::Unknown(brief(&text)));
        let mut step = table.meaning(&text).unwrap_or_else(unknown);
        // The runner knows better than the message, unless the message itself tells.
        if step.phase == Phase::Execute {
            step.phase = self.phase;
        }
        step
    }
}

fn call(table: &Table, end: End, stdout: &str, stderr: &str) -> Step {
    let returned = |values| Step::new(Phase::Execute, Outcome::Results(values));
    let values = results(stdout).filter(|_| end == End::Exit(0));
    // Whoever returns something and goes well has only warned of whatever else it says.
    if let Some(values) = values.clone().filter(|values| !values.is_empty()) {
        return returned(values);
    }
    let said = format!("{stderr}\n{stdout}");
    let step = stopped(table, end, &said).or_else(|| values.map(returned));
    // Where all went well it is the answer that can't be read, not a warning beside it.
    let odd = if end == End::Exit(0) { stdout } else { &said };
    step.unwrap_or_else(|| unknown(end, odd))
}

/// A program's own words say nothing about the engine, which complains to standard error.
fn program(table: &Table, end: End, stdout: &str, stderr: &str) -> Step {
    match end {
        End::Exit(0) => exit(0, stdout),
        End::Exit(code) => {
            let complaint = table.complaint(stderr);
            let step = complaint.and_then(|said| stopped(table, end, said));
            step.unwrap_or_else(|| exit(code, stdout).saying(brief(stderr)))
        }
        _ => stopped(table, end, stderr).unwrap_or_else(|| unknown(end, stderr)),
    }
}

/// An engine that finds nothing to run in an instance says so, or goes well.
fn instance(table: &Table, end: End, stdout: &str, stderr: &str) -> Step {
    let said = format!("{stderr}\n{stdout}");
    let accepted = (end == End::Exit(0)).then(|| Step::new(Phase::Execute, Outcome::Accepted));
    let mut step = accepted
        .or_else(|| stopped(table, end, &said))
        .unwrap_or_else(|| unknown(end, &said));
    // Nothing is called, so what runs is a start function.
    if matches!(step.outcome, Outcome::Trap(_) | Outcome::Exception) {
        step.phase = Phase::Instantiate;
    }
    step
}

/// The value is in the last line, which is the whole of it: ends of lines are escaped in strings.
fn function(table: &Table, end: End, (stdout, stderr): (&str, &str), result: Option<&Type>) -> Step {
    if end != End::Exit(0) {
        let said = format!("{stderr}\n{stdout}");
        return stopped(table, end, &said).unwrap_or_else(|| unknown(end, &said));
    }
    let line = stdout.trim_end().lines().next_back().unwrap_or_default();
    let text = match result {
        Some(ty) => wave::canonical(line, ty),
        None => matches!(line, "" | "()").then(String::new),
    };
    let returned = text.map(|text| Step::new(Phase::Execute, Outcome::Value(text)));
    returned.unwrap_or_else(|| unknown(end, stdout))
}

fn exit(code: i32, stdout: &str) -> Step {
    let stdout = hash(stdout.as_bytes());
    Step::new(Phase::Execute, Outcome::Exit { code, stdout })
}

fn script(table: &Table, end: End, said: &str, file: &str) -> Step {
    let crashed = |step: &Step| matches!(step.outcome, Outcome::Crash(_));
    match (end, line(said, file)) {
        (End::Exit(0), _) => Step::new(Phase::Execute, Outcome::Script(None)),
        (End::Exit(_), line) => {
            let failed = |line| Step::new(Phase::Execute, Outcome::Script(Some(line))).saying(brief(said));
            let crash = stopped(table, end, said).filter(crashed);
            crash.or(line.map(failed)).unwrap_or_else(|| unknown(end, said))
        }
        _ => stopped(table, end, said).unwrap_or_else(|| unknown(end, said)),
    }
}

/// What kept a command from answering, if its end or its words tell.
fn stopped(table: &Table, end: End, said: &str) -> Option<Step> {
    let known = table.meaning(said);
    let signal = match end {
        End::Timeout => return Some(Step::new(Phase::Execute, Outcome::Limit(Limit::Time))),
        End::Signal(signal) => signal,
        // So does a shell say that what it started was killed. Engines abort for traps, so that tells nothing.
        End::Exit(code @ (132 | 135 | 136 | 139)) => code - 128,
        End::Exit(_) => return known,
    };
    // A trap that was told kills nobody, but a limit may.
    let why = known.filter(|step| {
        matches!(step.outcome, Outcome::Crash(_) | Outcome::Limit(_)) || end != End::Signal(signal)
    });
    let crash = Outcome::Crash(format!("signal {signal}"));
    Some(why.unwrap_or_else(|| Step::new(Phase::Execute, crash).saying(brief(said))))
}

/// A step of which no table knows what it means.
fn unknown(end: End, said: &str) -> Step {
    let what = match (brief(said), end) {
        (silence, End::Exit(code)) if silence.is_empty() => format!("no output, exit code {code}"),
        (what, _) => what,
    };
    Step::new(Phase::Execute, Outcome::Unknown(what))
}

/// The integers that a call printed, in whatever form: `5`, `i64:5`, `0x5:i64`, `5 : i64`, behind `=>` or not.
fn results(printed: &str) -> Option<Vec<i64>> {
    let values = printed
        .rsplit_once("=>")
        .map_or(printed, |(_, values)| values)
        .replace(" : ", ":");
    let words = values.split(|c: char| c.is_whitespace() || c == ',' || c == '[' || c == ']');
    let words = words.filter(|word| !word.is_empty());
    // More than a function can return is a flood, of which there may not be all.
    let values = words
        .take(MAX_RESULTS + 1)
        .map(result)
        .collect::<Option<Vec<_>>>();
    values.filter(|values| values.len() <= MAX_RESULTS)
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
        reason = "it is a 32-bit integer, signed or unsigned"
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
    match bytes.len() {
        0 => "none".to_owned(),
        count => format!("{count} bytes {hash:016x}"),
    }
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
        assert_eq!(results(&"5\n".repeat(MAX_RESULTS + 1)), None);
    }

    fn ended(name: &str, end: End, stdout: &str, stderr: &str, asked: &Asked<'_>) -> Outcome {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        let answer = Answer::Ended { end, stdout, stderr };
        let table = crate::table(name).expect("a known engine");
        answer.read_as(table, asked).outcome
    }

    #[test]
    fn programs_are_not_taken_for_engines() {
        let wasmtime = |end, stderr| ended("wasmtime", end, "5\n", stderr, &Asked::Program);
        let exit = |code| Outcome::Exit {
            code,
            stdout: hash(b"5\n"),
        };
        let own = "thread 'main' panicked at src/main.rs\nmy words: integer overflow\n";
        assert_eq!(wasmtime(End::Exit(1), own), exit(1));
        assert_eq!(wasmtime(End::Exit(0), own), exit(0));
        let trap = "my words: integer overflow\nError: failed to run main module `x`\n\nCaused by:\n \
                    2: wasm trap: wasm `unreachable` instruction executed\n";
        let unreachable = Outcome::Trap(vec![crate::Trap::Unreachable]);
        assert_eq!(wasmtime(End::Exit(134), trap), unreachable);
        assert_eq!(
            wasmtime(End::Signal(11), "integer overflow"),
            Outcome::Crash("signal 11".into())
        );
        assert_ne!(text(b"\xff"), text(b"\xfe"));
    }

    #[test]
    fn warnings_are_no_answers_and_ends_are_no_results() {
        let wasmi = |end, stdout, stderr| ended("wasmi", end, stdout, stderr, &Asked::Call);
        assert_eq!(
            wasmi(End::Exit(0), "5\n", "warning: integer overflow is checked"),
            Outcome::Results(vec![5])
        );
        assert_eq!(
            wasmi(End::Exit(0), "1e9\n", "warning: use another flag"),
            Outcome::Unknown("1e9".into())
        );
        let overflow = Outcome::Trap(vec![crate::Trap::IntegerOverflow]);
        assert_eq!(wasmi(End::Exit(0), "", "error: integer overflow"), overflow);
        let silent = |outcome, code| {
            assert_eq!(outcome, Outcome::Unknown(format!("no output, exit code {code}")));
        };
        silent(wasmi(End::Exit(3), "", ""), 3);
        // What a runner's engine prints is no result, and its end is no program's.
        silent(ended("node", End::Exit(0), "", "", &Asked::Call), 0);
        silent(ended("node", End::Exit(0), "", "", &Asked::Program), 0);
        let dump = "Segmentation fault";
        assert_eq!(
            wasmi(End::Exit(139), "", dump),
            Outcome::Crash("signal 11".into())
        );
        let panic = "thread 'main' panicked at x.rs (12:3)";
        let script = ended("wasmtime", End::Exit(101), "", panic, &Asked::Script("case.wast"));
        assert_eq!(script, Outcome::Crash("panic".into()));
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
