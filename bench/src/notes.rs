//! Why values are missing: each reason is said once, and cells refer to it by its number.

/// The reasons, by number.
#[derive(Default)]
pub struct Notes(Vec<String>);

impl Notes {
    /// The number of a peer's reason, from 1.
    pub fn number(&mut self, peer: &str, reason: &str) -> usize {
        let note = format!("{peer}: {reason}");
        let index = self.0.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        });
        index + 1
    }

    /// All of them with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0
            .iter()
            .enumerate()
            .map(|(index, note)| (index + 1, note.as_str()))
    }
}
