//! Components that others have published: those that `wit-component` makes in its tests, and those of scripts. They are valid, their
//! modules can be compiled, their text says what they are, and their interfaces are what `wit-component` says.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/published.rs"]
mod published;

use std::path::Path;
use transom::component::Component;
use transom::{Config, Engine, Strategy};
use transom_inspect::component::{interface, validate};
use transom_inspect::print::{Print, print};
use transom_inspect::strip::{Strip, strip_component};
use wasmparser::WasmFeatures;
use wast::component::ComponentKind;
use wast::parser::{ParseBuffer, parse};
use wast::{QuoteWat, Wast, WastDirective, Wat};

/// Components that need a feature that is not frozen, which is named.
const GATED: &[(&str, &str)] = &[
    ("async-builtins", "error-context"),
    ("async-export", "async-stackful"),
    ("async-forward-builtins", "forward"),
    ("async-streams-and-futures", "more-async-builtins"),
    ("async-unit-builtins", "more-async-builtins"),
    ("canonical-names", "canonical-names"),
    ("import-memory-async-builtins", "error-context"),
    ("link-thread-new-indirect", "threading"),
    ("link-wasip3-tls", "threading"),
    ("realloc-task-hook-async", "more-async-builtins"),
    ("return-call-ref-async", "error-context"),
    ("return-call-ref-payloads", "more-async-builtins"),
    ("threading", "threading"),
    ("threading-wasm-ld-symbols-coop", "threading"),
    ("threading-wasm-ld-symbols64", "memory64"),
    ("wasm-init-task", "async-stackful"),
];

fn encode(text: &str) -> Vec<u8> {
    let buffer = ParseBuffer::new(text).unwrap();
    parse::<Wat<'_>>(&buffer).unwrap().encode().unwrap()
}

/// That the text of a component is that of this component.
fn check_text(binary: &[u8], name: &str) {
    let text = print(binary, &Print::default()).unwrap();
    let again = encode(&text);
    assert_eq!(print(&again, &Print::default()).unwrap(), text, "{name}");
    // Names of components are written in another order than they were.
    assert_eq!(stripped(&again), stripped(binary), "{name}");
}

fn stripped(binary: &[u8]) -> Vec<u8> {
    strip_component(binary, &Strip::default()).unwrap()
}

#[test]
fn components_made_of_modules_compile() {
    let engine = Engine::new(
        Config::new()
            .strategy(Strategy::Optimized)
            .wasm_custom_page_sizes(true),
    )
    .unwrap();
    let folder = published::folder("wit-component-0.263.0").join("tests/components");
    let files = published::files(&folder, "/component.wat");
    for file in &files {
        let name = file.parent().and_then(Path::file_name).unwrap();
        let name = name.display().to_string();
        let binary = encode(&std::fs::read_to_string(file).unwrap());
        let valid = validate(&binary, WasmFeatures::WASM3 | WasmFeatures::CUSTOM_PAGE_SIZES);
        let compiled = Component::new(&engine, &binary);
        match GATED.iter().find(|(gated, _)| *gated == name) {
            None => {
                valid.unwrap_or_else(|error| panic!("{name}: {error}"));
                compiled.unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            Some((_, gate)) => {
                let needs = format!("the component needs `{gate}`");
                for error in [valid.unwrap_err().to_string(), compiled.unwrap_err().to_string()] {
                    assert!(error.contains(&needs), "{name}: {error}");
                }
            }
        }
        check_text(&binary, &name);
        let wit = std::fs::read_to_string(file.with_file_name("component.wit.print")).unwrap();
        let printed = interface(&binary).unwrap().to_string();
        // What is recorded is without the packages that the world refers to.
        assert!(printed.starts_with(wit.trim_end()), "{name}: {printed}");
    }
    assert_eq!(files.len(), 130);
}

#[test]
fn components_of_scripts_are_what_their_text_says() {
    let folders = [
        published::component_model().join("test"),
        published::folder("wasm-tools-1.263.0").join("tests/cli/component-model"),
    ];
    let mut checked = 0;
    for file in folders
        .iter()
        .flat_map(|folder| published::files(folder, ".wast"))
    {
        // See the test of what is valid.
        if file.ends_with("legacy-indices.wast") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let buffer = ParseBuffer::new(&text).unwrap();
        for directive in parse::<Wast<'_>>(&buffer).unwrap().directives {
            let line = directive.span().linecol_in(&text).0 + 1;
            let (WastDirective::Module(component) | WastDirective::ModuleDefinition(component)) = directive
            else {
                continue;
            };
            if let QuoteWat::Wat(Wat::Component(mut component)) = component
                && matches!(component.kind, ComponentKind::Text(_))
            {
                check_text(
                    &component.encode().unwrap(),
                    &format!("{}:{line}", file.display()),
                );
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 677);
}
