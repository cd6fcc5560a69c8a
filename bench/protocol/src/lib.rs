//! What a process that measures an engine is told, and what it answers: a [`Job`] in its last argument, a [`Report`]
//! on its standard output, both JSON, the same for every engine.
//!
//! Each engine has a program of its own, so that no engine is in another's way, a crash is a row of its own, and
//! versions of dependencies never have to agree.

#![deny(missing_docs)]

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Instant;

/// What to do, and how the engine is to be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// What to do.
    pub task: Task,
    /// How many threads the engine may compile on.
    #[serde(default = "two")]
    pub threads: usize,
    /// Which compiler.
    #[serde(default)]
    pub tier: Tier,
}

fn two() -> usize {
    2
}

impl From<Task> for Job {
    fn from(task: Task) -> Job {
        Job {
            task,
            threads: two(),
            tier: Tier::Default,
        }
    }
}

/// A thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Calls exports of a program.
    Program(Program),
    /// Compiles modules.
    Compile(Compile),
    /// Measures something that is written against the engine's own interface.
    Case(Case),
    /// Runs a command until it ends.
    Command(Vec<String>),
}

/// The calls of a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Program {
    /// The binary modules. Each one's imports are exports of earlier ones; the last one's exports are called.
    pub modules: Vec<PathBuf>,
    /// The program is there once for each of these, and they take turns for each call.
    pub limits: Vec<Limits>,
    /// The exports, all of type `[i32] -> [i32]`.
    pub calls: Vec<Call>,
}

/// What keeps a program from running on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limits {
    /// What the engine does if it is not asked.
    Default,
    /// It can be stopped from another thread.
    Interruptible,
    /// It stops after so much work.
    Fuel,
}

/// Calls of one export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The export.
    pub export: String,
    /// Its argument.
    pub argument: i32,
    /// How often it is called.
    pub times: usize,
}

/// Compiles modules, one after another, so many times.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Compile {
    /// The binary modules.
    pub modules: Vec<PathBuf>,
    /// How often.
    pub times: usize,
}

/// Which compiler of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// What the engine does if it is not asked.
    #[default]
    Default,
    /// The one for the best code, for every function at once.
    Optimising,
    /// The one that is done first, for every function at once.
    Quickest,
}

/// One thing measured through an engine's interface.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Which suite's.
    pub suite: String,
    /// Its name there.
    pub name: String,
    /// How often it does what it measures.
    pub count: u64,
    /// How often that is timed.
    pub times: usize,
    /// Its binary module.
    pub module: PathBuf,
    /// Where it may work, for those that need files.
    pub folder: PathBuf,
}

impl Program {
    /// Makes the program for each of its limits from the binaries, and has its exports called on all of them in turns.
    ///
    /// # Errors
    ///
    /// A file can't be read, or the engine fails.
    pub fn run<T>(
        &self,
        make: impl Fn(Limits, &[Vec<u8>]) -> Result<T>,
        call: impl Fn(&mut T, &Call) -> Result<i32>,
    ) -> Result<Report> {
        let binaries = read(&self.modules)?;
        let start = Instant::now();
        let made = self.limits.iter().map(|&limits| make(limits, &binaries));
        let mut made: Vec<T> = made.collect::<Result<_>>()?;
        let compile = start.elapsed().as_secs_f64();
        let mut calls: Vec<Called> = Vec::new();
        for line in &self.calls {
            let mut called = vec![Called::default(); made.len()];
            for _ in 0..line.times {
                for (program, called) in made.iter_mut().zip(&mut called) {
                    called.time(|| call(program, line))?;
                }
            }
            calls.extend(called);
        }
        Ok(Report {
            compile,
            calls,
            ..Report::default()
        })
    }
}

