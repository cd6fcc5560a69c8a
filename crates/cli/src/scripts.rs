//! `transom wast`: runs scripts, and reports the result of each. `transom json-from-wast` converts a script.

use crate::args::{JsonFromWast, Wast};
use crate::failure::Failure;
use crate::output::{note, say};
use crate::{engine, input, modules, optimize};
use std::path::Path;
use transom::{Engine, Escaped};
use transom_inspect::script::convert;
use transom_inspect::{Error, Place, Source};
use transom_wast::{Note, Outcome, Runner, ScriptError, Settings, Verdict};

/// How many directives passed, failed, and were not understood.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    unsupported: usize,
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Pass => self.passed += 1,
            Verdict::Fail(_) => self.failed += 1,
            Verdict::Unsupported(_) => self.unsupported += 1,
        }
    }

    fn text(&self) -> String {
        let Tally {
            passed,
            failed,
            unsupported,
        } = self;
        let directives = passed + failed + unsupported;
        let mut text = format!("{directives} directives, {passed} passed, {failed} failed");
        if *unsupported > 0 {
            text += &format!(", {unsupported} unsupported");
        }
        text
    }
}

/// Runs each script; the exit code is 1 if a directive of one of them failed, or could not be run.
pub fn run(args: &Wast) -> Result<u8, Failure> {
    if optimize::asks_for_help(&args.codegen.optimize) {
        say(optimize::help())?;
        return Ok(0);
    }
    let usual = engine(args, &Settings::default())?;
    let mut total = Tally::default();
    let mut unread = false;
    for file in &args.files {
        match script(args, &usual, file) {
            Ok(outcomes) => print_outcomes(file, &outcomes, &mut total)?,
            Err(failure) => {
                failure.report();
                unread = true;
            }
        }
    }
    if args.files.len() > 1 {
        say(format_args!("{} files: {}\n", args.files.len(), total.text()))?;
    }
    Ok(u8::from(unread || total.failed + total.unsupported > 0))
}

/// An engine for scripts, with the settings of one.
fn engine(args: &Wast, settings: &Settings) -> Result<Engine, Failure> {
    let mut config = transom_wast::config();
    settings.configure(&mut config);
    engine::codegen(&mut config, &args.codegen);
    Ok(Engine::new(&config)?)
}

/// The text of a script.
fn text_of(source: &Source) -> Result<&str, Failure> {
    // The name is escaped already.
    std::str::from_utf8(source.bytes())
        .map_err(|_| Failure::new(format!("`{}` is not UTF-8 text", source.name())))
}

fn script(args: &Wast, usual: &Engine, path: &Path) -> Result<Vec<Outcome>, Failure> {
    let source = input::read(path)?;
    let text = text_of(&source)?;
    let at = |error: ScriptError| {
        let place = Place::Line {
            line: error.line,
            column: error.column,
        };
        input::wrong(&source, &Error::new(error.message).at(place))
    };
    let settings = Settings::of(text).map_err(at)?;
    for Note { line, message } in settings.notes() {
        note(format_args!(
            "{}:{line}: note: {message}\n",
            Escaped(path.display())
        ))?;
    }
    let engine = match settings.is_empty() {
        true => usual.clone(),
        false => engine(args, &settings).map_err(|failure| failure.of(path))?,
    };
    let mut runner = Runner::new(&engine)?.strict_names(args.strict_names);
    runner.run(text).map_err(at)
}

/// Writes a script as JSON, and its modules as files.
pub fn json(args: &JsonFromWast) -> Result<u8, Failure> {
    let source = input::read(&args.script)?;
    let text = text_of(&source)?;
    let stem = args.script.file_stem().map(|stem| stem.to_string_lossy());
    let stem = stem.filter(|stem| stem != "-").unwrap_or("script".into());
    let name = args.script.to_string_lossy();
    let script = convert(text, &name, &stem).map_err(|error| input::wrong(&source, &error))?;
    let beside = args.output.as_ref().and_then(|output| output.parent());
    let folder = args.wasm_dir.as_deref().or(beside).unwrap_or(Path::new(""));
    if folder != Path::new("") {
        std::fs::create_dir_all(folder).map_err(|error| {
            let folder = Escaped(folder.display());
            Failure::new(format!("cannot create the folder `{folder}`: {error}"))
        })?;
    }
    for file in &script.files {
        modules::write_file(&folder.join(&file.name), &file.bytes)?;
    }
    let json = match args.pretty {
        true => modules::json(&script),
        false => modules::compact_json(&script),
    };
    match &args.output {
        Some(output) => modules::write_file(output, json.as_bytes())?,
        None => say(json)?,
    }
    Ok(0)
}

/// Prints the first failure of a file and the first directive that could not be run, and how many there are.
fn print_outcomes(path: &Path, outcomes: &[Outcome], total: &mut Tally) -> Result<(), Failure> {
    let path = Escaped(path.display());
    let mut tally = Tally::default();
    for outcome in outcomes {
        tally.count(&outcome.verdict);
        total.count(&outcome.verdict);
        let is_first = match &outcome.verdict {
            Verdict::Pass => false,
            Verdict::Fail(_) => tally.failed == 1,
            Verdict::Unsupported(_) => tally.unsupported == 1,
        };
        if is_first {
            let Outcome {
                line,
                column,
                kind,
                verdict,
            } = outcome;
            say(format_args!("{path}:{line}:{column}: {kind}: {verdict}\n"))?;
        }
    }
    say(format_args!("{path}: {}\n", tally.text()))
}
