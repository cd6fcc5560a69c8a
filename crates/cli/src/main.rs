//! The command `transom`: runs WebAssembly programs and the specification's scripts, and analyses modules.
//!
//! It is a client of the public API like any other. Every failure is worded in [`report`], and what a failure means for
//! the exit code is decided there as well.
#![deny(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod bisect;
mod cache;
mod call;
mod compare;
mod completion;
mod components;
mod dependencies;
mod emission;
mod ending;
mod engine;
mod entry;
mod failure;
mod features;
mod functions;
mod habits;
mod input;
mod linker;
mod lists;
mod logging;
mod modules;
mod optimize;
mod output;
mod precompiled;
mod profile;
mod progress;
mod report;
mod run;
mod scripts;
mod statistics;
mod timeout;
mod validate;
mod values;
mod words;
mod world;

use args::{Cli, Command};
use clap::Parser;
use failure::Failure;
use std::backtrace::BacktraceStatus;
use std::ffi::OsString;
use std::process::ExitCode;
use transom::Escaped;

fn main() -> ExitCode {
    // A panic's message may quote names as any other one does.
    std::panic::set_hook(Box::new(|panic| {
        if transom_inspect::is_guarded() {
            return;
        }
        let trace = std::backtrace::Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| format!("{trace}\n"));
        output::complain(format_args!("{panic}\n{}", trace.unwrap_or_default()));
    }));
    let words = match habits::translate(words::words()) {
        Ok(words) => words,
        Err(failure) => return failure.report(),
    };
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(_) if logging::asks_for_help(&words) => return shown(output::say(logging::help())),
        Err(error) => return not_parsed(&escaped(&words).unwrap_or(error)),
    };
    if let Some(limit) = cli.time()
        && let Err(failure) = timeout::watch(limit)
    {
        return failure.report();
    }
    match logging::start(&cli.log) {
        Ok(true) => {}
        Ok(false) => return shown(output::say(logging::help())),
        Err(failure) => return failure.report(),
    }
    let logs = !cli.log.is_empty();
    let done = match cli.command {
        Command::Run(run) => run::run(&run),
        Command::Wast(wast) => scripts::run(&wast),
        Command::JsonFromWast(script) => scripts::json(&script),
        Command::Validate(validate) => validate::run(&validate),
        Command::Inspect(inspect) => modules::inspect(&inspect),
        Command::Objdump(objdump) => modules::objdump(&objdump),
        Command::Metadata(metadata) => modules::metadata(&metadata),
        Command::Addr2line(addr2line) => modules::addr2line(&addr2line),
        Command::Link(link) => modules::link(&link),
        Command::Roundtrip(roundtrip) => modules::roundtrip(&roundtrip),
        Command::Compare(compare) => compare::compare(&compare).map_err(not_compared),
        Command::Bisect(bisect) => bisect::run(&bisect, &words, logs).map_err(not_compared),
        Command::Reduce(reduce) => compare::reduce(&reduce),
        Command::Report(report) => compare::report(&report).map_err(not_compared),
        Command::Parse(parse) => modules::parse(&parse),
        Command::Print(print) => modules::print(&print),
        Command::Stats(stats) => modules::stats(&stats),
        Command::Strip(strip) => modules::strip(&strip),
        Command::Component(command) => components::run(&command),
        Command::Compile(precompile) => precompiled::compile(&precompile),
        Command::Cache(command) => cache::run(&command),
        Command::Completion(completion) => completion::run(&completion),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}

/// The exit code after help was printed.
fn shown(printed: Result<(), Failure>) -> ExitCode {
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The parser's message for the same words without control characters: the message quotes them, and a file name from a
/// shell pattern can hold any character.
fn escaped(words: &[OsString]) -> Option<clap::Error> {
    let words = words.iter().map(|word| Escaped(word.display()).to_string());
    Cli::try_parse_from(words).err()
}

/// Prints the message of the command line's parser: an error, the help or the version.
fn not_parsed(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if !error.use_stderr() {
        return shown(output::say_help(&text));
    }
    let text = text.to_string();
    match text.strip_prefix("error: ") {
        Some(what) => output::complain_with(output::Label::Error, what.trim_end()),
        None => output::complain(&text),
    }
    let compares = std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == "compare" || word == "report" || word == "bisect");
    ExitCode::from(if compares { compare::NOT_COMPARED } else { 1 })
}

/// A failure with an exit code that does not mean a divergence.
fn not_compared(failure: Failure) -> Failure {
    match failure.code {
        1 => failure.code(compare::NOT_COMPARED),
        _ => failure,
    }
}
