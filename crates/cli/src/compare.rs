//! `transom compare`, `transom reduce`, `transom report`: the same bytes on several engines.

use crate::args::{Compare, Comparing, Engines, Reduce, Report};
use crate::failure::Failure;
use crate::modules::json;
use crate::output::{clear_progress, complain, is_watched, say, show_progress};
use crate::{input, words};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use transom::Escaped;
use transom_compare::campaign::{Campaign, Journal, Progress};
use transom_compare::process::{self, Bounds, End};
use transom_compare::report;
use transom_compare::{self as compare, Comparer, Comparison, Kind, Outcome, Subject, Task, Wish, tables};
use transom_inspect::Source;
use transom_inspect::parts::Parts;
use transom_reduce as reduce;

/// The exit code of failures, where 1 means a divergence.
pub const NOT_COMPARED: u8 = 2;

/// `transom compare`
pub fn compare(args: &Compare) -> Result<u8, Failure> {
    if args.comparing.engines.list == ["help"] {
        return list();
    }
    if let Some(count) = args.generate {
        return campaign(args, count);
    }
    let source = source(&args.comparing)?;
    let subject = subject(&source, "compare", &args.comparing)?;
    let (comparer, missing) = comparer(&args.comparing.engines, &subject.task)?;
    let comparison = run(&comparer, subject)?;
    match args.json {
        true => say(json(&comparison))?,
        false => {
            say(&comparison)?;
            say_missing(&missing)?;
        }
    }
    Ok(code(&comparison))
}

/// The exit code of a verdict.
fn code(comparison: &Comparison) -> u8 {
    match comparison.verdict.kind {
        _ if comparison.asked() < 2 => NOT_COMPARED,
        Kind::Agreement => 0,
        Kind::Unclear => NOT_COMPARED,
        _ => 1,
    }
}

fn source(args: &Comparing) -> Result<Source, Failure> {
    let file = args.file().ok_or_else(|| {
        Failure::new("no module to compare")
            .hint("transom compare FILE, or --generate N for generated modules")
    })?;
    input::read(file)
}

/// What to compare. `command` is the name of the command with these options.
fn subject(source: &Source, command: &str, args: &Comparing) -> Result<Subject, Failure> {
    let arguments = args.args().to_vec();
    let wish = match &args.invoke {
        Some(name) => Wish::Invoke {
            name: name.clone(),
            arguments,
        },
        None if args.all_exports => Wish::AllExports {
            seed: args.engines.seed,
        },
        None if args.wasi => Wish::Program { arguments },
        None if arguments.is_empty() => Wish::Natural,
        None => Wish::Program { arguments },
    };
    let subject = compare::subject(source, &wish).map_err(|error| input::wrong(source, &error));
    let arguments_are_read = match &subject {
        Ok(_) if args.invoke.is_some() => true,
        Ok(subject) => matches!(subject.task, Task::Program(_)) && reads_arguments(&subject.bytes),
        Err(_) => false,
    };
    let misplaced = match args.args() {
        [] => None,
        _ if arguments_are_read => None,
        _ => words::misplaced(command, &args.program),
    };
    misplaced.map_or(subject, Err)
}

/// Whether a program reads its arguments.
fn reads_arguments(binary: &[u8]) -> bool {
    let parts = Parts::parse(binary);
    parts.is_ok_and(|parts| parts.imports.iter().any(|(_, name)| words::reads_arguments(name)))
}

/// The selected engines, and the names of missing ones.
fn comparer(args: &Engines, task: &Task) -> Result<(Comparer, Vec<String>), Failure> {
    // Programs and scripts are run by this command, modules by the library in this process.
    let itself = match task {
        Task::Calls(_) | Task::Instantiate | Task::Functions(_) => None,
        Task::Program(_) | Task::Script => Some(
            std::env::current_exe()
                .map_err(|error| Failure::new(format!("cannot find the path of this command: {error}")))?,
        ),
    };
    let bounds = Bounds {
        time: args.timeout,
        ..Bounds::default()
    };
    let engines = compare::engines(&args.list, itself.as_deref(), bounds)?;
    let comparer = Comparer::new(engines.found, bounds, args.enable_features).map_err(unwritten)?;
    Ok((comparer, engines.missing))
}

