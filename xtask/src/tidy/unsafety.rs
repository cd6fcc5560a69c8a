//! Where `unsafe` may be, and what must be written beside it.
//!
//! A `SAFETY:` comment in a safe function argues from what that function can see. One that appeals to its caller, or to a
//! contract, means that the function should be an `unsafe fn`.
//!
//! Places and blocks are found in the tokens, so that code inside of macros counts; functions are found in the
//! syntax tree, which tells a method of a trait's implementation (documented by the trait) from others.

use super::finding::Finding;
use super::source::Source;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Prefixes of paths where `unsafe` is at home.
const HOMES: [&str; 8] = [
    "crates/sys/",
    "crates/gc/",
    "crates/vm/src/raw",
    "crates/vm/src/crossing",
    "crates/vm/src/libcalls",
    "crates/transom/src/unchecked",
    // Runs machine code of a file if the user says so.
    "crates/cli/src/precompiled.rs",
    // Measures unchecked calls.
    "bench/api/edges.rs",
];

/// Checks a file's use of `unsafe`.
pub fn check(source: &Source, file: &syn::File) -> Vec<Finding> {
    let mut uses = Vec::new();
    if let Ok(tokens) = source.text.parse::<TokenStream>() {
        collect(tokens, &mut uses);
    }
    let mut findings = Vec::new();
    let at_home = HOMES.iter().any(|home| source.path.starts_with(home));
    if let Some(first) = uses.first().filter(|_| !at_home) {
        let what = format!(
            "{} use(s) of `unsafe` outside the permitted places; move them there",
            uses.len()
        );
        let finding = Finding::new(&source.path, first.line, "unsafe-place", what);
        findings.push(finding.measured(source.path.clone(), uses.len()));
    }
    let lines = source.text.lines().collect::<Vec<_>>();
    for found in uses
        .iter()
        .filter(|found| found.needs_comment && !has_safety_comment(&lines, found.line))
    {
        let what = "no `SAFETY:` comment above; state the invariant that makes this sound";
        findings.push(Finding::new(&source.path, found.line, "safety-comment", what));
    }
    let mut docs = Docs {
        source,
        lines,
        in_trait_impl: false,
        in_unsafe_fn: false,
        findings,
    };
    docs.visit_file(file);
    docs.findings
}

/// An `unsafe` in the tokens.
struct Use {
    line: usize,
    /// A block or an implementation, as against a declaration or a type.
    needs_comment: bool,
}

fn collect(tokens: TokenStream, uses: &mut Vec<Use>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), uses),
            TokenTree::Ident(ident) if ident == "unsafe" => {
                let needs_comment = match tokens.peek() {
                    Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
                    Some(TokenTree::Ident(next)) => next == "impl",
                    _ => false,
                };
                uses.push(Use {
                    line: ident.span().start().line,
                    needs_comment,
                });
            }
            _ => {}
        }
    }
}

/// Whether the comment above the statement that holds line `line` (from 1) says `SAFETY:`.
fn has_safety_comment(lines: &[&str], line: usize) -> bool {
    let mut above = lines[..line - 1].iter().rev().map(|line| line.trim()).peekable();
    // A statement that began on an earlier line has its comment above its first line.
    while above.peek().is_some_and(|line| continues(line)) {
        above.next();
    }
    above
        .take_while(|line| is_comment_or_attribute(line))
        .any(|line| line.contains("SAFETY:"))
}

fn is_comment_or_attribute(line: &str) -> bool {
    line.starts_with("//") || line.starts_with("#[") || line.starts_with("/*") || line.starts_with('*')
}

/// Whether the statement goes on after this line.
fn continues(line: &str) -> bool {
    !line.is_empty() && !is_comment_or_attribute(line) && !line.ends_with([';', '{', '}', ','])
}

/// What a safe function can't argue with.
const APPEALS: [&str; 2] = ["the caller", "the contract"];

/// Whether the comment that begins at line `line` (from 0) appeals to the function's caller.
fn appeals(lines: &[&str], line: usize) -> bool {
    let comment = lines[line..].iter().map(|line| line.trim());
    let mut comment = comment.take_while(|line| line.starts_with("//"));
    comment.any(|line| APPEALS.iter().any(|appeal| line.contains(appeal)))
}

struct Docs<'a> {
    source: &'a Source,
    lines: Vec<&'a str>,
    in_trait_impl: bool,
    in_unsafe_fn: bool,
    findings: Vec<Finding>,
}

