//! Which file of a crate defines a name that another file uses.
//!
//! The module tree is read from the `mod` declarations, and each path is resolved as the compiler would, as far as
//! syntax tells: `crate`, `self`, `super`, imports, re-exports and globs. Methods are not resolved, because that takes
//! types; a file that calls a method can hardly avoid naming the type or a trait of it.

use super::source::{Source, is_test_item};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// A file names something that another file of its crate defines.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Both relative to the workspace.
    pub from: String,
    pub to: String,
    pub name: String,
}

/// Longer paths are not followed. `use name::name` of another crate's would otherwise grow for ever, because it looks
/// like a name that stands for itself.
const LONGEST: usize = 12;

/// What a name means in its module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// It is defined here.
    Item,
    /// A module below this one.
    Module,
    /// An import, by the path that it names.
    Import(Vec<String>),
}

/// A module: a file, or a part of one in braces.
#[derive(Default)]
struct Module {
    file: String,
    names: BTreeMap<String, BTreeSet<Meaning>>,
    /// Paths of `use path::*`.
    globs: Vec<Vec<String>>,
    /// Paths in its code, imports excluded.
    paths: BTreeSet<Vec<String>>,
    /// Single names in its code, which a glob may have brought.
    words: BTreeSet<String>,
    /// Names of the macros that it invokes.
    invoked: BTreeSet<String>,
}

/// The modules of a crate, by path; the root's is empty.
pub struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
    /// Where each `macro_rules!` is defined: they are found by order in the text, not by path.
    macros: BTreeMap<String, String>,
}

impl Crate {
    /// All libraries and programs among the files.
    pub fn all(sources: &[Source]) -> Vec<Crate> {
        let files = sources
            .iter()
            .map(|source| (source.path.as_str(), source))
            .collect();
        sources
            .iter()
            .filter(|source| source.path.ends_with("src/lib.rs") || source.path.ends_with("src/main.rs"))
            .map(|root| {
                let mut reader = Reader {
                    files: &files,
                    found: Crate {
                        modules: BTreeMap::new(),
                        macros: BTreeMap::new(),
                    },
                };
                let folder = root.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                reader.file(root, folder.to_owned(), Vec::new());
                reader.found
            })
            .collect()
    }

    /// Every use of one file by another.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = BTreeSet::new();
        for (at, module) in &self.modules {
            let imports = module
                .names
                .values()
                .flatten()
                .filter_map(|meaning| match meaning {
                    Meaning::Import(path) => Some(path.clone()),
                    _ => None,
                });
            let from_globs = module.globs.iter().flat_map(|glob| {
                module
                    .words
                    .iter()
                    .map(move |word| glob.iter().chain([word]).cloned().collect())
            });
            for path in imports.chain(module.paths.iter().cloned()).chain(from_globs) {
                for (to, name) in self.definitions(at, &path) {
                    uses.insert((module.file.clone(), to, name));
                }
            }
            for name in &module.invoked {
                if let Some(to) = self.macros.get(name) {
                    uses.insert((module.file.clone(), to.clone(), format!("{name}!")));
                }
            }
        }
        uses.into_iter()
            .filter(|(from, to, _)| from != to)
            .map(|(from, to, name)| Use { from, to, name })
            .collect()
    }

    /// The files that define what a path means in a module, and its name there.
    fn definitions(&self, at: &[String], path: &[String]) -> BTreeSet<(String, String)> {
        let mut files = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![(at.to_vec(), path.to_vec())];
        while let Some((at, path)) = waiting.pop() {
            let Some((first, rest)) = path.split_first() else {
                continue;
            };
            if path.len() > LONGEST || !seen.insert((at.clone(), path.clone())) {
                continue;
            }
            match first.as_str() {
                "crate" => waiting.push((Vec::new(), rest.to_vec())),
                "self" => waiting.push((at, rest.to_vec())),
                "super" => waiting.push((at[..at.len().saturating_sub(1)].to_vec(), rest.to_vec())),
                _ => self.step(&at, first, rest, &mut waiting, &mut files),
            }
        }
        files
    }

    /// Follows the first name of a path: to a file, if that is where it is defined, or to what is to be looked up next.
    fn step(
        &self,
        at: &[String],
        first: &str,
        rest: &[String],
        waiting: &mut Vec<(Vec<String>, Vec<String>)>,
        files: &mut BTreeSet<(String, String)>,
    ) {
        let Some(module) = self.modules.get(at) else {
            return;
        };
        for meaning in module.names.get(first).into_iter().flatten() {
            match meaning {
                Meaning::Item => drop(files.insert((module.file.clone(), first.to_owned()))),
                Meaning::Module => waiting.push((
                    at.iter().cloned().chain([first.to_owned()]).collect(),
                    rest.to_vec(),
                )),
                Meaning::Import(path) => {
                    waiting.push((at.to_vec(), path.iter().chain(rest).cloned().collect()))
                }
            }
        }
        if !module.names.contains_key(first) {
            let ours = module.globs.iter().filter(|glob| module.begins(glob));
            waiting.extend(ours.map(|glob| {
                let path = glob
                    .iter()
                    .map(String::as_str)
                    .chain([first])
                    .chain(rest.iter().map(String::as_str));
                (at.to_vec(), path.map(str::to_owned).collect())
            }));
        }
    }
}

