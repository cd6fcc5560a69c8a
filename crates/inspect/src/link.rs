//! Link checks: compares the imports of modules with the exports of other modules, without running code.

use crate::{Error, Result};
use serde::Serialize;
use std::fmt;
use transom::{Engine, Escaped, Fit, ParsedModule};

/// A module with the name that others import it by.
pub struct Named<'a> {
    /// That name.
    pub name: &'a str,
    /// Its binary.
    pub binary: &'a [u8],
}

/// An import, and the result of its check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Which module imports.
    pub importer: String,
    /// The import: the two names, and the type.
    pub module: String,
    /// The second name.
    pub name: String,
    /// The type of the import.
    #[serde(rename = "type")]
    pub ty: String,
    /// The result of the check.
    pub outcome: Outcome,
}

/// The result of the check of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The export has the type of the import.
    Exact,
    /// The export has another type, which matches.
    Subtype,
    /// The type of the export does not match; with the place where the types differ.
    Mismatch(String),
    /// That module exports nothing of the name.
    NoExport,
    /// There is no module of the name.
    NoModule,
}

impl Outcome {
    /// Whether an engine would link it.
    pub fn links(&self) -> bool {
        matches!(self, Outcome::Exact | Outcome::Subtype)
    }
}

/// Checks all imports of modules against the exports of the others.
///
/// # Errors
///
/// A module is not valid; the error names it.
pub fn link(engine: &Engine, modules: &[Named<'_>]) -> Result<Vec<Link>> {
    let mut parsed_modules = Vec::new();
    for module in modules {
        let parsed = ParsedModule::new(engine, module.binary);
        let invalid = |error: transom::Error| {
            Error::new(format!("`{}`: {}", Escaped(module.name), Error::from(&error)))
        };
        parsed_modules.push((module.name, parsed.map_err(invalid)?));
    }
    let mut links = Vec::new();
    for (importer, parsed) in &parsed_modules {
        let types = parsed.type_texts().imports();
        for ((position, import), ty) in parsed.imports().enumerate().zip(types) {
            let module = import.module();
            let given = parsed_modules.iter().find(|(name, _)| *name == module);
            let outcome = match given.map(|(_, given)| parsed.fit(position, given, import.name())) {
                None => Outcome::NoModule,
                Some(None) => Outcome::NoExport,
                Some(Some(Fit::Exact)) => Outcome::Exact,
                Some(Some(Fit::Subtype)) => Outcome::Subtype,
                Some(Some(Fit::Mismatch(explanation))) => Outcome::Mismatch(explanation),
            };
            links.push(Link {
                importer: (*importer).to_owned(),
                module: module.to_owned(),
                name: import.name().to_owned(),
                ty,
                outcome,
            });
        }
    }
    Ok(links)
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Link {
            importer,
            module,
            name,
            ty,
            outcome,
        } = self;
        let importer = Escaped(importer);
        write!(f, "{importer} imports {module:?} {name:?} {ty}: ")?;
        match outcome {
            Outcome::Exact => f.write_str("same type"),
            Outcome::Subtype => f.write_str("subtype"),
            Outcome::Mismatch(explanation) => write!(f, "DOES NOT MATCH\n    {explanation}"),
            Outcome::NoExport => write!(f, "MISSING: not exported by {module:?}"),
            Outcome::NoModule => f.write_str("MISSING: no module of this name"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn each_import_has_its_outcome() {
        let encode = |text: &str| Source::new("test", text).binary().expect("a module").into_owned();
        let library = encode(
            r#"(module
              (type $f (sub (func (result anyref)))) (type $g (sub $f (func (result eqref))))
              (func (export "exact") (type $f) (ref.null any))
              (func (export "below") (type $g) (ref.null eq))
              (func (export "other") (param i64)))"#,
        );
        let program = encode(
            r#"(module
              (type $f (sub (func (result anyref)))) (type $g (sub $f (func (result eqref))))
              (import "lib" "exact" (func (type $f))) (import "lib" "below" (func (type $f)))
              (import "lib" "other" (func (param i32))) (import "lib" "absent" (func))
              (import "env" "f" (func)))"#,
        );
        let modules = [
            Named {
                name: "lib",
                binary: &library,
            },
            Named {
                name: "main",
                binary: &program,
            },
        ];
        let links = link(&Engine::default(), &modules).expect("valid");
        let outcomes = links.iter().map(|link| &link.outcome).collect::<Vec<_>>();
        assert_eq!(
            (outcomes[0], outcomes[1], outcomes[3], outcomes[4]),
            (
                &Outcome::Exact,
                &Outcome::Subtype,
                &Outcome::NoExport,
                &Outcome::NoModule
            )
        );
        let text = links[2].to_string();
        assert!(
            text.contains("DOES NOT MATCH") && text.contains("i64") && text.contains("i32"),
            "{text}"
        );
        assert!(links[1].to_string().ends_with("subtype"));
    }
}
