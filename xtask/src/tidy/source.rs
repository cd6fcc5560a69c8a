//! The Rust files of the workspace, and which of their lines are tests.

use super::finding::Finding;
use std::path::Path;
use syn::spanned::Spanned;

/// Folders that hold code of ours; `bench` and `fuzz` are workspaces of their own, under the same rules.
const ROOTS: [&str; 6] = ["crates", "xtask", "tests", "examples", "fuzz", "bench"];

/// A Rust file.
pub struct Source {
    /// Relative to the workspace, with `/`.
    pub path: String,
    pub text: String,
}

impl Source {
    /// Whether the whole file is test code: it lies in a `tests` folder, or is a `tests.rs`.
    pub fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs" || part == "benches")
    }

    /// The syntax tree, or a finding that says where the file stops to be Rust.
    pub fn parse(&self) -> Result<syn::File, Finding> {
        syn::parse_file(&self.text).map_err(|error| {
            Finding::new(
                &self.path,
                error.span().start().line,
                "parse",
                format!("{error}; make it compile"),
            )
        })
    }
}

/// Every `.rs` file under the folders of the project, in order of path.
pub fn collect(root: &Path) -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    for folder in ROOTS {
        walk(root, &root.join(folder), &mut sources)?;
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn walk(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                walk(root, &path, sources)?;
            }
        } else if name.ends_with(".rs") {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let relative = path.strip_prefix(root).expect("found under the root");
            sources.push(Source {
                path: relative.to_string_lossy().replace('\\', "/"),
                text,
            });
        }
    }
    Ok(())
}

/// Whether an item is compiled for tests only.
pub fn is_test_item(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|name| name == "test")
    })
}

/// How many lines of the file belong to items that are compiled for tests only.
pub fn test_lines(file: &syn::File) -> usize {
    let items = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(item) if is_test_item(&item.attrs) => Some(item.span()),
        syn::Item::Fn(item) if is_test_item(&item.attrs) => Some(item.span()),
        _ => None,
    });
    items.map(|span| span.end().line + 1 - span.start().line).sum()
}
