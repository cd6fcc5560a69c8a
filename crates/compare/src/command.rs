//! Engines that are commands: started once for each step, or once for many where they can work off a list of jobs.

use crate::answer::{self, Answer, Asked, Said};
use crate::directives::{Directive, directives};
use crate::engine::{Case, Engine, Identity, Task, all, impossible, quoted, short};
use crate::outcome::{Outcome, Phase, Step};
use crate::process::{self, Bounds, End, Ended};
use crate::script;
use crate::table::{Table, brief};
use serde::Serialize;
use std::io::{Error, Read as _, Result};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use transom::Escaped;

/// What JavaScript engines run to do their jobs.
const RUNNER: &str = include_str!("runner.mjs");

/// An engine that is a command.
pub struct CommandEngine {
    identity: Identity,
    table: &'static Table,
    /// The command and the arguments that come before all others.
    words: Vec<String>,
    /// Where its runner and its lists of jobs lie.
    folder: TempDir,
}

impl CommandEngine {
    /// The engine that these words start, and that tells its version within bounds.
    ///
    /// # Errors
    ///
    /// They start nothing, or nothing that tells a version; or temporary files can't be written.
    pub fn new(
        name: &str,
        table: &'static Table,
        words: Vec<String>,
        bounds: Bounds,
    ) -> transom_inspect::Result<Self> {
        let unwritten = |error| transom_inspect::Error::new(format!("cannot write temporary files: {error}"));
        let folder = tempfile::Builder::new().prefix("transom-compare-").tempdir();
        let folder = folder.map_err(unwritten)?;
        std::fs::write(folder.path().join("runner.mjs"), RUNNER).map_err(unwritten)?;
        Ok(CommandEngine {
            identity: Identity {
                name: name.to_owned(),
                version: version(&words, &table.version, bounds)?,
                command: joined(&words),
            },
            table,
            words,
            folder,
        })
    }

    /// What is known of its kind.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// What it says to a case, step by step.
    pub fn answers(&self, case: &Case, bounds: Bounds) -> Vec<Answer> {
        match (&self.table.arguments.jobs, &case.task) {
            (Some(pattern), task) if !task.is_of_component() => {
                let mut answers = self.jobs(pattern, std::slice::from_ref(case), bounds);
                answers.pop().unwrap_or_default()
            }
            (_, task) => {
                let steps = 0..task.steps();
                steps.map(|step| self.start(case, step, bounds)).collect()
            }
        }
    }

    /// Starts it for one step of a case.
    fn start(&self, case: &Case, step: usize, bounds: Bounds) -> Answer {
        let Some(words) = self.more_words(case, case.task.step(step), &case.file.to_string_lossy()) else {
            return Answer::Nothing(self.cannot(case).unwrap_or_default().to_owned());
        };
        match process::run(&mut self.command(case, &words), bounds) {
            Ok(ended) => Answer::from(ended).without(case.file.parent().unwrap_or(Path::new(""))),
            Err(error) => Answer::Nothing(format!("cannot start it: {error}")),
        }
    }

    /// How it is asked what somebody could not type for it alone.
    fn through_transom(&self, case: &Case, file: &str) -> String {
        let Identity { name, command, .. } = &self.identity;
        let plain = *name == self.table.name;
        let engine = if plain {
            name.clone()
        } else {
            format!("{name}={command}")
        };
        let mut words = ["transom", "compare", "--engines", &engine]
            .map(str::to_owned)
            .to_vec();
        let more = match &case.task {
            Task::Program(arguments) => [&["--wasi".to_owned(), file.to_owned()], &arguments[..]].concat(),
            _ => vec![file.to_owned()],
        };
        words.extend(more);
        joined(&words)
    }

