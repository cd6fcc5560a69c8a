//! Texts in DWARF: names and paths.
//!
//! None that is longer than a reasonable name is ever copied.

use super::meter::Metered;
use super::sections::Debug;
use gimli::{AttributeValue, Unit};

/// Bytes of the longest names and paths.
const MAX_TEXT: usize = 16 << 10;

impl<'a> Debug<'a> {
    /// The text that an attribute stands for, if there is one of a reasonable length.
    pub fn text(&self, unit: &Unit<Metered<'a>>, value: AttributeValue<Metered<'a>>) -> Option<String> {
        let text = self.dwarf.attr_string(unit, value).ok()?;
        text_of(&text)
    }
}

/// The text of some bytes, if there are reasonably many.
pub fn text_of(text: &Metered<'_>) -> Option<String> {
    use gimli::Reader as _;
    let reasonable = (1..=MAX_TEXT).contains(&text.len());
    Some(reasonable.then(|| text.to_string_lossy())?.ok()?.into_owned())
}
