//! Lists of slots that hold references.
//!
//! A function can keep many references on its operand stack across many calls, so lists that name them all would be quadratic in its
//! length. The lists of two calls mostly have the same end: what lies deep in the stack. A list can go on in an earlier one.

/// A number of this or more in a list is a link, and no distance: the list goes on as many places before the link as the number
/// exceeds this.
pub const ROOTS_LINK: u32 = 1 << 31;

/// The `count` distances of the list that begins at a place of `slots`.
///
/// # Panics
///
/// If the list leads out of `slots`.
pub fn roots(slots: &[u32], first: u32, count: u32) -> impl Iterator<Item = u32> + '_ {
    let mut place = first as usize;
    (0..count).map(move |_| {
        while slots[place] >= ROOTS_LINK {
            place -= (slots[place] - ROOTS_LINK) as usize;
        }
        place += 1;
        slots[place - 1]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_in_an_earlier_one() {
        // 8; 16, then the first list; 24 and 32, then the second one.
        let slots = [8, 16, ROOTS_LINK + 2, 24, 32, ROOTS_LINK + 4];
        let list = |first, count| roots(&slots, first, count).collect::<Vec<_>>();
        assert_eq!(list(0, 1), [8]);
        assert_eq!(list(1, 2), [16, 8]);
        assert_eq!(list(3, 4), [24, 32, 16, 8]);
        // The next list of the table begins behind a link.
        assert_eq!(list(2, 1), [8]);
        assert_eq!(list(0, 0), []);
    }
}
