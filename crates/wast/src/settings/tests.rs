//! Configuration lines, good and bad.

use super::*;
use transom::{Engine, Module};

fn message(script: &str) -> String {
    match Settings::of(script) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Whether an engine that is configured by the lines accepts a module.
fn accepts(lines: &str, module: &str) -> bool {
    let mut config = crate::config();
    Settings::of(lines).unwrap().configure(&mut config);
    let engine = Engine::new(&config).unwrap();
    Module::new(&engine, module).is_ok()
}

#[test]
fn features_are_configured() {
    let legacy = "(module (func try catch_all end))";
    assert!(!accepts("", legacy) && accepts(";;! legacy_exceptions = true", legacy));
    let vector = "(module (func (result v128) v128.const i64x2 0 0))";
    assert!(accepts(";;! simd = true # as by default\n", vector) && !accepts(";;!simd=false", vector));
    assert!(!accepts(
        ";;! bulk_memory = true\n;;!\n;;! reference_types = false",
        "(module (type (struct)))"
    ));
}

#[test]
fn every_key_can_be_disabled() {
    for (key, _) in KEYS {
        let mut config = crate::config();
        let settings = Settings::of(&format!(";;! {key} = false")).unwrap();
        settings.configure(&mut config);
        assert!(Engine::new(&config).is_ok(), "{key}");
    }
}

#[test]
fn lines_that_make_no_difference_are_noted() {
    let settings =
        Settings::of(";;! hogs_memory = true\n;;! component_model_async = false\n(module)\n;;! gc = false")
            .unwrap();
    assert!(settings.is_empty());
    let lines: Vec<_> = settings.notes().iter().map(|note| note.line).collect();
    assert_eq!(lines, [1, 4]);
    assert!(
        settings.notes()[0]
            .message
            .starts_with("`hogs_memory` makes no difference: ")
    );
}

#[test]
fn other_lines_are_errors() {
    assert_eq!(
        message(";;! gc = true\n;;! stack_switching = true"),
        "2:1: cannot enable `stack_switching`: Transom does not support stack switching"
    );
    assert!(message(";;! component_model_gc = true").contains("the component model"));
    assert_eq!(
        message(";;! flux = false"),
        "1:1: unknown key `flux` in a configuration line"
    );
    for line in [";;! gc", ";;! gc = 1", ";;! gc = \"\x1b\"", ";;! [gc]"] {
        let message = message(line);
        assert!(
            message.starts_with("1:1: invalid configuration line `") && !message.contains('\x1b'),
            "{message}"
        );
    }
}
