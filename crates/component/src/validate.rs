//! Whether a component is valid, with its nested components and modules.

use crate::features::{GATES, Gate, gate_of};
use wasmparser::{FuncValidatorAllocations, Parser, ValidPayload, Validator, WasmFeatures};

/// Why a component is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message} (at offset {offset:#x})")]
pub struct Error {
    /// In words, without the place.
    pub message: String,
    /// Where in the binary.
    pub offset: u64,
    /// The gate that the component needs, if it is that.
    pub gate: Option<&'static Gate>,
    /// A feature that is off, if its being on may help.
    pub missing: Option<WasmFeatures>,
}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Error {
        let missing = error.missing_wasm_feature();
        let plain = Error {
            message: error.message().to_owned(),
            offset: error.offset(),
            gate: None,
            missing,
        };
        match missing.and_then(gate_of) {
            Some(gate) => plain.behind(gate),
            None => plain,
        }
    }
}

impl Error {
    /// The same error, which a gate explains: the validator's words name an option of its own, or none.
    fn behind(self, gate: &'static Gate) -> Error {
        Error {
            message: format!(
                "the component needs `{}` {}, a feature of the component model that is not frozen: {}",
                gate.name, gate.sign, self.message
            ),
            offset: self.offset,
            gate: Some(gate),
            missing: Some(gate.feature),
        }
    }

    /// Says which gate the component needs, where the validator calls something invalid that is valid with a feature that is off. `check` validates
    /// with other features.
    pub(crate) fn with_gate(
        self,
        features: WasmFeatures,
        check: impl Fn(WasmFeatures) -> Result<(), Error>,
    ) -> Error {
        if self.missing.is_some() {
            return self;
        }
        let closed = GATES.iter().filter(|gate| !features.contains(gate.feature));
        let all = closed.clone().fold(features, |all, gate| all | gate.feature);
        let goes_on = |features| match check(features) {
            Ok(()) => true,
            Err(error) => error.offset > self.offset,
        };
        // Most invalid components are that with all features, too.
        let mut closed = closed.filter(|gate| goes_on(features | gate.feature));
        match goes_on(all).then(|| closed.next()).flatten() {
            Some(gate) => self.behind(gate),
            None => self,
        }
    }
}

/// Whether a binary is a component, by its first bytes: the second half of the version is the layer.
pub fn is_component(binary: &[u8]) -> bool {
    binary.starts_with(b"\0asm") && binary.get(6..8) == Some(&[1, 0])
}

/// Checks a component or a module in the binary format, with these features, and stops at the first error.
///
/// # Errors
///
/// It is malformed or invalid, or needs a feature that is off.
pub fn validate(binary: &[u8], features: WasmFeatures) -> Result<(), Error> {
    check(binary, features).map_err(|error| error.with_gate(features, |features| check(binary, features)))
}

fn check(binary: &[u8], features: WasmFeatures) -> Result<(), Error> {
    let mut validator = Validator::new_with_features(features);
    let mut allocations = FuncValidatorAllocations::default();
    let mut parser = Parser::new(0);
    parser.set_features(features);
    for payload in parser.parse_all(binary) {
        // Bodies are checked when they come, one after the other: they may be many.
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            let mut function = function.into_validator(allocations);
            function.validate(&body)?;
            allocations = function.into_allocations();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FROZEN;

    fn encode(text: &str) -> Vec<u8> {
        let buffer = wast::parser::ParseBuffer::new(text).unwrap();
        wast::parser::parse::<wast::Wat<'_>>(&buffer)
            .unwrap()
            .encode()
            .unwrap()
    }

    fn check(text: &str) -> Result<(), Error> {
        let binary = encode(text);
        assert!(is_component(&binary));
        validate(&binary, WasmFeatures::WASM3 | FROZEN)
    }

    #[test]
    fn nested_functions_are_checked() {
        check("(component (core module (func (result i32) (i32.const 1))))").unwrap();
        let error = check("(component (core module (func (result i32) (i64.const 1))))").unwrap_err();
        assert!(error.message.contains("type mismatch"), "{error}");
        let nested = "(component (component (core module (func (drop)))))";
        assert!(check(nested).unwrap_err().message.contains("nothing on stack"));
    }

    #[test]
    fn gates_are_refused_by_name() {
        let error = check("(component (type (list u8 4)))").unwrap_err();
        assert_eq!(error.gate.map(|gate| gate.name), Some("fixed-length-lists"));
        assert!(
            error.to_string().contains("needs `fixed-length-lists` 🔧"),
            "{error}"
        );
        let gate = error.gate.unwrap().feature;
        let binary = encode("(component (type (list u8 4)))");
        validate(&binary, WasmFeatures::WASM3 | FROZEN | gate).unwrap();
    }

    /// The validator says of these only what is wrong with them without the feature.
    #[test]
    fn gates_that_the_validator_does_not_name_are_found() {
        let nested = encode(r#"(component (component (import "a:b:c/d" (func))))"#);
        let error = validate(&nested, WasmFeatures::WASM3 | FROZEN).unwrap_err();
        assert_eq!(error.gate.map(|gate| gate.name), Some("nested-names"), "{error}");
        let read = crate::wiring::Component::new(&nested, WasmFeatures::WASM3 | FROZEN).unwrap_err();
        assert_eq!(read, error);
        let wrong = encode(r#"(component (component (import "a:b:c/" (func))))"#);
        assert_eq!(
            validate(&wrong, WasmFeatures::WASM3 | FROZEN).unwrap_err().gate,
            None
        );
    }

    #[test]
    fn modules_are_told_apart() {
        assert!(!is_component(b"\0asm\x01\0\0\0") && !is_component(b"\0asm\x0d") && !is_component(b""));
    }
}
