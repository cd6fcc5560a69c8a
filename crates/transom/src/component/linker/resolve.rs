//! Whether a linker has what a component imports.

use super::names::{Definition, Names};
use crate::component::compiled::Component;
use crate::component::func::host::HostCode;
use crate::component::func::untyped::Func;
use crate::component::instance_types::InstanceTypes;
use crate::component::resource_type::ResourceType;
use crate::{ExternType, Module, Mutability, ValType};
use std::collections::BTreeMap;
use std::sync::Arc;
use transom_component::types::FuncTypeIdx;
use transom_component::wiring::{CoreType, Leaf, LeafKind, Limits, ModuleType};
use transom_component::{Comparison, Side};
use transom_error::{Context, Result, bail, ensure, format_err};
use transom_types::Escaped;
use transom_vm::HostFunction;

/// What an import of a component is.
pub(crate) enum Linked<T: 'static> {
    Func(HostCode<T>),
    Lifted(Func),
    /// A function that cannot be called: only its type is known.
    Declared,
    Module(Module),
    Resource(ResourceType, Option<Arc<HostFunction>>),
}

/// An import of a component that a linker cannot link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkProblem {
    /// The name of the import; then the names of what it is in an instance that is imported, outermost first.
    pub path: Vec<String>,
    /// Why the definition does not match, with both types; `None` if there is no definition.
    pub mismatch: Option<String>,
}

/// The name of an import, for messages.
fn text(leaf: &Leaf) -> String {
    let mut names = leaf.path.iter().map(|name| format!("`{}`", Escaped(name)));
    let first = names.next().unwrap_or_default();
    names.fold(first, |text, name| format!("{name} of {text}"))
}