fn unwritten(error: std::io::Error) -> Failure {
    Failure::new(format!("cannot write temporary files: {error}"))
}

fn run(comparer: &Comparer, subject: Subject) -> Result<Comparison, Failure> {
    comparer.compare(subject).map_err(unwritten)
}

fn say_missing(missing: &[String]) -> Result<(), Failure> {
    match missing.is_empty() {
        true => Ok(()),
        false => say(format_args!("not installed: {}\n", missing.join(", "))),
    }
}

/// `transom compare --engines help`
fn list() -> Result<u8, Failure> {
    let found = compare::engines(&[], None, Bounds::default())?;
    let mut text = "Engines, for --engines NAME or --engines NAME=COMMAND:\n\n".to_owned();
    for engine in &found.found {
        let identity = engine.identity();
        let _ = writeln!(text, "  {:20} {}", identity.name, identity.version);
    }
    for name in &found.missing {
        let title = tables()
            .iter()
            .find(|table| table.name == *name)
            .map_or("", |table| &table.title);
        let _ = writeln!(text, "  {name:20} not installed ({title})");
    }
    text += "\nTo add a second version of an engine: NAME-SUFFIX=COMMAND, such as wasmtime-45=/opt/wasmtime45/wasmtime\n";
    say(text)?;
    Ok(0)
}

/// `transom compare --generate`
fn campaign(args: &Compare, count: u64) -> Result<u8, Failure> {
    let (comparer, missing) = comparer(&args.comparing.engines, &Task::Calls(Vec::new()))?;
    let campaign = Campaign {
        folder: args.folder.clone(),
        seed: args.comparing.engines.seed,
        count,
    };
    let mut last = Instant::now();
    let journal = campaign.run(&comparer, &mut |progress| {
        if is_watched() && last.elapsed() > Duration::from_millis(200) {
            last = Instant::now();
            show_progress(line(progress));
        }
    });
    clear_progress();
    let journal = journal.map_err(|error| Failure::new(error.to_string()))?;
    match args.json {
        true => say(json(&journal))?,
        false => {
            say(summary(&journal, &args.folder))?;
            say_missing(&missing)?;
        }
    }
    Ok(u8::from(!journal.findings.is_empty()))
}

/// The progress line of a campaign.
fn line(progress: &Progress<'_>) -> String {
    let (done, time) = progress.here;
    let rate = done as f64 / time.as_secs_f64().max(0.001);
    let left = (progress.count - progress.done) as f64 / rate.max(0.001);
    format!(
        "{} of {} modules, {rate:.0} a second, {left:.0} s left, {} findings",
        progress.done,
        progress.count,
        progress.journal.findings.len()
    )
}

/// The summary of a campaign.
fn summary(journal: &Journal, folder: &Path) -> String {
    let mut text = format!("{} modules from seed {}\n", journal.done, journal.seed);
    for (title, counts) in [("verdicts", &journal.verdicts), ("flavours", &journal.flavours)] {
        let counts = counts.iter().map(|(name, count)| format!("{count} {name}"));
        let _ = writeln!(text, "{title}: {}", counts.collect::<Vec<_>>().join(", "));
    }
    for (signature, finding) in &journal.findings {
        let seeds = finding
            .seeds
            .iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(text, "{} × {signature}\n      seeds {seeds}", finding.count);
    }
    if !journal.findings.is_empty() {
        let _ = writeln!(
            text,
            "the modules are in `{}`; `transom report` writes a bug report about one",
            Escaped(folder.display())
        );
    }
    text
}

