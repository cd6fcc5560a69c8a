//! Components: whether they are valid, and their interfaces.

use crate::guard::guarded;
use crate::{Error, Result};
use serde::Serialize;
use std::fmt;
use transom::component::{self, FROZEN};
use wasmparser::WasmFeatures;
use wit_component::{DecodedWasm, Output, OutputToString, WitPrinter};
use wit_parser::{PackageId, Resolve};

/// Checks a component, whose modules have these features of WebAssembly. What is frozen of the component model is on.
///
/// # Errors
///
/// It is malformed or invalid, or needs a feature that is off or not frozen.
pub fn validate(binary: &[u8], features: WasmFeatures) -> Result<()> {
    component::validate(binary, features | FROZEN)
        .map_err(|error| Error::of_validator(error.message, error.offset, error.missing))
}

/// What a component looks like from outside.
#[derive(Debug, Clone, Serialize)]
pub struct Interface {
    /// Its world and the packages that this refers to, as WIT.
    pub wit: String,
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wit.trim_end())?;
        f.write_str("\n")
    }
}

/// Looks at a valid component.
///
/// # Errors
///
/// Its interface has no form in WIT: for example, it exports a core module, or its names are not those of WIT.
pub fn interface(binary: &[u8]) -> Result<Interface> {
    // The reader of interfaces takes much for granted that tools see to.
    let decoded = guarded(|| wit_component::decode(binary));
    let decoded = decoded.unwrap_or_else(|_| Err(anyhow::Error::msg("its names are not those of WIT")));
    let decoded = decoded.map_err(no_wit)?;
    let package = match &decoded {
        DecodedWasm::Component(resolve, world) => resolve.worlds[*world].package,
        DecodedWasm::WitPackage(_, package) => Some(*package),
    };
    let package = package.ok_or_else(|| Error::new("the component's world is in no package"))?;
    printed(decoded.resolve(), package)
}

/// A package with those that it refers to. A type is written out wherever it is used, so the text may be very long.
pub(crate) fn printed(resolve: &Resolve, package: PackageId) -> Result<Interface> {
    let others = resolve
        .packages
        .iter()
        .map(|(id, _)| id)
        .filter(|id| *id != package);
    let others = others.collect::<Vec<_>>();
    let print = || {
        let mut printer = WitPrinter::new(Bounded::default());
        printer.print(resolve, package, &others)?;
        Ok(printer.output)
    };
    let printed = guarded(print);
    let printed = printed.unwrap_or_else(|_| Err(anyhow::Error::msg("its names are not those of WIT")));
    let Bounded { text, len } = printed.map_err(no_wit)?;
    match len > MOST_WIT {
        true => Err(Error::new(format!(
            "the interface as WIT has more than {MOST_WIT} bytes"
        ))),
        false => Ok(Interface { wit: text.into() }),
    }
}

/// The most bytes of an interface's text.
const MOST_WIT: usize = 64 << 20;

/// A text with a bound. Types have no end; the lines and their indents are not more than the component's items.
#[derive(Default)]
struct Bounded {
    text: OutputToString,
    len: usize,
}

impl Output for Bounded {
    fn push_str(&mut self, more: &str) {
        self.len = self.len.saturating_add(more.len());
        if self.len <= MOST_WIT {
            self.text.push_str(more);
        }
    }

    fn indent_if_needed(&mut self) -> bool {
        self.text.indent_if_needed()
    }

    fn indent_start(&mut self) {
        self.text.indent_start();
    }

    fn indent_end(&mut self) {
        self.text.indent_end();
    }

    fn newline(&mut self) {
        self.text.newline();
    }
}

