//! Coverage-guided fuzzing: `cargo xtask fuzz` builds the targets of the workspace `fuzz` with instrumentation and runs them.
//!
//! The stable toolchain instruments through flags of LLVM's own pass; only sanitizers need unstable ones. What a target finds new
//! goes to `corpus` in the target folder of the workspace `fuzz`, and inputs of findings go to `findings` beside it. Both outlive
//! a run; the kept corpus in `fuzz/corpus` changes only with `--keep`.

pub mod instrument;
mod progress;
mod target;
#[cfg(test)]
mod tests;

use crate::cargo::{TRIPLE, cargo};
use crate::folders::{fresh, target_folder};
use progress::Progress;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use target::{TARGETS, Target};

/// Counters of edges, and the operands of comparisons.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// How often a running target says how far it is.
const TICK: Duration = Duration::from_secs(5);
/// How long a target of `--quick` may take on a machine that is slow or busy.
const QUICK_SECONDS: u64 = 40;
const DEFAULT_SECONDS: u64 = 60;
/// Inputs of a target's kept corpus, at most: it is part of the repository.
const KEPT: usize = 120;
/// Where Linux has files in memory.
const MEMORY: &str = "/dev/shm";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    only: Vec<String>,
    seconds: u64,
    jobs: usize,
    sanitizer: Option<&'static str>,
    quick: bool,
    keep: bool,
}

impl Wanted {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
        let mut wanted = Wanted {
            only: Vec::new(),
            seconds: DEFAULT_SECONDS,
            jobs: 1,
            sanitizer: None,
            quick: false,
            keep: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("`{argument}` needs a value"));
            let number = |text: String| {
                text.parse::<u64>()
                    .map_err(|_| format!("`{text}` is not a number"))
            };
            match argument.as_str() {
                "--only" => wanted.only.extend(value()?.split(',').map(str::to_owned)),
                "--seconds" => wanted.seconds = number(value()?)?,
                "--jobs" => wanted.jobs = number(value()?)?.max(1) as usize,
                "--sanitizer" => {
                    wanted.sanitizer = Some(match value()?.as_str() {
                        "address" => "address",
                        "thread" => "thread",
                        other => {
                            return Err(format!(
                                "unknown sanitizer `{other}`; known sanitizers are address, thread"
                            ));
                        }
                    });
                }
                "--quick" => wanted.quick = true,
                "--keep" => wanted.keep = true,
                other => return Err(format!("unknown option `{other}`")),
            }
        }
        let known = |name: &&String| TARGETS.iter().any(|target| target.name == **name);
        match wanted.only.iter().find(|name| !known(name)) {
            None => Ok(wanted),
            Some(name) => {
                let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
                Err(format!(
                    "unknown target `{name}`; known targets are {}",
                    names.join(", ")
                ))
            }
        }
    }

    fn targets(&self) -> impl Iterator<Item = &'static Target> {
        TARGETS
            .iter()
            .filter(|target| self.only.is_empty() || self.only.iter().any(|name| name == target.name))
    }
}

/// How a target's run ended.
struct Ended {
    target: &'static Target,
    progress: Progress,
    seconds: f64,
    /// What libFuzzer printed last, and the inputs that it wrote, unless it found nothing.
    failure: Option<(Vec<String>, Vec<PathBuf>)>,
}

/// Builds and runs the targets; fails if one of them finds something.
pub fn run(root: &Path, arguments: impl Iterator<Item = String>) -> ExitCode {
    let wanted = match Wanted::parse(arguments) {
        Ok(wanted) => wanted,
        Err(error) => {
            eprintln!("fuzz: {error}");
            return ExitCode::from(2);
        }
    };
    let fuzzing = Fuzzing {
        root: root.join("fuzz"),
        wanted,
    };
    match fuzzing.run() {
        Ok(ended) => summary(&fuzzing, &ended),
        Err(error) => {
            eprintln!("fuzz: {error}");
            ExitCode::from(2)
        }
    }
}

/// One run of the command.
struct Fuzzing {
    /// The workspace `fuzz`.
    root: PathBuf,
    wanted: Wanted,
}

