//! Reading and writing numbers, one after the other.

use crate::unchecked::core_func::Number;

/// Reads numbers, one after the other.
pub struct NumberReader<'a> {
    numbers: &'a [Number],
    next: usize,
}

impl<'a> NumberReader<'a> {
    pub(crate) fn new(numbers: &'a [Number]) -> NumberReader<'a> {
        NumberReader { numbers, next: 0 }
    }

    /// The next two numbers, as an address and a length.
    #[inline(always)]
    pub(crate) fn pair(&mut self) -> (u32, u32) {
        (self.word(), self.word())
    }

    /// The next number.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> u64 {
        let number = self.numbers[self.next].get();
        self.next += 1;
        number
    }

    /// The next number, which has 32 bits.
    #[inline(always)]
    pub(crate) fn word(&mut self) -> u32 {
        let word = self.numbers[self.next].word();
        self.next += 1;
        word
    }

    /// Where it is.
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// Goes on at a position.
    pub(crate) fn go_to(&mut self, position: usize) {
        self.next = position;
    }
}

/// Writes numbers, one after the other.
pub struct NumberWriter<'a> {
    numbers: &'a mut [Number],
    next: usize,
}

impl<'a> NumberWriter<'a> {
    pub(crate) fn new(numbers: &'a mut [Number]) -> NumberWriter<'a> {
        NumberWriter { numbers, next: 0 }
    }

    /// Writes an address and a length as the next two numbers.
    #[inline(always)]
    pub(crate) fn push_pair(&mut self, (pointer, length): (u32, u32)) {
        self.push(u64::from(pointer));
        self.push(u64::from(length));
    }

    /// Writes the next number.
    #[inline(always)]
    pub(crate) fn push(&mut self, number: u64) {
        self.numbers[self.next].set(number);
        self.next += 1;
    }

    /// Where it is.
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// Writes zeros until a position.
    pub(crate) fn fill_to(&mut self, position: usize) {
        self.numbers[self.next..position].fill(Number::default());
        self.next = position;
    }
}
