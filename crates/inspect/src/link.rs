//! Link checks: compares the imports of modules with the exports of other modules, or those of components with those of components,
//! without running code.

use crate::{Error, Result};
use serde::Serialize;
use std::fmt;
use transom::component::types::{ComponentExtern, ComponentItem};
use transom::component::{Component, LinkProblem, Linker};
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

/// An import of a component, or a part of an instance that it imports, and the result of its check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentLink {
    /// Which component imports.
    pub importer: String,
    /// The name of the import; of a part of an instance, the names of both.
    pub import: Vec<String>,
    /// The type.
    #[serde(rename = "type")]
    pub ty: String,
    /// The component that exports it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Why the type of the export does not match, if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<String>,
}

impl ComponentLink {
    /// Whether an engine would link it.
    pub fn links(&self) -> bool {
        self.provider.is_some() && self.mismatch.is_none()
    }
}

/// Checks all imports of components against the exports of the others. As at run time, a component can import what those before it
/// export; the order is that of their needs, else that of the list.
///
/// # Errors
///
/// A component is not valid, or exports a name that another exports; the error names it.
pub fn link_components(engine: &Engine, components: &[Named<'_>]) -> Result<Vec<ComponentLink>> {
    let in_component = |name: &str, error: transom::Error| {
        Error::new(format!("`{}`: {}", Escaped(name), Error::from(&error)))
    };
    let mut linker = Linker::<()>::new(engine);
    let mut waiting = Vec::new();
    for (position, Named { name, binary }) in components.iter().enumerate() {
        let read = Component::from_binary(engine, binary);
        waiting.push((position, *name, read.map_err(|error| in_component(name, error))?));
    }
    // Each provider alone, to say which it is.
    let mut providers = Vec::<(&str, Linker<()>)>::new();
    let mut links = vec![Vec::new(); components.len()];
    while !waiting.is_empty() {
        let is_missing = |problem: &LinkProblem| problem.mismatch.is_none();
        let is_ready = |component: &Component| !linker.link_problems(component).iter().any(is_missing);
        let next = waiting.iter().position(|(.., component)| is_ready(component));
        let (position, name, component) = waiting.remove(next.unwrap_or(0));
        links[position] = checked(engine, name, &component, (&linker, &providers));
        let mut alone = Linker::new(engine);
        for linker in [&mut linker, &mut alone] {
            let declared = linker.declare_exports(&component);
            declared.map_err(|error| in_component(name, error))?;
        }
        providers.push((name, alone));
    }
    Ok(links.concat())
}

/// The imports of a component with their outcomes.
fn checked(
    engine: &Engine,
    importer: &str,
    component: &Component,
    (linker, providers): (&Linker<()>, &[(&str, Linker<()>)]),
) -> Vec<ComponentLink> {
    let mut imports = Vec::new();
    leaves(
        engine,
        &mut component.component_type().imports(engine),
        &[],
        &mut imports,
    );
    let problems = linker.link_problems(component);
    let missing = |linker: &Linker<()>| {
        let problems = linker.link_problems(component).into_iter();
        let missing = problems.filter(|problem| problem.mismatch.is_none());
        missing.map(|problem| problem.path).collect::<Vec<_>>()
    };
    let providers = providers.iter().map(|(name, linker)| (*name, missing(linker)));
    let providers = providers.collect::<Vec<_>>();
    let link = |(import, ty): (Vec<String>, String)| {
        let problem = problems.iter().find(|problem| problem.path == import);
        let is_missing = problem.is_some_and(|problem| problem.mismatch.is_none());
        let provider = providers.iter().find(|(_, missing)| !missing.contains(&import));
        ComponentLink {
            importer: importer.to_owned(),
            ty,
            provider: provider
                .filter(|_| !is_missing)
                .map(|(name, _)| (*name).to_owned()),
            mismatch: problem.and_then(|problem| problem.mismatch.clone()),
            import,
        }
    };
    imports.into_iter().map(link).collect()
}

/// The functions, modules and resources that are imported, with their paths and types.
fn leaves<'a>(
    engine: &'a Engine,
    items: &mut dyn Iterator<Item = (&'a str, ComponentExtern<'a>)>,
    path: &[String],
    found: &mut Vec<(Vec<String>, String)>,
) {
    for (name, item) in items {
        let path = [path, &[name.to_owned()]].concat();
        match item.ty {
            ComponentItem::ComponentFunc(ty) => found.push((path, ty.to_string())),
            ComponentItem::Module(_) => found.push((path, "core module".to_owned())),
            ComponentItem::Resource(_) => found.push((path, "resource".to_owned())),
            ComponentItem::ComponentInstance(instance) => {
                leaves(engine, &mut instance.exports(engine), &path, found);
            }
            ComponentItem::Component(_) | ComponentItem::Type(_) => {}
        }
    }
}

impl fmt::Display for ComponentLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let import = self.import.join("#");
        let (importer, import, ty) = (Escaped(&self.importer), Escaped(&import), Escaped(&self.ty));
        write!(f, "{importer} imports {import} ({ty}): ")?;
        match (&self.provider, &self.mismatch) {
            (None, _) => f.write_str("MISSING: no component exports it"),
            (Some(provider), None) => write!(f, "exported by {}", Escaped(provider)),
            (Some(provider), Some(mismatch)) => {
                write!(
                    f,
                    "DOES NOT MATCH the export of {}\n    {}",
                    Escaped(provider),
                    Escaped(mismatch)
                )
            }
        }
    }
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
    fn each_import_of_a_component_has_its_outcome() {
        let encode = |text: &str| {
            let source = Source::new("test", text);
            let binary = source.component().expect("well-formed");
            binary.expect("a component").into_owned()
        };
        let provider = encode(
            r#"(component
              (core module $m (func (export "f") (param i32)))
              (core instance $i (instantiate $m))
              (type $r (resource (rep i32)))
              (func $log (param "level" u32) (canon lift (core func $i "f")))
              (instance (export "a:b/log@1.2.0") (export "log" (func $log)) (export "sink" (type $r))))"#,
        );
        let user = encode(
            r#"(component
              (import "a:b/log@1.0.0" (instance (export "log" (func (param "level" u32)))
                (export "sink" (type (sub resource))) (export "flush" (func))))
              (import "env" (func)))"#,
        );
        let wrong = encode(
            r#"(component (import "a:b/log@1.2.0" (instance (export "log" (func (param "level" string))))))"#,
        );
        // What provides comes last.
        let named = [("user", &user), ("wrong", &wrong), ("lib", &provider)];
        let named = named.map(|(name, binary)| Named { name, binary });
        let links = link_components(&Engine::default(), &named).expect("valid");
        let texts: Vec<_> = links.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts[..4],
            [
                "user imports a:b/log@1.0.0#log (func(level: u32)): exported by lib",
                "user imports a:b/log@1.0.0#sink (resource): exported by lib",
                "user imports a:b/log@1.0.0#flush (func()): MISSING: no component exports it",
                "user imports env (func()): MISSING: no component exports it",
            ]
        );
        assert!(
            texts[4].contains("DOES NOT MATCH the export of lib") && texts[4].contains("string"),
            "{}",
            texts[4]
        );
        let outcomes: Vec<_> = links.iter().map(ComponentLink::links).collect();
        assert_eq!(outcomes, [true, true, false, false, false]);
    }

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