impl Fuzzing {
    fn run(&self) -> Result<Vec<Ended>, String> {
        self.build()?;
        self.seed()?;
        if self.wanted.keep {
            for target in self.wanted.targets() {
                self.keep(target)?;
            }
            return Ok(Vec::new());
        }
        let waiting = Mutex::new(self.wanted.targets().collect::<Vec<_>>().into_iter());
        let ended = Mutex::new(Vec::new());
        let next = || waiting.lock().expect("no thread panics").next();
        std::thread::scope(|scope| {
            for _ in 0..self.wanted.jobs {
                scope.spawn(|| {
                    while let Some(target) = next() {
                        let one = self.fuzz(target);
                        ended.lock().expect("no thread panics").push(one);
                    }
                });
            }
        });
        ended
            .into_inner()
            .expect("no thread panics")
            .into_iter()
            .collect()
    }

    /// Whether to share what the main workspace has compiled, without instrumentation.
    fn shares(&self) -> bool {
        self.wanted.quick && self.wanted.sanitizer.is_none()
    }

    /// Where everything goes that is built, one folder for each way to build it.
    fn target_folder(&self) -> PathBuf {
        if self.shares() {
            return target_folder(&self.root.join(".."));
        }
        let folder = self.root.join("target");
        self.wanted
            .sanitizer
            .map_or(folder.clone(), |sanitizer| folder.join(sanitizer))
    }

    /// The folder of the programs.
    fn programs(&self) -> PathBuf {
        let folder = if self.shares() {
            "debug".to_owned()
        } else {
            format!("{TRIPLE}/fuzz")
        };
        self.target_folder().join(folder)
    }

    fn program(&self, target: &Target) -> PathBuf {
        self.programs().join(target.name)
    }

    fn build(&self) -> Result<(), String> {
        let mut cargo = cargo();
        cargo
            .args(["build", "--locked", "--bins", "--manifest-path"])
            .arg(self.root.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(self.target_folder());
        if self.shares() {
            let own = std::env::current_exe()
                .map_err(|error| format!("cannot find this program's path: {error}"))?;
            cargo.env("RUSTC_WRAPPER", own).env(instrument::VARIABLE, FLAGS);
        } else {
            cargo.args(["--profile", "fuzz", "--target", TRIPLE]);
            cargo.env("RUSTFLAGS", self.flags());
        }
        if self.wanted.sanitizer.is_some() {
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        match cargo.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("cargo build: {status}")),
            Err(error) => Err(format!("cargo build: {error}")),
        }
    }

    fn flags(&self) -> String {
        match self.wanted.sanitizer {
            None => format!("{FLAGS} --cfg fuzzing"),
            // The standard library comes without instrumentation.
            Some("thread") => {
                format!("{FLAGS} --cfg fuzzing -Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer")
            }
            Some(sanitizer) => format!("{FLAGS} --cfg fuzzing -Zsanitizer={sanitizer}"),
        }
    }

