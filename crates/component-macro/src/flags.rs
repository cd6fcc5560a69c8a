//! `flags!`: types of flags.

#[cfg(test)]
mod tests;

use crate::{attributes, names};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, LitStr, Path, Result, Token, Visibility, braced, parse_quote};

/// A component's flags are no more than this.
const MAX_FLAGS: usize = 32;

/// What is written in `flags!`: `Name { const FLAG; … }`.
pub struct Flags {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    ident: Ident,
    /// The path of the crate `transom`.
    path: Path,
    flags: Vec<Flag>,
}

struct Flag {
    attributes: Vec<Attribute>,
    ident: Ident,
    name: LitStr,
}

impl Parse for Flags {
    fn parse(input: ParseStream<'_>) -> Result<Flags> {
        let attributes = input.call(Attribute::parse_outer)?;
        let of_type = attributes::of_type(&attributes)?;
        let visibility = match input.parse()? {
            Visibility::Inherited => parse_quote!(pub),
            visibility => visibility,
        };
        let ident: Ident = input.parse()?;
        if let Some(style) = of_type.style {
            let message = format!("flags are no {}; try: remove the attribute", style.name());
            return Err(Error::new(ident.span(), message));
        }
        let content;
        braced!(content in input);
        let flags: Vec<_> = content
            .parse_terminated(Flag::parse, Token![;])?
            .into_iter()
            .collect();
        if flags.is_empty() {
            return Err(Error::new(
                ident.span(),
                "there is at least one flag in a type of flags",
            ));
        }
        if let Some(first) = flags.get(MAX_FLAGS) {
            let message = format!("a component's type has no more than {MAX_FLAGS} flags");
            return Err(Error::new(first.ident.span(), message));
        }
        names::check_distinct(flags.iter().map(|flag| &flag.name))?;
        Ok(Flags {
            attributes: others(attributes),
            visibility,
            ident,
            path: of_type.path,
            flags,
        })
    }
}

impl Parse for Flag {
    fn parse(input: ParseStream<'_>) -> Result<Flag> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Token![const]>()?;
        let ident = input.parse()?;
        Ok(Flag {
            name: names::of(&ident, &attributes)?,
            attributes: others(attributes),
            ident,
        })
    }
}

/// The attributes that are not for the macro.
fn others(mut attributes: Vec<Attribute>) -> Vec<Attribute> {
    attributes.retain(|attribute| !attribute.path().is_ident("component"));
    attributes
}

/// Attributes with a documentation, which is `text` if they have none.
fn documented(attributes: &[Attribute], text: &str) -> TokenStream {
    match attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("doc"))
    {
        true => quote!(#(#attributes)*),
        false => quote!(#(#attributes)* #[doc = #text]),
    }
}

pub fn expand(flags: &Flags) -> TokenStream {
    let structure = structure(flags);
    let operators = operators(&flags.ident, mask(flags.flags.len()));
    let conversions = conversions(flags);
    quote!(#structure #operators #conversions)
}

fn mask(flags: usize) -> u32 {
    u32::MAX >> (MAX_FLAGS - flags)
}

/// The type, whose invariant is that no bit is set but those of its flags.
fn structure(flags: &Flags) -> TokenStream {
    let Flags {
        visibility, ident, ..
    } = flags;
    let internal = internal(flags);
    let attributes = documented(&flags.attributes, "Flags of a component.");
    let constants = flags.flags.iter().enumerate().map(|(index, flag)| {
        let attributes = documented(&flag.attributes, &format!("The flag `{}`.", flag.name.value()));
        let (ident, bit) = (&flag.ident, 1u32 << index);
        quote!(#attributes pub const #ident: Self = Self { bits: #bit };)
    });
    let names = flags.flags.iter().map(|flag| flag.ident.to_string());
    let all = mask(flags.flags.len());
    quote! {
        #attributes
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::default::Default,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash,
        )]
        #visibility struct #ident {
            bits: u32,
        }

        #[allow(dead_code)]
        impl #ident {
            #(#constants)*

            /// The flags as bits: the first flag is the lowest bit.
            pub const fn as_array(&self) -> [u32; 1] {
                [self.bits]
            }

            /// No flags.
            pub const fn empty() -> Self {
                Self { bits: 0 }
            }

            /// All flags.
            pub const fn all() -> Self {
                Self { bits: #all }
            }

            /// Whether all of the other flags are among these.
            pub const fn contains(&self, other: Self) -> bool {
                self.bits & other.bits == other.bits
            }

            /// Whether one of the other flags is among these.
            pub const fn intersects(&self, other: Self) -> bool {
                self.bits & other.bits != 0
            }
        }

        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #internal::format_flags(self.bits, &[#(#names),*], f)
            }
        }
    }
}

