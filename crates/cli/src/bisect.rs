//! `transom bisect`: from a module that does something else when it is optimised to the function that makes the difference.
//!
//! Each run is a process of its own, `transom run` with the same words and a setting of `-O functions`. So a run may crash,
//! hang or corrupt its memory, and the next one is not affected. What is compared is how a run ended and what it wrote.
//!
//! A module from a pipe can be read once only, so the runs read a copy of it.

mod copies;

use crate::args::{Bisect, Run};
use crate::failure::{Failure, TIMED_OUT};
use crate::optimize::{asks_for_help, range_text, restricts_functions};
use crate::output::{clear_progress, say, show_progress};
use crate::{entry, features, input, optimize};
use copies::Copies;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use transom::{Config, Demangled, Engine, Escaped, ParsedModule};
use transom_compare::process::{self, Bounds, End};
use transom_compare::{bisect, quoted};

/// The exit code if there is a difference.
const FOUND: u8 = 1;
/// The exit code if there is no verdict.
const NO_VERDICT: u8 = 2;
/// How long a run may take if nothing else is asked for, and the option that says so: a run ends by itself, even if this
/// command is killed.
const TIME: (Duration, &str) = (Duration::from_secs(10), "--timeout=10s");
/// How much longer a run is waited for that should end by itself.
const GRACE: Duration = Duration::from_secs(5);
/// The most characters of a line of output that are shown.
const SHOWN: usize = 200;

/// Runs a module optimised and not optimised, and says which function makes a difference.
///
/// The other arguments are the words of the command line, and whether events are logged.
pub fn run(args: &Bisect, words: &[OsString], logs: bool) -> Result<u8, Failure> {
    let Some(config) = features::config(&args.run.wasm.features) else {
        say(features::help())?;
        return Ok(0);
    };
    if asks_for_help(&args.run.codegen.optimize) {
        say(optimize::help())?;
        return Ok(0);
    }
    check(&args.run, logs)?;
    let mut copies = Copies::new()?;
    let modules = modules(&config, &args.run, &mut copies)?;
    let mut runs = Runs::new(&args.run, words, copies)?;
    let all = all_functions(&modules);
    let (optimised, plain) = (runs.run(&all)?, runs.run(&(all.start..all.start))?);
    if let Some(which) = unending(&optimised, &plain) {
        return Err(no_verdict(format!("the {which} run does not end in time")).hint("a longer --timeout"));
    }
    if optimised == plain {
        say(same(&plain, &runs))?;
        return Ok(0);
    }
    if runs.run(&all)? != optimised || runs.run(&(all.start..all.start))? != plain {
        let failure = no_verdict("two runs that are compiled alike differ, so there is nothing to bisect");
        return Err(failure.hint("--deterministic, which fixes clocks and random numbers; and no threads"));
    }
    let found = bisect(all.clone(), &mut |range| runs.run(&range).map(|run| run != plain));
    say(differ(&optimised, &plain))?;
    say(culprits(&found?, &modules, &runs))?;
    Ok(FOUND)
}

fn no_verdict(what: impl Into<String>) -> Failure {
    Failure::new(what).code(NO_VERDICT)
}

/// Fails if an option of `transom run` makes runs differ, or has one place for what many runs write.
fn check(args: &Run, logs: bool) -> Result<(), Failure> {
    const USAGE: &str = "transom bisect [OPTIONS] FILE [ARGS]...";
    if args.program.is_empty() {
        return Err(no_verdict("no file to run").hint(USAGE));
    }
    let profile = args.profile.is_some();
    let emit = args.emission.folder.is_some();
    let functions = restricts_functions(&args.codegen.optimize);
    for (given, option) in [
        (args.stats, "--stats"),
        (logs, "--log"),
        (profile, "--profile"),
        (emit, "--emit"),
        (functions, "-O functions"),
    ] {
        if given {
            let what = format!("bisection compares many runs, so it cannot take {option}");
            return Err(no_verdict(what).hint(USAGE));
        }
    }
    Ok(())
}

