//! What a public item offers: methods, constants, variants, and the traits that it implements.

use super::tree::{Crate, Meaning, is_hidden};
use super::world::{Target, World};
use std::collections::BTreeSet;
use syn::{GenericArgument, GenericParam, ImplItem, Item, PathArguments, TraitItem, Type, Visibility};

/// Traits of the standard library whose implementations callers rely on. Automatic traits are not written in sources.
const COMMON: [&str; 22] = [
    "AsMut",
    "AsRef",
    "Borrow",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deref",
    "DerefMut",
    "Display",
    "Eq",
    "Error",
    "Extend",
    "From",
    "FromIterator",
    "FromStr",
    "Hash",
    "IntoIterator",
    "Iterator",
    "Ord",
    "PartialEq",
    "PartialOrd",
];

/// The names of everything that a crate makes public, with the members of its types and traits.
pub fn names(world: &World, of: &str) -> BTreeSet<String> {
    let mut api = Api {
        world,
        names: BTreeSet::new(),
        items: Vec::new(),
        traits: COMMON.iter().map(|&name| name.to_owned()).collect(),
    };
    api.module(of, &[], "");
    api.members();
    api.implementations();
    api.names
}

struct Api<'a> {
    world: &'a World,
    names: BTreeSet<String>,
    /// Public names of items, with their definitions.
    items: Vec<(String, Target)>,
    /// Names of the traits whose implementations count.
    traits: BTreeSet<String>,
}

impl Api<'_> {
    fn module(&mut self, of: &str, at: &[String], prefix: &str) {
        for (name, target) in self.world.public(of, at) {
            let name = format!("{prefix}{name}");
            self.names.insert(name.clone());
            match target {
                // Components are an API of their own.
                Target::Module(of, at) if name != "component" => self.module(&of, &at, &format!("{name}::")),
                Target::Item(..) => self.items.push((name, target)),
                _ => {}
            }
        }
    }

    fn members(&mut self) {
        for (name, target) in self.items.clone() {
            let Target::Item(of, at, own) = &target else {
                continue;
            };
            let Some(of) = self.world.crates.get(of) else {
                continue;
            };
            let entries = of.modules.get(at).and_then(|module| module.names.get(own));
            for entry in entries.into_iter().flatten() {
                if let Meaning::Item(item) = &entry.meaning {
                    self.members_of(&name, of, item);
                }
            }
        }
    }

    fn members_of(&mut self, name: &str, of: &Crate, item: &Item) {
        match item {
            Item::Enum(item) => {
                let variants = item.variants.iter().filter(|variant| visible(of, &variant.attrs));
                let variants = variants.map(|variant| format!("{name}::{}", variant.ident));
                self.names.extend(variants);
                self.derives(name, &item.attrs);
            }
            Item::Struct(item) => {
                let public = |field: &&syn::Field| matches!(field.vis, Visibility::Public(_));
                let fields = item
                    .fields
                    .iter()
                    .filter(public)
                    .filter(|field| visible(of, &field.attrs));
                let fields = fields.filter_map(|field| field.ident.as_ref());
                self.names.extend(fields.map(|field| format!("{name}::{field}")));
                self.derives(name, &item.attrs);
            }
            Item::Trait(item) => {
                self.traits.insert(item.ident.to_string());
                for member in &item.items {
                    let (attributes, ident) = match member {
                        TraitItem::Fn(member) => (&member.attrs, &member.sig.ident),
                        TraitItem::Const(member) => (&member.attrs, &member.ident),
                        TraitItem::Type(member) => (&member.attrs, &member.ident),
                        _ => continue,
                    };
                    if visible(of, attributes) {
                        self.names.insert(format!("{name}::{ident}"));
                    }
                }
            }
            _ => {}
        }
    }

    fn derives(&mut self, name: &str, attributes: &[syn::Attribute]) {
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("derive"))
        {
            let _ = attribute.parse_nested_meta(|meta| {
                let derived = meta.path.segments.last().map(|last| last.ident.to_string());
                if let Some(derived) = derived.filter(|derived| COMMON.contains(&derived.as_str())) {
                    self.names.insert(format!("impl {derived} for {name}"));
                }
                Ok(())
            });
        }
    }

    fn implementations(&mut self) {
        for (of_name, of) in &self.world.crates {
            for (at, item) in &of.impls {
                if visible(of, &item.attrs) {
                    self.implementation(of_name, of, at, item);
                }
            }
        }
    }

    fn implementation(&mut self, of_name: &str, of: &Crate, at: &[String], item: &syn::ItemImpl) {
        if let Some((_, path, _)) = &item.trait_ {
            let implemented = path.segments.last();
            let implemented = implemented.filter(|last| self.traits.contains(&last.ident.to_string()));
            if let Some(implemented) = implemented {
                self.implemented(of_name, at, item, implemented);
            }
            return;
        }
        let own = text(&item.self_ty, &generics(&item.generics));
        let Some(owner) = self.public_name(of_name, at, &item.self_ty) else {
            return;
        };
        let owner = match own.split_once('<') {
            Some((_, arguments)) => format!("{owner}<{arguments}"),
            None => owner,
        };
        for member in &item.items {
            let (attributes, vis, ident) = match member {
                ImplItem::Fn(member) => (&member.attrs, &member.vis, &member.sig.ident),
                ImplItem::Const(member) => (&member.attrs, &member.vis, &member.ident),
                _ => continue,
            };
            if matches!(vis, Visibility::Public(_)) && visible(of, attributes) {
                self.names.insert(format!("{owner}::{ident}"));
            }
        }
    }

    /// Notes that a trait is implemented for a type, if the type is public. Traits of the crate's own count for other types too, but not
    /// for all types, or for tuples of them.
    fn implemented(&mut self, of: &str, at: &[String], item: &syn::ItemImpl, implemented: &syn::PathSegment) {
        let parameters = generics(&item.generics);
        let named = match &*item.self_ty {
            Type::Reference(ty) => &ty.elem,
            ty => ty,
        };
        let Type::Path(path) = named else { return };
        let path = names_of(&path.path);
        let common = COMMON.contains(&implemented.ident.to_string().as_str());
        let foreign = || {
            let target = self.world.resolve(of, at, &path);
            !parameters.contains(&path[0]) && matches!(target, Some(Target::External(_)))
        };
        if self.public_name(of, at, named).is_some() || !common && foreign() {
            let own = text(&item.self_ty, &parameters);
            let implemented = segment(implemented, &parameters);
            // A type of another crate that has the name of its public counterpart.
            if implemented != format!("From<{own}>") {
                self.names.insert(format!("impl {implemented} for {own}"));
            }
        }
    }

    /// The public name of the type that an implementation is for.
    fn public_name(&self, of: &str, at: &[String], ty: &Type) -> Option<String> {
        let Type::Path(path) = ty else { return None };
        let path: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        let target = self.world.resolve(of, at, &path)?;
        let found = self.items.iter().find(|(_, item)| *item == target);
        found.map(|(name, _)| name.clone())
    }
}

