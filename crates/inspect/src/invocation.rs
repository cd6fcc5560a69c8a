//! The text of `--invoke` for components: a function's name, then its arguments in WAVE. `f("x", {a: 1})`
//!
//! An error points at its place in the text.

use crate::wave::{WaveType, WaveVal};
use crate::{Error, Result};
use std::error::Error as _;
use transom::Escaped;
use transom::component::types::ComponentFunc;
use transom::component::{Type, Val};
use wasm_wave::ast::Node;
use wasm_wave::lex::Span;
use wasm_wave::parser::{ParserError, ParserErrorKind};
use wasm_wave::untyped::UntypedValue;
use wasm_wave::wasm::WasmValueError;

/// How arguments are written.
const EXAMPLE: &str =
    r#"write arguments in WAVE: --invoke 'f(1, -2.5, "text", [1, 2], {field: true}, some(case(3)))'"#;

/// A call as it is written: what follows the name is well-formed, and has no types yet.
pub struct Invocation<'a> {
    text: &'a str,
    name: &'a str,
    /// The arguments in parentheses. None if there are none.
    arguments: Option<UntypedValue<'static>>,
}

impl<'a> Invocation<'a> {
    /// Reads the text of a call. A name alone is a call without arguments.
    ///
    /// # Errors
    ///
    /// What follows the name is not WAVE.
    pub fn parse(text: &'a str) -> Result<Self> {
        let name = &text[..text.find('(').unwrap_or(text.len())];
        let rest = &text[name.len()..];
        let between = rest
            .strip_prefix('(')
            .and_then(|rest| rest.trim_end().strip_suffix(')'));
        let is_empty = between.map_or(rest.is_empty(), |between| between.trim().is_empty());
        // Blanks in place of the name leave each place as it is in the text.
        let blank = format!("{}{rest}", " ".repeat(name.len()));
        let arguments = match is_empty {
            true => None,
            false => {
                let parsed = UntypedValue::parse(&blank).map(UntypedValue::into_owned);
                Some(parsed.map_err(|error| wrong(text, &error.kind().to_string(), &error).remedy(EXAMPLE))?)
            }
        };
        let name = name.trim();
        Ok(Invocation {
            text,
            name,
            arguments,
        })
    }

    /// The name of the function.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The arguments of a function of a type. Optional ones at the end may be left out.
    ///
    /// # Errors
    ///
    /// There are too many or too few, or one has another type.
    pub fn arguments(&self, ty: &ComponentFunc) -> Result<Vec<Val>> {
        let name = Escaped(self.name);
        let hint = || format!("`{name}` has the type {}", Escaped(ty));
        let nodes = match &self.arguments {
            Some(arguments) => arguments.node().as_tuple().map(Iterator::collect::<Vec<_>>),
            None => Ok(Vec::new()),
        };
        let nodes =
            nodes.map_err(|error| wrong(self.text, &error.kind().to_string(), &error).remedy(EXAMPLE))?;
        let params: Vec<_> = ty.params().collect();
        let is_optional = |(_, ty): &(&str, Type)| matches!(ty, Type::Option(_));
        if nodes.len() > params.len() || !params[nodes.len()..].iter().all(is_optional) {
            let what = format!("`{name}` takes {} argument(s), not {}", params.len(), nodes.len());
            return Err(Error::new(what).remedy(hint()));
        }
        let mut values = Vec::with_capacity(params.len());
        for (node, (param, ty)) in nodes.iter().zip(&params) {
            let value = self.value(node, ty).map_err(|error| {
                let what = format!("argument `{}` of `{name}`: {}", Escaped(param), mismatch(&error));
                wrong(self.text, &what, &error).remedy(hint())
            })?;
            values.push(value);
        }
        values.resize(params.len(), Val::Option(None));
        Ok(values)
    }

    fn value(&self, node: &Node, ty: &Type) -> Result<Val, ParserError> {
        let source = self.arguments.as_ref().map_or("", |arguments| arguments.source());
        let value = node.to_wasm_value::<WaveVal>(&WaveType(ty.clone()), source)?;
        Ok(value.0)
    }
}

/// An error that points at the place of another one.
fn wrong(text: &str, what: &str, error: &ParserError) -> Error {
    Error::new(format!("--invoke: {what}")).details(pointed(text, &error.span()))
}

/// What is wrong with a value of a type.
fn mismatch(error: &ParserError) -> String {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<WasmValueError>());
    match (error.kind(), cause, error.detail()) {
        (_, Some(WasmValueError::UnsupportedType(_)), _) => {
            "a value of this type has no text form".to_owned()
        }
        (_, Some(cause), _) => cause.to_string(),
        (kind, None, Some(detail)) => format!("{kind}: {detail}"),
        (ParserErrorKind::InvalidType, ..) => "this value has another type".to_owned(),
        (ParserErrorKind::InvalidValue, ..) => "this is not a value of the type".to_owned(),
        (kind, ..) => kind.to_string(),
    }
}

