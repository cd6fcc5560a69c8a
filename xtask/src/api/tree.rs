//! The modules of a crate: what they define, import and re-export, with macros expanded.

use super::condition::Features;
use super::expand::Macro;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use syn::{Attribute, Item, UseTree, Visibility};

/// Macros of macros end at this depth.
const DEEPEST: usize = 8;

/// A crate whose sources are at hand.
pub struct Crate {
    /// Which of its items exist.
    pub features: Features,
    /// By path; the root's is empty.
    pub modules: BTreeMap<Vec<String>, Module>,
    /// All implementations, with the module that they are written in.
    pub impls: Vec<(Vec<String>, syn::ItemImpl)>,
}

/// A module: a file, or a part of one in braces.
#[derive(Default)]
pub struct Module {
    pub names: BTreeMap<String, Vec<Entry>>,
    /// Paths of `use path::*`, and whether they are re-exports.
    pub globs: Vec<(Vec<String>, bool)>,
}

/// A meaning of a name.
pub struct Entry {
    pub public: bool,
    pub meaning: Meaning,
}

/// What a name means in its module.
pub enum Meaning {
    /// It is defined here.
    Item(Box<Item>),
    /// It is a macro.
    Macro,
    /// A module below this one.
    Module,
    /// An import, by the path that it names.
    Import(Vec<String>),
}

impl Crate {
    /// Reads a crate from the file of its root.
    ///
    /// # Errors
    ///
    /// A file cannot be read or parsed.
    pub fn read(root: &Path, features: Features) -> Result<Crate, String> {
        let mut reader = Reader {
            found: Crate {
                features,
                modules: BTreeMap::new(),
                impls: Vec::new(),
            },
            macros: BTreeMap::new(),
            waiting: Vec::new(),
        };
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        reader.file(root, folder, Vec::new())?;
        reader.late_macros()?;
        Ok(reader.found)
    }
}

/// Where an item is read.
#[derive(Clone)]
struct Place {
    at: Vec<String>,
    /// The folder of the file.
    beside: PathBuf,
    /// The folder of the module's children.
    folder: PathBuf,
    depth: usize,
}

struct Reader {
    found: Crate,
    /// The macros that are in scope by the order of the text, and at the end all of them.
    macros: BTreeMap<String, Rc<Macro>>,
    /// Invocations of macros that are not yet defined.
    waiting: Vec<(Place, syn::Macro)>,
}

