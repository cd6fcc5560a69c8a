//! Tables.

use super::call::Call;
use super::control::table_text;
use super::parts::{Order, in_parts};
use crate::crossing::segments::init_table;
use crate::ids::TableId;
use crate::store::Host;
use crate::table::OutOfBounds;
use crate::unwind::Unwind;
use crate::value::Value;
use transom_layout::object::FieldClass;
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

/// The value that compiled code has passed for the elements of a table.
///
/// # Safety
///
/// The bits come from compiled code of this store, as a value of the type of the table's elements.
unsafe fn value(call: &mut Call<'_>, id: TableId, bits: u64) -> Value {
    let store = call.host.store();
    let class = if store.table(id).holds_objects() {
        FieldClass::Object
    } else {
        FieldClass::Function
    };
    // SAFETY: by the contract.
    unsafe { store.value_of_bits(class, u128::from(bits)) }
}

/// Grows a table, the new elements being the value; all ones if it can't grow so far.
///
/// # Safety
///
/// Compiled code calls it: the bits are a value of the type of the table's elements.
pub unsafe fn grow(call: &mut Call<'_>, index: u32, delta: u64, bits: u64) -> Result<u64, Unwind> {
    let id = table(call, index);
    // SAFETY: by the contract.
    let value = unsafe { value(call, id, bits) };
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
///
/// # Panics
///
/// If the value is not of the type of the elements, or belongs to another store.
pub fn grow_table(
    host: &mut dyn Host,
    id: TableId,
    delta: u64,
    value: Value,
) -> transom_error::Result<Option<u64>> {
    host.store().check_element(id, value);
    let table = host.store().table(id);
    let (current, ty) = (table.len(), *table.ty());
    let Some(desired) = table.grown_len(delta) else {
        log::info!(target: events::TABLE, "a table of {current} elements cannot grow by {delta}: its type's maximum");
        host.table_grow_failed(transom_error::format_err!(
            "the table would exceed the maximum of its type"
        ))?;
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
    if !host.store().table_mut(id).grow_to(desired) {
        log::info!(target: events::TABLE, "a table of {current} elements cannot grow to {desired}: no memory");
        host.table_grow_failed(transom_error::format_err!(
            "cannot allocate a table of {desired} elements"
        ))?;
        return Ok(None);
    }
    // New elements are null already; touching all of them would need as much memory as the table is large.
    if !value.is_zero() {
        let filled = host
            .store()
            .fill_table(id, current as u64, (desired - current) as u64, value);
        filled.expect("the table has just become this large");
    }
    log::debug!(target: events::TABLE, "a table grew from {current} to {desired} elements");
    Ok(Some(current as u64))
}

/// Replaces elements by a value.
///
/// # Safety
///
/// Compiled code calls it: the bits are a value of the type of the table's elements.
pub unsafe fn fill(call: &mut Call<'_>, index: u32, start: u64, bits: u64, len: u64) -> Result<(), Unwind> {
    let id = table(call, index);
    if call.host.store().table(id).range(start, len).is_err() {
        return Err(out_of_bounds(call, "table.fill", start, len, id));
    }
    in_parts(call, (len, ELEMENT_SIZE), Order::Forwards, |call, first, len| {
        // SAFETY: by the contract; a poll, which may have come between, moves no objects.
        let value = unsafe { value(call, id, bits) };
        let filled = call.host.store().fill_table(id, start + first, len, value);
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
        let (from, to) = ((from, from_start + first), (to, to_start + first));
        let copied = call.host.store().copy_table(from, to, len);
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
