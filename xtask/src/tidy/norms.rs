//! Norms of size: files, functions, structs and parameter lists that a reader can hold in mind.

use super::finding::{Finding, Measure};
use super::source::{Source, is_test_item, test_lines};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const FILE_LINES: usize = 800;
const FN_LINES: usize = 70;
const STRUCT_FIELDS: usize = 12;
const FN_PARAMS: usize = 5;

/// Measures a file; test code is exempt.
pub fn check(source: &Source, file: &syn::File) -> Vec<Finding> {
    if source.is_test() {
        return Vec::new();
    }
    let mut norms = Norms {
        source,
        scope: Vec::new(),
        findings: Vec::new(),
    };
    let lines = source.text.lines().count().saturating_sub(test_lines(file));
    norms.hold(
        Norm {
            rule: "file-lines",
            limit: FILE_LINES,
            line: 1,
        },
        lines,
        None,
    );
    norms.visit_file(file);
    norms.findings
}

/// A limit, and the line to blame if it is exceeded.
struct Norm {
    rule: &'static str,
    limit: usize,
    line: usize,
}

struct Norms<'a> {
    source: &'a Source,
    /// The names of the impl, trait or module around the item, which tell functions of one name apart.
    scope: Vec<String>,
    findings: Vec<Finding>,
}

impl Norms<'_> {
    fn hold(&mut self, norm: Norm, value: usize, item: Option<&str>) {
        if value <= norm.limit {
            return;
        }
        let Norm { rule, limit, line } = norm;
        let path = &self.source.path;
        let (key, name) = match item {
            Some(item) => {
                let name = self
                    .scope
                    .iter()
                    .map(String::as_str)
                    .chain([item])
                    .collect::<Vec<_>>()
                    .join("::");
                (format!("{path}::{name}"), name)
            }
            None => (path.clone(), "this file".to_owned()),
        };
        let what = format!("{name} has {value}, the norm is {limit}; {}", remedy(rule));
        let finding = Finding::new(path, line, rule, what);
        self.findings.push(Finding {
            excusable: Some(Measure { key, value }),
            ..finding
        });
    }

    fn function(&mut self, signature: &syn::Signature, block: Option<&syn::Block>) {
        let line = signature.span().start().line;
        let name = signature.ident.to_string();
        if let Some(block) = block {
            let lines = block.span().end().line + 1 - line;
            self.hold(
                Norm {
                    rule: "fn-lines",
                    limit: FN_LINES,
                    line,
                },
                lines,
                Some(&name),
            );
        }
        let params = signature
            .inputs
            .iter()
            .filter(|input| matches!(input, syn::FnArg::Typed(_)))
            .count();
        self.hold(
            Norm {
                rule: "fn-params",
                limit: FN_PARAMS,
                line,
            },
            params,
            Some(&name),
        );
    }

    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.scope.push(name);
        visit(self);
        self.scope.pop();
    }
}

fn remedy(rule: &str) -> &'static str {
    match rule {
        "file-lines" => "split it by phase or by group",
        "fn-lines" => "extract its steps into named functions",
        "fn-params" => "pass a structure with a descriptive name",
        _ => "group the fields by their reason to exist",
    }
}

/// The last name of the type that an impl is for.
fn self_name(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default(),
        syn::Type::Reference(reference) => self_name(&reference.elem),
        _ => "_".to_owned(),
    }
}

impl<'ast> Visit<'ast> for Norms<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test_item(&item.attrs) {
            self.within(item.ident.to_string(), |norms| visit::visit_item_mod(norms, item));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_test_item(&item.attrs) {
            self.within(self_name(&item.self_ty), |norms| {
                visit::visit_item_impl(norms, item)
            });
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.within(item.ident.to_string(), |norms| {
            visit::visit_item_trait(norms, item)
        });
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test_item(&item.attrs) {
            self.function(&item.sig, Some(&item.block));
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test_item(&item.attrs) {
            self.function(&item.sig, Some(&item.block));
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let line = item.struct_token.span.start().line;
        let name = item.ident.to_string();
        let norm = Norm {
            rule: "struct-fields",
            limit: STRUCT_FIELDS,
            line,
        };
        self.hold(norm, item.fields.len(), Some(&name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<(&'static str, String, usize)> {
        let source = Source {
            path: "crates/x/src/lib.rs".into(),
            text: text.into(),
        };
        let file = source.parse().unwrap();
        let found = check(&source, &file).into_iter();
        found
            .map(|f| {
                (
                    f.rule,
                    f.excusable.clone().unwrap().key,
                    f.excusable.unwrap().value,
                )
            })
            .collect()
    }

    #[test]
    fn long_functions_are_named_with_their_impl() {
        let body = "let _ = 0;\n".repeat(69);
        let text = format!("//! x\nimpl T {{ fn long(&self) {{\n{body}}} }}\n");
        assert_eq!(
            findings(&text),
            [("fn-lines", "crates/x/src/lib.rs::T::long".into(), 71)]
        );
        let short = format!("fn short() {{\n{}}}\n", "let _ = 0;\n".repeat(68));
        assert_eq!(findings(&short), []);
    }

    #[test]
    fn parameters_do_not_count_self() {
        let text = "impl T { fn f(&self, a: A, b: A, c: A, d: A, e: A) {} } fn g(a: A, b: A, c: A, d: A, e: A, f: A) {}";
        assert_eq!(
            findings(text),
            [("fn-params", "crates/x/src/lib.rs::g".into(), 6)]
        );
    }

    #[test]
    fn tests_are_exempt() {
        let body = "let _ = 0;\n".repeat(900);
        let text = format!("#[cfg(test)]\nmod tests {{ #[test] fn f() {{ {body} }} }}\n");
        assert_eq!(findings(&text), []);
    }

    #[test]
    fn files_and_structs_have_limits() {
        let text = format!("struct S {{ {} }}\n{}", "a: u8,".repeat(13), "\n".repeat(800));
        let rules = findings(&text)
            .into_iter()
            .map(|f| (f.0, f.2))
            .collect::<Vec<_>>();
        assert_eq!(rules, [("file-lines", 801), ("struct-fields", 13)]);
    }
}
