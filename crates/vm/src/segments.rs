//! Element segments, copied into tables.

use crate::ids::InstanceId;
use crate::store::Store;
use crate::table::OutOfBounds;
use transom_module::{ElemIdx, TableIdx};

/// Copies items of an element segment into a table.
///
/// # Errors
///
/// They are not all in the segment, or do not fit.
pub fn init_table(
    store: &Store,
    id: InstanceId,
    (table, to): (TableIdx, u64),
    (segment, items): (ElemIdx, std::ops::Range<u32>),
) -> Result<(), OutOfBounds> {
    let instance = store.instance(id);
    let table = instance.table(table);
    let available = instance.segment_len(segment);
    let (start, end) = (items.start as usize, items.end as usize);
    if end > available || end < start || store.table(table).range(to, (end - start) as u64).is_err() {
        return Err(OutOfBounds);
    }
    for (position, item) in (start..end).enumerate() {
        let value = instance.element(segment, item);
        let set = store.table(table).set(to + position as u64, value);
        set.expect("the whole range was checked to be inside");
    }
    Ok(())
}