impl Reader {
    fn file(&mut self, path: &Path, folder: PathBuf, at: Vec<String>) -> Result<(), String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let file = syn::parse_file(&text).map_err(|error| wrong(&error))?;
        let place = Place {
            at,
            beside: path.parent().unwrap_or(Path::new("")).to_owned(),
            folder,
            depth: 0,
        };
        self.found.modules.entry(place.at.clone()).or_default();
        self.items(file.items, &place)
    }

    fn items(&mut self, items: Vec<Item>, place: &Place) -> Result<(), String> {
        for item in items {
            if attributes(&item).is_some_and(|attributes| self.found.features.compile(attributes)) {
                self.item(item, place)?;
            }
        }
        Ok(())
    }

    fn item(&mut self, item: Item, place: &Place) -> Result<(), String> {
        match item {
            Item::Mod(module) => self.module(module, place),
            Item::Use(item) => {
                let public = is_public(&item.vis) && !is_hidden(&item.attrs);
                self.imports(&item.tree, Vec::new(), public, &place.at);
                Ok(())
            }
            Item::Impl(mut item) => {
                self.expand_impl(&mut item);
                self.found.impls.push((place.at.clone(), item));
                Ok(())
            }
            Item::Macro(item) => self.invocation(item, place),
            Item::ExternCrate(item) => {
                let (_, name) = item
                    .rename
                    .as_ref()
                    .map_or((None, &item.ident), |(a, n)| (Some(a), n));
                let path = vec![item.ident.to_string()];
                self.name(&place.at, name.to_string(), false, Meaning::Import(path));
                Ok(())
            }
            item => {
                if let Some((name, vis)) = named(&item) {
                    let public = is_public(vis) && !attributes(&item).is_some_and(is_hidden);
                    let name = name.to_string();
                    self.name(&place.at, name, public, Meaning::Item(Box::new(item)));
                }
                Ok(())
            }
        }
    }

    fn name(&mut self, at: &[String], name: String, public: bool, meaning: Meaning) {
        let module = self.found.modules.entry(at.to_vec()).or_default();
        let entry = Entry { public, meaning };
        module.names.entry(name).or_default().push(entry);
    }

    fn module(&mut self, module: syn::ItemMod, place: &Place) -> Result<(), String> {
        let name = module.ident.to_string();
        let public = is_public(&module.vis) && !is_hidden(&module.attrs);
        self.name(&place.at, name.clone(), public, Meaning::Module);
        let at: Vec<String> = place.at.iter().chain([&name]).cloned().collect();
        self.found.modules.entry(at.clone()).or_default();
        let folder = place.folder.join(&name);
        let outer = self.macros.clone();
        let (beside, depth) = (place.beside.clone(), place.depth);
        let read = match module.content {
            Some((_, items)) => self.items(
                items,
                &Place {
                    at,
                    beside,
                    folder,
                    depth,
                },
            ),
            None => {
                let flat = place.folder.join(format!("{name}.rs"));
                let given = path_attribute(&module.attrs).map(|path| place.beside.join(path));
                let path = given.unwrap_or(if flat.exists() {
                    flat
                } else {
                    folder.join("mod.rs")
                });
                self.file(&path, folder, at)
            }
        };
        // Macros of a module are in scope after it with an attribute only, and as the last resort anyway.
        for (name, of_outer) in outer {
            self.macros.insert(name, of_outer);
        }
        read
    }

    fn imports(&mut self, tree: &UseTree, mut path: Vec<String>, public: bool, at: &[String]) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.imports(&tree.tree, path, public, at);
            }
            UseTree::Name(tree) => {
                let name = tree.ident.to_string();
                let bound = if name == "self" {
                    path.last().cloned()
                } else {
                    Some(name.clone())
                };
                if name != "self" {
                    path.push(name);
                }
                self.name(at, bound.unwrap_or_default(), public, Meaning::Import(path));
            }
            UseTree::Rename(tree) => {
                if tree.ident != "self" {
                    path.push(tree.ident.to_string());
                }
                self.name(at, tree.rename.to_string(), public, Meaning::Import(path));
            }
            UseTree::Glob(_) => {
                let module = self.found.modules.entry(at.to_vec()).or_default();
                module.globs.push((path, public));
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.imports(tree, path.clone(), public, at);
                }
            }
        }
    }

    fn invocation(&mut self, item: syn::ItemMacro, place: &Place) -> Result<(), String> {
        if let Some(name) = item.ident.filter(|_| item.mac.path.is_ident("macro_rules")) {
            let name = name.to_string();
            let exported = item
                .attrs
                .iter()
                .any(|attribute| attribute.path().is_ident("macro_export"));
            if exported && !is_hidden(&item.attrs) {
                self.name(&[], name.clone(), true, Meaning::Macro);
            }
            self.macros.insert(name, Rc::new(Macro::parse(item.mac.tokens)));
            return Ok(());
        }
        self.expand(item.mac, place)
    }

    fn expand(&mut self, invoked: syn::Macro, place: &Place) -> Result<(), String> {
        let name = invoked.path.segments.last().map(|last| last.ident.to_string());
        let Some(known) = name.and_then(|name| self.macros.get(&name)) else {
            self.waiting.push((place.clone(), invoked));
            return Ok(());
        };
        let expanded = known.expand(invoked.tokens).filter(|_| place.depth < DEEPEST);
        let Some(Ok(file)) = expanded.map(syn::parse2::<syn::File>) else {
            return Ok(());
        };
        let depth = place.depth + 1;
        self.items(
            file.items,
            &Place {
                depth,
                ..place.clone()
            },
        )
    }

    /// Expands what was invoked above the definition of its macro, through an import.
    fn late_macros(&mut self) -> Result<(), String> {
        for (place, invoked) in std::mem::take(&mut self.waiting) {
            self.expand(invoked, &place)?;
        }
        Ok(())
    }

    /// Replaces macros among the items of an implementation by what they stand for.
    fn expand_impl(&mut self, item: &mut syn::ItemImpl) {
        for _ in 0..DEEPEST {
            let mut items = Vec::new();
            let mut expanded = false;
            for member in std::mem::take(&mut item.items) {
                let syn::ImplItem::Macro(invoked) = &member else {
                    items.push(member);
                    continue;
                };
                let name = invoked
                    .mac
                    .path
                    .segments
                    .last()
                    .map(|last| last.ident.to_string());
                let known = name.and_then(|name| self.macros.get(&name));
                let tokens = known.and_then(|known| known.expand(invoked.mac.tokens.clone()));
                items.extend(tokens.and_then(members).unwrap_or_default());
                expanded = true;
            }
            item.items = items;
            if !expanded {
                return;
            }
        }
    }
}

/// The items of an implementation that tokens are.
fn members(tokens: proc_macro2::TokenStream) -> Option<Vec<syn::ImplItem>> {
    use syn::parse::{ParseStream, Parser};
    let parse = |input: ParseStream<'_>| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(items)
    };
    parse.parse2(tokens).ok()
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

/// Whether an item is hidden in the documentation, so not a part of the contract.
pub fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|argument| argument == "hidden")
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(path),
                ..
            }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}

/// The name and visibility of an item that defines a name.
fn named(item: &Item) -> Option<(&syn::Ident, &Visibility)> {
    Some(match item {
        Item::Const(item) => (&item.ident, &item.vis),
        Item::Enum(item) => (&item.ident, &item.vis),
        Item::Fn(item) => (&item.sig.ident, &item.vis),
        Item::Static(item) => (&item.ident, &item.vis),
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Trait(item) => (&item.ident, &item.vis),
        Item::TraitAlias(item) => (&item.ident, &item.vis),
        Item::Type(item) => (&item.ident, &item.vis),
        Item::Union(item) => (&item.ident, &item.vis),
        _ => return None,
    })
}

fn attributes(item: &Item) -> Option<&[Attribute]> {
    Some(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return None,
    })
}
