//! What a path of one crate means, through the re-exports of several.

use super::tree::{Crate, Entry, Meaning};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Lookups of a search that have not ended or found nothing: imports may form a circle.
type Seen = BTreeSet<Lookup>;

/// A crate, a module and a name in it.
type Lookup = (String, Vec<String>, String);

/// A definition or a module, by its crate, module and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An item of a crate that was read.
    Item(String, Vec<String>, String),
    /// A module of a crate that was read.
    Module(String, Vec<String>),
    /// Something of another crate.
    External(Vec<String>),
}

/// The crates that were read, by name.
#[derive(Default)]
pub struct World {
    pub crates: BTreeMap<String, Crate>,
    /// What lookups have found.
    found: RefCell<BTreeMap<Lookup, Target>>,
}

impl World {
    /// The meaning of a path in a module of a crate. Types and macros may share a name; types are first.
    pub fn resolve(&self, of: &str, at: &[String], path: &[String]) -> Option<Target> {
        self.follow(of, at, path, &mut Seen::new())
    }

    fn follow(&self, of: &str, at: &[String], path: &[String], seen: &mut Seen) -> Option<Target> {
        let Some((first, rest)) = path.split_first() else {
            return Some(Target::Module(of.to_owned(), at.to_vec()));
        };
        let anchor = match first.as_str() {
            "crate" => Some(&[][..]),
            "self" => Some(at),
            "super" => Some(at.split_last()?.1),
            _ => None,
        };
        if let Some(at) = anchor {
            // Such a path never leads to another crate by its first name.
            let target = self.follow(of, at, rest, seen)?;
            return (target != Target::External(rest.to_vec())).then_some(target);
        }
        if let Some(target) = self.lookup(of, at, first, seen) {
            return match target {
                _ if rest.is_empty() => Some(target),
                Target::Module(of, at) => self.follow(&of, &at, rest, seen),
                Target::External(path) => Some(Target::External(path.iter().chain(rest).cloned().collect())),
                Target::Item(..) => None,
            };
        }
        if self.crates.contains_key(first) {
            return self.follow(first, &[], rest, seen);
        }
        Some(Target::External(path.to_vec()))
    }

    /// The meaning of a name in a module.
    fn lookup(&self, of: &str, at: &[String], name: &str, seen: &mut Seen) -> Option<Target> {
        let lookup = (of.to_owned(), at.to_vec(), name.to_owned());
        if let Some(target) = self.found.borrow().get(&lookup) {
            return Some(target.clone());
        }
        if !seen.insert(lookup.clone()) {
            return None;
        }
        let target = self.search(of, at, name, seen)?;
        self.found.borrow_mut().insert(lookup, target.clone());
        Some(target)
    }

    fn search(&self, of: &str, at: &[String], name: &str, seen: &mut Seen) -> Option<Target> {
        let module = self.crates.get(of)?.modules.get(at)?;
        let entries = module.names.get(name).map_or(&[][..], Vec::as_slice);
        let meant = entries.iter().filter_map(|entry| match &entry.meaning {
            Meaning::Item(_) | Meaning::Macro => {
                Some(Target::Item(of.to_owned(), at.to_vec(), name.to_owned()))
            }
            Meaning::Module => {
                let at = at.iter().cloned().chain([name.to_owned()]).collect();
                Some(Target::Module(of.to_owned(), at))
            }
            // `use name::name` of another crate does not stand for itself.
            Meaning::Import(path) if path.first().is_some_and(|first| first == name) => {
                match self.crates.get(name) {
                    Some(_) => self.follow(name, &[], &path[1..], seen),
                    None => Some(Target::External(path.clone())),
                }
            }
            Meaning::Import(path) => self.follow(of, at, path, seen),
        });
        let meant: BTreeSet<Target> = meant.collect();
        if let Some(target) = meant.into_iter().next() {
            return Some(target);
        }
        module.globs.iter().find_map(|(glob, _)| {
            if glob.first().is_some_and(|first| first == name) {
                return None;
            }
            match self.follow(of, at, glob, seen)? {
                Target::Module(of, at) => self.lookup(&of, &at, name, seen),
                _ => None,
            }
        })
    }

    /// The public names of a module, with their meanings.
    pub fn public(&self, of: &str, at: &[String]) -> BTreeMap<String, Target> {
        let mut found = BTreeMap::new();
        self.collect(of, at, &mut found, &mut BTreeSet::new());
        found
    }

    fn collect(
        &self,
        of: &str,
        at: &[String],
        found: &mut BTreeMap<String, Target>,
        seen: &mut BTreeSet<(String, Vec<String>)>,
    ) {
        let module = self.crates.get(of).and_then(|of| of.modules.get(at));
        let Some(module) = module.filter(|_| seen.insert((of.to_owned(), at.to_vec()))) else {
            return;
        };
        for (name, entries) in &module.names {
            let public: Vec<&Entry> = entries.iter().filter(|entry| entry.public).collect();
            let Some(entry) = public.first() else { continue };
            let target = match &entry.meaning {
                Meaning::Import(path) => self
                    .lookup(of, at, name, &mut Seen::new())
                    .unwrap_or_else(|| Target::External(path.clone())),
                _ => self
                    .lookup(of, at, name, &mut Seen::new())
                    .unwrap_or_else(|| Target::Module(of.to_owned(), at.to_vec())),
            };
            found.entry(name.clone()).or_insert(target);
        }
        for (glob, _) in module.globs.iter().filter(|(_, public)| *public) {
            if let Some(Target::Module(of, at)) = self.resolve(of, at, glob) {
                self.collect(&of, &at, found, seen);
            }
        }
    }
}
