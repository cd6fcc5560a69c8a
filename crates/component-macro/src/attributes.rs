//! `#[component(...)]`, on types and on what they consist of.

use proc_macro_crate::FoundCrate;
use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, LitStr, Path, Result, Token, parse_quote};

mod keyword {
    syn::custom_keyword!(record);
    syn::custom_keyword!(variant);
    syn::custom_keyword!(flags);
    syn::custom_keyword!(name);
    syn::custom_keyword!(wasmtime_crate);
    syn::custom_keyword!(transom_crate);
}

/// The kind of a component's type that a Rust type stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Record,
    Variant,
    Enum,
}

impl Style {
    /// The attribute's argument.
    pub fn name(self) -> &'static str {
        match self {
            Style::Record => "record",
            Style::Variant => "variant",
            Style::Enum => "enum",
        }
    }
}

/// The arguments of a type's attributes.
pub struct TypeAttributes {
    pub style: Option<Style>,
    /// The path of the crate `transom`.
    pub path: Path,
}

/// The path of the crate `transom` in a program that does not say: by whichever name the program depends on it, since programs that were written
/// for the crate `wasmtime` keep that name.
pub fn default_path() -> Path {
    let named = ["transom", "wasmtime"]
        .into_iter()
        .find_map(|name| proc_macro_crate::crate_name(name).ok());
    match named {
        Some(FoundCrate::Name(name)) => {
            let name = Ident::new(&name, Span::call_site());
            parse_quote!(::#name)
        }
        Some(FoundCrate::Itself) | None => parse_quote!(::transom),
    }
}

enum Argument {
    Style(Style),
    Path(Path),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Argument> {
        if input.peek(keyword::flags) {
            return Err(input.error("no derive makes flags; try: the macro `transom::component::flags!`"));
        }
        let next = input.lookahead1();
        if next.peek(keyword::record) {
            input.parse::<keyword::record>()?;
            Ok(Argument::Style(Style::Record))
        } else if next.peek(keyword::variant) {
            input.parse::<keyword::variant>()?;
            Ok(Argument::Style(Style::Variant))
        } else if next.peek(Token![enum]) {
            input.parse::<Token![enum]>()?;
            Ok(Argument::Style(Style::Enum))
        } else if next.peek(keyword::wasmtime_crate) {
            input.parse::<keyword::wasmtime_crate>()?;
            path(input)
        } else if next.peek(keyword::transom_crate) {
            input.parse::<keyword::transom_crate>()?;
            path(input)
        } else {
            Err(next.error())
        }
    }
}

fn path(input: ParseStream<'_>) -> Result<Argument> {
    input.parse::<Token![=]>()?;
    input.parse().map(Argument::Path)
}

fn component(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("component"))
}

/// Reads the attributes of a type.
pub fn of_type(attributes: &[Attribute]) -> Result<TypeAttributes> {
    let (mut style, mut path) = (None, None);
    for attribute in component(attributes) {
        let arguments = attribute.parse_args_with(|input: ParseStream<'_>| {
            Punctuated::<Argument, Token![,]>::parse_separated_nonempty(input)
        })?;
        for argument in arguments {
            let is_repeated = match argument {
                Argument::Style(found) => style.replace(found).is_some(),
                Argument::Path(found) => path.replace(found).is_some(),
            };
            if is_repeated {
                let message = "this says again what another `component` attribute has said; try: remove it";
                return Err(Error::new_spanned(attribute, message));
            }
        }
    }
    Ok(TypeAttributes {
        style,
        path: path.unwrap_or_else(default_path),
    })
}

/// Reads the name that the attributes of a field, a case or a flag give to it.
pub fn name(attributes: &[Attribute]) -> Result<Option<LitStr>> {
    let mut name = None;
    for attribute in component(attributes) {
        let found = attribute.parse_args_with(|input: ParseStream<'_>| {
            let next = input.lookahead1();
            if !next.peek(keyword::name) {
                return Err(next.error());
            }
            input.parse::<keyword::name>()?;
            input.parse::<Token![=]>()?;
            input.parse::<LitStr>()
        })?;
        if name.replace(found).is_some() {
            return Err(Error::new_spanned(attribute, "a second name; try: remove one"));
        }
    }
    Ok(name)
}

/// Refuses attributes where none has a meaning.
pub fn refuse(attributes: &[Attribute]) -> Result<()> {
    match component(attributes).next() {
        Some(attribute) => {
            let message = "a payload has no `component` attribute; try: put it on the case";
            Err(Error::new_spanned(attribute, message))
        }
        None => Ok(()),
    }
}
