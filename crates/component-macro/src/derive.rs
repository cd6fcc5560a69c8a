//! The implementations that the derives write.

use crate::definition::{Case, Definition, Field, Shape};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, parse_quote};

/// How a value is passed.
#[derive(Clone, Copy)]
enum Form {
    Numbers,
    Memory,
}

impl Definition {
    /// An implementation of a trait of `transom::component`, which the type's parameters implement, too.
    fn implementation(&self, name: &str, items: &TokenStream) -> TokenStream {
        let (ident, path) = (&self.ident, &self.path);
        let name = format_ident!("{name}");
        let mut generics = self.generics.clone();
        for param in &mut generics.params {
            if let GenericParam::Type(param) = param {
                param.bounds.push(parse_quote!(#path::component::#name));
            }
        }
        let (params, arguments, conditions) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl #params #path::component::#name for #ident #arguments #conditions {
                #items
            }
        }
    }
}

pub fn component_type(definition: &Definition) -> TokenStream {
    let path = &definition.path;
    let internal = quote!(#path::component::__internal);
    let component_type = quote!(#path::component::ComponentType);
    let (numbers, check) = match &definition.shape {
        Shape::Record(fields) => {
            let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
            let names = fields.iter().map(|field| &field.name);
            (
                quote!(#internal::sum(&[#(<#types as #component_type>::NUMBERS),*])),
                quote!(types.record(ty, &[#((#names, <#types as #component_type>::typecheck)),*])),
            )
        }
        Shape::Variant(cases) => {
            let types = cases.iter().filter_map(|case| case.payload.as_ref());
            let checks = cases.iter().map(|case| check_of_case(&component_type, case));
            (
                quote!(1 + #internal::largest(&[#(<#types as #component_type>::NUMBERS),*])),
                quote!(types.variant(ty, &[#(#checks),*])),
            )
        }
        Shape::Enum(cases) => {
            let names = cases.iter().map(|case| &case.name);
            (quote!(1), quote!(types.enumeration(ty, &[#(#names),*])))
        }
    };
    let items = quote! {
        const NUMBERS: usize = #numbers;
        const IS_PLAIN: bool = false;

        fn typecheck(ty: #internal::InterfaceType, types: #internal::TypeChecker<'_>) -> #internal::Result<()> {
            #check
        }
    };
    definition.implementation("ComponentType", &items)
}

/// The name of a case, with the function that checks its payload.
fn check_of_case(component_type: &TokenStream, case: &Case) -> TokenStream {
    let name = &case.name;
    match &case.payload {
        Some(ty) => quote!((#name, ::core::option::Option::Some(<#ty as #component_type>::typecheck))),
        None => quote!((#name, ::core::option::Option::None)),
    }
}

pub fn lower(definition: &Definition) -> TokenStream {
    let path = &definition.path;
    let internal = quote!(#path::component::__internal);
    let (lower, store) = match &definition.shape {
        Shape::Record(fields) => (
            lower_fields(definition, fields, Form::Numbers),
            lower_fields(definition, fields, Form::Memory),
        ),
        Shape::Variant(cases) | Shape::Enum(cases) => {
            let choice = lower_choice(&internal, cases);
            (
                quote!(#choice cx.lower_case(ty, case, payload, to)),
                quote!(#choice cx.store_case(ty, case, payload, pointer)),
            )
        }
    };
    let items = quote! {
        fn lower(
            &self,
            cx: &mut #internal::LowerContext<'_>,
            ty: #internal::InterfaceType,
            to: &mut #internal::NumberWriter<'_>,
        ) -> #internal::Result<()> {
            #lower
        }

        fn store(
            &self,
            cx: &mut #internal::LowerContext<'_>,
            ty: #internal::InterfaceType,
            pointer: usize,
        ) -> #internal::Result<()> {
            #store
        }
    };
    definition.implementation("Lower", &items)
}

fn lower_fields(definition: &Definition, fields: &[Field], form: Form) -> TokenStream {
    let path = &definition.path;
    let fields = fields.iter().enumerate().map(|(index, field)| {
        let (ident, ty) = (&field.ident, &field.ty);
        match form {
            Form::Numbers => quote! {
                let (_, field) = cx.field(ty, #index);
                <#ty as #path::component::Lower>::lower(&self.#ident, cx, field, to)?;
            },
            Form::Memory => quote! {
                let (offset, field) = cx.field(ty, #index);
                <#ty as #path::component::Lower>::store(&self.#ident, cx, field, pointer + offset)?;
            },
        }
    });
    quote!(#(#fields)* ::core::result::Result::Ok(()))
}

/// Binds `case` and `payload`.
fn lower_choice(internal: &TokenStream, cases: &[Case]) -> TokenStream {
    let choices = cases.iter().zip(0u32..).map(|(case, number)| {
        let ident = &case.ident;
        match &case.payload {
            Some(ty) => {
                // Errors about the type are shown where it is.
                let span = Span::call_site().located_at(ty.span());
                let payload = quote_spanned!(span=> payload as &dyn #internal::LowerAny);
                quote!(Self::#ident(payload) => (#number, ::core::option::Option::Some(#payload)))
            }
            None => quote!(Self::#ident => (#number, ::core::option::Option::None)),
        }
    });
    quote! {
        let (case, payload): (u32, ::core::option::Option<&dyn #internal::LowerAny>) = match self {
            #(#choices,)*
        };
    }
}

pub fn lift(definition: &Definition) -> TokenStream {
    let path = &definition.path;
    let internal = quote!(#path::component::__internal);
    let (lift, load) = match &definition.shape {
        Shape::Record(fields) => (
            lift_fields(definition, fields, Form::Numbers),
            lift_fields(definition, fields, Form::Memory),
        ),
        Shape::Variant(cases) | Shape::Enum(cases) => lift_cases(definition, cases),
    };
    let items = quote! {
        fn lift(
            cx: &mut #internal::LiftContext<'_>,
            ty: #internal::InterfaceType,
            from: &mut #internal::NumberReader<'_>,
        ) -> #internal::Result<Self> {
            #lift
        }

        fn load(
            cx: &mut #internal::LiftContext<'_>,
            ty: #internal::InterfaceType,
            pointer: usize,
        ) -> #internal::Result<Self> {
            #load
        }
    };
    definition.implementation("Lift", &items)
}

fn lift_fields(definition: &Definition, fields: &[Field], form: Form) -> TokenStream {
    let path = &definition.path;
    let fields = fields.iter().enumerate().map(|(index, field)| {
        let (ident, ty) = (&field.ident, &field.ty);
        match form {
            Form::Numbers => quote! {
                #ident: {
                    let (_, field) = cx.field(ty, #index);
                    <#ty as #path::component::Lift>::lift(cx, field, from)?
                }
            },
            Form::Memory => quote! {
                #ident: {
                    let (offset, field) = cx.field(ty, #index);
                    <#ty as #path::component::Lift>::load(cx, field, pointer + offset)?
                }
            },
        }
    });
    quote!(::core::result::Result::Ok(Self { #(#fields),* }))
}

/// The bodies of `lift` and `load`.
fn lift_cases(definition: &Definition, cases: &[Case]) -> (TokenStream, TokenStream) {
    let (lift, load) = (
        lift_choice(definition, cases, Form::Numbers),
        lift_choice(definition, cases, Form::Memory),
    );
    match cases.iter().any(|case| case.payload.is_some()) {
        true => (
            quote!(cx.lift_case(ty, from, |cx, case, ty, from| #lift)),
            quote! {
                let (case, ty, place) = cx.load_case(ty, pointer)?;
                #load
            },
        ),
        false => (
            quote!(cx.lift_case(ty, from, |_, case, _, _| #lift)),
            quote! {
                let (case, _, _) = cx.load_case(ty, pointer)?;
                #load
            },
        ),
    }
}

/// The value whose case has the number `case`. The number has been checked, so that the last case stands for all others.
fn lift_choice(definition: &Definition, cases: &[Case], form: Form) -> TokenStream {
    let path = &definition.path;
    let choices = cases.iter().zip(0u32..).map(|(case, number)| {
        let ident = &case.ident;
        let number = match number as usize + 1 < cases.len() {
            true => quote!(#number),
            false => quote!(_),
        };
        let value = case.payload.as_ref().map(|ty| match form {
            Form::Numbers => quote!((<#ty as #path::component::Lift>::lift(cx, ty, from)?)),
            Form::Memory => quote!((<#ty as #path::component::Lift>::load(cx, ty, place)?)),
        });
        quote!(#number => Self::#ident #value)
    });
    quote!(::core::result::Result::Ok(match case { #(#choices,)* }))
}