/// Reads the modules of a crate, file by file.
struct Reader<'a> {
    files: &'a BTreeMap<&'a str, &'a Source>,
    found: Crate,
}

impl Reader<'_> {
    /// Reads a file that is the module `at`, and whose children lie in `folder`.
    fn file(&mut self, source: &Source, folder: String, at: Vec<String>) {
        // A file that does not parse is a finding of its own.
        let Ok(file) = source.parse() else { return };
        self.items(&file.items, &source.path, folder, at);
    }

    fn items(&mut self, items: &[syn::Item], path: &str, folder: String, at: Vec<String>) {
        let mut module = Module {
            file: path.to_owned(),
            ..Module::default()
        };
        for item in items.iter().filter(|item| !is_test_item(attributes(item))) {
            match item {
                syn::Item::Mod(child) => {
                    let name = child.ident.to_string();
                    module
                        .names
                        .entry(name.clone())
                        .or_default()
                        .insert(Meaning::Module);
                    self.module(child, path, &folder, at.iter().cloned().chain([name]).collect());
                }
                syn::Item::Macro(rules) if rules.ident.is_some() => {
                    let name = rules.ident.as_ref().expect("checked").to_string();
                    self.found.macros.insert(name, path.to_owned());
                    module.visit_macro(&rules.mac);
                }
                other => {
                    if let Some(name) = defined(other) {
                        module.names.entry(name).or_default().insert(Meaning::Item);
                    }
                    module.visit_item(other);
                }
            }
        }
        self.found.modules.insert(at, module);
    }

    fn module(&mut self, child: &syn::ItemMod, path: &str, folder: &str, at: Vec<String>) {
        let inside = format!("{folder}/{}", child.ident);
        if let Some((_, items)) = &child.content {
            return self.items(items, path, inside, at);
        }
        let candidates = [format!("{inside}.rs"), format!("{inside}/mod.rs")];
        if let Some(source) = candidates.iter().find_map(|path| self.files.get(path.as_str())) {
            self.file(source, inside, at);
        }
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item defines.
fn defined(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::TraitAlias(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

impl Module {
    /// Whether a path begins in this crate, without the help of a glob.
    fn begins(&self, path: &[String]) -> bool {
        let first = path.first().map_or("", String::as_str);
        matches!(first, "crate" | "self" | "super") || self.names.contains_key(first)
    }

    /// Notes what a `use` brings.
    fn import(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        match tree {
            syn::UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.import(&step.tree, path);
            }
            syn::UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.import(tree, path.clone())),
            syn::UseTree::Glob(_) => self.globs.push(path),
            syn::UseTree::Name(name) => self.bind(name.ident.to_string(), name.ident.to_string(), path),
            syn::UseTree::Rename(rename) => {
                self.bind(rename.rename.to_string(), rename.ident.to_string(), path)
            }
        }
    }

    fn bind(&mut self, name: String, original: String, mut path: Vec<String>) {
        let name = if name == "self" {
            path.last().cloned().unwrap_or_default()
        } else {
            name
        };
        if original != "self" {
            path.push(original);
        }
        // `use name;` of a foreign crate would mean itself.
        if path.len() > 1 || path.first() != Some(&name) {
            self.names.entry(name).or_default().insert(Meaning::Import(path));
        }
    }

    /// Finds names and paths in tokens that are not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::<String>::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) if punct.as_char() == '!' => {
                    self.invoked.extend(path.last().cloned());
                    self.note(std::mem::take(&mut path));
                    colons = 0;
                }
                other => {
                    self.note(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.note(path);
    }

    fn note(&mut self, path: Vec<String>) {
        match path.as_slice() {
            [] => {}
            [word] => drop(self.words.insert(word.clone())),
            [first, ..] => {
                self.words.insert(first.clone());
                self.paths.insert(path);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test_item(&item.attrs) {
            self.import(&item.tree, Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.note(
            path.segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect(),
        );
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        visit::visit_macro(self, invoked);
        self.invoked
            .extend(invoked.path.segments.last().map(|name| name.ident.to_string()));
        self.tokens(invoked.tokens.clone());
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test_item(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}
