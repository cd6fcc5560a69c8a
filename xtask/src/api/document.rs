//! The table of absent names in the document.

use super::list::List;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = "docs/api-differences.md";

const BEGIN: &str = "<!-- absent names, from xtask/api.txt -->\n";
const END: &str = "<!-- end of absent names -->\n";

/// Whether the document has the table of the list. If `BLESS` is set, the table is written.
///
/// # Errors
///
/// The document cannot be read or written, or has no place for the table.
pub fn keep(root: &Path, list: &List) -> Result<bool, String> {
    let path = root.join(DOCUMENT);
    let old = fs::read_to_string(&path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    let new = replaced(&old, &table(list)).ok_or_else(|| format!("{DOCUMENT}: no line {BEGIN}"))?;
    if new == old {
        return Ok(true);
    }
    if std::env::var_os("BLESS").is_none() {
        println!("{DOCUMENT} does not match the list; try: BLESS=1 cargo xtask api");
        return Ok(false);
    }
    fs::write(&path, new).map_err(|error| format!("{DOCUMENT}: {error}"))?;
    println!("wrote {DOCUMENT}");
    Ok(true)
}

/// The document with another table.
pub(super) fn replaced(document: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

/// A row for the absent members of each type that have the same reason.
pub(super) fn table(list: &List) -> String {
    let mut rows: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for (name, reason) in list.rows() {
        let (owner, member) = match name.rsplit_once("::") {
            Some((owner, member)) if !name.starts_with("impl ") => (owner, member),
            _ => ("", name),
        };
        let names = rows.entry((owner, reason)).or_default();
        names.push(format!("`{member}`"));
    }
    let mut table = "| of | absent | reason |\n|---|---|---|\n".to_owned();
    for ((owner, reason), names) in rows {
        let owner = if owner.is_empty() {
            "the crate".to_owned()
        } else {
            format!("`{owner}`")
        };
        table += &format!("| {owner} | {} | {reason} |\n", names.join(", "));
    }
    table
}
