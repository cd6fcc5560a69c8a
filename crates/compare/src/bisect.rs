//! Which function's optimisation makes a difference.
//!
//! The search has two halves. The first finds the smallest end of a range from the first function on, with which the
//! difference is there; so the last function of that range is part of the cause. The second finds the largest beginning for that
//! end: mostly the same function, else others that the difference needs too. Each step keeps that one range differs
//! and a smaller one does not, so the result is right whether or not every range between them would.

use std::ops::Range;

/// The smallest range at which bisection arrives: it differs, and does not without its first or without its last function.
///
/// `differs` says whether a program does something else if the functions of a range are optimised, and no others.
/// It is true of `functions`, and false of the empty range.
///
/// # Errors
///
/// What `differs` returns.
pub fn bisect<E>(
    functions: Range<u32>,
    differs: &mut dyn FnMut(Range<u32>) -> Result<bool, E>,
) -> Result<Range<u32>, E> {
    let Range { start, end: mut with } = functions;
    // `start..with` differs, `start..without` does not.
    let mut without = start;
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        match differs(start..middle)? {
            true => with = middle,
            false => without = middle,
        }
    }
    let (end, last) = (with, with - 1);
    if start == last || differs(last..end)? {
        return Ok(last..end);
    }
    // `with..end` differs, `without..end` does not.
    let (mut with, mut without) = (start, last);
    while without - with > 1 {
        let middle = with + (without - with) / 2;
        match differs(middle..end)? {
            true => with = middle,
            false => without = middle,
        }
    }
    Ok(with..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Bisects where the difference needs all of some functions, and how often that asked.
    fn needing(all: Range<u32>, needed: &[u32]) -> (Range<u32>, u32) {
        let mut asked = 0;
        let found = bisect::<Infallible>(all, &mut |range| {
            asked += 1;
            Ok(needed.iter().all(|function| range.contains(function)))
        });
        let Ok(found) = found;
        (found, asked)
    }

    #[test]
    fn one_function_is_found_wherever_it_is() {
        for culprit in 3..40 {
            let (found, asked) = needing(3..40, &[culprit]);
            assert_eq!(found, culprit..culprit + 1);
            assert!(asked <= 7, "{asked}");
        }
        assert_eq!(needing(5..6, &[5]), (5..6, 0));
        assert!(needing(0..1_000_000, &[999_999]).1 <= 21);
    }

    #[test]
    fn functions_that_need_each_other_are_the_ends_of_a_range() {
        for first in 0..20 {
            for last in first + 1..20 {
                assert_eq!(needing(0..20, &[first, last]).0, first..last + 1);
            }
        }
    }

    #[test]
    fn errors_end_it() {
        assert_eq!(bisect(0..9, &mut |_| Err("stop")), Err("stop"));
    }
}
