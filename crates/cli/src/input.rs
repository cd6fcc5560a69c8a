//! Reading modules: binary or text, from files or from standard input.

use crate::failure::Failure;
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use transom::component::Component;
use transom::{Engine, Escaped, ModuleFile, ParsedModule, read_bounded, read_bounded_file};
use transom_inspect::{Error, Source};

/// The contents of a file, or of standard input if the name is `-`.
pub fn read(path: &Path) -> Result<Source, Failure> {
    let read = match is_stdin(path) {
        true => read_bounded(io::stdin().lock()),
        false => File::open(path).and_then(read_bounded_file),
    };
    let bytes = read.map_err(|error| unreadable(path, &error))?;
    let name = if is_stdin(path) {
        "standard input".into()
    } else {
        Escaped(path.display()).to_string()
    };
    Ok(Source::new(name, bytes))
}

/// The contents of a file, or of standard input if the name is `-`, and the file as it was read for an engine.
pub fn read_for(engine: &Engine, path: &Path) -> Result<(Source, Option<ModuleFile>), Failure> {
    if is_stdin(path) {
        return Ok((read(path)?, None));
    }
    let file = File::open(path).and_then(|file| ModuleFile::read(engine, file));
    let file = file.map_err(|error| unreadable(path, &error))?;
    let source = Source::shared(Escaped(path.display()).to_string(), file.bytes().clone());
    Ok((source, Some(file)))
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("cannot read `{}`: {error}", Escaped(path.display())));
    failure.hint("check the path; options of transom come before the file")
}

/// The module in a file, or a failure with the place of the error. The file is read once, so it can be a pipe.
pub fn parsed_module(engine: &Engine, path: &Path) -> Result<ParsedModule, Failure> {
    let (source, file) = read_for(engine, path)?;
    parse_read(engine, &source, file)
}

/// The module that was read, or a failure with the place of the error.
pub fn parse(engine: &Engine, source: &Source) -> Result<ParsedModule, Failure> {
    parse_read(engine, source, None)
}

/// The same, of what [`read_for`] gave.
pub fn parse_read(
    engine: &Engine,
    source: &Source,
    file: Option<ModuleFile>,
) -> Result<ParsedModule, Failure> {
    let binary = source.shared_binary().map_err(|error| wrong(source, &error))?;
    let parsed = match file.filter(|file| Arc::ptr_eq(file.bytes(), &binary)) {
        Some(file) => file.parse(),
        None => ParsedModule::from_binary(engine, binary.clone()),
    };
    parsed.map_err(|error| invalid(source, &binary, &error))
}

/// The binary form of a component; `None` if what was read is anything else.
pub fn component(source: &Source) -> Result<Option<Cow<'_, [u8]>>, Failure> {
    source.component().map_err(|error| wrong(source, &error))
}

/// Fails if the file is a component, and says what to do with one instead.
pub fn module_only(source: &Source, remedy: impl FnOnce(&str) -> String) -> Result<(), Failure> {
    if component(source)?.is_none() {
        return Ok(());
    }
    let name = source.name();
    let what = format!("{name}: the file is a component; this command takes modules only");
    Err(Failure::new(what).hint(remedy(name)))
}

/// The component that was read; `None` if that is anything else. Which function of which module an error is in is not looked for.
pub fn component_of(engine: &Engine, source: &Source) -> Result<Option<Component>, Failure> {
    let Some(binary) = component(source)? else {
        return Ok(None);
    };
    let read = Component::from_binary(engine, &binary);
    // Only the check of tools says which feature is missing.
    let explain = |error| match transom_inspect::component::validate(&binary, engine.get_wasm_features()) {
        Err(error) => wrong(source, &error),
        Ok(()) => Failure::new(format!("{}: {error:#}", source.name())),
    };
    read.map(Some).map_err(|error: transom::Error| explain(error))
}

/// The failure of a module that an engine refused: with its line if it was written as text, else with its offset.
pub fn invalid(source: &Source, binary: &[u8], error: &transom::Error) -> Failure {
    wrong(source, &source.refused(binary, error.into()))
}

/// The failure of a file with an error.
pub fn wrong(source: &Source, error: &Error) -> Failure {
    let failure = Failure::new(match error.place {
        Some(place) => format!("{}:{place}: {}", source.name(), error.message),
        None => format!("{}: {}", source.name(), error.message),
    });
    let failure = failure.details(
        source
            .excerpt(error.place)
            .unwrap_or_else(|| error.details.clone()),
    );
    match &error.remedy {
        Some(remedy) => failure.hint(remedy.clone()),
        None => failure,
    }
}
