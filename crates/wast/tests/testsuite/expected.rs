//! The list of expected failures: read, asked and rewritten.

use std::collections::BTreeMap;
use std::fmt;
use transom_wast::Outcome;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/expected-failures.txt");

const HEADER: &str = "\
# Directives of the test suite that are known to fail, each with its reason: `file:line  # reason`, or `file:*` for
# all of a file. `BLESS=1 cargo test -p transom-wast --test testsuite` rewrites the list and keeps the reasons.
";

/// Which directives of a file an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// All of them.
    Everywhere,
    /// The one that starts on this line.
    Line(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Everywhere => f.write_str("*"),
            Place::Line(line) => write!(f, "{line}"),
        }
    }
}

/// The entries of each file, with their reasons.
pub struct Expected(BTreeMap<String, BTreeMap<Place, String>>);

impl Expected {
    /// Reads the list.
    pub fn load() -> Self {
        let text = std::fs::read_to_string(PATH).unwrap_or_default();
        let mut files = BTreeMap::<String, BTreeMap<Place, String>>::new();
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        {
            let (entry, reason) = line
                .split_once('#')
                .unwrap_or_else(|| panic!("no reason given: {line}"));
            let (file, place) = entry
                .trim()
                .rsplit_once(':')
                .unwrap_or_else(|| panic!("no place: {line}"));
            let place = match place {
                "*" => Place::Everywhere,
                number => Place::Line(
                    number
                        .parse()
                        .unwrap_or_else(|_| panic!("no line number: {line}")),
                ),
            };
            files
                .entry(file.to_owned())
                .or_default()
                .insert(place, reason.trim().to_owned());
        }
        Expected(files)
    }

    /// Whether a failure at that line is expected.
    pub fn lists(&self, file: &str, line: usize) -> bool {
        let listed = |place| self.0.get(file).is_some_and(|places| places.contains_key(&place));
        listed(Place::Everywhere) || listed(Place::Line(line))
    }

    /// All entries of a file.
    pub fn of(&self, file: &str) -> impl Iterator<Item = Place> {
        self.0
            .get(file)
            .into_iter()
            .flat_map(|places| places.keys().copied())
    }

    /// Writes the list that makes these failures the expected ones; files that didn't run keep their entries.
    pub fn bless(&self, failures: &BTreeMap<String, Vec<Outcome>>) {
        let mut files = self.0.clone();
        for (file, failed) in failures {
            let old = files.remove(file).unwrap_or_default();
            let mut new = BTreeMap::new();
            if let Some(reason) = old.get(&Place::Everywhere).filter(|_| !failed.is_empty()) {
                new.insert(Place::Everywhere, reason.clone());
            } else {
                for outcome in failed {
                    let place = Place::Line(outcome.line);
                    let category = outcome.verdict.category().unwrap_or_default().to_owned();
                    new.insert(place, old.get(&place).cloned().unwrap_or(category));
                }
            }
            if !new.is_empty() {
                files.insert(file.clone(), new);
            }
        }
        let mut text = HEADER.to_owned();
        for (file, places) in &files {
            text.extend(
                places
                    .iter()
                    .map(|(place, reason)| format!("{file}:{place}  # {reason}\n")),
            );
        }
        std::fs::write(PATH, text).expect("the list of expected failures can be written");
    }
}