    /// The words that follow the command for a step of a case, or nothing if it can't be asked that.
    fn more_words(&self, case: &Case, call: &str, file: &str) -> Option<Vec<String>> {
        let Table { arguments, .. } = self.table;
        let (pattern, more) = match &case.task {
            Task::Calls(_) => (arguments.call.as_ref()?, &[][..]),
            Task::Program(more) => (arguments.program.as_ref()?, &more[..]),
            Task::Script => (arguments.script.as_ref()?, &[][..]),
            Task::Functions(_) => (arguments.function.as_ref()?, &[][..]),
            Task::Instantiate => (arguments.instantiate.as_ref()?, &[][..]),
        };
        let put = [("{file}", file), ("{call}", call)];
        let mut words = self.fill(pattern, case, &put);
        words.extend_from_slice(more);
        Some(words)
    }

    /// A pattern with what stands for other things put in.
    fn fill(&self, pattern: &[String], case: &Case, put: &[(&str, &str)]) -> Vec<String> {
        let fill = |word: &String| match &**word {
            "{flags}" => self
                .flags_for(case)
                .filter(|flag| variable(flag).is_none())
                .cloned()
                .collect(),
            _ => vec![
                put.iter()
                    .fold(word.clone(), |word, (name, value)| word.replace(name, value)),
            ],
        };
        pattern.iter().flat_map(fill).collect()
    }

    /// The flags for the features that are to be on.
    fn flags_for<'e>(&'e self, case: &'e Case) -> impl Iterator<Item = &'e String> {
        case.features.iter().flat_map(|feature| self.flags(feature))
    }

    /// The command with more words, and what of the flags are variables.
    fn command(&self, case: &Case, words: &[String]) -> Command {
        let mut command = command(&self.words);
        command
            .args(words)
            .envs(self.flags_for(case).filter_map(|flag| variable(flag)));
        command
    }

    /// Has many steps done at once. Whatever ends the engine may be the fault of a step before, so a step is blamed only
    /// for what happens when it is the first; the others are begun again after it.
    fn jobs(&self, pattern: &[String], cases: &[Case], bounds: Bounds) -> Vec<Vec<Answer>> {
        let steps = cases.iter().map(|case| case.task.steps());
        let mut done = Vec::new();
        while done.len() < steps.clone().sum() {
            match self.some_jobs(pattern, cases, done.len(), bounds) {
                Ok((said, ended)) if said.is_empty() => done.push(ended.into()),
                Ok((said, _)) => done.extend(said),
                Err(error) => {
                    let nothing = Answer::Nothing(format!("cannot send jobs to it: {error}"));
                    done.resize(steps.clone().sum(), nothing);
                }
            }
        }
        let mut done = done.into_iter();
        steps.map(|count| done.by_ref().take(count).collect()).collect()
    }

    /// What was said of the steps after the first ones, before the engine ended.
    fn some_jobs(
        &self,
        pattern: &[String],
        cases: &[Case],
        before: usize,
        bounds: Bounds,
    ) -> Result<(Vec<Answer>, Ended)> {
        let [jobs, out, runner] =
            ["jobs.json", "out.json", "runner.mjs"].map(|name| self.folder.path().join(name));
        let steps = cases.iter().map(|case| case.task.steps()).sum::<usize>() - before;
        std::fs::write(&jobs, serde_json::to_vec(&Job::after(cases, before)?)?)?;
        std::fs::write(&out, "")?;
        let [runner, jobs, output] = [&runner, &jobs, &out].map(|path| path.to_string_lossy());
        let put = [("{runner}", &*runner), ("{jobs}", &*jobs), ("{out}", &*output)];
        let words = self.fill(pattern, &cases[0], &put);
        let ended = process::run(&mut self.command(&cases[0], &words), bounds)?;
        let mut written = Vec::new();
        let most = bounds.output.saturating_mul(steps) as u64;
        // What can't be read says nothing, either.
        let _ = std::fs::File::open(&out).and_then(|file| file.take(most).read_to_end(&mut written));
        // The last line may be cut off, where the engine was.
        let lines = written.split(|byte| *byte == b'\n').take(steps);
        let said = lines.map_while(|line| serde_json::from_slice::<Said>(line).ok());
        let stdout = answer::text(&ended.stdout);
        let answer = |mut said: Said| {
            said.stdout.clone_from(&stdout);
            Answer::Said(said)
        };
        Ok((said.map(answer).collect(), ended))
    }