/// The module and those that are preloaded, each with its file.
fn modules(
    config: &Config,
    args: &Run,
    copies: &mut Copies,
) -> Result<Vec<(PathBuf, ParsedModule)>, Failure> {
    let engine = Engine::new(config)?;
    let preloads = args.imports.preloads.iter().map(|(_, file)| file.as_path());
    let files = std::iter::once(args.file()).chain(preloads);
    let modules = files
        .map(|file| {
            let source = input::read(file)?;
            input::module_only(&source, |name| {
                format!("compare what its functions return as each compiler makes them: transom compare --engines transom --all-exports {name}")
            })?;
            copies.add(file, source.bytes())?;
            Ok((file.to_owned(), input::parse(&engine, &source)?))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    // All runs of a module with nothing to run are alike.
    entry::entry(&modules[0].1, "bisect", args)?;
    Ok(modules)
}

/// The indices of all functions of the modules.
fn all_functions(modules: &[(PathBuf, ParsedModule)]) -> Range<u32> {
    let own = || modules.iter().map(|(_, module)| module.functions());
    let start = own().map(|functions| functions.start).min().unwrap_or(0);
    let end = own().map(|functions| functions.end).max().unwrap_or(0);
    // Without a function there is nothing to bisect, but still something to run.
    start..end.max(start + 1)
}

/// What a run did.
struct Observed {
    end: End,
    out: Vec<u8>,
    err: Vec<u8>,
}

impl PartialEq for Observed {
    fn eq(&self, other: &Observed) -> bool {
        // What the runtime says of a crash names addresses, which are random.
        let crashed = matches!(self.end, End::Signal(_));
        self.end == other.end && self.out == other.out && (crashed || self.err == other.err)
    }
}

/// What a run wrote to standard error, without the backtrace that comes after a trap. The optimiser may merge a check with the trap
/// behind it, whose place in the module is then not known.
fn without_backtrace(text: &[u8]) -> Vec<u8> {
    let mut lines = text.split_inclusive(|&byte| byte == b'\n');
    let mut kept = Vec::new();
    for line in lines.by_ref() {
        kept.extend_from_slice(line);
        if line.starts_with(b"error: the program ") {
            break;
        }
    }
    lines
        .filter(|line| !line.starts_with(b"   "))
        .for_each(|line| kept.extend_from_slice(line));
    kept
}

/// The words that follow `transom bisect`, without options that `transom run` lacks. The last `program` ones are the file and the
/// program's own.
fn words_of_run(words: &[OsString], program: usize) -> Vec<OsString> {
    const OWN: &str = "--total-timeout";
    let command = words.iter().position(|word| word == "bisect");
    let words = &words[command.map_or(0, |command| command + 1)..];
    let (options, program) = words.split_at(words.len() - program);
    let mut left = Vec::new();
    let mut options = options.iter();
    while let Some(word) = options.next() {
        let text = word.to_string_lossy();
        match text.strip_prefix(OWN) {
            Some("") => drop(options.next()),
            Some(value) if value.starts_with('=') => {}
            _ => left.push(word.clone()),
        }
    }
    left.extend_from_slice(program);
    left
}

/// Runs of the same program.
struct Runs {
    command: PathBuf,
    /// The words of the command line that `transom run` has too.
    words: Vec<OsString>,
    /// How many of them, at the end, are the file and the program's own.
    program: usize,
    /// Copies of modules that can't be read again.
    copies: Copies,
    /// An option that is not among them, but every run gets.
    time: Option<&'static str>,
    bounds: Bounds,
    /// How many there were.
    count: u32,
}

impl Runs {
    fn new(args: &Run, words: &[OsString], copies: Copies) -> Result<Runs, Failure> {
        let command = std::env::current_exe()
            .map_err(|error| no_verdict(format!("cannot find this command's own file: {error}")))?;
        Ok(Runs {
            command,
            words: words_of_run(words, args.program.len()),
            program: args.program.len(),
            copies,
            time: args.limits.timeout.is_none().then_some(TIME.1),
            bounds: Bounds {
                time: args.limits.timeout.unwrap_or(TIME.0) + GRACE,
                ..Bounds::default()
            },
            count: 0,
        })
    }

    /// Runs the program with these functions optimised.
    fn run(&mut self, functions: &Range<u32>) -> Result<Observed, Failure> {
        self.count += 1;
        show_progress(format_args!(
            "run {}: functions {}",
            self.count,
            range_text(functions)
        ));
        let mut command = Command::new(&self.command);
        command.args(["run", "-O", &format!("functions={}", range_text(functions))]);
        command
            .args(self.time)
            .args(self.copies.replace(&self.words, self.program));
        let ended = process::run(&mut command, self.bounds);
        clear_progress();
        let ended = ended.map_err(|error| no_verdict(format!("cannot start this command again: {error}")))?;
        let end = match ended.end {
            End::Exit(code) if code == i32::from(TIMED_OUT) => End::Timeout,
            end => end,
        };
        Ok(Observed {
            end,
            out: ended.stdout,
            err: without_backtrace(&ended.stderr),
        })
    }

    /// A command line with the program's own words.
    fn line(&self, before: &str) -> String {
        let words = self.words.iter().map(|word| quoted(&word.to_string_lossy()));
        let words = words.collect::<Vec<_>>().join(" ");
        format!("  transom {before} {}\n", Escaped(words))
    }
}

/// Which run did not end, if that leaves no verdict: code that is not optimised may only be slow.
fn unending(optimised: &Observed, plain: &Observed) -> Option<&'static str> {
    match (optimised.end, plain.end) {
        (End::Timeout, End::Timeout) => Some("optimised"),
        (_, End::Timeout) => Some("unoptimised"),
        _ => None,
    }
}

/// What to do if optimisation makes no difference.
fn same(observed: &Observed, runs: &Runs) -> String {
    let mut text = "optimisation makes no difference: both runs end alike\n".to_owned();
    let _ = write!(text, "  {}", end_text(observed));
    let message = String::from_utf8_lossy(&observed.err);
    let _ = match message.lines().next() {
        Some(line) => writeln!(text, "; standard error: {}", shown(Some(line))),
        None => writeln!(text),
    };
    text += "try, for a result that is still wrong:\n";
    text += "  transom compare, with the same module: whether other engines agree\n";
    text += &runs.line("run --zeal");
    text += &runs.line("run --log debug");
    text
}

/// How the two runs differ.
fn differ(optimised: &Observed, plain: &Observed) -> String {
    let mut text = "optimisation makes a difference:\n".to_owned();
    let streams = [
        ("standard output", &optimised.out, &plain.out),
        ("standard error", &optimised.err, &plain.err),
    ];
    let part = streams
        .into_iter()
        .find_map(|(name, a, b)| Some((name, first_difference(a, b)?)));
    let (name, lines) = part.unwrap_or_default();
    for (title, observed, line) in [
        ("optimised", optimised, &lines.0),
        ("not optimised", plain, &lines.1),
    ] {
        let _ = write!(text, "  {title:14} {}", end_text(observed));
        let _ = match name {
            "" => writeln!(text),
            _ => writeln!(text, "; {name}: {line}"),
        };
    }
    let overflow =
        |observed: &Observed| String::from_utf8_lossy(&observed.err).contains("call stack exhausted");
    if overflow(optimised) != overflow(plain) {
        text += "The stack of one run is exhausted. Frames are larger without optimisation, so this need not be a bug.\n";
    }
    text
}

/// The first line on which two outputs part, of each.
fn first_difference(a: &[u8], b: &[u8]) -> Option<(String, String)> {
    let (a, b) = (String::from_utf8_lossy(a), String::from_utf8_lossy(b));
    let (mut a, mut b) = (a.lines(), b.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (a, b) if a == b => {}
            (a, b) => return Some((shown(a), shown(b))),
        }
    }
}

