//! Conditions of `#[cfg]`: which items exist on x86-64 Linux with a set of features.

use std::collections::BTreeSet;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, Meta, Token};

/// The features of a crate.
pub enum Features {
    /// Every feature.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Features {
    /// Whether an item with these attributes is compiled, outside of tests.
    pub fn compile(&self, attributes: &[syn::Attribute]) -> bool {
        let conditions = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"));
        conditions
            .filter_map(|condition| condition.parse_args::<Meta>().ok())
            .all(|condition| self.holds(&condition))
    }

    fn holds(&self, condition: &Meta) -> bool {
        let Some(name) = condition.path().get_ident().map(ToString::to_string) else {
            return true;
        };
        match condition {
            Meta::Path(_) => matches!(
                name.as_str(),
                "unix" | "has_native_signals" | "has_virtual_memory" | "has_host_compiler_backend"
            ),
            Meta::List(list) => {
                let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                let parts = parts.unwrap_or_default();
                match name.as_str() {
                    "all" => parts.iter().all(|part| self.holds(part)),
                    "any" => parts.iter().any(|part| self.holds(part)),
                    "not" => parts.iter().all(|part| !self.holds(part)),
                    _ => true,
                }
            }
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(value), ..
                }) => self.has(&name, &value.value()),
                _ => true,
            },
        }
    }

    fn has(&self, key: &str, value: &str) -> bool {
        match key {
            "feature" => match self {
                Features::All => true,
                Features::Only(features) => features.contains(value),
            },
            "target_os" => value == "linux",
            "target_arch" => value == "x86_64",
            "target_pointer_width" => value == "64",
            "target_family" => value == "unix",
            _ => false,
        }
    }
}