/// The text in a line, with marks below a part of it.
fn pointed(text: &str, span: &Span) -> String {
    let shown = |part: Option<&str>| Escaped(part.unwrap_or_default()).to_string();
    let start = span.start.min(text.len());
    let before = shown(text.get(..start)).chars().count();
    let marked = shown(text.get(start..span.end.min(text.len()))).chars().count();
    let marks = "^".repeat(marked.max(1));
    format!(" | {}\n | {:before$}{marks}", shown(Some(text)), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom::Engine;
    use transom::component::Component;
    use transom::component::types::ComponentItem;

    /// The type of a function with these parameters; types that have names are defined first.
    fn function(types: &str, params: &str) -> ComponentFunc {
        let engine = Engine::default();
        let text = format!("(component {types} (import \"f\" (func {params})))");
        let component = Component::new(&engine, text).expect("it is valid");
        match component
            .component_type()
            .get_import(&engine, "f")
            .map(|import| import.ty)
        {
            Some(ComponentItem::ComponentFunc(ty)) => ty,
            other => panic!("{other:?}"),
        }
    }

    fn round(text: &str, ty: &ComponentFunc) -> String {
        let arguments = Invocation::parse(text).and_then(|call| call.arguments(ty));
        match arguments {
            Ok(arguments) => {
                let texts: Vec<_> = arguments.iter().map(crate::wave::text).collect();
                format!("({})", texts.join(", "))
            }
            Err(error) => format!("{}\n{}", error.message, error.details),
        }
    }

    #[test]
    fn values_are_read_and_written_alike() {
        let types = r#"(type $r' (record (field "a" u8) (field "b" (option bool)))) (import "r" (type $r (eq $r')))
            (type $v' (variant (case "x") (case "y" string))) (import "v" (type $v (eq $v')))
            (type $e' (enum "red" "none")) (import "e" (type $e (eq $e')))
            (type $g' (flags "read" "write")) (import "g" (type $g (eq $g')))"#;
        for (param, text) in [
            ("bool", "true"),
            ("s8", "-128"),
            ("u64", "18446744073709551615"),
            ("f32", "1.5"),
            ("f64", "nan"),
            ("char", r"'\u{7}'"),
            ("string", r#""x\n\"y\"""#),
            ("(list u8)", "[1, 2, 255]"),
            ("(tuple u8 string)", r#"(1, "a")"#),
            ("$r", "{a: 1, b: some(false)}"),
            ("$r", "{a: 1}"),
            ("$v", "x"),
            ("$v", r#"y("z")"#),
            ("$e", "red"),
            ("$e", "%none"),
            ("$g", "{read, write}"),
            ("$g", "{}"),
            ("(option u8)", "some(1)"),
            ("(option u8)", "none"),
            ("(result u8 (error string))", "ok(1)"),
            ("(result u8 (error string))", r#"err("no")"#),
            ("(result)", "err"),
        ] {
            let ty = function(types, &format!("(param \"p\" {param})"));
            assert_eq!(round(&format!("f({text})"), &ty), format!("({text})"), "{param}");
        }
        let ty = function(types, r#"(param "r" $r) (param "o" (option u8))"#);
        assert_eq!(round("f({b: true, a: 2})", &ty), "({a: 2, b: some(true)}, none)");
        let ty = function(types, "");
        for text in ["f", "f()", "f( ) "] {
            assert_eq!(round(text, &ty), "()");
        }
    }

    #[test]
    fn errors_point_at_their_place() {
        let ty = function("", r#"(param "a" u8) (param "b" string)"#);
        for (text, expected) in [
            (
                "f(1, 2)",
                "--invoke: argument `b` of `f`: this value has another type\n | f(1, 2)\n |      ^",
            ),
            (
                r#"f(300, "")"#,
                "--invoke: argument `a` of `f`: this is not a value of the type\n | f(300, \"\")\n |   ^^^",
            ),
            (
                r#"f(1 "x")"#,
                "--invoke: unexpected token\n | f(1 \"x\")\n |     ^^^",
            ),
            ("ä(1, ?)", "--invoke: invalid token\n | ä(1, ?)\n |      ^"),
            ("f(1", "--invoke: unexpected end of input\n | f(1\n |    ^"),
            (
                "f(1) 2",
                "--invoke: trailing characters after value\n | f(1) 2\n |      ^",
            ),
            ("f(1)", "`f` takes 2 argument(s), not 1\n"),
        ] {
            assert_eq!(round(text, &ty), expected);
        }
    }

    #[test]
    fn names_of_cases_and_fields_are_checked() {
        let types = r#"(type $r' (record (field "a" u8))) (import "r" (type $r (eq $r')))
            (type $e' (enum "red")) (import "e" (type $e (eq $e')))
            (type $g' (flags "read")) (import "g" (type $g (eq $g'))) (import "h" (type $h (sub resource)))"#;
        for (param, text, expected) in [
            ("$r", "{}", "this value has another type"),
            ("$r", "{b: 1}", "missing field \"a\""),
            ("$r", "{a: 1, b: 1}", "this is not a value of the type"),
            ("$e", "blue", "unknown case \"blue\""),
            ("$g", "{x}", "unknown flag \"x\""),
            ("(own $h)", "1", "a value of this type has no text form"),
        ] {
            let ty = function(types, &format!("(param \"p\" {param})"));
            let found = round(&format!("f({text})"), &ty);
            let expected = format!("--invoke: argument `p` of `f`: {expected}\n");
            assert!(found.starts_with(&expected), "{found}");
        }
    }
}
