//! What is read from the output of the command.

use super::*;

#[test]
fn features_and_counts() {
    let needs = r#"[{"file": "a", "valid": true, "needs": [{"feature": "gc"}, {"feature": "simd"}]}]"#;
    assert_eq!(features(needs).as_deref(), Some("gc simd"));
    assert_eq!(features(r#"[{"needs": []}]"#).as_deref(), Some(""));
    assert_eq!(features("[]"), None);
    let module = r#"{"imports": [{}, {}], "exports": [{}]}"#;
    assert_eq!(counts(module).as_deref(), Some("2 / 1"));
    assert_eq!(counts("{}"), None);
}

#[test]
fn an_error_has_the_first_message() {
    let failed = finish(Command::new("sh").args(["-c", "echo first >&2; echo second >&2; exit 3"]));
    let error = failed.expect_err("it fails");
    assert!(error.contains("3: first") && !error.contains("second"), "{error}");
    assert_eq!(finish(Command::new("echo").arg("x")).as_deref(), Ok("x\n"));
}
