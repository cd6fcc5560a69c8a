//! Whether an engine has a feature: it is given the smallest module that needs it, as it is and with the flags that
//! switch the feature on. What is said about flags has been tried, on this engine, in this version.

use crate::engine::{Case, Engine, FunctionCall, Task};
use crate::outcome::{Outcome, Phase, Step};
use crate::process::Bounds;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use transom::component::{Type, is_component};
use transom_inspect::{Source, needs};

/// The smallest modules that need a feature. Each has an export `probe`, which returns 1.
const PROBES: &[(&str, &str)] = &[
    (
        "mutable-global",
        r#"(global (export "g") (mut i32) (i32.const 0)) (func (export "probe") (result i64) (i64.const 1))"#,
    ),
    (
        "saturating-float-to-int",
        r#"(func (export "probe") (result i64) (i64.trunc_sat_f32_s (f32.const 1)))"#,
    ),
    (
        "sign-extension",
        r#"(func (export "probe") (result i64) (i64.extend8_s (i64.const 1)))"#,
    ),
    (
        "multi-value",
        r#"(func $two (result i64 i64) (i64.const 1) (i64.const 2)) (func (export "probe") (result i64) (call $two) (drop))"#,
    ),
    (
        "bulk-memory",
        r#"(memory 1) (func (export "probe") (result i64) (memory.fill (i32.const 0) (i32.const 0) (i32.const 1)) (i64.const 1))"#,
    ),
    (
        "reference-types",
        r#"(table 1 externref) (func (export "probe") (result i64) (i64.extend_i32_u (ref.is_null (table.get (i32.const 0)))))"#,
    ),
    (
        "simd",
        r#"(func (export "probe") (result i64) (i64x2.extract_lane 0 (v128.const i64x2 1 1)))"#,
    ),
    (
        "relaxed-simd",
        r#"(func (export "probe") (result i64) (i64x2.extract_lane 0 (i64x2.relaxed_laneselect (v128.const i64x2 1 1) (v128.const i64x2 1 1) (v128.const i64x2 0 0))))"#,
    ),
    (
        "tail-call",
        r#"(func $one (result i64) (i64.const 1)) (func (export "probe") (result i64) (return_call $one))"#,
    ),
    (
        "extended-const",
        r#"(global $g i64 (i64.add (i64.const 1) (i64.const 0))) (func (export "probe") (result i64) (global.get $g))"#,
    ),
    (
        "multi-memory",
        r#"(memory 1) (memory 1) (func (export "probe") (result i64) (i64.const 1))"#,
    ),
    (
        "memory64",
        r#"(memory i64 1) (func (export "probe") (result i64) (i64.add (i64.load (i64.const 0)) (i64.const 1)))"#,
    ),
    (
        "function-references",
        r#"(type $f (func (result i64))) (elem declare func $one) (func $one (type $f) (i64.const 1)) (func (export "probe") (result i64) (call_ref $f (ref.func $one)))"#,
    ),
    (
        "gc",
        r#"(type $s (struct (field i64))) (func (export "probe") (result i64) (struct.get $s 0 (struct.new $s (i64.const 1))))"#,
    ),
    (
        "exceptions",
        r#"(tag $e (param i64)) (func (export "probe") (result i64) (block $h (result i64) (try_table (catch $e $h) (throw $e (i64.const 1))) (i64.const 0)))"#,
    ),
    (
        "legacy-exceptions",
        r#"(tag $e (param i64)) (func (export "probe") (result i64) try (result i64) (throw $e (i64.const 1)) catch $e end)"#,
    ),
    (
        "threads",
        r#"(memory 1 1 shared) (func (export "probe") (result i64) (i64.add (i64.atomic.load (i32.const 0)) (i64.const 1)))"#,
    ),
    (
        "wide-arithmetic",
        r#"(func (export "probe") (result i64) (i64.add128 (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 0)) (drop))"#,
    ),
    (
        "custom-page-sizes",
        r#"(memory 1 (pagesize 1)) (func (export "probe") (result i64) (i64.extend_i32_u (memory.size)))"#,
    ),
    (
        "memory-control",
        r#"(memory 1) (func (export "probe") (result i64) (memory.discard (i32.const 0) (i32.const 0)) (i64.const 1))"#,
    ),
    (
        "stack-switching",
        r#"(type $f (func (result i64))) (type $c (cont $f)) (elem declare func $one) (func $one (type $f) (i64.const 1)) (func (export "probe") (result i64) (resume $c (cont.new $c (ref.func $one))))"#,
    ),
    (
        "shared-everything-threads",
        r#"(type $s (shared (struct (field i64)))) (func (export "probe") (result i64) (struct.get $s 0 (struct.new $s (i64.const 1))))"#,
    ),
    (
        "custom-descriptors",
        r#"(rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))) (func (export "probe") (result i64) (i64.const 1))"#,
    ),
    (
        "compact-imports",
        // No import, since an engine would have to define it.
        r#"(import "m") (func (export "probe") (result i64) (i64.const 1))"#,
    ),
    (
        "acquire-release-atomics",
        r#"(func (export "probe") (result i64) (pause) (i64.const 1))"#,
    ),
    (
        "multibyte-array-access",
        r#"(type $a (array (mut i8))) (func (export "probe") (result i64) (i64.add (i64.load (type $a) (array.new_default $a (i32.const 8)) (i32.const 0)) (i64.const 1)))"#,
    ),
];

