//! What every file starts with, and words that no file contains.

use super::finding::Finding;
use super::source::Source;
use proc_macro2::{TokenStream, TokenTree};

/// Macros that mark unfinished work.
const FORBIDDEN: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Checks the opening line and the macros that a file calls, inside of other macros as well.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !source.text.starts_with("//!") {
        let what = "the first line is not a `//!` comment; describe the file, then its purpose";
        findings.push(Finding::new(&source.path, 1, "module-doc", what));
    }
    if let Ok(tokens) = source.text.parse::<TokenStream>() {
        forbidden(source, tokens, &mut findings);
    }
    findings
}

fn forbidden(source: &Source, tokens: TokenStream, findings: &mut Vec<Finding>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => forbidden(source, group.stream(), findings),
            TokenTree::Ident(ident) if FORBIDDEN.iter().any(|word| ident == word) => {
                let Some(TokenTree::Punct(punct)) = tokens.peek() else {
                    continue;
                };
                if punct.as_char() == '!' {
                    let what = format!("`{ident}!` marks unfinished work; finish it or return an error");
                    let line = ident.span().start().line;
                    findings.push(Finding::new(&source.path, line, "forbidden-macro", what));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<(&'static str, usize)> {
        let source = Source {
            path: "a.rs".into(),
            text: text.into(),
        };
        check(&source).into_iter().map(|f| (f.rule, f.line)).collect()
    }

    #[test]
    fn opening_line() {
        assert_eq!(rules("//! What it is.\n"), []);
        assert_eq!(rules("#![no_std]\n//! Too late.\n"), [("module-doc", 1)]);
    }

    #[test]
    fn unfinished_work() {
        let name = "todo";
        let text =
            format!("//! x\nfn f() {{\n    m!({{ {name}!() }});\n}}\n// {name}!()\nfn {name}() {{}}\n");
        assert_eq!(rules(&text), [("forbidden-macro", 3)]);
    }
}
