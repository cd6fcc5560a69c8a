//! Iteration over an error and its causes.

use std::error::Error as StdError;
use std::iter::FusedIterator;

/// An error and what caused it, made by [`Error::chain`](crate::Error::chain).
pub struct Chain<'a>(pub(crate) anyhow::Chain<'a>);

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn StdError + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Chain<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl ExactSizeIterator for Chain<'_> {}

impl FusedIterator for Chain<'_> {}
