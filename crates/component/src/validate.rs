//! Whether a component is valid, with its nested components and modules.

use crate::features::{Gate, gate_of};
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
        let gate = missing.and_then(gate_of);
        let message = match gate {
            // The validator's words name an option of its own.
            Some(gate) => format!(
                "the component needs `{}` {}, a feature of the component model that is not frozen: {}",
                gate.name,
                gate.sign,
                error.message()
            ),
            None => error.message().to_owned(),
        };
        Error {
            message,
            offset: error.offset(),
            gate,
            missing,
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

    #[test]
    fn modules_are_told_apart() {
        assert!(!is_component(b"\0asm\x01\0\0\0") && !is_component(b"\0asm\x0d") && !is_component(b""));
    }
}