fn operators(ident: &Ident, all: u32) -> TokenStream {
    let binary = ["BitOr", "BitAnd", "BitXor"].map(|name| {
        let (name, assign) = (format_ident!("{name}"), format_ident!("{name}Assign"));
        let method = format_ident!("{}", name.to_string().to_lowercase());
        let method_assign = format_ident!("{method}_assign");
        quote! {
            impl ::core::ops::#name for #ident {
                type Output = Self;

                fn #method(self, other: Self) -> Self {
                    Self { bits: ::core::ops::#name::#method(self.bits, other.bits) }
                }
            }

            impl ::core::ops::#assign for #ident {
                fn #method_assign(&mut self, other: Self) {
                    ::core::ops::#assign::#method_assign(&mut self.bits, other.bits);
                }
            }
        }
    });
    quote! {
        #(#binary)*

        impl ::core::ops::Not for #ident {
            type Output = Self;

            fn not(self) -> Self {
                Self { bits: !self.bits & #all }
            }
        }
    }
}

fn internal(flags: &Flags) -> TokenStream {
    let path = &flags.path;
    quote!(#path::component::__internal)
}

/// The implementations of the traits of `transom::component`.
fn conversions(flags: &Flags) -> TokenStream {
    let Flags { ident, path, .. } = flags;
    let internal = internal(flags);
    let names = flags.flags.iter().map(|flag| &flag.name);
    quote! {
        impl #path::component::ComponentType for #ident {
            const NUMBERS: usize = 1;
            const IS_PLAIN: bool = false;

            fn typecheck(ty: #internal::InterfaceType, types: #internal::TypeChecker<'_>) -> #internal::Result<()> {
                types.flags(ty, &[#(#names),*])
            }
        }

        impl #path::component::Lower for #ident {
            fn lower(
                &self,
                cx: &mut #internal::LowerContext<'_>,
                _: #internal::InterfaceType,
                to: &mut #internal::NumberWriter<'_>,
            ) -> #internal::Result<()> {
                cx.lower_flags(self.bits, to);
                ::core::result::Result::Ok(())
            }

            fn store(
                &self,
                cx: &mut #internal::LowerContext<'_>,
                ty: #internal::InterfaceType,
                pointer: usize,
            ) -> #internal::Result<()> {
                cx.store_flags(ty, self.bits, pointer)
            }
        }

        impl #path::component::Lift for #ident {
            fn lift(
                cx: &mut #internal::LiftContext<'_>,
                ty: #internal::InterfaceType,
                from: &mut #internal::NumberReader<'_>,
            ) -> #internal::Result<Self> {
                ::core::result::Result::Ok(Self { bits: cx.lift_flags(ty, from) })
            }

            fn load(
                cx: &mut #internal::LiftContext<'_>,
                ty: #internal::InterfaceType,
                pointer: usize,
            ) -> #internal::Result<Self> {
                ::core::result::Result::Ok(Self { bits: cx.load_flags(ty, pointer)? })
            }
        }
    }
}
