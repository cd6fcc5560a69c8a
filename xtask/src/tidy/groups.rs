//! Instruction groups: each file that translates instructions has expected output, so that a change of the code that comes
//! out is seen.

use super::finding::Finding;
use super::source::Source;
use std::path::Path;

/// The files of instruction groups, and where their expected output lies.
const GROUPS: &str = "crates/optimizer/src/translate/";
const EXPECTED: &str = "crates/optimizer/tests/disas";

/// Checks every group. The output of `simd` serves for `simd_lanes`, too.
pub fn check(root: &Path, sources: &[Source]) -> Vec<Finding> {
    let has = |name: &str| root.join(EXPECTED).join(format!("{name}.clif")).is_file();
    sources
        .iter()
        .filter_map(|source| without_output(source, &has))
        .collect()
}

fn without_output(source: &Source, has: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let group = source.path.strip_prefix(GROUPS)?.strip_suffix(".rs")?;
    let translates = !group.contains('/') && group != "visitor" && source.text.contains("fn visit_");
    let whole = group.split('_').next().unwrap_or(group);
    (translates && !has(group) && !has(whole)).then(|| {
        let what =
            format!("no expected output: add {EXPECTED}/{group}.wat, and run the test `disas` with BLESS=1");
        Finding::new(&source.path, 1, "groups", what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> bool {
        let source = Source {
            path: path.into(),
            text: text.into(),
        };
        without_output(&source, &|name| name == "simd").is_some()
    }

    #[test]
    fn groups_need_expected_output() {
        let visits = "pub fn visit_nop(&mut self) {}";
        assert!(found("crates/optimizer/src/translate/stack.rs", visits));
        assert!(!found("crates/optimizer/src/translate/simd.rs", visits));
        assert!(!found("crates/optimizer/src/translate/simd_lanes.rs", visits));
        assert!(!found("crates/optimizer/src/translate/stack.rs", "fn other() {}"));
        assert!(!found("crates/optimizer/src/translate/visitor.rs", visits));
        assert!(!found("crates/vm/src/stack.rs", visits));
    }
}
