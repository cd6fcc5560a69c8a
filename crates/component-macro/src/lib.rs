//! The macros of `transom::component`, where their documentation is: the derives of its traits, and `flags!`.
//!
//! `definition` reads a Rust type, and reports each misuse where it is. `derive` writes the implementations. They name nothing but items of
//! `transom::component`: the traits, and the hidden module `__internal`, whose functions do the work.
#![forbid(unsafe_code)]

mod attributes;
mod definition;
mod derive;
mod flags;
mod names;

use definition::Definition;
use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Implements a trait for a type, or reports why it cannot.
fn derived(input: &DeriveInput, derive: fn(&Definition) -> proc_macro2::TokenStream) -> TokenStream {
    Definition::new(input)
        .map(|definition| derive(&definition))
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// Implements `transom::component::ComponentType`.
#[proc_macro_derive(ComponentType, attributes(component))]
pub fn component_type(input: TokenStream) -> TokenStream {
    derived(&parse_macro_input!(input as DeriveInput), derive::component_type)
}

/// Implements `transom::component::Lift`.
#[proc_macro_derive(Lift, attributes(component))]
pub fn lift(input: TokenStream) -> TokenStream {
    derived(&parse_macro_input!(input as DeriveInput), derive::lift)
}

/// Implements `transom::component::Lower`.
#[proc_macro_derive(Lower, attributes(component))]
pub fn lower(input: TokenStream) -> TokenStream {
    derived(&parse_macro_input!(input as DeriveInput), derive::lower)
}

/// Defines a type for flags.
#[proc_macro]
pub fn flags(input: TokenStream) -> TokenStream {
    flags::expand(&parse_macro_input!(input as flags::Flags)).into()
}
