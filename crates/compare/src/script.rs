//! Scripts of the specification for all engines: their modules and components are assembled once, and stand in the script in binary
//! form, so that no engine's own reader of text has a say. Lines keep their numbers.

use std::fmt::Write as _;
use transom_inspect::{Error, Result};
use wast::component::ComponentKind;
use wast::core::ModuleKind;
use wast::parser::{ParseBuffer, parse};
use wast::token::Span;
use wast::{QuoteWat, Wast, WastDirective, Wat};

/// The script with its modules in binary form. What can't be assembled stays as it is: quoted modules, and those that
/// are malformed on purpose.
///
/// # Errors
///
/// The script is malformed.
pub fn assembled(text: &str) -> Result<String> {
    let wrong = |error: wast::Error| Error::in_text(text, &error);
    let buffer = ParseBuffer::new(text).map_err(wrong)?;
    let script = parse::<Wast<'_>>(&buffer).map_err(wrong)?;
    let mut put = Vec::new();
    for directive in script.directives {
        let is_definition = matches!(directive, WastDirective::ModuleDefinition(_));
        let quoted = match directive {
            WastDirective::Module(wat) | WastDirective::ModuleDefinition(wat) => Some(wat),
            WastDirective::AssertInvalid { module, .. } => Some(module),
            WastDirective::AssertUnlinkable { module, .. } => Some(QuoteWat::Wat(module)),
            _ => None,
        };
        let Some(QuoteWat::Wat(mut wat)) = quoted else {
            continue;
        };
        let Some((span, mut head)) = head(&wat) else {
            continue;
        };
        if is_definition {
            let word = head.find(' ').unwrap_or(head.len());
            head.insert_str(word, " definition");
        }
        if let Some(binary) = encoded(&mut wat) {
            put.push((span, head, binary));
        }
    }
    Ok(replaced(text, &put))
}

/// Where a module or a component that is written as text begins, and its first words.
fn head(wat: &Wat<'_>) -> Option<(Span, String)> {
    let (span, word, id) = match wat {
        Wat::Module(module) if matches!(module.kind, ModuleKind::Text(_)) => {
            (module.span, "module", module.id)
        }
        Wat::Component(component) if matches!(component.kind, ComponentKind::Text(_)) => {
            (component.span, "component", component.id)
        }
        _ => return None,
    };
    let id = id.map_or_else(String::new, |id| format!(" ${}", id.name()));
    Some((span, format!("{word}{id}")))
}

/// The binary form of a module or a component, or nothing if it is malformed on purpose.
fn encoded(wat: &mut Wat<'_>) -> Option<Vec<u8>> {
    match wat {
        Wat::Component(component) => component.encode().ok(),
        Wat::Module(_) => transom::encode_wat(wat).ok(),
    }
}

/// The binary form of a module or a component of a script, or nothing if it is malformed on purpose.
pub(crate) fn binary_of(wat: &mut QuoteWat<'_>) -> Option<Vec<u8>> {
    match wat {
        QuoteWat::Wat(wat) => encoded(wat),
        _ => {
            let text = match wat.to_test().ok()? {
                wast::QuoteWatTest::Binary(binary) => return Some(binary),
                wast::QuoteWatTest::Text(text) => String::from_utf8(text).ok()?,
            };
            let source = transom_inspect::Source::new("quoted", text.into_bytes());
            source.binary().ok().map(std::borrow::Cow::into_owned)
        }
    }
}

/// Whether a script has a component.
pub(crate) fn has_components(text: &str) -> bool {
    let Ok(buffer) = ParseBuffer::new(text) else {
        return false;
    };
    let is_component = |directive: &WastDirective<'_>| match directive {
        WastDirective::Module(wat)
        | WastDirective::ModuleDefinition(wat)
        | WastDirective::AssertInvalid { module: wat, .. }
        | WastDirective::AssertMalformed { module: wat, .. } => {
            matches!(
                wat,
                QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..)
            )
        }
        WastDirective::AssertUnlinkable { module: wat, .. } => matches!(wat, Wat::Component(_)),
        _ => false,
    };
    parse::<Wast<'_>>(&buffer).is_ok_and(|script| script.directives.iter().any(is_component))
}