fn shown(line: Option<&str>) -> String {
    line.map_or_else(
        || "nothing more".to_owned(),
        |line| format!("`{}`", Escaped(line.chars().take(SHOWN).collect::<String>())),
    )
}

fn end_text(observed: &Observed) -> String {
    match observed.end {
        End::Exit(code) => format!("exit code {code}"),
        End::Signal(signal) => format!("signal {signal}"),
        End::Timeout => "no end in time".to_owned(),
    }
}

/// The functions that make the difference, and the commands that show their code.
fn culprits(found: &Range<u32>, modules: &[(PathBuf, ParsedModule)], runs: &Runs) -> String {
    let (range, last) = (range_text(found), found.end - 1);
    let mut text = match found.len() {
        1 => format!(
            "It comes with the optimisation of one function ({} runs):\n",
            runs.count
        ),
        _ => format!(
            "It comes with the optimisation of functions {range}, and needs the first and the last ({} runs):\n",
            runs.count
        ),
    };
    let ends = [found.start, last];
    for &index in &ends[usize::from(found.len() == 1)..] {
        for (file, module) in modules
            .iter()
            .filter(|(_, module)| module.functions().contains(&index))
        {
            let name = module
                .function_name(index)
                .map(|name| format!(" `{}`", Demangled(name)));
            let (name, file) = (name.unwrap_or_default(), Escaped(file.display()));
            let _ = writeln!(text, "  function {index}{name} of {file}");
        }
    }
    text += "Small functions that it calls may be compiled into it. Look at its code, optimised and not:\n";
    for (functions, folder) in [(&*range, "optimised"), ("0..0", "plain")] {
        let options = format!("run -O functions={functions} --emit {folder} --emit-function {last}");
        text += &runs.line(&options);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_the_words_of_the_command_but_for_its_own_options() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (line, program, left) in [
            ("transom bisect a.wat", 1, "a.wat"),
            ("transom --log off bisect --zeal a.wat 1", 2, "--zeal a.wat 1"),
            (
                "transom bisect --total-timeout 1s --env A a.wat",
                1,
                "--env A a.wat",
            ),
            (
                "transom bisect --total-timeout=1s a.wat --total-timeout 2",
                3,
                "a.wat --total-timeout 2",
            ),
        ] {
            assert_eq!(words_of_run(&words(line), program), words(left), "{line}");
        }
    }

    #[test]
    fn backtraces_are_left_out() {
        let text =
            "   before\nerror: the program trapped: unreachable\n   0: f at 0x24\n        f.c:3\ntry: this\n";
        let kept = "   before\nerror: the program trapped: unreachable\ntry: this\n";
        assert_eq!(without_backtrace(text.as_bytes()), kept.as_bytes());
        assert_eq!(without_backtrace(b"no end"), b"no end");
    }

    #[test]
    fn outputs_part_at_a_line() {
        let both = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(first_difference(b"a\nb\n", b"a\nb\n"), None);
        assert_eq!(first_difference(b"a\nb", b"a\n\x1bc"), both("`b`", "`\\u{1b}c`"));
        assert_eq!(first_difference(b"a\n", b"a\nb"), both("nothing more", "`b`"));
    }
}
