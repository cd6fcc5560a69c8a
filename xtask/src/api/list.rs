//! The list of absent names: `name`, a tab, the reason; sorted by name.

use std::collections::BTreeMap;

/// Absent names with their reasons.
#[derive(Debug, Default)]
pub struct List(BTreeMap<String, String>);

impl List {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// A line has no reason, or does not follow the line before it in the order of names.
    pub fn parse(text: &str) -> Result<List, String> {
        let mut list = List::default();
        let lines = text.lines().enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let at = index + 1;
            let (name, reason) = line
                .split_once('\t')
                .ok_or_else(|| format!("line {at}: no tab between the name and the reason"))?;
            if reason.trim().is_empty() {
                return Err(format!("line {at}: `{name}` has no reason"));
            }
            if list
                .0
                .last_key_value()
                .is_some_and(|(last, _)| last.as_str() >= name)
            {
                return Err(format!("line {at}: `{name}` is out of order"));
            }
            list.0.insert(name.to_owned(), reason.to_owned());
        }
        Ok(list)
    }

    /// Whether a name is listed.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names and reasons.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, reason)| (name.as_str(), reason.as_str()))
    }
}