impl Docs<'_> {
    fn check(&mut self, signature: &syn::Signature, attributes: &[syn::Attribute]) {
        let Some(unsafety) = signature.unsafety.filter(|_| !self.in_trait_impl) else {
            return;
        };
        let documented = attributes.iter().any(|attribute| match &attribute.meta {
            syn::Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
                syn::Expr::Lit(literal) => match &literal.lit {
                    syn::Lit::Str(text) => text.value().contains("# Safety"),
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        });
        if !documented {
            let what = format!(
                "`{}` has no `# Safety` section; state the obligations of the caller",
                signature.ident
            );
            let line = unsafety.span.start().line;
            self.findings
                .push(Finding::new(&self.source.path, line, "safety-doc", what));
        }
    }
}

impl Docs<'_> {
    /// Checks the comments in a safe function.
    fn check_comments(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if signature.unsafety.is_some() || self.in_unsafe_fn {
            return;
        }
        for line in block.span().start().line - 1..block.span().end().line {
            let text = self.lines[line].trim();
            let begins = text.starts_with("//") && text.contains("SAFETY:");
            let known = self
                .findings
                .iter()
                .any(|finding| finding.line == line + 1 && finding.rule == "safety-appeal");
            if begins && !known && appeals(&self.lines, line) {
                let what = format!(
                    "`{}` is safe, but argues with its caller; make it an `unsafe fn`, or argue from what it can see",
                    signature.ident
                );
                self.findings
                    .push(Finding::new(&self.source.path, line + 1, "safety-appeal", what));
            }
        }
    }

    fn within(&mut self, signature: &syn::Signature, visit: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.in_unsafe_fn, signature.unsafety.is_some());
        visit(self);
        self.in_unsafe_fn = around;
    }
}

impl<'ast> Visit<'ast> for Docs<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.check(&item.sig, &item.attrs);
        self.check_comments(&item.sig, &item.block);
        self.within(&item.sig, |docs| visit::visit_item_fn(docs, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.check(&item.sig, &item.attrs);
        self.check_comments(&item.sig, &item.block);
        self.within(&item.sig, |docs| visit::visit_impl_item_fn(docs, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.check(&item.sig, &item.attrs);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let around = std::mem::replace(&mut self.in_trait_impl, item.trait_.is_some());
        visit::visit_item_impl(self, item);
        self.in_trait_impl = around;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(&'static str, usize)> {
        let source = Source {
            path: path.into(),
            text: text.into(),
        };
        let file = source.parse().unwrap();
        check(&source, &file)
            .into_iter()
            .map(|f| (f.rule, f.line))
            .collect()
    }

    const HOME: &str = "crates/sys/src/lib.rs";

    #[test]
    fn places() {
        let text = "// SAFETY: s\nunsafe impl Send for A {}\n";
        assert_eq!(rules(HOME, text), []);
        assert_eq!(rules("crates/vm/src/raw/memory.rs", text), []);
        assert_eq!(rules("crates/vm/src/store.rs", text), [("unsafe-place", 2)]);
    }

    #[test]
    fn comments() {
        assert_eq!(
            rules(
                HOME,
                "fn f() {\n    // SAFETY: s\n    let x =\n        unsafe { g() };\n}\n"
            ),
            []
        );
        assert_eq!(
            rules(HOME, "fn f() {\n    let x = unsafe { g() };\n}\n"),
            [("safety-comment", 2)]
        );
        let stale = "fn f() {\n    // SAFETY: s\n    let y = 0;\n    unsafe { g() };\n}\n";
        assert_eq!(rules(HOME, stale), [("safety-comment", 4)]);
        assert_eq!(
            rules(HOME, "fn f() { m!(unsafe { g() }) }\n"),
            [("safety-comment", 1)]
        );
    }

    #[test]
    fn appeals() {
        let safe = "fn f() {\n    // SAFETY: by\n    // the contract.\n    unsafe { g() };\n}\n";
        assert_eq!(rules(HOME, safe), [("safety-appeal", 2)]);
        let documented = format!("/// # Safety\n/// s\nunsafe {safe}");
        assert_eq!(rules(HOME, &documented), []);
        assert_eq!(
            rules(
                HOME,
                "fn f() {\n    // SAFETY: the range was checked.\n    unsafe { g() };\n}\n"
            ),
            []
        );
    }

    #[test]
    fn docs() {
        assert_eq!(rules(HOME, "/// # Safety\n/// s\nunsafe fn f() {}\n"), []);
        assert_eq!(rules(HOME, "/// S.\nunsafe fn f() {}\n"), [("safety-doc", 2)]);
        assert_eq!(rules(HOME, "impl T for U { unsafe fn f() {} }\n"), []);
        assert_eq!(rules(HOME, "type F = unsafe extern \"C\" fn(u8);\n"), []);
    }
}
