//! The commands that read one module or component and print or convert it.

use crate::args::{Addr2line, Link, Objdump, Parse, Print, Roundtrip, Stats, Strip};
use crate::failure::Failure;
use crate::input;
use crate::output::{is_terminal, say, say_bytes};
use std::fmt::Display;
use std::path::Path;
use transom::{Config, Engine, Escaped};
use transom_compare::roundtrip;
use transom_inspect::addresses::{self, Base};
use transom_inspect::component::{self, Interface};
use transom_inspect::link::{self, Named};
use transom_inspect::{Source, inspect, metadata, nested, objdump, print, stats, strip};

/// `transom parse`
pub fn parse(args: &Parse) -> Result<u8, Failure> {
    let source = input::read(&args.conversion.file)?;
    let binary = match input::component(&source)? {
        Some(component) => component,
        None => source.binary().map_err(|error| input::wrong(&source, &error))?,
    };
    write_binary(args.conversion.output.as_deref(), &binary)
}

/// `transom print`
pub fn print(args: &Print) -> Result<u8, Failure> {
    let how = print::Print {
        skeleton: args.skeleton,
        offsets: args.offsets,
        folded: args.folded,
        names: args.names,
    };
    let mut text = String::new();
    let source = input::read(&args.conversion.file)?;
    let wrong = |error| input::wrong(&source, &error);
    let printed = match input::component(&source)? {
        Some(binary) => print::print_to(&mut text, &binary, &how).map_err(wrong),
        None => ask_source(&source, |binary| print::print_to(&mut text, binary, &how)),
    };
    // What comes before a broken place is worth having.
    if printed.is_ok() || !text.is_empty() {
        write(args.conversion.output.as_deref(), text.as_bytes())?;
    }
    printed.map(|()| 0)
}

/// `transom stats`
pub fn stats(args: &Stats) -> Result<u8, Failure> {
    let source = input::read(&args.file)?;
    if let Some(binary) = input::component(&source)? {
        let stats = stats::component_stats(&binary).map_err(|error| input::wrong(&source, &error))?;
        return tell(args.json, &stats);
    }
    let stats = ask_source(&source, stats::stats)?;
    tell(args.json, &stats)
}

/// `transom inspect`
pub fn inspect(args: &Stats) -> Result<u8, Failure> {
    let engine = everything()?;
    let source = input::read(&args.file)?;
    if let Some(interface) = interface(&engine, &source)? {
        return tell(args.json, &interface);
    }
    let seen = ask_source(&source, |binary| inspect::inspect(&engine, binary))?;
    tell(args.json, &seen)
}

/// The interface of a component whose modules have the features of an engine; `None` if what was read is anything else.
pub fn interface(engine: &Engine, source: &Source) -> Result<Option<Interface>, Failure> {
    let wrong = |error| input::wrong(source, &error);
    let Some(binary) = input::component(source)? else {
        return Ok(None);
    };
    component::validate(&binary, engine.get_wasm_features()).map_err(wrong)?;
    component::interface(&binary).map_err(wrong).map(Some)
}

/// An engine with all features, because these commands do not run modules.
pub fn everything() -> Result<Engine, Failure> {
    Ok(Engine::new(
        Config::new()
            .wasm_custom_page_sizes(true)
            .wasm_legacy_exceptions(true),
    )?)
}

/// `transom objdump`
pub fn objdump(args: &Objdump) -> Result<u8, Failure> {
    let source = input::read(&args.file)?;
    let mut text = String::new();
    if let Some(binary) = input::component(&source)? {
        sections_alone(args, &source)?;
        let listed = nested::table(&mut text, &binary, args.section.as_deref());
        say(text)?;
        return listed.map(|()| 0).map_err(|error| input::wrong(&source, &error));
    }
    let nothing = !(args.details || args.reloc || args.disassemble || args.contents);
    let what = objdump::Objdump {
        headers: args.headers || nothing,
        details: args.details,
        relocations: args.reloc,
        disassemble: args.disassemble,
        contents: args.contents,
        section: args.section.clone(),
    };
    let dumped = ask_source(&source, |binary| objdump::objdump(&mut text, binary, &what));
    say(text)?;
    dumped.map(|()| 0)
}

