//! Compositions of the components of the component model's reference suite: each is composed or refused, and nothing panics.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/published.rs"]
mod published;

use std::path::Path;
use transom_inspect::component;
use transom_inspect::compose::{self, Part};
use wasmparser::WasmFeatures;
use wast::parser::ParseBuffer;
use wast::{QuoteWat, Wast, WastDirective};

/// A component under a name.
fn part<'a>(name: &'a str, binary: &'a [u8]) -> Part<'a> {
    Part { name, binary }
}

const FEATURES: WasmFeatures = WasmFeatures::WASM3;

/// The valid components of a script.
fn components(script: &Path) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(script).unwrap();
    let Ok(buffer) = ParseBuffer::new(&text) else {
        return Vec::new();
    };
    let Ok(wast) = wast::parser::parse::<Wast<'_>>(&buffer) else {
        return Vec::new();
    };
    let component = |directive| match directive {
        WastDirective::Module(wat) | WastDirective::ModuleDefinition(wat) => encoded(wat),
        WastDirective::AssertInvalid { module, .. } => encoded(module),
        WastDirective::AssertUnlinkable { module, .. } => encoded(QuoteWat::Wat(module)),
        _ => None,
    };
    wast.directives.into_iter().filter_map(component).collect()
}

fn encoded(mut wat: QuoteWat<'_>) -> Option<Vec<u8>> {
    let binary = wat.encode().ok()?;
    component::validate(&binary, FEATURES).ok()?;
    Some(binary)
}

#[test]
fn components_of_the_suite_are_composed_or_refused() {
    let files = published::files(&published::component_model().join("test"), ".wast");
    let (mut made, mut refused) = (0, 0);
    let mut count = |case: &str, done: Result<Vec<u8>, transom_inspect::Error>| match done {
        Ok(_) => made += 1,
        Err(error) => {
            refused += 1;
            assert!(!error.message.contains("wac-graph"), "{case}: {error:?}");
        }
    };
    for file in files {
        let components = components(&file);
        for main in &components {
            let case = file.display().to_string();
            let script = "package my:app;\nlet x = new my:main { ... };\nexport x...;";
            count(&case, compose::script(script, &[part("my:main", main)], FEATURES));
            for dependency in &components {
                let dependency = part("dependency", dependency);
                count(
                    &case,
                    compose::compose(part("main", main), &[dependency], FEATURES),
                );
            }
        }
    }
    assert!(made > 100 && refused > 100, "{made}, {refused}");
}