/// `transom reduce`
pub fn reduce(args: &Reduce) -> Result<u8, Failure> {
    let source = source(&args.comparing)?;
    input::module_only(&source, |name| {
        format!("list the core modules of the component with their places: transom objdump {name}")
    })?;
    let smaller = match &*args.keep {
        "divergence" => {
            let subject = subject(&source, "reduce", &args.comparing)?;
            let (comparer, _) = comparer(&args.comparing.engines, &subject.task)?;
            let comparison = run(&comparer, subject.clone())?;
            if comparison.verdict.kind == Kind::Agreement {
                return Err(Failure::new(
                    "the engines agree about this module, so there is no divergence to keep",
                )
                .hint(KEEP));
            }
            divergence(&comparer, subject, &comparison, args.attempts)?.bytes
        }
        "trap" => {
            let subject = subject(&source, "reduce", &args.comparing)?;
            let engines = Engines {
                list: vec!["transom-unoptimised".to_owned()],
                ..args.comparing.engines.clone()
            };
            let (comparer, _) = comparer(&engines, &subject.task)?;
            let comparison = run(&comparer, subject.clone())?;
            let at = comparison.observed[0].steps.iter().position(is_trap);
            let at = at.ok_or_else(|| {
                Failure::new("the module does not trap, so there is no trap to keep").hint(KEEP)
            })?;
            trap(&comparer, &subject, &comparison, at, args.attempts)?
        }
        command => {
            if let Some(failure) = words::misplaced("reduce", &args.comparing.program) {
                return Err(failure);
            }
            let binary = source.binary().map_err(|error| input::wrong(&source, &error))?;
            external(&binary, command, args)?
        }
    };
    write(args.output.as_deref(), &smaller)?;
    Ok(0)
}

const KEEP: &str = "--keep sets the property to keep: divergence, trap, or a command";

fn is_trap(step: &compare::Step) -> bool {
    matches!(step.outcome, Outcome::Trap(_))
}

/// Reduces a module while engines diverge in the same way.
fn divergence(
    comparer: &Comparer,
    subject: Subject,
    comparison: &Comparison,
    attempts: u64,
) -> Result<Subject, Failure> {
    let reduced = compare::reduce_divergence(comparer, subject, comparison, &bounds(attempts), &mut show);
    clear_progress();
    Ok(reduced?)
}

/// Reduces a module while the same call traps in the same way.
fn trap(
    comparer: &Comparer,
    subject: &Subject,
    comparison: &Comparison,
    at: usize,
    attempts: u64,
) -> Result<Vec<u8>, Failure> {
    let wanted = &comparison.observed[0].steps[at];
    let task = Task::Calls(vec![subject.task.step(at).to_owned()]);
    let mut keeps = |bytes: &[u8]| {
        let subject = Subject {
            bytes: bytes.to_vec(),
            task: task.clone(),
            ..subject.clone()
        };
        let compared = comparer.compare(subject).ok();
        compared.is_some_and(|compared| compared.observed[0].steps[0].agrees(wanted))
    };
    shrink(&subject.bytes, attempts, &mut keeps)
}

/// Reduces a module while a command succeeds.
fn external(binary: &[u8], command: &str, args: &Reduce) -> Result<Vec<u8>, Failure> {
    let folder = tempfile::tempdir().map_err(unwritten)?;
    let file = folder.path().join("case.wasm");
    let quoted = format!("'{}'", file.display());
    let script = match command.contains("{}") {
        true => command.replace("{}", &quoted),
        false => format!("{command} {quoted}"),
    };
    let bounds = Bounds {
        time: args.comparing.engines.timeout,
        ..Bounds::default()
    };
    let mut keeps = |bytes: &[u8]| {
        let ended = std::fs::write(&file, bytes)
            .and_then(|()| process::run(std::process::Command::new("sh").args(["-c", &script]), bounds));
        ended.is_ok_and(|ended| ended.end == End::Exit(0))
    };
    shrink(binary, args.attempts, &mut keeps)
}