    /// Why it can't be asked to do a task, if it can't.
    fn cannot(&self, case: &Case) -> Option<&'static str> {
        let arguments = &self.table.arguments;
        let jobs = arguments.jobs.is_some();
        let (can, why) = match &case.task {
            Task::Calls(_) => (arguments.call.is_some() || jobs, "it cannot call exports"),
            Task::Program(_) => (arguments.program.is_some() || jobs, "it cannot run WASI programs"),
            Task::Script if arguments.function.is_none() && has_components(&case.file) => {
                (false, NO_COMPONENTS)
            }
            Task::Script => (arguments.script.is_some() || jobs, "it cannot run scripts"),
            Task::Functions(_) => (arguments.function.is_some(), NO_COMPONENTS),
            Task::Instantiate => (arguments.instantiate.is_some(), NO_COMPONENTS),
        };
        (!can).then_some(why)
    }

    /// What it does with a case.
    fn steps(&self, case: &Case, bounds: Bounds) -> Vec<Step> {
        if let Some(why) = self.cannot(case) {
            return all(&case.task, &impossible(why));
        }
        match (&self.table.arguments.jobs, &case.task) {
            (None, Task::Calls(_)) | (_, Task::Functions(_)) => return self.calls(case, bounds),
            _ => {}
        }
        let answers = self.answers(case, bounds);
        let answers = answers.iter().enumerate();
        answers
            .map(|(step, answer)| self.read(case, step, answer))
            .collect()
    }

    /// Each call in a process of its own; none but the first if that never gets as far as calling.
    fn calls(&self, case: &Case, bounds: Bounds) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut instance = None;
        for index in 0..case.task.steps() {
            let mut step = self.read(case, index, &self.start(case, index, bounds));
            if is_failure(&step) && case.task.is_of_component() {
                let instance = instance.get_or_insert_with(|| self.instance(case, bounds));
                if is_failure(instance) {
                    step.phase = Phase::Instantiate;
                }
            }
            if steps.is_empty() && step.phase != Phase::Execute {
                return all(&case.task, &step);
            }
            steps.push(step);
        }
        steps
    }

    /// What comes of instantiating a component. Where that fails, no call gets so far, and what an engine says does not tell.
    fn instance(&self, case: &Case, bounds: Bounds) -> Step {
        let case = Case {
            task: Task::Instantiate,
            ..case.clone()
        };
        self.read(&case, 0, &self.start(&case, 0, bounds))
    }

    fn read(&self, case: &Case, step: usize, answer: &Answer) -> Step {
        let file = short(&case.file);
        answer.read_as(self.table, &Asked::of(&case.task, step, &file))
    }
}

/// Why an engine is not given a component, or a script with some.
const NO_COMPONENTS: &str = "it does not take components";

/// Whether a script has components.
fn has_components(file: &Path) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| script::has_components(&text))
}

/// Whether what ran ended early.
fn is_failure(step: &Step) -> bool {
    matches!(step.outcome, Outcome::Trap(_) | Outcome::Exception)
}

impl Engine for CommandEngine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn flags(&self, feature: &str) -> &[String] {
        self.table.flags.get(feature).map_or(&[], |flags| flags)
    }

    fn observe(&self, cases: &[Case], bounds: Bounds) -> Vec<Vec<Step>> {
        let alike = |case: &Case| {
            matches!(case.task, Task::Calls(_)) && self.flags_for(case).eq(self.flags_for(&cases[0]))
        };
        let batch = cases.iter().all(alike);
        if let (Some(pattern), true) = (&self.table.arguments.jobs, batch) {
            let answers = self.jobs(pattern, cases, bounds);
            let read = |answers: &Vec<Answer>| answers.iter().map(|answer| answer.read(self.table)).collect();
            return answers.iter().map(read).collect();
        }
        cases.iter().map(|case| self.steps(case, bounds)).collect()
    }

    fn command_line(&self, case: &Case, step: usize) -> String {
        let (call, file) = (case.task.step(step), short(&case.file));
        let put = [("{file}", &*file), ("{call}", call)];
        let shown = self
            .table
            .arguments
            .shown
            .as_ref()
            .filter(|_| matches!(case.task, Task::Calls(_)));
        let more = self.more_words(case, call, &file);
        let Some(more) = more.or_else(|| Some(self.fill(shown?, case, &put))) else {
            return self.through_transom(case, &file);
        };
        let variables = self
            .flags_for(case)
            .filter(|flag| variable(flag).is_some())
            .cloned();
        // Where it lies here says nothing to anybody else.
        let program = self.words.first().map(|word| short(Path::new(word)));
        let words = variables
            .chain(program)
            .chain(self.words.iter().skip(1).cloned())
            .chain(more);
        joined(&words.collect::<Vec<_>>())
    }
}