/// Fails if more than the sections of a component are asked for.
fn sections_alone(args: &Objdump, source: &Source) -> Result<(), Failure> {
    let options = [
        (args.details, "--details"),
        (args.reloc, "--reloc"),
        (args.disassemble, "--disassemble"),
        (args.contents, "--contents"),
    ];
    match options.iter().find(|(is_asked, _)| *is_asked) {
        None => Ok(()),
        Some((_, option)) => {
            let what = format!(
                "{} is a component, and `{option}` takes modules only",
                source.name()
            );
            let hint = "print the text with offsets: transom print --offsets FILE; list all sections: transom objdump FILE";
            Err(Failure::new(what).hint(hint))
        }
    }
}

/// `transom metadata`
pub fn metadata(args: &Stats) -> Result<u8, Failure> {
    let source = input::read(&args.file)?;
    if let Some(binary) = input::component(&source)? {
        let parts = metadata::component_metadata(&binary).map_err(|error| input::wrong(&source, &error))?;
        if parts.is_empty() && !args.json {
            say("the component has no metadata\n")?;
        }
        return tell_all(args.json, &parts).map(|()| 0);
    }
    let metadata = ask_source(&source, metadata::metadata)?;
    tell(args.json, &metadata)
}

/// `transom addr2line`
pub fn addr2line(args: &Addr2line) -> Result<u8, Failure> {
    let engine = everything()?;
    let base = match args.code_section_relative {
        true => Base::CodeSection,
        false => Base::Module,
    };
    let source = input::read(&args.file)?;
    input::module_only(&source, |name| {
        format!(
            "look for the address in a core module of the component; list their places: transom objdump {name}"
        )
    })?;
    let found = ask_source(&source, |binary| {
        addresses::locate(&engine, binary, &args.addresses, base)
    })?;
    tell_all(args.json, &found)?;
    Ok(u8::from(found.iter().any(|location| location.function.is_none())))
}

/// `transom link`
pub fn link(args: &Link) -> Result<u8, Failure> {
    let engine = everything()?;
    let (mut modules, mut components) = (Vec::new(), Vec::new());
    for file in &args.files {
        let (name, path) = named(file);
        let source = input::read(path)?;
        match input::component(&source)? {
            Some(binary) => components.push((name, binary.into_owned())),
            None => modules.push((name, ask_source(&source, |binary| Ok(binary.to_vec()))?)),
        }
    }
    if let (Some((module, _)), Some((component, _))) = (modules.first(), components.first()) {
        let (module, component) = (Escaped(module), Escaped(component));
        let what = format!(
            "`{module}` is a core module, and `{component}` a component: neither imports from the other"
        );
        return Err(Failure::new(what).hint("check modules and components apart"));
    }
    if !components.is_empty() {
        let mut links = link::link_components(&engine, &with_names(&components))?;
        links.retain(|link| !args.host.contains(&link.import[0]));
        tell_all(args.json, &links)?;
        return Ok(u8::from(links.iter().any(|link| !link.links())));
    }
    let mut links = link::link(&engine, &with_names(&modules))?;
    links.retain(|link| !args.host.contains(&link.module));
    tell_all(args.json, &links)?;
    Ok(u8::from(links.iter().any(|link| !link.outcome.links())))
}

/// Binaries with the names that others import them by.
fn with_names(files: &[(String, Vec<u8>)]) -> Vec<Named<'_>> {
    let named = files.iter().map(|(name, binary)| Named { name, binary });
    named.collect()
}

