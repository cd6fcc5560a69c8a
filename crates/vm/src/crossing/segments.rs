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
///
/// # Panics
///
/// If the type of the segment does not match that of the table.
pub fn init_table(
    store: &mut Store,
    id: InstanceId,
    (table, to): (TableIdx, u64),
    (segment, items): (ElemIdx, std::ops::Range<u32>),
) -> Result<(), OutOfBounds> {
    let instance = store.instance(id);
    let table = store.table(instance.table(table));
    let available = instance.segment_len(segment);
    let (start, end) = (items.start as usize, items.end as usize);
    if end > available || end < start {
        return Err(OutOfBounds);
    }
    let range = table.range(to, (end - start) as u64)?;
    let actual = instance.module().module().elements[segment.index()].ty;
    let registry = store.engine().registry();
    assert!(
        registry.is_subtype_ref(actual, table.ty().element),
        "a segment of other elements than the table's"
    );
    for (position, item) in range.zip(start..end) {
        let bits = instance.element(segment, item).bits() as u64;
        // SAFETY: the value has the segment's type, as validation has found, so it has that of the table's elements; its
        // instance has got it from this store. The store is borrowed mutably.
        unsafe { table.elements.fill(position..position + 1, bits) };
    }
    Ok(())
}
