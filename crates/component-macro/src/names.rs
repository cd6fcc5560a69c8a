//! Names in components: labels in kebab-case.

#[cfg(test)]
mod tests;

use crate::attributes;
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::{Attribute, Error, Ident, LitStr, Result};

/// The identifier in kebab-case. A word begins at `_`, at a capital letter behind a small one, and at the last capital letter before a
/// small one.
fn kebab_case(ident: &str) -> String {
    let mut kebab = String::new();
    let mut begins = true;
    // The last letter of the word.
    let mut last = None::<char>;
    let mut letters = ident.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '_' {
            (begins, last) = (true, None);
            continue;
        }
        begins |= letter.is_uppercase()
            && last.is_some_and(|last| {
                last.is_lowercase() || letters.peek().is_some_and(|next| next.is_lowercase())
            });
        if begins && !kebab.is_empty() {
            kebab.push('-');
        }
        begins = false;
        last = Some(letter).filter(|letter| letter.is_alphabetic()).or(last);
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

/// Whether a text is a label: words of small letters or of capital letters, and digits, that are joined by hyphens.
fn is_label(text: &str) -> bool {
    let is_word = |word: &str| {
        let of = |is_letter: fn(&u8) -> bool| word.bytes().all(|c| is_letter(&c) || c.is_ascii_digit());
        !word.is_empty() && (of(u8::is_ascii_lowercase) || of(u8::is_ascii_uppercase))
    };
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('-').all(is_word)
}

/// The name of a field, a case or a flag: the one that its attributes give, or the identifier in kebab-case.
pub fn of(ident: &Ident, attributes: &[Attribute]) -> Result<LitStr> {
    let given = attributes::name(attributes)?;
    let name = given.unwrap_or_else(|| LitStr::new(&kebab_case(&ident.unraw().to_string()), ident.span()));
    if !is_label(&name.value()) {
        let message = format!(
            "{:?} is no name in a component; try: a name in kebab-case, as in `#[component(name = \"a-name\")]`",
            name.value()
        );
        return Err(Error::new(name.span(), message));
    }
    Ok(name)
}

/// Checks that the names differ in more than case and hyphens, as those of a component do.
pub fn check_distinct<'n>(names: impl Iterator<Item = &'n LitStr>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.value().replace('-', "").to_ascii_lowercase()) {
            let message = format!(
                "`{}` differs from another name in case and hyphens only, or not at all",
                name.value()
            );
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(())
}