impl Compile {
    /// Has the modules compiled. `compile` returns how many exports a module has.
    ///
    /// # Errors
    ///
    /// A file can't be read, or the engine fails.
    pub fn run(&self, compile: impl Fn(&[u8]) -> Result<usize>) -> Result<Report> {
        let binaries = read(&self.modules)?;
        let mut called = Called::default();
        for _ in 0..self.times {
            called.time(|| {
                Ok(binaries
                    .iter()
                    .map(|binary| compile(binary))
                    .sum::<Result<usize>>()? as i32)
            })?;
        }
        Ok(called.into())
    }
}

fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| path.display().to_string());
    paths.iter().map(read).collect()
}

/// What came of a job.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The engine's version, and what else tells it from others.
    #[serde(default)]
    pub engine: String,
    /// Seconds from bytes to an instance, where there is one.
    pub compile: f64,
    /// One for each call of a program, one for anything else.
    pub calls: Vec<Called>,
    /// The most memory that the process had, in bytes.
    pub peak: u64,
}

impl From<Called> for Report {
    fn from(called: Called) -> Report {
        Report {
            calls: vec![called],
            ..Report::default()
        }
    }
}

/// What came of one call, each time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// What was measured: seconds, or bytes if it is about memory.
    #[serde(rename = "seconds")]
    pub values: Vec<f64>,
    /// What it computed: the same on all engines.
    pub results: Vec<i32>,
}

impl Called {
    /// Times something, and notes what it returns.
    ///
    /// # Errors
    ///
    /// It fails.
    pub fn time(&mut self, call: impl FnOnce() -> Result<i32>) -> Result<()> {
        let start = Instant::now();
        let result = call()?;
        self.values.push(start.elapsed().as_secs_f64());
        self.results.push(result);
        Ok(())
    }

    /// The same, for something that is done so often: a value is the time of one.
    ///
    /// # Errors
    ///
    /// It fails.
    pub fn time_each(&mut self, count: u64, call: impl FnOnce() -> Result<i32>) -> Result<()> {
        self.time(call)?;
        if let Some(last) = self.values.last_mut() {
            *last /= count as f64;
        }
        Ok(())
    }
}

impl Called {
    /// Notes the resident memory of each of so many things.
    ///
    /// # Errors
    ///
    /// They can't be made.
    pub fn memory_each<T>(&mut self, count: u64, make: impl Fn(u64) -> Result<Vec<T>>) -> Result<()> {
        // What there is only once does not count.
        let first = make(1)?;
        let before = memory("VmRSS");
        let all = make(count)?;
        let grown = memory("VmRSS").saturating_sub(before);
        self.values.push(grown as f64 / count as f64);
        self.results.push((first.len() + all.len()) as i32);
        Ok(())
    }
}

/// The whole of a program that measures engines: reads the job, has it done, and prints the report.
///
/// `run` is told the first argument, which names an engine. It does what it can of a job, and says why not otherwise.
/// `version` says what the engine is.
///
/// # Errors
///
/// There is no job, or it failed.
pub fn answer(
    mut arguments: impl Iterator<Item = String>,
    version: &str,
    run: impl FnOnce(&str, &Job) -> Result<Report>,
) -> Result<()> {
    let (Some(engine), Some(job), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        bail!("the arguments are an engine and a job; the benchmark gives them");
    };
    let job: Job = serde_json::from_str(&job).context("the job")?;
    let mut report = run(&engine, &job)?;
    // What another program is, it says itself.
    if !matches!(job.task, Task::Command(_)) {
        report.engine = version.to_owned();
    }
    // Whoever started another program knows better.
    if report.peak == 0 {
        report.peak = memory("VmHWM");
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// The version of a package in the text of a `Cargo.lock`: what the program was built with.
pub fn locked<'a>(package: &str, lock: &'a str) -> &'a str {
    let after = lock.split_once(&format!("name = \"{package}\"\nversion = \""));
    after
        .and_then(|(_, after)| after.split('"').next())
        .unwrap_or("unknown")
}

/// A figure of this process's memory by its name in `/proc/self/status`, in bytes; 0 where the system does not tell.
pub fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}
