//! Instructions on many bytes or elements, done in parts with polls between them.

use super::call::Call;
use super::control::poll_if_asked;
use crate::unwind::Unwind;
use transom_layout::MAX_PART;

/// The order in which the parts of an instruction are done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Forwards,
    /// So that what overlaps is read before it is written.
    Backwards,
}

impl Order {
    /// The order in which units from one place on can be copied to another, both in the same storage.
    pub fn of_copy(from: u64, to: u64) -> Order {
        if to > from {
            Order::Backwards
        } else {
            Order::Forwards
        }
    }
}

/// Does an instruction on `len` units of `size` bytes each in parts, and polls between them, so that however long it takes,
/// it can be interrupted. A poll may call the host, which may move memories and tables, but not objects: `part`, which gets
/// the first unit and how many there are, looks up anew where they are.
#[inline]
pub fn in_parts(
    call: &mut Call<'_>,
    (len, size): (u64, u64),
    order: Order,
    mut part: impl FnMut(&mut Call<'_>, u64, u64),
) -> Result<(), Unwind> {
    let most = MAX_PART / size;
    if len <= most {
        part(call, 0, len);
        return Ok(());
    }
    let mut done = 0;
    loop {
        let count = (len - done).min(most);
        let start = match order {
            Order::Forwards => done,
            Order::Backwards => len - done - count,
        };
        part(call, start, count);
        done += count;
        if done == len {
            return Ok(());
        }
        poll_if_asked(call.exit, call.host)?;
    }
}
