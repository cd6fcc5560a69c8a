//! Tables.

use super::call::Call;
use super::control::table_text;
use super::parts::{Order, in_parts};
use crate::ids::TableId;
use crate::segments::init_table;
use crate::store::Host;
use crate::table::{Element, OutOfBounds};
use crate::unwind::Unwind;
use transom_module::{ElemIdx, TableIdx};
use transom_ops::{Trap, events};

/// Bytes of a table's element, at most.
const ELEMENT_SIZE: u64 = 8;

fn table(call: &mut Call<'_>, index: u32) -> TableId {
    call.host
        .store()
        .instance(call.instance)
        .table(TableIdx::from_u32(index))
}

fn out_of_bounds(call: &mut Call<'_>, what: &str, start: u64, len: u64, table: TableId) -> Unwind {
    let size = call.host.store().table(table).len();
    let detail = format!("{what}: {len} elements at {start} of a table of {size}");
    call.trap(Trap::TableOutOfBounds, Some(detail))
}

pub fn grow(call: &mut Call<'_>, index: u32, delta: u64, value: Element) -> Result<u64, Unwind> {
    let id = table(call, index);
    grow_table(call.host, id, delta, value)
        .map(|len| len.unwrap_or(u64::MAX))
        .map_err(|error| call.error(error))
}

/// Grows a table by `delta` elements, with the host's consent. Gives the former number of elements, or `None` if
/// it can't grow so far.
///
/// # Errors
///
/// The host wants the program to end.
pub fn grow_table(
    host: &mut dyn Host,
    id: TableId,
    delta: u64,
    value: Element,
) -> anyhow::Result<Option<u64>> {
    let table = host.store().table(id);
    let (current, ty) = (table.len(), *table.ty());
    let Some(desired) = table.grown_len(delta) else {
        log::info!(target: events::TABLE, "a table of {current} elements cannot grow by {delta}: its type's maximum");
        host.table_grow_failed(anyhow::anyhow!("the table would exceed the maximum of its type"))?;
        return Ok(None);
    };
    let maximum = ty
        .limits
        .max
        .map(|max| usize::try_from(max).unwrap_or(usize::MAX));
    if !host.table_growing(current, desired, maximum)? {
        log::info!(target: events::TABLE, "a table of {current} elements cannot grow to {desired}: the host's limit");
        return Ok(None);
    }
    if !host.store().table_mut(id).grow_to(desired, value) {
        log::info!(target: events::TABLE, "a table of {current} elements cannot grow to {desired}: no memory");
        host.table_grow_failed(anyhow::anyhow!("cannot allocate a table of {desired} elements"))?;
        return Ok(None);
    }
    log::debug!(target: events::TABLE, "a table grew from {current} to {desired} elements");
    Ok(Some(current as u64))
}

pub fn fill(call: &mut Call<'_>, index: u32, start: u64, value: Element, len: u64) -> Result<(), Unwind> {
    let id = table(call, index);
    if call.host.store().table(id).range(start, len).is_err() {
        return Err(out_of_bounds(call, "table.fill", start, len, id));
    }
    in_parts(call, (len, ELEMENT_SIZE), Order::Forwards, |call, first, len| {
        let filled = call.host.store().table(id).fill(start + first, len, value);
        filled.expect("tables never shrink");
    })
}

pub fn copy(
    call: &mut Call<'_>,
    to: u32,
    from: u32,
    to_start: u64,
    from_start: u64,
    len: u64,
) -> Result<(), Unwind> {
    let (to, from) = (table(call, to), table(call, from));
    let store = call.host.store();
    if store.table(from).range(from_start, len).is_err() {
        return Err(out_of_bounds(call, "table.copy from", from_start, len, from));
    }
    if store.table(to).range(to_start, len).is_err() {
        return Err(out_of_bounds(call, "table.copy to", to_start, len, to));
    }
    let order = Order::of_copy(from_start, to_start);
    in_parts(call, (len, ELEMENT_SIZE), order, |call, first, len| {
        let store = call.host.store();
        let (from, to) = (store.table(from), store.table(to));
        let copied = from.copy_to(from_start + first, to, to_start + first, len);
        copied.expect("tables never shrink");
    })
}

pub fn init(
    call: &mut Call<'_>,
    index: u32,
    segment: u32,
    to: u64,
    from: u32,
    len: u32,
) -> Result<(), Unwind> {
    let id = table(call, index);
    let items = from..from.saturating_add(len);
    if items.end - from < len {
        return Err(out_of_bounds(call, "table.init", to, u64::from(len), id));
    }
    let (index, segment) = (TableIdx::from_u32(index), ElemIdx::from_u32(segment));
    init_table(call.host.store(), call.instance, (index, to), (segment, items))
        .map_err(|OutOfBounds| out_of_bounds(call, "table.init", to, u64::from(len), id))
}

pub fn drop_elements(call: &mut Call<'_>, segment: u32) -> Result<(), Unwind> {
    call.host
        .store()
        .instance_mut(call.instance)
        .drop_elements(ElemIdx::from_u32(segment));
    Ok(())
}

/// An element was found to be beyond a table.
pub fn trap_access(call: &mut Call<'_>, index: u32, element: u64) -> Result<(), Unwind> {
    let id = table(call, index);
    let size = call.host.store().table(id).len();
    let module = call
        .host
        .store()
        .instance(call.instance)
        .module()
        .module()
        .clone();
    let table = table_text(&module, TableIdx::from_u32(index));
    let detail = format!("element {element} of {table}, which has {size}");
    Err(call.trap(Trap::TableOutOfBounds, Some(detail)))
}