    /// A folder below the target folder, made if it isn't there.
    fn folder(&self, kind: &str, target: &Target) -> Result<PathBuf, String> {
        let folder = self.root.join("target").join(kind).join(target.name);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Folders of inputs that are kept, as far as there are any.
    fn kept(&self, target: &Target) -> impl Iterator<Item = PathBuf> {
        let folders = ["corpus", "regressions"].map(|kind| self.root.join(kind).join(target.name));
        folders.into_iter().filter(|folder| folder.is_dir())
    }

    fn command(&self, target: &Target, max_len: usize) -> Command {
        let mut command = Command::new(self.program(target));
        command
            .arg(format!("-max_len={max_len}"))
            .arg(format!("-timeout={}", target.timeout))
            .arg(format!("-rss_limit_mb={}", target.rss_mb))
            .arg("-len_control=0")
            .arg("-print_final_stats=1");
        // Folders of the target `wasi` are quicker in memory.
        if std::env::var_os("TMPDIR").is_none() && Path::new(MEMORY).is_dir() {
            command.env("TMPDIR", MEMORY);
        }
        command
    }

    fn fuzz(&self, target: &'static Target) -> Result<Ended, String> {
        let findings = self.folder("findings", target)?;
        let before = files(&findings)?;
        let mut command = self.command(target, target.max_len);
        let mut prefix = OsString::from("-artifact_prefix=");
        prefix.push(findings.join(""));
        command.arg(prefix);
        if self.wanted.quick {
            // The first folder is where new inputs go; the kept corpus stays as it is, and the next run is the same.
            let new = self.folder("quick", target)?;
            fresh(&new).map_err(|error| format!("{}: {error}", new.display()))?;
            command
                .arg(new)
                .arg("-seed=1")
                .arg("-runs=0")
                .arg(format!("-max_total_time={QUICK_SECONDS}"));
        } else {
            command
                .arg(format!("-max_total_time={}", self.wanted.seconds))
                .arg(self.folder("corpus", target)?)
                .arg(self.folder("seeds", target)?);
        }
        command.args(self.kept(target));
        let start = Instant::now();
        let (progress, last, success) = watch(command, target.name)?;
        let seconds = start.elapsed().as_secs_f64();
        let failure = match success {
            true => None,
            false => {
                let new = files(&findings)?;
                Some((
                    last,
                    new.into_iter().filter(|file| !before.contains(file)).collect(),
                ))
            }
        };
        Ok(Ended {
            target,
            progress,
            seconds,
            failure,
        })
    }

    /// Replaces the kept corpus by a choice of the fewest inputs that cover what it, earlier runs and the seeds do.
    fn keep(&self, target: &Target) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", target.name);
        let kept = self.root.join("corpus").join(target.name);
        fs::create_dir_all(&kept).map_err(failed)?;
        let chosen = self.folder("kept", target)?;
        fresh(&chosen).map_err(failed)?;
        let mut command = self.command(target, target.keep_len);
        command.arg("-set_cover_merge=1").args([
            &chosen,
            &kept,
            &self.folder("corpus", target)?,
            &self.folder("seeds", target)?,
        ]);
        let (_, last, success) = watch(command, target.name)?;
        if !success {
            return Err(format!("{}: merging failed\n{}", target.name, last.join("\n")));
        }
        fresh(&kept).map_err(failed)?;
        // Short and long ones in equal parts.
        let mut chosen = files(&chosen)?;
        chosen.sort_by_key(|file| fs::metadata(file).map_or(0, |metadata| metadata.len()));
        let step = chosen.len().div_ceil(KEPT).max(1);
        for file in chosen.iter().step_by(step) {
            let name = file.file_name().unwrap_or_default();
            fs::copy(file, kept.join(name)).map_err(failed)?;
        }
        println!("{:<8} {} inputs", target.name, files(&kept)?.len());
        Ok(())
    }

    /// Makes inputs to begin with, once.
    fn seed(&self) -> Result<(), String> {
        let folder = self.root.join("target/seeds");
        if folder.is_dir() || self.wanted.quick {
            return Ok(());
        }
        let program = self.programs().join("seeds");
        match Command::new(program).arg(folder).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("seeds: {status}")),
            Err(error) => Err(format!("seeds: {error}")),
        }
    }
}

/// Runs a target and prints from time to time how far it is; gives what it printed last, or first since it panicked, and whether
/// it found nothing.
fn watch(mut command: Command, name: &str) -> Result<(Progress, Vec<String>, bool), String> {
    const LAST: usize = 30;
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let mut output = BufReader::new(child.stderr.take().expect("it was asked for"));
    let (mut progress, mut last, mut panicked) = (Progress::default(), Vec::new(), false);
    let (start, mut ticked, mut line) = (Instant::now(), Instant::now(), Vec::new());
    // Findings print whatever the input holds, so lines need not be UTF-8.
    while output.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        progress.read(&text);
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            println!("{name:<8} {:>5}s  {progress}", start.elapsed().as_secs());
        }
        // The message of a panic is followed by a long backtrace.
        if text.contains(" panicked at ") {
            last.clear();
            panicked = true;
        }
        if last.len() == LAST && !panicked {
            last.remove(0);
        }
        if last.len() < LAST {
            last.push(text);
        }
    }
    let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
    Ok((progress, last, status.success()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect()
}

/// Prints what came of each target.
fn summary(fuzzing: &Fuzzing, ended: &[Ended]) -> ExitCode {
    for one in ended {
        let Ended {
            target,
            progress,
            seconds,
            failure,
        } = one;
        let verdict = if failure.is_some() { "FAILED" } else { "passed" };
        println!("{:<8} {seconds:>5.0}s  {progress}  {verdict}", target.name);
    }
    let failures = ended
        .iter()
        .filter_map(|one| Some((one.target, one.failure.as_ref()?)));
    let mut found = 0;
    for (target, (last, inputs)) in failures {
        found += 1;
        println!("\n{}:\n{}", target.name, last.join("\n"));
        let program = fuzzing.program(target);
        for input in inputs {
            let (program, input) = (program.display(), input.display());
            println!("input:     {input}");
            println!("reproduce: {program} {input}");
            println!(
                "minimise:  {program} -minimize_crash=1 -runs=20000 -exact_artifact_path={input}.min {input}"
            );
        }
    }
    match found {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