/// A file with the name of its module: `NAME=FILE`, or the file's name without its extension.
pub fn named(word: &str) -> (String, &Path) {
    match word.split_once('=') {
        Some((name, path)) => (name.to_owned(), Path::new(path)),
        None => (stem(Path::new(word)), Path::new(word)),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// `transom roundtrip`
pub fn roundtrip(args: &Roundtrip) -> Result<u8, Failure> {
    let source = input::read(&args.text)?;
    let binary = args
        .binary
        .as_ref()
        .map(|path| ask(path, |binary| Ok(binary.to_vec())));
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("cannot create a temporary folder: {error}")))?;
    let checks = roundtrip::roundtrip(&source, binary.transpose()?.as_deref(), folder.path())
        .map_err(|error| input::wrong(&source, &error))?;
    tell_all(args.json, &checks)?;
    let differ = checks
        .iter()
        .any(|check| check.failed.is_none() && !check.agrees());
    let failed = checks.iter().any(|check| check.failed.is_some());
    Ok(if differ { 1 } else { 2 * u8::from(failed) })
}

/// `transom strip`
pub fn strip(args: &Strip) -> Result<u8, Failure> {
    let what = strip::Strip {
        only: args.only.clone(),
        keep: args.keep.clone(),
    };
    let source = input::read(&args.conversion.file)?;
    let stripped = match input::component(&source)? {
        Some(binary) => {
            strip::strip_component(&binary, &what).map_err(|error| input::wrong(&source, &error))?
        }
        None => ask_source(&source, |binary| strip::strip(binary, &what))?,
    };
    write_binary(args.conversion.output.as_deref(), &stripped)
}

/// What is known of a file's module.
fn ask<R>(file: &Path, question: impl FnOnce(&[u8]) -> transom_inspect::Result<R>) -> Result<R, Failure> {
    ask_source(&input::read(file)?, question)
}

/// The same of a file that was read.
fn ask_source<R>(
    source: &Source,
    question: impl FnOnce(&[u8]) -> transom_inspect::Result<R>,
) -> Result<R, Failure> {
    let wrong = |error| input::wrong(source, &error);
    let binary = source.binary().map_err(wrong)?;
    question(&binary).map_err(|error| wrong(source.refused(&binary, error)))
}

/// Says what is known, for people or for programs.
pub fn tell(as_json: bool, data: &(impl serde::Serialize + Display)) -> Result<u8, Failure> {
    match as_json {
        true => say(json(data)),
        false => say(data),
    }
    .map(|()| 0)
}

/// The same of a list, whose rows people read line by line.
fn tell_all(as_json: bool, rows: &[impl serde::Serialize + Display]) -> Result<(), Failure> {
    match as_json {
        true => say(json(&rows)),
        false => rows.iter().try_for_each(|row| say(format_args!("{row}\n"))),
    }
}

/// The JSON text of plain data, with an end of line.
pub fn json(data: &impl serde::Serialize) -> String {
    plain(&serde_json::to_string_pretty(data).expect("plain data can be written"))
}

/// The same in one line.
pub fn compact_json(data: &impl serde::Serialize) -> String {
    plain(&serde_json::to_string(data).expect("plain data can be written"))
}

/// A JSON text whose strings contain no control characters, with an end of line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Control characters are within strings. The output would escape them in a way that JSON does not have.
        match c != '\n' && Escaped(c).is_escape() {
            true => out += &format!("\\u{:04x}", c as u32),
            false => out.push(c),
        }
    }
    out + "\n"
}

/// Writes a binary, but not to a terminal.
pub fn write_binary(output: Option<&Path>, binary: &[u8]) -> Result<u8, Failure> {
    if output.is_none() && is_terminal() {
        let failure = Failure::new("a binary module is not written to a terminal");
        return Err(failure.hint("write to a file: -o FILE"));
    }
    write(output, binary)
}

/// Writes what became of a module to the file that was named, or to standard output.
fn write(output: Option<&Path>, bytes: &[u8]) -> Result<u8, Failure> {
    match output {
        Some(path) => write_file(path, bytes)?,
        None => say_bytes(bytes)?,
    }
    Ok(0)
}

/// Writes a file.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", Escaped(path.display()))))
}
