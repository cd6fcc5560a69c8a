//! Composition: one component made of several, in which imports of some are exports of others.
//!
//! [`compose`] takes a main component and its dependencies, and connects by name, as `wac plug` and a linker at run time do: an import has the
//! export of its very name, else the latest compatible version. [`script()`] does what a composition in the language WAC says.
//!
//! `wac-graph` holds the components and their connections, compares types and encodes the result. It takes much for granted, so it reads
//! valid components only, its panics become errors, and what it gives is validated before anybody sees it.

mod links;
mod parts;
mod script;

pub use parts::Part;
pub use script::script;

use crate::{Error, Result};
use links::{Link, Names};
use parts::{chain, check_parts, encoded, options};
use transom::Escaped;
use wac_graph::types::{ItemKind, Package, Type};
use wac_graph::{CompositionGraph, EncodeError, InstantiationArgumentError, NodeId, PackageId};
use wasmparser::WasmFeatures;

/// The main component with its dependencies inside: it exports what the main component exports. Each dependency is instantiated once, and can
/// import from others, whatever their order. Imports that no dependency satisfies are imports of the result.
///
/// # Errors
///
/// A component is invalid; a dependency satisfies no import, or two satisfy the same one; types do not match; dependencies need each other;
/// or the result is invalid.
pub fn compose(main: Part<'_>, dependencies: &[Part<'_>], features: WasmFeatures) -> Result<Vec<u8>> {
    let parts = [&[main][..], dependencies].concat();
    check_parts(&parts, features)?;
    encoded(features, || {
        let mut graph = CompositionGraph::new();
        let packages = parts
            .iter()
            .enumerate()
            .map(|part| register(&mut graph, part))
            .collect::<Result<Vec<_>>>()?;
        let names: Vec<Names> = parts
            .iter()
            .zip(&packages)
            .map(|(part, package)| names(&graph, part, *package))
            .collect();
        let links = links::find(&names)?;
        let instances: Vec<NodeId> = packages
            .iter()
            .map(|package| graph.instantiate(*package))
            .collect();
        for link in &links {
            connect(&mut graph, &instances, link, &names)?;
        }
        for name in &names[0].exports {
            let export = graph.alias_instance_export(instances[0], name);
            let exported = export
                .map_err(|error| chain(&error))
                .and_then(|export| graph.export(export, name).map_err(|error| chain(&error)));
            exported
                .map_err(|error| Error::new(format!("cannot export `{}` again: {error}", Escaped(name))))?;
        }
        graph
            .encode(options())
            .map_err(|error| not_encoded(&error, &instances, &names))
    })
}

fn register(graph: &mut CompositionGraph, (position, part): (usize, &Part<'_>)) -> Result<PackageId> {
    let in_part = |error: String| Error::new(format!("{}: {error}", Escaped(part.name)));
    // Names of packages are unique, and those of files need not be.
    let name = format!("part:{position}");
    let package = Package::from_bytes(&name, None, part.binary, graph.types_mut());
    let package = package.map_err(|error| in_part(format!("{error:#}")))?;
    graph
        .register_package(package)
        .map_err(|error| in_part(chain(&error)))
}

fn names(graph: &CompositionGraph, part: &Part<'_>, package: PackageId) -> Names {
    let world = &graph.types()[graph[package].ty()];
    // A type that is a name for a value type is no dependency: nothing has to define it, and exports can refer to it if it stays an import.
    let needs = |(_, kind): &(&String, &ItemKind)| !matches!(kind, ItemKind::Type(Type::Value(_)));
    let imports = world.imports.iter().filter(needs);
    Names {
        file: part.name.to_owned(),
        imports: imports.map(|(name, _)| name.clone()).collect(),
        exports: world.exports.keys().cloned().collect(),
    }
}

fn connect(
    graph: &mut CompositionGraph,
    instances: &[NodeId],
    link: &Link<'_>,
    names: &[Names],
) -> Result<()> {
    let export = graph.alias_instance_export(instances[link.provider], link.export);
    let export = export.map_err(|error| Error::new(chain(&error)))?;
    let set = graph.set_instantiation_argument(instances[link.importer], link.import, export);
    set.map_err(|error| {
        let why = match &error {
            InstantiationArgumentError::ArgumentTypeMismatch { source, .. } => format!("{source:#}"),
            error => chain(error),
        };
        let (importer, provider) = (&names[link.importer].file, &names[link.provider].file);
        let (importer, provider) = (Escaped(importer), Escaped(provider));
        let (import, export) = (Escaped(link.import), Escaped(link.export));
        let what = format!(
            "`{importer}` imports `{import}` with another type than `{export}` has, which `{provider}` exports: {why}"
        );
        Error::new(what).remedy(format!(
            "print both: transom inspect {importer}; transom inspect {provider}"
        ))
    })
}

/// The error of an encoder, with names of files.
fn not_encoded(error: &EncodeError, instances: &[NodeId], names: &[Names]) -> Error {
    let file = |node: &NodeId| {
        let position = instances.iter().position(|instance| instance == node);
        Escaped(position.map_or("?", |position| &*names[position].file))
    };
    match error {
        EncodeError::ImportTypeMergeConflict {
            import,
            first,
            second,
            source,
        } => {
            let (first, second, import) = (file(first), file(second), Escaped(import));
            let what = format!("`{first}` and `{second}` import `{import}` with different types: {source:#}");
            Error::new(what).remedy("add a component that exports it")
        }
        error => Error::new(chain(error)),
    }
}

#[cfg(test)]
mod tests;
