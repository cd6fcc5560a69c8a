//! The rings: a crate depends only on crates of lower rings, and some never on certain others.

use super::finding::Finding;
use crate::cargo::cargo;
use serde_json::Value;
use std::path::Path;

/// The ring of each crate, by folder. From ring 7 on they are clients of the public API: the tools in an order of their
/// own, and the command above all.
const RINGS: [(&str, u8); 24] = [
    ("types", 0),
    ("ops", 0),
    ("error", 0),
    ("component-macro", 0),
    ("module", 1),
    ("component", 1),
    ("layout", 1),
    ("code", 2),
    ("optimizer", 3),
    ("baseline", 3),
    ("dwarf", 3),
    ("sys", 3),
    ("cache", 3),
    ("gc", 4),
    ("codespace", 4),
    ("vm", 5),
    ("transom", 6),
    ("wasi", 7),
    ("wast", 7),
    ("inspect", 7),
    ("generate", 8),
    ("reduce", 8),
    ("compare", 9),
    ("cli", 10),
];

const PUBLIC_API_RING: u8 = 6;

/// What clients may use beside the public API: tables of what the specification says, which are no part of the runtime.
const TABLES: &str = "ops";

/// Clients that build on each other, along the rings. All other clients use the public API alone.
const TOOLS: [&str; 4] = ["inspect", "generate", "reduce", "compare"];

/// The client that may use every other one.
const COMMAND: &str = "cli";

/// Pairs that the rings alone would allow: the first never depends on the second.
const NEVER: [(&str, &str); 2] = [("vm", "optimizer"), ("vm", "baseline")];

/// Crates that talk to the operating system, and who may depend on them. `wasi` lends the host to a
/// guest, through the public API and beside the runtime. `cache` works on files of its own relative to a descriptor, which the standard
/// library cannot do; nothing of that concerns running code, so it is no part of `sys`.
const SYSTEM: [&str; 2] = ["libc", "rustix"];
const SYSTEM_USERS: [&str; 3] = ["sys", "wasi", "cache"];

/// One dependency of one crate of ours.
pub struct Edge {
    /// The manifest, relative to the workspace.
    manifest: String,
    /// The names of the crate, and of what it depends on.
    from: String,
    to: String,
    dev: bool,
}

/// Asks cargo what depends on what.
pub fn metadata(root: &Path) -> Result<Vec<Edge>, String> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    edges(root, &value).ok_or_else(|| "cargo metadata: not the shape of version 1".to_owned())
}

fn edges(root: &Path, metadata: &Value) -> Option<Vec<Edge>> {
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array()? {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        let manifest = manifest
            .strip_prefix(root)
            .unwrap_or(manifest)
            .to_string_lossy()
            .into_owned();
        if !manifest.starts_with("crates/") {
            continue;
        }
        let from = package["name"].as_str()?.to_owned();
        let edge = |to: &str, dev| Edge {
            manifest: manifest.clone(),
            from: from.clone(),
            to: to.into(),
            dev,
        };
        for dependency in package["dependencies"].as_array()? {
            let dev = dependency["kind"].as_str() == Some("dev");
            edges.push(edge(dependency["name"].as_str()?, dev));
        }
        // An edge to itself stands for the crate, so that one without dependencies is seen as well.
        edges.push(edge(&from, false));
    }
    Some(edges)
}

/// The folder of a crate of ours.
fn folder(name: &str) -> Option<&str> {
    if name == "transom" {
        Some(name)
    } else {
        name.strip_prefix("transom-")
    }
}

fn ring(folder: &str) -> Option<u8> {
    RINGS
        .iter()
        .find(|(crate_name, _)| *crate_name == folder)
        .map(|(_, ring)| *ring)
}

/// Checks every edge.
pub fn check(edges: &[Edge]) -> Vec<Finding> {
    edges
        .iter()
        .filter_map(|edge| Some(Finding::new(&edge.manifest, 1, "rings", breach(edge)?)))
        .collect()
}