fn shrink(binary: &[u8], attempts: u64, keeps: &mut dyn FnMut(&[u8]) -> bool) -> Result<Vec<u8>, Failure> {
    let reduced = reduce::reduce(binary, &bounds(attempts), keeps, &mut show);
    clear_progress();
    let reduced = reduced.map_err(|error| Failure::from(error).hint(KEEP))?;
    complain(format_args!(
        "{} of {} bytes, {} instructions, {} attempts{}\n",
        reduced.binary.len(),
        binary.len(),
        reduced.instructions,
        reduced.tried,
        if reduced.complete {
            ""
        } else {
            "; more --attempts may reduce it further"
        }
    ));
    Ok(reduced.binary)
}

fn bounds(attempts: u64) -> reduce::Bounds {
    reduce::Bounds {
        attempts,
        until: None,
    }
}

/// Shows the progress of a reduction on a terminal.
fn show(progress: &reduce::Progress) {
    show_progress(format_args!(
        "{}: {} bytes, {} instructions, {} attempts",
        progress.pass, progress.size, progress.instructions, progress.tried
    ));
}

/// Writes a module to a file, as its name says, or its text to standard output.
fn write(output: Option<&Path>, binary: &[u8]) -> Result<(), Failure> {
    let text = || {
        let how = transom_inspect::print::Print::default();
        transom_inspect::print::print(binary, &how)
    };
    let Some(path) = output else {
        return say(text()?);
    };
    let bytes = match path.extension().is_some_and(|ending| ending == "wat") {
        true => text()?.into_bytes(),
        false => binary.to_vec(),
    };
    std::fs::write(path, bytes)
        .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", Escaped(path.display()))))
}

/// `transom report`
pub fn report(args: &Report) -> Result<u8, Failure> {
    let source = source(&args.comparing)?;
    let given = subject(&source, "report", &args.comparing)?;
    // Whether there is a place for it is known before all the work.
    std::fs::create_dir_all(&args.output).map_err(|error| {
        let folder = Escaped(args.output.display());
        Failure::new(format!("cannot create the folder `{folder}`: {error}"))
            .hint("another folder: -o FOLDER, before the file")
    })?;
    let (comparer, missing) = comparer(&args.comparing.engines, &given.task)?;
    let mut comparison = run(&comparer, given.clone())?;
    let mut reported = given.clone();
    // Of what an engine lacks nothing would be left but that.
    let apart = !matches!(
        comparison.verdict.kind,
        Kind::Agreement | Kind::Feature | Kind::Host
    );
    let reducible = matches!(given.task, Task::Calls(_)) && apart;
    if given.task.is_of_component() && apart && !args.no_reduce {
        let note = "Components are not reduced, so this is the whole component";
        comparison.notes.push(note.to_owned());
    }
    if reducible && !args.no_reduce {
        reported = divergence(&comparer, given.clone(), &comparison, ATTEMPTS)?;
        // What is left of a driver may not call what it called.
        let labels = std::mem::take(&mut reported.labels);
        let before = labels
            .iter()
            .map(|label| format!("Before the reduction, the call was {label}"));
        reported.notes.extend(before);
        comparison = run(&comparer, reported.clone())?;
    }
    let page = report::Report {
        name: source.name(),
        // A script is read by people as it was written.
        given: if given.task == Task::Script {
            source.bytes()
        } else {
            &given.bytes
        },
        bytes: &reported.bytes,
        comparison: &comparison,
    };
    page.write(&args.output).map_err(unwritten)?;
    say(&comparison)?;
    say_missing(&missing)?;
    let folder = Escaped(args.output.display());
    say(format_args!(
        "\n{folder}/report.md is the report for an issue tracker, {folder}/report.html the one for a browser\n"
    ))?;
    Ok(code(&comparison))
}

/// The maximum of attempts of the reduction for a report.
const ATTEMPTS: u64 = 20_000;
