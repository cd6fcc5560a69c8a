//! Options and commands that people know from `wasmtime`, `wasmer`, `wabt` and `wasm-tools`: they work, or one sentence says what there
//! is here.
//!
//! The words of the command line are rewritten before they are parsed, by the table in `rows`; so the rest of the command knows one
//! name for each thing.

mod rows;

use crate::args::{Cli, is_command};
use crate::failure::Failure;
use crate::lists;
use clap::CommandFactory;
use rows::{COMMANDS, Here, KEYS, OPTIONS};
use std::ffi::OsString;
use transom::Escaped;

/// The commands that take the options of a run.
const RUNS: [&str; 2] = ["run", "bisect"];

/// The words of a command line as this command has them. Words after the file are not touched.
///
/// # Errors
///
/// One of them has no meaning here.
pub fn translate(words: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let mut words = words.into_iter().peekable();
    let mut translated: Vec<OsString> = words.by_ref().take(1).collect();
    let Some(command) = words.next() else {
        return Ok(translated);
    };
    let name = command.to_string_lossy().into_owned();
    let both = words
        .peek()
        .map(|next| format!("{name} {}", next.to_string_lossy()));
    let row = |name: &str| COMMANDS.iter().find(|(known, _)| *known == name);
    let command = match (both.and_then(|both| row(&both)), row(&name)) {
        (Some((name, here)), _) => {
            words.next();
            self::command(name, *here)?
        }
        (None, Some((_, here))) if !is_command(&name) => self::command(&name, *here)?,
        _ => vec![command],
    };
    let runs = RUNS.iter().any(|run| command[0] == *run);
    translated.extend(command);
    if runs {
        options(&mut words, &mut translated)?;
    }
    translated.extend(words);
    Ok(translated)
}

fn command(name: &str, here: Here) -> Result<Vec<OsString>, Failure> {
    match here {
        Here::Words(command) => Ok(command.split(' ').map(OsString::from).collect()),
        Here::Instead(sentence) => Err(absent(&format!("`transom {name}`"), sentence)),
        Here::Anyway(_) | Here::Nothing => unreachable!("a command does something"),
    }
}

fn absent(what: &str, sentence: &str) -> Failure {
    Failure::new(format!("transom has no {what}")).hint(sentence.to_owned())
}

