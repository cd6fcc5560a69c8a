//! The component model's reference suite, and the scripts of `wasm-tools` itself, as that crate has them: what they define is valid, and what they
//! say is invalid or malformed is refused, for its reason. Calls are for whoever runs components.

#[path = "../../../tests/published.rs"]
mod published;

use std::collections::BTreeSet;
use std::fmt::Write;
use transom_component::wiring::Component;
use transom_component::{Error, FROZEN, GATES, validate};
use wasmparser::WasmFeatures;
use wast::parser::{ParseBuffer, parse};
use wast::{QuoteWat, Wast, WastDirective, WastExecute, Wat};

/// The gates that each file needs, for files that need some. `BLESS=1` writes what is found.
const GATES_OF_FILES: &str = include_str!("suite-gates.txt");

/// Messages that differ: the expected one, what there is instead, and why.
const OTHER_MESSAGES: &[(&str, &str, &str)] = &[
    (
        "invalid leading byte (0x2e) for canonical function",
        "unexpected end-of-file",
        "the number is that of `stream.forward`, behind a gate, and its operand is missing",
    ),
    (
        "invalid boolean value",
        "invalid leading byte (0x2) for zero byte",
        "what was a boolean value must be zero now",
    ),
    (
        "non-zero reserved byte",
        "invalid leading byte (0x1) for zero byte",
        "the validator says which byte",
    ),
    (
        "canonical option `",
        "type mismatch: expected i32 but nothing on stack",
        "a module before it is invalid, too, and bodies are checked in their order",
    ),
    (
        "lowered result types `[]` do not match",
        "type mismatch: expected i32 but nothing on stack",
        "as above",
    ),
    (
        "exceptions proposal not enabled",
        "tag",
        "exceptions are on, and then the file says something else that is wrong",
    ),
    (
        "unexpected token",
        "duplicate `",
        "the reader of text says which attribute there is twice",
    ),
    (
        "import name `foob-ar` conflicts",
        "import name `FOOB-ar` conflicts",
        "the name is as it was written",
    ),
];

/// Why a component that is valid is refused.
const NOT_FLATTENED: &[&str] = &[
    "the component imports a component",
    "lists of a fixed length are not supported",
    "values are not supported",
];

/// The directives of a file that were checked.
#[derive(Default)]
struct Checked {
    valid: usize,
    refused: usize,
    gates: BTreeSet<&'static str>,
}

#[test]
fn definitions_are_valid_and_what_is_wrong_is_refused() {
    let folders = [
        (published::component_model().join("test"), (72, 320, 470)),
        (
            published::folder("wasm-tools-1.263.0").join("tests/cli/component-model"),
            (87, 400, 722),
        ),
    ];
    let mut gates = String::new();
    for (folder, expected) in folders {
        let mut paths = published::files(&folder, ".wast");
        // The reader of text accepts its legacy syntax only if the environment says so.
        paths.retain(|path| !path.ends_with("legacy-indices.wast"));
        let (mut valid, mut refused) = (0, 0);
        for path in &paths {
            let text = std::fs::read_to_string(path).expect("a text");
            let name = path.strip_prefix(&folder).expect("it is inside").display();
            let checked = check(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            valid += checked.valid;
            refused += checked.refused;
            if !checked.gates.is_empty() {
                let needed = checked.gates.into_iter().collect::<Vec<_>>().join(" ");
                writeln!(gates, "{name}: {needed}").expect("a string");
            }
        }
        assert_eq!((paths.len(), valid, refused), expected);
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite-gates.txt"),
            &gates,
        )
        .expect("it is written");
    } else {
        assert_eq!(gates, GATES_OF_FILES, "other files need gates than before");
    }
}

/// Checks the directives of a file. Its gates are those that its valid components need.
fn check(text: &str) -> Result<Checked, String> {
    let mut checked = Checked::default();
    let mut features = WasmFeatures::WASM3 | FROZEN;
    let buffer = ParseBuffer::new(text).map_err(|error| error.to_string())?;
    let script: Wast<'_> = parse(&buffer).map_err(|error| error.to_string())?;
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        if let Some(mut component) = defined(directive) {
            let binary = encoded(&mut component).map_err(|error| format!("line {line}: {error}"))?;
            while let Err(error) = validate(&binary, features) {
                let missing = error.missing.ok_or_else(|| format!("line {line}: {error}"))?;
                features |= missing;
                checked.gates.extend(names(missing));
            }
            checked.valid += 1;
            // What is valid can be flattened, but for what is said not to be supported.
            if let Err(error) = Component::new(&binary, features) {
                let is_known = NOT_FLATTENED.iter().any(|known| error.message.contains(known));
                if !is_known {
                    return Err(format!("line {line}: {error}"));
                }
            }
        }
    }
    // A buffer is read once.
    let buffer = ParseBuffer::new(text).map_err(|error| error.to_string())?;
    let script: Wast<'_> = parse(&buffer).map_err(|error| error.to_string())?;
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        let (mut component, expected) = match directive {
            WastDirective::AssertInvalid { module, message, .. }
            | WastDirective::AssertMalformed { module, message, .. } => (module, message),
            _ => continue,
        };
        let why = match encoded(&mut component) {
            Err(why) => why,
            Ok(binary) => loop {
                match validate(&binary, features) {
                    Err(Error {
                        missing: Some(missing),
                        message,
                        ..
                    }) if !message.contains(expected) => {
                        features |= missing;
                        checked.gates.extend(names(missing));
                    }
                    Err(error) => break error.to_string(),
                    Ok(()) => return Err(format!("line {line}: it is valid, and should not be: {expected}")),
                }
            },
        };
        let is_other = |&(message, instead, _): &(&str, &str, &str)| {
            expected.starts_with(message) && why.contains(instead)
        };
        let found = match OTHER_MESSAGES.iter().any(is_other) {
            true => !why.contains(expected),
            false => why.contains(expected),
        };
        if !found {
            return Err(format!(
                "line {line}: it is refused for {why:?}, not for {expected:?}"
            ));
        }
        checked.refused += 1;
    }
    Ok(checked)
}

/// What features are called: gates as everywhere, others as the validator calls them.
fn names(features: WasmFeatures) -> impl Iterator<Item = &'static str> {
    features.iter_names().map(|(name, feature)| {
        let gate = GATES.iter().find(|gate| gate.feature == feature);
        gate.map_or(name, |gate| gate.name)
    })
}

/// The components that a directive says are valid.
fn defined(directive: WastDirective<'_>) -> Option<QuoteWat<'_>> {
    let component = match directive {
        WastDirective::Module(component) | WastDirective::ModuleDefinition(component) => component,
        WastDirective::AssertUnlinkable { module, .. } => QuoteWat::Wat(module),
        WastDirective::AssertTrap {
            exec: WastExecute::Wat(component),
            ..
        } => QuoteWat::Wat(component),
        _ => return None,
    };
    matches!(
        component,
        QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..)
    )
    .then_some(component)
}

fn encoded(component: &mut QuoteWat<'_>) -> Result<Vec<u8>, String> {
    component.encode().map_err(|error| error.message())
}

#[test]
fn gates_have_one_name_each() {
    let names = GATES.iter().map(|gate| gate.name).collect::<BTreeSet<_>>();
    assert_eq!(names.len(), GATES.len());
}