/// What a command says of its version.
fn version(words: &[String], arguments: &[String], bounds: Bounds) -> transom_inspect::Result<String> {
    let asked = Escaped(joined(&[words, arguments].concat()));
    let wrong = |what: String| {
        transom_inspect::Error::new(what).remedy("install it, or name its command: --engines NAME=COMMAND")
    };
    let ended = process::run(command(words).args(arguments), bounds)
        .map_err(|error| wrong(format!("cannot start `{}`: {error}", Escaped(joined(words)))))?;
    let version = brief(&answer::text(&ended.stdout));
    match (version.is_empty(), ended.end) {
        (false, _) => Ok(version),
        (true, End::Timeout) => Err(wrong(format!(
            "`{asked}` did not print a version within {:?}",
            bounds.time
        ))),
        (true, End::Signal(signal)) => Err(wrong(format!("`{asked}` ended with signal {signal}"))),
        (true, End::Exit(code)) => Err(wrong(format!(
            "`{asked}` did not print a version, and exited with {code}"
        ))),
    }
}

/// Words as a shell takes them.
fn joined(words: &[String]) -> String {
    let words = words.iter().map(|word| quoted(word));
    words.collect::<Vec<_>>().join(" ")
}

/// A flag that is a variable of the environment.
fn variable(flag: &str) -> Option<(&str, &str)> {
    let (name, value) = flag.split_once('=')?;
    name.starts_with(|c: char| c.is_ascii_uppercase())
        .then_some((name, value))
}

/// A command in an environment in which its messages are the same everywhere.
fn command(words: &[String]) -> Command {
    let mut command = Command::new(words.first().map_or("", |word| word));
    command
        .args(words.iter().skip(1))
        .env("NO_COLOR", "1")
        .env("RUST_BACKTRACE", "0")
        .env("LC_ALL", "C")
        // Nobody's engine is to look for a newer version of itself.
        .env("DENO_NO_UPDATE_CHECK", "1");
    command
}

/// A job for `runner.mjs`.
#[derive(Serialize)]
struct Job<'c> {
    file: &'c Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<&'c [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<Vec<Directive>>,
}

impl<'c> Job<'c> {
    /// The jobs of all steps but the first ones.
    fn after(cases: &'c [Case], mut before: usize) -> Result<Vec<Self>> {
        let mut jobs = Vec::new();
        for case in cases {
            let skipped = before.min(case.task.steps());
            before -= skipped;
            if skipped < case.task.steps() {
                jobs.push(Job::of(case, skipped)?);
            }
        }
        Ok(jobs)
    }

    fn of(case: &'c Case, skipped: usize) -> Result<Self> {
        let mut job = Job {
            file: &case.file,
            calls: None,
            program: None,
            script: None,
        };
        match &case.task {
            Task::Calls(calls) => job.calls = Some(&calls[skipped..]),
            Task::Program(arguments) => {
                let name = std::iter::once(short(&case.file));
                job.program = Some(name.chain(arguments.iter().cloned()).collect());
            }
            Task::Script => {
                let text = std::fs::read_to_string(&case.file)?;
                job.script = Some(directives(&text).map_err(|error| Error::other(error.to_string()))?);
            }
            // Nothing that works off a list takes components.
            Task::Instantiate | Task::Functions(_) => {}
        }
        Ok(job)
    }
}
