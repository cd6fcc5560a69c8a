//! No circles: the files of a crate can be read in an order in which each uses only those before it.
//!
//! One file uses another if it names something that the other *defines*. Re-exports are followed to the definition, so that
//! they hide no circle; a re-export itself is a use. Parents and children are files like any other: what both need belongs
//! in a file of its own.

use super::finding::Finding;
use super::names::{Crate, Use};
use super::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// How many of the names that tie one file to another are listed.
const NAMES_SHOWN: usize = 5;

/// Checks each crate among the files.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let crates = Crate::all(sources);
    crates
        .iter()
        .flat_map(|root| Graph::new(root.uses()).circles())
        .collect()
}

/// Which file uses which, and by which names.
struct Graph {
    edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

/// Files that all use each other, at least indirectly.
struct Circle<'a> {
    files: BTreeSet<&'a str>,
    graph: &'a Graph,
}

impl Graph {
    fn new(uses: Vec<Use>) -> Graph {
        let mut edges = BTreeMap::<_, BTreeMap<_, BTreeSet<_>>>::new();
        for Use { from, to, name } in uses {
            edges.entry(from).or_default().entry(to).or_default().insert(name);
        }
        Graph { edges }
    }

    /// The files that can be reached from `file`, which is among them only if it lies on a circle.
    fn reached(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![file];
        while let Some(file) = waiting.pop() {
            for to in self
                .edges
                .get(file)
                .into_iter()
                .flatten()
                .map(|(to, _)| to.as_str())
            {
                if reached.insert(to) {
                    waiting.push(to);
                }
            }
        }
        reached
    }

    /// The circles, largest possible, each once.
    fn circles(&self) -> Vec<Finding> {
        let reached = self
            .edges
            .keys()
            .map(|file| (file.as_str(), self.reached(file)))
            .collect::<BTreeMap<_, _>>();
        let together = |a: &str, b: &str| {
            reached[a].contains(b) && reached.get(b).is_some_and(|reached| reached.contains(a))
        };
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for file in reached.keys().filter(|file| together(file, file)) {
            if !seen.contains(file) {
                let files = reached
                    .keys()
                    .copied()
                    .filter(|other| together(file, other))
                    .collect::<BTreeSet<_>>();
                seen.extend(files.iter().copied());
                circles.push(Circle { files, graph: self }.finding());
            }
        }
        circles
    }
}

impl Circle<'_> {
    /// A finding at the first file, with every tie, so that the reader sees which one to cut.
    fn finding(&self) -> Finding {
        let first = self.files.first().expect("a circle has files");
        let mut what = format!(
            "{} files use each other; move what they share to a file of its own",
            self.files.len()
        );
        for from in &self.files {
            for (to, names) in self.graph.edges[*from]
                .iter()
                .filter(|(to, _)| self.files.contains(to.as_str()))
            {
                let mut shown = names.iter().take(NAMES_SHOWN).cloned().collect::<Vec<_>>();
                if names.len() > NAMES_SHOWN {
                    shown.push(format!("and {} more", names.len() - NAMES_SHOWN));
                }
                what += &format!("\n    {from} -> {to}: {}", shown.join(", "));
            }
        }
        Finding::new(first, 1, "circles", what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate with these files, each as the files in it.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let sources = files
            .iter()
            .map(|(path, text)| Source {
                path: format!("crates/x/src/{path}"),
                text: (*text).to_owned(),
            })
            .collect::<Vec<_>>();
        check(&sources).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_line_is_no_circle() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "pub struct B;"),
        ];
        assert_eq!(circles(&files), Vec::<String>::new());
    }

    #[test]
    fn re_exports_are_followed_to_the_definition() {
        // `b` takes `A` from the crate's face, and `a` takes `B` from there: neither names the other's file.
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
            ("a.rs", "use crate::B; pub struct A(B);"),
            ("b.rs", "pub struct B(crate::A);"),
        ];
        let found = circles(&files);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("2 files"), "{found:?}");
        assert!(found[0].contains("src/a.rs -> crates/x/src/b.rs: B"), "{found:?}");
    }

    #[test]
    fn parent_and_child_are_files_like_others() {
        let child = ("a/child.rs", "use super::A; pub fn f(_: A) {}");
        let user = [
            ("lib.rs", "mod a;"),
            ("a.rs", "mod child; pub struct A; fn g() { child::f(A) }"),
            child,
        ];
        assert_eq!(circles(&user).len(), 1);
        let owner = [("lib.rs", "mod a;"), ("a.rs", "mod child; pub struct A;"), child];
        assert_eq!(circles(&owner), Vec::<String>::new());
    }

    #[test]
    fn macros_count_and_tests_do_not() {
        let inside = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub fn f() { println!(\"{}\", crate::b::g()) }"),
            ("b.rs", "pub fn g() { crate::a::f() }"),
        ];
        assert_eq!(circles(&inside).len(), 1);
        let tested = [
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub fn f() {} #[cfg(test)] mod tests { use crate::b::g; }",
            ),
            ("b.rs", "pub fn g() { crate::a::f() }"),
        ];
        assert_eq!(circles(&tested), Vec::<String>::new());
    }

    #[test]
    fn macros_by_example_are_definitions() {
        let files = [
            ("lib.rs", "#[macro_use] mod a; mod b;"),
            ("a.rs", "macro_rules! m { () => {} } pub fn f() { crate::b::g() }"),
            ("b.rs", "m!(); pub fn g() {}"),
        ];
        assert_eq!(circles(&files).len(), 1);
    }
}