/// Looks up a component's imports.
///
/// # Errors
///
/// One is missing, or has another type.
pub(super) fn resolve<T>(
    names: &Names<T>,
    component: &Component,
) -> Result<(Vec<Linked<T>>, Arc<InstanceTypes>)> {
    let leaves = &component.description().leaves;
    let found = leaves
        .iter()
        .map(|leaf| {
            names
                .find(&leaf.path)
                .ok_or_else(|| missing(names, component, leaf))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut types = unbound(component);
    for (leaf, definition) in leaves.iter().zip(&found) {
        bind(&mut types, component.declared(), leaf, definition)?;
    }
    let linked = leaves
        .iter()
        .zip(&found)
        .map(|(leaf, definition)| link(leaf, definition, &types))
        .collect::<Result<Vec<_>>>()?;
    Ok((linked, Arc::new(types)))
}

/// All imports of a component that cannot be linked, in order.
pub(super) fn problems<T>(names: &Names<T>, component: &Component) -> Vec<LinkProblem> {
    let leaves = &component.description().leaves;
    let mut types = unbound(component);
    let mut outcomes = Vec::with_capacity(leaves.len());
    // Types of functions refer to resources, so these come first.
    for leaf in leaves {
        let found = names.find(&leaf.path);
        let bound = found.map(|definition| bind(&mut types, component.declared(), leaf, definition));
        outcomes.push((found, bound.transpose()));
    }
    let checked = leaves.iter().zip(outcomes).filter_map(|(leaf, (found, bound))| {
        let mismatch = match found {
            None => None,
            Some(definition) => {
                let linked = bound.and_then(|_| link(leaf, definition, &types).map(drop));
                Some(format!("{:#}", linked.err()?))
            }
        };
        let path = leaf.path.iter().map(|name| name.to_string()).collect();
        Some(LinkProblem { path, mismatch })
    });
    checked.collect()
}

/// The types of a component with resources that are only declared.
fn unbound(component: &Component) -> InstanceTypes {
    let declared = component.declared();
    InstanceTypes {
        component: declared.component.clone(),
        resources: declared.resources.clone(),
    }
}

/// Links one import to its definition.
fn link<T>(leaf: &Leaf, definition: &Definition<T>, types: &InstanceTypes) -> Result<Linked<T>> {
    match (&leaf.kind, definition) {
        (LeafKind::Func(ty), Definition::Func(code)) => {
            (code.check)(*ty, types).with_context(|| mismatch(leaf, *ty, types))?;
            Ok(Linked::Func(code.clone()))
        }
        (LeafKind::Func(ty), Definition::Lifted(func, other, others)) => {
            compare((*ty, types), (*other, others)).with_context(|| mismatch(leaf, *ty, types))?;
            Ok(Linked::Lifted(*func))
        }
        (LeafKind::Func(ty), Definition::Declared(other, others)) => {
            compare((*ty, types), (*other, others)).with_context(|| mismatch(leaf, *ty, types))?;
            Ok(Linked::Declared)
        }
        (LeafKind::Module(ty), Definition::Module(module)) => {
            check_module(ty, module)
                .with_context(|| format!("the core module {} has another type", text(leaf)))?;
            Ok(Linked::Module(module.clone()))
        }
        (LeafKind::Resource(_), Definition::Resource(ty, destructor)) => {
            Ok(Linked::Resource(*ty, destructor.clone()))
        }
        (kind, other) => bail!(
            "the component imports {} {}, and the linker defines {}",
            match kind {
                LeafKind::Func(_) => "the function",
                LeafKind::Module(_) => "the core module",
                LeafKind::Resource(_) => "the resource",
            },
            text(leaf),
            other.kind()
        ),
    }
}

/// Notes which resource an imported one is; the second time, it must be the same.
fn bind<T>(
    types: &mut InstanceTypes,
    declared: &InstanceTypes,
    leaf: &Leaf,
    definition: &Definition<T>,
) -> Result<()> {
    let LeafKind::Resource(index) = leaf.kind else {
        return Ok(());
    };
    let &Definition::Resource(ty, _) = definition else {
        bail!(
            "the component imports the resource {}, and the linker defines {}",
            text(leaf),
            definition.kind()
        )
    };
    let known = &mut types.resources[index.index()].ty;
    let is_first = *known == declared.resource(index).ty;
    ensure!(
        is_first || *known == ty,
        "the component imports {} as the same resource as another import, and the linker defines two",
        text(leaf)
    );
    *known = ty;
    Ok(())
}

fn mismatch(leaf: &Leaf, ty: FuncTypeIdx, types: &InstanceTypes) -> String {
    let name = |index| types.resource_name(index);
    format!(
        "the component imports the function {} with the type `{}`, and the linker defines it with another",
        text(leaf),
        types.types().func_text(ty, &name)
    )
}

fn compare(expected: (FuncTypeIdx, &InstanceTypes), found: (FuncTypeIdx, &InstanceTypes)) -> Result<()> {
    let (name, other_name) = (
        |index| expected.1.resource_name(index),
        |index| found.1.resource_name(index),
    );
    let (a, b) = (
        Side {
            types: expected.1.types(),
            name: &name,
        },
        Side {
            types: found.1.types(),
            name: &other_name,
        },
    );
    let same = |a, b| expected.1.resource(a).ty == found.1.resource(b).ty;
    Comparison::new(&a, &b, &same)
        .func(expected.0, found.0)
        .map_err(|mismatch| format_err!("{mismatch}"))
}

/// The error for an import that is not defined: what it is, and what may have been meant.
#[cold]
fn missing<T>(names: &Names<T>, component: &Component, leaf: &Leaf) -> transom_error::Error {
    let types = component.declared();
    let what = match &leaf.kind {
        LeafKind::Func(ty) => {
            let name = |index| types.resource_name(index);
            let ty = types.types().func_text(*ty, &name);
            format!("the function {} with the type `{ty}`", text(leaf))
        }
        LeafKind::Module(_) => format!("the core module {}", text(leaf)),
        LeafKind::Resource(_) => format!("the resource {}", text(leaf)),
    };
    let mut names = names;
    for (depth, name) in leaf.path.iter().enumerate() {
        match names.get(name) {
            Some(Definition::Instance(inner)) => names = inner,
            Some(other) if depth + 1 < leaf.path.len() => {
                return format_err!(
                    "component imports {what}, but the linker defines `{}` as {}",
                    Escaped(name),
                    other.kind()
                );
            }
            _ => {
                let hint = names
                    .nearest(name)
                    .map(|near| format!("; it defines `{}`", Escaped(near)));
                return format_err!(
                    "component imports {what}, but a matching implementation was not found in the linker: \
                     `{}` is not defined{}",
                    Escaped(name),
                    hint.unwrap_or_default()
                );
            }
        }
    }
    format_err!("component imports {what}, but a matching implementation was not found in the linker")
}

/// Whether a module can stand for one with a type: it imports no more, and exports what is expected.
fn check_module(ty: &ModuleType, module: &Module) -> Result<()> {
    let imports: BTreeMap<_, _> = ty
        .imports
        .iter()
        .map(|(module, name, ty)| ((&**module, &**name), ty))
        .collect();
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let Some(given) = imports.get(&(from, name)) else {
            bail!("module import `{}::{}` not defined", Escaped(from), Escaped(name))
        };
        check_core(&import.ty(), given, true)
            .with_context(|| format!("module import `{}::{}`", Escaped(from), Escaped(name)))?;
    }
    for (name, expected) in &ty.exports {
        let Some(found) = module.get_export(name) else {
            bail!("module export `{}` not defined", Escaped(name))
        };
        check_core(&found, expected, false).with_context(|| format!("module export `{}`", Escaped(name)))?;
    }
    Ok(())
}

/// Compares core types by their texts.
fn check_core(found: &ExternType, expected: &CoreType, is_import: bool) -> Result<()> {
    let texts = |types: &mut dyn Iterator<Item = ValType>| types.map(|ty| ty.to_string()).collect::<Vec<_>>();
    let fits = |found: Limits, expected: Limits| match is_import {
        true => expected.fits(found),
        false => found.fits(expected),
    };
    let is_same = match (found, expected) {
        (ExternType::Func(found), CoreType::Func { params, results }) => {
            texts(&mut found.params()) == *params && texts(&mut found.results()) == *results
        }
        (
            ExternType::Memory(found),
            CoreType::Memory {
                is_64,
                is_shared,
                limits,
            },
        ) => {
            let (minimum, maximum) = (found.minimum(), found.maximum());
            found.is_64() == *is_64
                && found.is_shared() == *is_shared
                && fits(Limits { minimum, maximum }, *limits)
        }
        (ExternType::Table(found), CoreType::Table { element, limits }) => {
            let (minimum, maximum) = (found.minimum(), found.maximum());
            found.element().to_string() == *element && fits(Limits { minimum, maximum }, *limits)
        }
        (ExternType::Global(found), CoreType::Global { content, is_mutable }) => {
            found.content().to_string() == *content && (found.mutability() == Mutability::Var) == *is_mutable
        }
        (ExternType::Tag(found), CoreType::Tag { params }) => texts(&mut found.ty().params()) == *params,
        _ => false,
    };
    ensure!(is_same, "expected {expected:?}, found {found}");
    Ok(())
}
