//! Hostile inputs for tests: bytes replaced, inserted, removed, and pieces copied.

/// A source of changes, which is the same in every run.
pub(crate) struct Mutation(u64);

impl Mutation {
    pub(crate) fn new() -> Self {
        Mutation(0x9e37_79b9_7f4a_7c15)
    }

    /// A number below a bound.
    pub(crate) fn draw(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    /// Changes bytes, but for the first ones.
    pub(crate) fn change(&mut self, bytes: &mut Vec<u8>, head: usize) {
        for _ in 0..=self.draw(3) {
            let at = head + self.draw(bytes.len() - head);
            match self.draw(4) {
                0 => bytes[at] = self.draw(256) as u8,
                1 => bytes.insert(at, self.draw(256) as u8),
                2 if bytes.len() > head + 1 => drop(bytes.remove(at)),
                _ => {
                    let (from, len) = (head + self.draw(bytes.len() - head), self.draw(16));
                    let end = bytes.len().min(from + len);
                    let piece = bytes[from..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
    }
}

/// How many changed inputs a test tries.
pub(crate) fn attempts() -> usize {
    std::env::var("ATTEMPTS").map_or(3_000, |attempts| attempts.parse().expect("a number"))
}

#[cfg(test)]
mod tests;