/// The features that the valid modules and components of a script need.
pub(crate) fn needed(text: &str) -> Option<Vec<String>> {
    let buffer = ParseBuffer::new(text).ok()?;
    let script = parse::<Wast<'_>>(&buffer).ok()?;
    let mut features = Vec::new();
    for directive in script.directives {
        if let WastDirective::Module(mut wat) | WastDirective::ModuleDefinition(mut wat) = directive {
            let needs = binary_of(&mut wat).and_then(|binary| crate::needed(&binary));
            features.extend(needs.unwrap_or_default());
        }
    }
    features.sort();
    features.dedup();
    Some(features)
}

/// The text with these modules and components replaced, whose spans are those of the word `module` or `component`.
fn replaced(text: &str, put: &[(Span, String, Vec<u8>)]) -> String {
    let mut script = String::new();
    let mut from = 0;
    for (span, head, binary) in put {
        let Some(range) = parentheses(text, span.offset()).filter(|range| range.start >= from) else {
            continue;
        };
        script += &text[from..range.start];
        let _ = write!(script, "({head} binary \"");
        for byte in binary {
            let _ = write!(script, "\\{byte:02x}");
        }
        script += "\"";
        let lines = text[range.clone()].matches('\n').count();
        script += &"\n".repeat(lines);
        script += ")";
        from = range.end;
    }
    script + &text[from..]
}

/// The range from the opening parenthesis before a place to the closing one that belongs to it.
fn parentheses(text: &str, place: usize) -> Option<std::ops::Range<usize>> {
    let start = text.get(..=place)?.rfind('(')?;
    let lexer = wast::lexer::Lexer::new(text);
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(token) = lexer.parse(&mut at).ok()? {
        match token.kind {
            wast::lexer::TokenKind::LParen => depth += 1,
            wast::lexer::TokenKind::RParen => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(start..at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_found_and_are_binary() {
        let script = "(module)\n(component definition $c (type (list u8 4)))\n(component instance $c $c)\n";
        assert!(has_components(script) && !has_components("(module)"));
        assert!(has_components(
            "(assert_invalid (component (import \"\" (func))) \"name\")"
        ));
        let needs = needed(script).expect("well-formed");
        assert_eq!(needs, ["component-model-fixed-length-lists"]);
        let assembled = assembled(script).expect("well-formed");
        let binary = "\n(component definition $c binary \"\\00\\61\\73\\6d\\0d";
        assert!(assembled.contains(binary), "{assembled}");
        assert!(
            assembled.ends_with(")\n(component instance $c $c)\n"),
            "{assembled}"
        );
    }

    #[test]
    fn modules_are_binary_and_lines_keep_their_numbers() {
        let text = "(module $m\n  (func (export \"f\") (result i32) ;; )\n    i32.const 1))\n\
                    (assert_return (invoke $m \"f\") (i32.const 1))\n\
                    (assert_invalid (module (func (result i32))) \"type mismatch\")\n\
                    (assert_malformed (module quote \"(func\") \"unexpected\")\n";
        let script = assembled(text).expect("well-formed");
        assert!(
            script.starts_with("(module $m binary \"\\00\\61\\73\\6d"),
            "{script}"
        );
        let line = |text: &str, what: &str| text.lines().position(|line| line.contains(what));
        for what in ["assert_return", "assert_invalid", "assert_malformed"] {
            assert_eq!(line(text, what), line(&script, what));
        }
        assert_eq!(script.matches("module").count(), text.matches("module").count());
        assert_eq!(script.matches("binary").count(), 2);
        // What was made can be read again, and nothing is left to do.
        assert_eq!(assembled(&script).expect("well-formed"), script);
    }
}