fn breach(edge: &Edge) -> Option<String> {
    let Edge { from, to, dev, .. } = edge;
    let Some((from, from_ring)) = folder(from).and_then(|from| Some((from, ring(from)?))) else {
        let what = format!("`{from}` has no ring; give it one in the design and in xtask/src/tidy/rings.rs");
        return Some(what);
    };
    if SYSTEM.contains(&to.as_str()) && !SYSTEM_USERS.contains(&from) && !dev {
        return Some(format!("`{from}` depends on `{to}`; use the functions of `sys`"));
    }
    let to = folder(to)?;
    if from == to {
        return None;
    }
    let to_ring = ring(to)?;
    if from_ring > PUBLIC_API_RING {
        let public = to_ring == PUBLIC_API_RING || to == TABLES;
        let client = to_ring > PUBLIC_API_RING && to_ring < from_ring;
        let allowed = from == COMMAND || TOOLS.contains(&from) && TOOLS.contains(&to);
        let what = || {
            format!("`{from}` depends on `{to}`; clients use the public API, and tools those of lower rings")
        };
        return (!(public || client && allowed)).then(what);
    }
    if to_ring >= from_ring {
        return Some(format!(
            "`{from}` (ring {from_ring}) depends on `{to}` (ring {to_ring}); only lower rings"
        ));
    }
    let never = NEVER.contains(&(from, to)) && !dev;
    never.then(|| format!("`{from}` never names `{to}`; it uses it through a trait or a layout"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one crate of ours may depend on another, by their folders, or on somebody else's.
    fn ok(from: &str, to: &str) -> bool {
        let ours = |name: &str| match ring(name) {
            Some(_) if name != "transom" => format!("transom-{name}"),
            _ => name.to_owned(),
        };
        let (from, to) = (ours(from), ours(to));
        let edge = Edge {
            manifest: String::new(),
            from,
            to,
            dev: false,
        };
        breach(&edge).is_none()
    }

    #[test]
    fn only_lower_rings() {
        assert!(ok("module", "types") && ok("vm", "gc") && ok("transom", "optimizer"));
        assert!(ok("vm", "error") && !ok("error", "types") && !ok("wasi", "error"));
        assert!(!ok("types", "module") && !ok("types", "ops") && !ok("optimizer", "gc") && !ok("code", "vm"));
    }

    #[test]
    fn tiers_are_named_by_the_public_crate_only() {
        assert!(!ok("vm", "optimizer") && !ok("vm", "baseline"));
    }

    #[test]
    fn clients_use_the_public_api() {
        assert!(ok("wasi", "transom") && ok("cli", "wasi") && ok("cli", "wast"));
        assert!(ok("inspect", "ops") && ok("inspect", "transom"));
        assert!(!ok("wasi", "types") && !ok("cli", "vm") && !ok("wast", "wasi"));
        assert!(!ok("inspect", "module") && !ok("compare", "wasi") && !ok("wast", "inspect"));
    }

    #[test]
    fn tools_build_on_tools_of_lower_rings() {
        assert!(ok("generate", "inspect") && ok("reduce", "inspect") && ok("compare", "generate"));
        assert!(ok("compare", "reduce") && ok("compare", "inspect") && ok("cli", "compare"));
        assert!(!ok("inspect", "generate") && !ok("inspect", "compare") && !ok("reduce", "compare"));
        assert!(!ok("generate", "reduce") && !ok("reduce", "generate") && !ok("compare", "cli"));
    }

    #[test]
    fn the_system_belongs_to_sys() {
        assert!(ok("sys", "libc") && ok("wasi", "rustix") && ok("cache", "rustix") && ok("vm", "smallvec"));
        assert!(!ok("vm", "libc"));
        assert!(!ok("nowhere", "types"));
    }

    #[test]
    fn a_foreign_crate_of_the_same_name_is_foreign() {
        let edge = Edge {
            manifest: String::new(),
            from: "transom-module".into(),
            to: "wast".into(),
            dev: true,
        };
        assert_eq!(breach(&edge), None);
    }
}
