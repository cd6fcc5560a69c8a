//! Rust types that the derives accept.

#[cfg(test)]
mod tests;

use crate::attributes::{self, Style};
use crate::names;
use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Generics, LitStr, Path, Result, Type};

/// A structure or an enumeration, with the type of a component that it stands for.
pub struct Definition {
    pub ident: Ident,
    pub generics: Generics,
    /// The path of the crate `transom`.
    pub path: Path,
    pub shape: Shape,
}

/// What a type consists of: at least one field or case.
pub enum Shape {
    Record(Vec<Field>),
    Variant(Vec<Case>),
    /// No case has a payload.
    Enum(Vec<Case>),
}

/// A field of a record.
pub struct Field {
    pub ident: Ident,
    pub ty: Type,
    pub name: LitStr,
}

/// A case of a variant or an enumeration.
pub struct Case {
    pub ident: Ident,
    pub payload: Option<Type>,
    pub name: LitStr,
}

impl Definition {
    /// Reads the type.
    ///
    /// # Errors
    ///
    /// It stands for no type of a component, or its attributes are none that there are.
    pub fn new(input: &DeriveInput) -> Result<Definition> {
        let attributes = attributes::of_type(&input.attrs)?;
        let error = |message: String| Err(Error::new(input.ident.span(), message));
        let Some(style) = attributes.style else {
            return error(format!(
                "a `component` attribute is missing; {}",
                remedy(&input.data)
            ));
        };
        let shape = match (style, &input.data) {
            (_, Data::Union(_)) => return error("unions stand for no type of a component".to_owned()),
            (Style::Record, Data::Struct(data)) => Shape::Record(fields(&input.ident, &data.fields)?),
            (Style::Variant, Data::Enum(data)) => Shape::Variant(cases(&input.ident, style, data)?),
            (Style::Enum, Data::Enum(data)) => {
                check_enum(&input.generics, data)?;
                Shape::Enum(cases(&input.ident, style, data)?)
            }
            (Style::Record, _) => {
                return error(format!("a record is a Rust `struct`; {}", remedy(&input.data)));
            }
            (Style::Variant | Style::Enum, _) => {
                let style = style.name();
                return error(format!(
                    "a component's {style} is a Rust `enum`; {}",
                    remedy(&input.data)
                ));
            }
        };
        Ok(Definition {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            path: attributes.path,
            shape,
        })
    }
}

/// The attribute that fits a type.
fn remedy(data: &Data) -> &'static str {
    match data {
        Data::Struct(_) => "try: `#[component(record)]`",
        Data::Enum(data) if data.variants.iter().all(|case| case.fields.is_empty()) => {
            "try: `#[component(enum)]`, or `#[component(variant)]` for a variant without payloads"
        }
        Data::Enum(_) => "try: `#[component(variant)]`",
        Data::Union(_) => "unions stand for no type of a component",
    }
}

fn fields(ident: &Ident, fields: &Fields) -> Result<Vec<Field>> {
    let Fields::Named(fields) = fields else {
        return Err(Error::new(
            ident.span(),
            "a record has named fields; try: `struct Name { field: Type }`",
        ));
    };
    if fields.named.is_empty() {
        return Err(Error::new(ident.span(), "a record has at least one field"));
    }
    let fields = fields.named.iter().map(|field| {
        let ident = field.ident.clone().expect("named fields have names");
        Ok(Field {
            name: names::of(&ident, &field.attrs)?,
            ident,
            ty: field.ty.clone(),
        })
    });
    let fields: Vec<_> = fields.collect::<Result<_>>()?;
    names::check_distinct(fields.iter().map(|field| &field.name))?;
    Ok(fields)
}

fn cases(ident: &Ident, style: Style, data: &DataEnum) -> Result<Vec<Case>> {
    if data.variants.is_empty() {
        let message = format!("a component's {} has at least one case", style.name());
        return Err(Error::new(ident.span(), message));
    }
    let cases = data.variants.iter().map(|case| {
        Ok(Case {
            ident: case.ident.clone(),
            payload: payload(style, case)?,
            name: names::of(&case.ident, &case.attrs)?,
        })
    });
    let cases: Vec<_> = cases.collect::<Result<_>>()?;
    names::check_distinct(cases.iter().map(|case| &case.name))?;
    Ok(cases)
}

fn payload(style: Style, case: &syn::Variant) -> Result<Option<Type>> {
    match (style, &case.fields) {
        (_, Fields::Unit) => Ok(None),
        (Style::Variant, Fields::Unnamed(fields)) if fields.unnamed.len() == 1 => {
            attributes::refuse(&fields.unnamed[0].attrs)?;
            Ok(Some(fields.unnamed[0].ty.clone()))
        }
        (Style::Variant, fields) => {
            let message = "a case has one field without a name, or none; try: a tuple, or a type with `#[component(record)]`";
            Err(Error::new_spanned(fields, message))
        }
        (_, fields) => {
            let message = "a case of a component's enum has no field; try: `#[component(variant)]`";
            Err(Error::new_spanned(fields, message))
        }
    }
}

/// Checks what is particular to enumerations: a value is nothing but the position of its case.
fn check_enum(generics: &Generics, data: &DataEnum) -> Result<()> {
    if !generics.params.is_empty() || generics.where_clause.is_some() {
        let span = match &generics.where_clause {
            Some(clause) if generics.params.is_empty() => clause.span(),
            _ => generics.params.span(),
        };
        return Err(Error::new(span, "a component's enum has no parameters"));
    }
    for case in &data.variants {
        if let Some((_, value)) = &case.discriminant {
            let message = "the number of a case is its position; try: remove the discriminant";
            return Err(Error::new_spanned(value, message));
        }
    }
    Ok(())
}
