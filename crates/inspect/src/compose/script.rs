//! Compositions in the language WAC.

use super::parts::{Part, chain, check_parts, encoded, options};
use crate::{Error, Place, Result};
use miette::{Diagnostic, LabeledSpan, SourceSpan};
use std::collections::HashSet;
use transom::Escaped;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;
use wac_parser::lexer::{Lexer, Token};
use wac_parser::resolution::Error as ResolutionError;
use wasmparser::WasmFeatures;

/// Brackets nest no deeper: the parser calls itself for each.
const MOST_NESTED: usize = 200;

/// The component that a composition in the language WAC describes. The name of a component is that of a package of the script,
/// `namespace:name`, whatever version the script asks for, or `namespace:name@version`. Nothing else is read.
///
/// # Errors
///
/// The script is malformed, or names what is not there, and the error has the place; a component is invalid, has a name that another one has,
/// or is not used; or the result is invalid.
pub fn script(text: &str, packages: &[Part<'_>], features: WasmFeatures) -> Result<Vec<u8>> {
    let references = references(text)?;
    check_names(packages, &references)?;
    check_parts(packages, features)?;
    encoded(features, || {
        let document = Document::parse(text).map_err(|error| diagnosis(text, &error))?;
        let mut versions = Vec::new();
        for reference in &references {
            if let Some(part) = part(packages, reference) {
                let version = reference.version.map(str::parse);
                // The parser has refused what is no version.
                versions.extend(
                    version
                        .transpose()
                        .ok()
                        .map(|version| (reference.name, version, part)),
                );
            }
        }
        let keyed = versions.iter().map(|(name, version, part)| {
            let key = BorrowedPackageKey::from_name_and_version(name, version.as_ref());
            (key, part.binary.to_vec())
        });
        let resolution = document
            .resolve(keyed.collect())
            .map_err(|error| unresolved(text, &error))?;
        let composed = resolution.encode(options());
        composed.map_err(|error| unresolved(text, &error))
    })
}

/// The most types, interfaces and worlds that a script declares: WAC's tools call themselves for each that another one stands on.
const MOST_DECLARED: usize = 1_000;

/// A package that a script names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Reference<'a> {
    name: &'a str,
    version: Option<&'a str>,
}

/// The packages that a script names, in its order; the first is that of the script itself.
fn references(text: &str) -> Result<Vec<Reference<'_>>> {
    let malformed = |error: String, span: SourceSpan| Error::new(error).at(place(text, span));
    let mut lexer = Lexer::new(text).map_err(|(error, span)| malformed(error.to_string(), span))?;
    let (mut references, mut seen) = (Vec::new(), HashSet::new());
    let (mut nested, mut declared) = (0_usize, 0);
    while let Some((token, span)) = lexer.next() {
        // The parser says what is wrong, and where.
        let Ok(token) = token else { break };
        match token {
            Token::PackageName | Token::PackagePath => {
                let reference = reference(lexer.source(span));
                if seen.insert(reference) {
                    references.push(reference);
                }
            }
            Token::OpenParen | Token::OpenBrace | Token::OpenAngle | Token::OpenBracket => nested += 1,
            Token::CloseParen | Token::CloseBrace | Token::CloseAngle | Token::CloseBracket => {
                nested = nested.saturating_sub(1);
            }
            token if declares(token) => declared += 1,
            _ => {}
        }
        if nested > MOST_NESTED {
            return Err(malformed(
                format!("brackets nest more than {MOST_NESTED} deep"),
                span,
            ));
        }
        if declared > MOST_DECLARED {
            let what = format!("a script declares at most {MOST_DECLARED} types, interfaces and worlds");
            return Err(malformed(what, span));
        }
    }
    Ok(references)
}

/// The package of its name, or of a path in it.
fn reference(text: &str) -> Reference<'_> {
    let (path, version) = match text.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (text, None),
    };
    let name = path.split('/').next().unwrap_or(path);
    Reference { name, version }
}

/// Whether a declaration begins with it.
fn declares(token: Token) -> bool {
    matches!(
        token,
        Token::TypeKeyword
            | Token::RecordKeyword
            | Token::VariantKeyword
            | Token::EnumKeyword
            | Token::FlagsKeyword
            | Token::ResourceKeyword
            | Token::InterfaceKeyword
            | Token::WorldKeyword
            | Token::UseKeyword
            | Token::IncludeKeyword
    )
}

/// The component for a package.
fn part<'a>(packages: &'a [Part<'a>], reference: &Reference<'_>) -> Option<&'a Part<'a>> {
    let exact = reference.version.and_then(|version| {
        let name = Some((reference.name, version));
        packages.iter().find(|part| part.name.split_once('@') == name)
    });
    exact.or_else(|| packages.iter().find(|part| part.name == reference.name))
}

/// Fails for a component whose name is not unique, or not used.
fn check_names(packages: &[Part<'_>], references: &[Reference<'_>]) -> Result<()> {
    for (position, package) in packages.iter().enumerate() {
        let name = Escaped(package.name);
        if packages[..position]
            .iter()
            .any(|other| other.name == package.name)
        {
            let what = format!("two components are given for the package `{name}`");
            return Err(Error::new(what).remedy("leave out one of them"));
        }
        // The first is the script's own.
        let rest = references.get(1..).unwrap_or_default();
        let is_used = |reference: &Reference<'_>| {
            part(packages, reference).is_some_and(|part| part.name == package.name)
        };
        if !rest.iter().any(is_used) {
            let mut named: Vec<&str> = Vec::new();
            for reference in rest {
                if !named.contains(&reference.name) {
                    named.push(reference.name);
                }
            }
            let named = match &named[..] {
                [] => "no package".to_owned(),
                named => Escaped(named.join(", ")).to_string(),
            };
            let what = format!("the script does not use the package `{name}`; it names {named}");
            return Err(Error::new(what).remedy("leave it out, or correct its name"));
        }
    }
    Ok(())
}

/// The error of a script whose names or types are wrong.
fn unresolved(text: &str, error: &ResolutionError) -> Error {
    let diagnosis = diagnosis(text, error);
    match error {
        ResolutionError::UnknownPackage { name, .. } => diagnosis.remedy(format!(
            "name the file of its component: --dep {}=FILE",
            Escaped(name)
        )),
        ResolutionError::MissingInstantiationArg { .. } => {
            diagnosis.remedy("let the composition import what is missing: end the arguments with `...`")
        }
        _ => diagnosis,
    }
}

/// An error of WAC's tools with its place, and further places in its message.
fn diagnosis(text: &str, error: &impl Diagnostic) -> Error {
    let mut message = chain(error);
    let labels: Vec<LabeledSpan> = error.labels().into_iter().flatten().collect();
    let main = labels.iter().position(LabeledSpan::primary).unwrap_or(0);
    for (_, other) in labels
        .iter()
        .enumerate()
        .filter(|(position, _)| *position != main)
    {
        let place = place(text, *other.inner());
        message += &format!("; {}: {place}", other.label().unwrap_or("see also"));
    }
    if let Some(help) = error.help() {
        message += &format!("; {help}");
    }
    let error = Error::new(message);
    match labels.get(main) {
        Some(label) => error.at(place(text, *label.inner())),
        None => error,
    }
}

/// The place of the first byte of a span.
fn place(text: &str, span: SourceSpan) -> Place {
    let before = text.get(..span.offset()).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or(before);
    Place::Line {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}