/// Translates options up to the file.
fn options(
    words: &mut impl Iterator<Item = OsString>,
    translated: &mut Vec<OsString>,
) -> Result<(), Failure> {
    let cli = Cli::command();
    let run = cli.find_subcommand("run").expect("there is a command `run`");
    while let Some(word) = words.next() {
        let Some(text) = word
            .to_str()
            .filter(|text| text.len() > 1 && text.starts_with('-'))
        else {
            // The file.
            translated.push(word);
            return Ok(());
        };
        if let Some((list, attached)) = list_of(text) {
            let settings = match attached {
                Some(attached) => attached.to_owned(),
                None => words.next().unwrap_or_default().to_string_lossy().into_owned(),
            };
            translated.extend(settings_of(list, &settings)?);
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if let Some((_, here)) = OPTIONS.iter().find(|(known, _)| *known == name) {
            let takes = matches!(here, Here::Words(form) if form.contains("{}"));
            let next = || words.next().map(|word| word.to_string_lossy().into_owned());
            let value = value.or_else(|| takes.then(next).flatten());
            translated.extend(words_of(name, *here, value.as_deref())?);
            continue;
        }
        let known = run.get_arguments().find(|arg| {
            arg.get_long()
                .is_some_and(|long| name.strip_prefix("--") == Some(long))
                || arg.get_short().is_some_and(|short| name == format!("-{short}"))
        });
        let takes = known.is_some_and(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set());
        translated.push(word.clone());
        if takes && value.is_none() {
            translated.extend(words.next());
        }
    }
    Ok(())
}

/// The list that a word names, and its settings if they are in the same word.
fn list_of(word: &str) -> Option<(char, Option<&str>)> {
    let long = [
        ("--wasm", 'W'),
        ("--wasm-features", 'W'),
        ("--optimize", 'O'),
        ("--codegen", 'C'),
        ("--debug", 'D'),
        ("--wasi", 'S'),
    ];
    for (name, list) in long {
        match word.strip_prefix(name) {
            Some("") => return Some((list, None)),
            Some(rest) if rest.starts_with('=') => return Some((list, Some(&rest[1..]))),
            _ => {}
        }
    }
    let list = word.strip_prefix('-')?.chars().next()?;
    let attached = &word[2..];
    let known = "WOCDS".contains(list);
    known.then_some((
        list,
        Some(attached.strip_prefix('=').unwrap_or(attached)).filter(|text| !text.is_empty()),
    ))
}

/// The words for the settings of a list.
fn settings_of(list: char, settings: &str) -> Result<Vec<OsString>, Failure> {
    let mut words = Vec::new();
    let mut own = Vec::new();
    for (key, value) in lists::settings(settings) {
        let is_row = |(of, known, _): &&(char, &str, Here)| {
            // A row that ends with a hyphen is for all keys that begin so.
            *of == list && (*known == key || known.ends_with('-') && key.starts_with(known))
        };
        match KEYS.iter().find(is_row) {
            Some((_, _, here)) => words.extend(words_of(&format!("-{list} {key}"), *here, value)?),
            None if "WO".contains(list) => own.push(match value {
                Some(value) => format!("{key}={value}"),
                None => key.to_owned(),
            }),
            None if key == "help" => return Err(help(list)),
            None => {
                let what = format!("unknown setting `{}` of -{list}", Escaped(key));
                return Err(
                    Failure::new(what).hint("`-W help` and `-O help` list the settings that there are")
                );
            }
        }
    }
    if !own.is_empty() {
        words.extend([format!("-{list}").into(), own.join(",").into()]);
    }
    Ok(words)
}

/// What the help of a list says that is there for habits only.
fn help(list: char) -> Failure {
    let rows = KEYS.iter().filter(|(of, ..)| *of == list);
    let lines = rows.map(|(_, key, here)| match here {
        Here::Words(words) => format!("  {key}: {words}"),
        Here::Anyway(value) => format!("  {key}: {value}, always"),
        Here::Nothing => format!("  {key}: no effect"),
        Here::Instead(sentence) => format!("  {key}: {sentence}"),
    });
    Failure::new(format!(
        "transom has no settings of -{list} of its own; those of wasmtime mean"
    ))
    .details(lines.collect::<Vec<_>>().join("\n"))
    .hint("`-W help` and `-O help` list the settings that there are")
}

/// The words for an option with its value.
fn words_of(name: &str, here: Here, value: Option<&str>) -> Result<Vec<OsString>, Failure> {
    let wrong = |what: String| Failure::new(format!("`{}`: {what}", Escaped(name)));
    match here {
        Here::Words(form) if form.contains("{}") => {
            let value = value.ok_or_else(|| wrong("expected a value".to_owned()))?;
            Ok(form
                .split(' ')
                .map(|word| word.replace("{}", value).into())
                .collect())
        }
        Here::Words(form) => match lists::switch(value).map_err(wrong)? {
            true => Ok(form.split(' ').map(OsString::from).collect()),
            false => Ok(negated(form)),
        },
        Here::Anyway(always) => {
            let same = match lists::switch(Some(always)) {
                Ok(on) => lists::switch(value) == Ok(on),
                Err(_) => value == Some(always),
            };
            let what = || wrong(format!("it is always {always} in transom"));
            same.then(Vec::new)
                .ok_or_else(|| what().hint("leave the setting out"))
        }
        Here::Nothing => Ok(Vec::new()),
        Here::Instead(sentence) => match lists::switch(value) {
            // What is not there is off.
            Ok(false) => Ok(Vec::new()),
            _ => Err(absent(&format!("`{}`", Escaped(name)), sentence)),
        },
    }
}

/// The words for what is off: a setting of a list, or none.
fn negated(form: &str) -> Vec<OsString> {
    match form.split_once(' ') {
        Some((list, key)) => vec![list.into(), format!("{key}=n").into()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
