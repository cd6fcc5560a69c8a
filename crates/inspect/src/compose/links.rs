//! Which import is connected with which export, by names alone.

use crate::{Error, Result};
use std::collections::HashSet;
use transom::Escaped;
use wac_graph::types::{NameMap, NameMapNoIntern};

/// So many names are listed in a message.
const LISTED: usize = 20;

/// The names of a component. The first component of a list is the main one.
pub(super) struct Names {
    /// Its file.
    pub(super) file: String,
    /// Of its imports.
    pub(super) imports: Vec<String>,
    /// Of its exports.
    pub(super) exports: Vec<String>,
}

/// A connection; components are positions in their list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link<'a> {
    /// The component that imports.
    pub(super) importer: usize,
    /// The name that it imports.
    pub(super) import: &'a str,
    /// The component that exports, which is not the main one.
    pub(super) provider: usize,
    /// The name that it exports.
    pub(super) export: &'a str,
}

/// The connections of these components.
///
/// # Errors
///
/// Two dependencies export what is imported; a dependency exports nothing that is imported; or dependencies need each other.
pub(super) fn find(parts: &[Names]) -> Result<Vec<Link<'_>>> {
    let mut links = Vec::new();
    for importer in 0..parts.len() {
        let offers = offers(parts, importer);
        for import in &parts[importer].imports {
            let Some((export, providers)) = offers.get(import, &NameMapNoIntern) else {
                continue;
            };
            let &[provider] = &providers[..] else {
                return Err(ambiguous(parts, importer, import, providers));
            };
            links.push(Link {
                importer,
                import,
                provider,
                export,
            });
        }
    }
    check_use(parts, &links)?;
    check_order(parts, &links)?;
    Ok(links)
}

/// A name that is exported, and the components that export it.
type Offer<'a> = (&'a str, Vec<usize>);

/// What dependencies export for others.
fn offers(parts: &[Names], importer: usize) -> NameMap<String, Offer<'_>> {
    let mut offers = NameMap::<String, Offer<'_>>::default();
    for (provider, part) in parts.iter().enumerate().skip(1) {
        if provider == importer {
            continue;
        }
        for export in &part.exports {
            if let Some((_, providers)) = offers.raw_get_mut(export) {
                providers.push(provider);
                continue;
            }
            let offer = (&**export, vec![provider]);
            let inserted = offers.insert(export, &mut NameMapNoIntern, false, offer);
            inserted.expect("the name is new");
        }
    }
    offers
}

fn ambiguous(parts: &[Names], importer: usize, import: &str, providers: &[usize]) -> Error {
    let importer = Escaped(&parts[importer].file);
    let files = listed(providers.iter().map(|provider| &*parts[*provider].file));
    let what = format!(
        "`{importer}` imports `{}`, which several dependencies export: {files}",
        Escaped(import)
    );
    Error::new(what).remedy("leave out all but one of them, or say which is meant in a script: --script FILE")
}