fn names_of(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|part| part.ident.to_string()).collect()
}

fn visible(of: &Crate, attributes: &[syn::Attribute]) -> bool {
    !is_hidden(attributes) && of.features.compile(attributes)
}

/// The names of type parameters.
fn generics(generics: &syn::Generics) -> BTreeSet<String> {
    let name = |parameter: &GenericParam| match parameter {
        GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    };
    generics.params.iter().filter_map(name).collect()
}

/// A type as text: the last names of its paths, without lifetimes, with `_` for type parameters, and without arguments that are
/// all parameters.
fn text(ty: &Type, parameters: &BTreeSet<String>) -> String {
    let list = |types: &mut dyn Iterator<Item = &Type>| {
        let types: Vec<String> = types.map(|ty| text(ty, parameters)).collect();
        types.join(", ")
    };
    match ty {
        Type::Path(path) if parameters.contains(&names_of(&path.path)[0]) => "_".to_owned(),
        Type::Path(path) => match path.path.segments.last() {
            Some(last) => segment(last, parameters),
            None => "_".to_owned(),
        },
        Type::Reference(ty) => {
            let mutable = if ty.mutability.is_some() { "mut " } else { "" };
            format!("&{mutable}{}", text(&ty.elem, parameters))
        }
        Type::Slice(ty) => format!("[{}]", text(&ty.elem, parameters)),
        Type::Array(ty) => format!("[{}; _]", text(&ty.elem, parameters)),
        Type::Tuple(ty) => format!("({})", list(&mut ty.elems.iter())),
        Type::Group(ty) => text(&ty.elem, parameters),
        Type::Paren(ty) => text(&ty.elem, parameters),
        _ => "_".to_owned(),
    }
}

fn segment(segment: &syn::PathSegment, parameters: &BTreeSet<String>) -> String {
    let name = segment.ident.to_string();
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return name;
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(text(ty, parameters)),
        _ => None,
    });
    let types: Vec<String> = types.collect();
    if types.iter().all(|ty| ty == "_") {
        return name;
    }
    format!("{name}<{}>", types.join(", "))
}
