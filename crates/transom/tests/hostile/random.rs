//! Numbers that look random and are always the same (xorshift64*), and what they do to bytes.

pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn byte(&mut self) -> u8 {
        (self.next() >> 56) as u8
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 33) % end as u64) as usize
    }

    pub fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Changes a few bytes behind the header: bits, whole bytes, numbers at their limits, parts left out or repeated.
    pub fn mutate(&mut self, binary: &mut Vec<u8>) {
        const NUMBERS: [&[u8]; 6] = [
            &[0],
            &[0x7f],
            &[0xff, 0x7f],
            &[0xff, 0xff, 0xff, 0xff, 0x0f],
            &[0x80, 0x80, 0x80, 0x80, 0x78],
            &[0x40],
        ];
        let at = 8 + self.below(binary.len().saturating_sub(8).max(1));
        let at = at.min(binary.len() - 1);
        match self.below(6) {
            0 => binary[at] ^= 1 << self.below(8),
            1 => binary[at] = self.byte(),
            2 => binary[at] = binary[at].wrapping_add(1),
            3 => {
                let end = (at + 1 + self.below(4)).min(binary.len());
                binary.drain(at..end);
            }
            4 => {
                let end = (at + 1 + self.below(12)).min(binary.len());
                let part = binary[at..end].to_vec();
                let to = 8.max(self.below(binary.len())).min(binary.len());
                binary.splice(to..to, part);
            }
            _ => {
                let number = *self.choose(&NUMBERS);
                binary.splice(at..=at, number.iter().copied());
            }
        }
        if binary.len() < 9 {
            binary.resize(9, 0);
        }
    }
}