/// Fails for a dependency that is not needed, directly or by others.
fn check_use(parts: &[Names], links: &[Link<'_>]) -> Result<()> {
    let mut used = HashSet::from([0]);
    let mut waiting = vec![0];
    while let Some(importer) = waiting.pop() {
        for link in links.iter().filter(|link| link.importer == importer) {
            if used.insert(link.provider) {
                waiting.push(link.provider);
            }
        }
    }
    let Some(unused) = (1..parts.len()).find(|part| !used.contains(part)) else {
        return Ok(());
    };
    let mut needed: Vec<usize> = used.into_iter().collect();
    needed.sort_unstable();
    let is_open = |importer: usize, import: &str| {
        !links
            .iter()
            .any(|link| link.importer == importer && link.import == import)
    };
    let open = needed.iter().flat_map(|importer| {
        let imports = parts[*importer].imports.iter().map(String::as_str);
        imports.filter(|import| is_open(*importer, import))
    });
    let (exports, open) = (
        listed(parts[unused].exports.iter().map(String::as_str)),
        listed(open),
    );
    let what = format!(
        "`{}` satisfies no import: it exports {exports}, and what is imported without it is {open}",
        Escaped(&parts[unused].file)
    );
    Err(Error::new(what).remedy("leave it out, or compare the names and versions: transom inspect FILE"))
}

/// Fails if there is no order in which the components can be instantiated.
fn check_order(parts: &[Names], links: &[Link<'_>]) -> Result<()> {
    let mut waiting: Vec<usize> = (0..parts.len()).collect();
    // The first need of a component that has not been instantiated.
    let need = |waiting: &[usize], part: usize| {
        let mut needs = links.iter().filter(move |link| link.importer == part);
        needs.find(|link| waiting.contains(&link.provider))
    };
    loop {
        let left: Vec<usize> = waiting
            .iter()
            .copied()
            .filter(|part| need(&waiting, *part).is_some())
            .collect();
        if left.len() == waiting.len() {
            break;
        }
        waiting = left;
    }
    let Some(first) = waiting.first() else {
        return Ok(());
    };
    // Each that is left needs one that is left, so this comes back to one that it has seen.
    let (mut seen, mut path) = (vec![*first], Vec::new());
    let start = loop {
        let last = *seen.last().expect("it is not empty");
        let link = need(&waiting, last).expect("it is left because it needs another");
        path.push(link);
        match seen.iter().position(|part| *part == link.provider) {
            Some(start) => break start,
            None => seen.push(link.provider),
        }
    };
    let file = |part: usize| Escaped(&*parts[part].file);
    let steps = path[start..].iter().map(|link| {
        let (importer, provider) = (file(link.importer), file(link.provider));
        format!(
            "`{importer}` imports `{}` from `{provider}`",
            Escaped(link.import)
        )
    });
    let steps = steps.collect::<Vec<_>>().join(", ");
    Err(Error::new(format!("dependencies need each other: {steps}"))
        .remedy("components are instantiated one after another: let one of them not import from the other"))
}

/// Names in one line.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{}`", Escaped(name))).collect();
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    match (names.is_empty(), more) {
        (true, _) => "nothing".to_owned(),
        (_, 0) => shown,
        _ => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(file: &str, imports: &[&str], exports: &[&str]) -> Names {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Names {
            file: file.to_owned(),
            imports: owned(imports),
            exports: owned(exports),
        }
    }

    fn found(parts: &[Names]) -> Vec<(usize, usize, &str)> {
        let links = find(parts).expect("they can be connected");
        let links = links
            .iter()
            .map(|link| (link.importer, link.provider, link.export));
        links.collect()
    }

    #[test]
    fn names_are_exact_or_the_latest_compatible() {
        let parts = [
            part("main", &["f", "a:b/c@1.1.0", "a:b/d@0.2.1", "a:b/e"], &[]),
            part("one", &["a:b/c@1.0.9"], &["f", "a:b/c@1.1.0"]),
            part("two", &[], &["a:b/c@1.9.0", "a:b/d@0.2.9", "a:b/e@1.0.0"]),
        ];
        assert_eq!(
            found(&parts),
            [
                (0, 1, "f"),
                (0, 1, "a:b/c@1.1.0"),
                (0, 2, "a:b/d@0.2.9"),
                (1, 2, "a:b/c@1.9.0")
            ]
        );
    }

    #[test]
    fn the_order_does_not_matter() {
        let [main, one, two] = [
            || part("main", &["f"], &["run"]),
            || part("one", &["g"], &["f"]),
            || part("two", &[], &["g", "unused"]),
        ];
        assert_eq!(found(&[main(), one(), two()]), [(0, 1, "f"), (1, 2, "g")]);
        assert_eq!(found(&[main(), two(), one()]), [(0, 2, "f"), (2, 1, "g")]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let main = || part("main", &["f", "x"], &["run"]);
        let wrong = |parts: &[Names]| find(parts).expect_err("wrong").message;
        assert_eq!(
            wrong(&[main(), part("a", &[], &["f"]), part("b", &[], &["f"])]),
            "`main` imports `f`, which several dependencies export: `a`, `b`"
        );
        assert_eq!(
            wrong(&[main(), part("a", &["y"], &["f"]), part("b", &[], &["z"])]),
            "`b` satisfies no import: it exports `z`, and what is imported without it is `x`, `y`"
        );
        assert_eq!(
            wrong(&[part("main", &[], &[]), part("a", &[], &[])]),
            "`a` satisfies no import: it exports nothing, and what is imported without it is nothing"
        );
        assert_eq!(
            wrong(&[main(), part("a", &["g"], &["f"]), part("b", &["f"], &["g"])]),
            "dependencies need each other: `a` imports `g` from `b`, `b` imports `f` from `a`"
        );
    }
}