fn no_wit(error: anyhow::Error) -> Error {
    let what = format!("the component's interface cannot be written as WIT: {error:#}");
    Error::new(what).remedy("the types as they are: `transom print`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutated::{Mutation, attempts};
    use crate::{Place, Source};

    const TEXT: &str = r#";; The text of a component.
        (component
            (type $point' (record (field "x" s32) (field "y" s32)))
            (import "point" (type $point (eq $point')))
            (import "log" (func (param "text" string) (param "at" $point)))
            (core module $m (func (export "run") (result i32) (i32.const 7)))
            (core instance $i (instantiate $m))
            (func $run (result u32) (canon lift (core func $i "run")))
            (export "run" (func $run)))"#;

    fn binary(text: &str) -> Vec<u8> {
        let source = Source::new("test", text);
        let binary = source.component().expect("well-formed");
        binary.expect("a component").into_owned()
    }

    #[test]
    fn the_interface_is_wit() {
        let binary = binary(TEXT);
        validate(&binary, WasmFeatures::WASM3).expect("valid");
        let wit = interface(&binary).expect("it has one").to_string();
        for part in [
            "record point",
            "x: s32",
            "import log: func(text: string, at: point)",
            "export run: func() -> u32",
        ] {
            assert!(wit.contains(part), "{part}: {wit}");
        }
    }

    /// Bytes replaced, inserted, removed, and pieces copied: no panic, and what is valid can be printed.
    #[test]
    fn mutated_components_are_read_or_refused() {
        let texts = [
            TEXT,
            r#"(component (import "a:b/c@1.2.0" (instance
                (export "r" (type $r (sub resource))) (type $b (borrow $r)) (type $l (list u8))
                (export "[method]r.m" (func (param "self" $b) (result $l))))))"#,
            r#"(component (component $c (type (variant (case "a") (case "b" u8)))) (instance (instantiate $c))
                (type (flags "x" "y")) (type (enum "p" "q")) (type (result u8 (error string))) (type (stream u8)))"#,
        ];
        let attempts = attempts();
        let mut mutation = Mutation::new();
        let mut valid = 0;
        for attempt in 0..attempts {
            let mut changed = binary(texts[attempt % texts.len()]);
            mutation.change(&mut changed, 8);
            let printed = crate::print::print(&changed, &crate::print::Print::default());
            if validate(&changed, WasmFeatures::WASM3).is_ok() {
                valid += 1;
                printed.expect("it is valid");
                let _ = interface(&changed);
            }
        }
        assert!(valid > attempts / 100, "{valid}");
    }

    /// A type of 2^16 places, each with a name of a thousand letters.
    #[test]
    fn interfaces_that_are_too_long_are_refused() {
        use std::fmt::Write;
        let name = "a".repeat(2_000);
        let mut text = format!(r#"(component (type $e (enum "x")) (import "{name}" (type $t0 (eq $e)))"#);
        for level in 1..=16 {
            let before = level - 1;
            write!(text, "(type $t{level} (tuple $t{before} $t{before}))").expect("a string");
        }
        text += r#"(import "f" (func (param "p" $t16))))"#;
        let binary = binary(&text);
        validate(&binary, WasmFeatures::WASM3).expect("valid");
        let error = interface(&binary).expect_err("131 MB");
        assert!(error.message.contains("more than 67108864 bytes"), "{error:?}");
    }

    #[test]
    fn what_is_off_is_named() {
        let binary = binary("(component (core module (func (result v128) (v128.const i64x2 0 0))))");
        let error = validate(&binary, WasmFeatures::WASM1).expect_err("SIMD is off");
        assert!(error.missing.is_some() && error.place.is_some(), "{error:?}");
        let gated = self::binary("(component (type (list u8 4)))");
        let error = validate(&gated, WasmFeatures::WASM3).expect_err("a gate");
        assert!(error.message.contains("`fixed-length-lists`"), "{error:?}");
    }

    #[test]
    fn modules_and_nonsense_are_no_components() {
        for text in [
            "(module)",
            "",
            "(",
            "component",
            "(func)",
            ";; (component)",
            "\"",
            "(module $component)",
        ] {
            let source = Source::new("test", text);
            assert!(
                source.component().is_ok_and(|component| component.is_none()),
                "{text}"
            );
        }
        let source = Source::new("test", "(component $c (func))");
        let error = source.component().expect_err("malformed");
        assert!(
            matches!(error.place, Some(Place::Line { line: 1, .. })),
            "{error:?}"
        );
        assert!(
            Source::new("test", "(; a ;) ( ;; b\n component)")
                .component()
                .is_ok_and(|c| c.is_some())
        );
    }
}