/// The smallest components that need a feature: what is said here is added to one with an export `probe`, which returns 1.
const COMPONENT_PROBES: &[(&str, &str)] = &[
    ("component-model-async", "(type (func async))"),
    ("component-model-map", "(type (map u8 u8))"),
    ("component-model-fixed-length-lists", "(type (list u8 4))"),
    ("component-model-error-context", "(type error-context)"),
    (
        "component-model-implements",
        r#"(instance $e) (export "e" (implements "a:b/c") (instance $e))"#,
    ),
    (
        "component-model-values",
        "(type (instance (export \"v\" (value u8))))",
    ),
];

/// What every one of them has.
const COMPONENT: &str = r#"(core module $m (func (export "probe") (result i64) (i64.const 1)))
    (core instance $i (instantiate $m)) (func (export "probe") (result s64) (canon lift (core func $i "probe")))"#;

/// What an engine does that was understood at all. Of any other nothing can be said about features.
const NOTHING: (&str, &str) = ("nothing", r#"(func (export "probe") (result i64) (i64.const 1))"#);

/// Whether an engine has a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// It has, and it is on.
    On,
    /// It is off, and these flags switch it on.
    With(Vec<String>),
    /// It has not.
    Lacking,
    /// It refused something that needs the feature, and there is no probe to try flags with.
    Untried,
}

/// What was tried, so that each engine is asked once for each feature.
pub struct Probes {
    folder: PathBuf,
    bounds: Bounds,
    known: Mutex<HashMap<(String, &'static str), Support>>,
}

impl Probes {
    /// Probes that lie in a folder while they are tried, each within bounds.
    pub fn new(folder: &Path, bounds: Bounds) -> Self {
        Probes {
            folder: folder.to_owned(),
            bounds,
            known: Mutex::default(),
        }
    }

    /// The first of these features that an engine lacks; if it lacks none, the first that is off though it was not
    /// `enabled`. It is asked for those that have a probe. One of the component model that has none is untried: only what is
    /// refused is looked at.
    pub fn lacking(
        &self,
        engine: &dyn Engine,
        features: &[String],
        enabled: bool,
    ) -> Option<(String, Support)> {
        let asked = |feature: &&str| features.iter().any(|asked| asked == feature);
        let probes = PROBES.iter().chain(COMPONENT_PROBES);
        let probes = probes.filter(|(feature, _)| asked(feature));
        let found = probes.map(|(feature, text)| (*feature, self.support(engine, feature, text)));
        let found = found.filter(|(_, support)| match support {
            Support::On => false,
            Support::With(_) => !enabled,
            Support::Lacking | Support::Untried => true,
        });
        let found = found.collect::<Vec<_>>();
        let lacking = found.iter().find(|(_, support)| *support == Support::Lacking);
        let found = lacking.or(found.first());
        let found = found.map(|(feature, support)| ((*feature).to_owned(), support.clone()));
        let without_probe = || {
            let probed = |feature: &str| COMPONENT_PROBES.iter().any(|(known, _)| *known == feature);
            let mut features = features.iter();
            let feature = features.find(|feature| feature.starts_with(needs::COMPONENT) && !probed(feature));
            feature.map(|feature| (feature.clone(), Support::Untried))
        };
        found
            .or_else(without_probe)
            .filter(|_| self.support(engine, NOTHING.0, NOTHING.1) == Support::On)
    }

    fn support(&self, engine: &dyn Engine, feature: &'static str, text: &str) -> Support {
        let key = (engine.identity().name.clone(), feature);
        if let Some(known) = self.lock().get(&key) {
            return known.clone();
        }
        let support = self.try_it(engine, feature, text).unwrap_or(Support::Lacking);
        self.lock().insert(key, support.clone());
        support
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, &'static str), Support>> {
        self.known
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn try_it(&self, engine: &dyn Engine, feature: &str, text: &str) -> Option<Support> {
        let (binary, task, one) = probe(feature, text)?;
        let file = self
            .folder
            .join(format!("probe-{feature}-{}.wasm", engine.identity().name));
        std::fs::write(&file, &binary).ok()?;
        let mut case = Case {
            file,
            task,
            features: Vec::new(),
        };
        let runs = |case: &Case| {
            let steps = engine.observe(std::slice::from_ref(case), self.bounds);
            steps == [[Step::new(Phase::Execute, one.clone())]]
        };
        if runs(&case) {
            return Some(Support::On);
        }
        case.features = needed(&binary)?;
        let flags = case.features.iter().flat_map(|feature| engine.flags(feature));
        let flags = flags.cloned().collect::<Vec<_>>();
        (!flags.is_empty() && runs(&case)).then_some(Support::With(flags))
    }
}

/// A probe in binary form, what is asked, and what comes of it where its feature is on.
fn probe(feature: &str, text: &str) -> Option<(Vec<u8>, Task, Outcome)> {
    if feature.starts_with(needs::COMPONENT) {
        let source = Source::new("probe", format!("(component {text} {COMPONENT})"));
        let call = FunctionCall {
            instances: Vec::new(),
            function: "probe".to_owned(),
            text: "probe()".to_owned(),
            result: Some(Type::S64),
        };
        let binary = source.component().ok()??.into_owned();
        return Some((
            binary,
            Task::Functions(vec![call]),
            Outcome::Value("1".to_owned()),
        ));
    }
    let source = Source::new("probe", format!("(module {text})"));
    let task = Task::Calls(vec!["probe".to_owned()]);
    Some((
        source.binary().ok()?.into_owned(),
        task,
        Outcome::Results(vec![1]),
    ))
}

/// The features that a valid module or component needs, by name; nothing if it isn't valid at all.
pub fn needed(binary: &[u8]) -> Option<Vec<String>> {
    if is_component(binary) {
        return needs::of_component(binary).ok();
    }
    let needs = needs::needs(binary).ok()?;
    Some(needs.into_iter().map(|need| need.feature).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_probe_needs_its_feature_and_no_later_one() {
        for probes in [PROBES, COMPONENT_PROBES] {
            for (at, (feature, text)) in probes.iter().enumerate() {
                let (binary, ..) = probe(feature, text).unwrap_or_else(|| panic!("{feature} is no text"));
                let needed = needed(&binary).unwrap_or_else(|| panic!("{feature} is not valid"));
                assert!(
                    needed.iter().any(|needed| needed == feature),
                    "{feature}: {needed:?}"
                );
                for (later, _) in &probes[at + 1..] {
                    assert!(
                        !needed.iter().any(|needed| needed == later),
                        "{feature} needs {later}"
                    );
                }
            }
        }
    }
}
