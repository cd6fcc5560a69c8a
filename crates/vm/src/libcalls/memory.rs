//! Linear memory.

use super::call::Call;
use super::parts::{Order, in_parts};
use crate::ids::MemoryId;
use crate::memory::grown_size;
use crate::raw::bytes;
use crate::raw::place::Place;
use crate::store::Host;
use crate::unwind::Unwind;
use transom_layout::VmMemory;
use transom_module::{DataIdx, MemoryIdx};
use transom_ops::{Trap, events};

pub fn memory(call: &mut Call<'_>, index: u32) -> MemoryId {
    let store = call.host.store();
    store.instance(call.instance).memory(MemoryIdx::from_u32(index))
}

/// Where base and length of a memory are.
pub fn place<'a>(call: &'a mut Call<'_>, id: MemoryId) -> &'a Place<VmMemory> {
    call.host.store().memory(id).place()
}

fn out_of_bounds(call: &mut Call<'_>, what: &str, start: u64, len: u64, id: MemoryId) -> Unwind {
    let size = place(call, id).length();
    let detail = format!("{what}: {len:#x} bytes at {start:#x} of a memory of {size:#x} bytes");
    call.trap(Trap::MemoryOutOfBounds, Some(detail))
}

pub fn grow(call: &mut Call<'_>, index: u32, delta: u64) -> Result<u64, Unwind> {
    let id = memory(call, index);
    grow_memory(call.host, id, delta)
        .map(|pages| pages.unwrap_or(u64::MAX))
        .map_err(|error| call.error(error))
}

/// Grows a memory by `delta` pages, with the host's consent. Gives the former size in pages, or `None` if it
/// can't grow so far.
///
/// # Errors
///
/// The host wants the program to end.
pub fn grow_memory(host: &mut dyn Host, id: MemoryId, delta: u64) -> transom_error::Result<Option<u64>> {
    loop {
        let memory = host.store().memory(id);
        let (current, ty) = (memory.len(), *memory.ty());
        let Some(desired) = grown_size(&ty, current, delta) else {
            log::info!(target: events::MEMORY, "a memory of {current} bytes cannot grow by {delta} pages: its type's maximum");
            host.memory_grow_failed(transom_error::format_err!(
                "the memory would exceed the maximum of its type"
            ))?;
            return Ok(None);
        };
        let maximum = ty
            .limits
            .max
            .map(|max| usize::try_from(max.saturating_mul(ty.page_size())).unwrap_or(usize::MAX));
        if !host.memory_growing(current, desired, maximum)? {
            log::info!(target: events::MEMORY, "a memory of {current} bytes cannot grow to {desired}: the host's limit");
            return Ok(None);
        }
        match host.store().memory_mut(id).grow(current, desired) {
            Ok(true) => {
                log::debug!(target: events::MEMORY, "a memory grew from {current} to {desired} bytes");
                return Ok(Some(current as u64 >> ty.page_size_log2));
            }
            // Another thread has grown the memory, so that the host was asked about another size.
            Ok(false) => {}
            Err(error) => {
                log::info!(target: events::MEMORY, "a memory of {current} bytes cannot grow to {desired}: {error}");
                host.memory_grow_failed(error.into())?;
                return Ok(None);
            }
        }
    }
}

pub fn copy(
    call: &mut Call<'_>,
    to: u32,
    from: u32,
    to_start: u64,
    from_start: u64,
    len: u64,
) -> Result<(), Unwind> {
    let (to, from) = (memory(call, to), memory(call, from));
    // The range that is at fault is named.
    if !place(call, to).has_range(to_start, len) {
        return Err(out_of_bounds(call, "memory.copy to", to_start, len, to));
    }
    if !place(call, from).has_range(from_start, len) {
        return Err(out_of_bounds(call, "memory.copy from", from_start, len, from));
    }
    let order = Order::of_copy(from_start, to_start);
    in_parts(call, (len, 1), order, |call, start, len| {
        let store = call.host.store();
        let [to, from] = [to, from].map(|id| store.memory(id).place());
        let copied = bytes::copy_between(from, from_start + start, to, to_start + start, len);
        assert!(copied, "memories never shrink");
    })
}

pub fn fill(call: &mut Call<'_>, index: u32, start: u64, value: u32, len: u64) -> Result<(), Unwind> {
    let id = memory(call, index);
    if place(call, id).has_range(start, len) {
        return in_parts(call, (len, 1), Order::Forwards, |call, from, len| {
            let filled = bytes::fill(place(call, id), start + from, value as u8, len);
            assert!(filled, "memories never shrink");
        });
    }
    Err(out_of_bounds(call, "memory.fill", start, len, id))
}

/// Moves bytes whose places compiled code has checked: of arrays, which a poll does not move, or at most `MAX_PART` of
/// memories.
///
/// # Safety
///
/// Both ranges are inside arrays or memories of the store.
#[inline]
pub unsafe fn move_bytes(call: &mut Call<'_>, to: u64, from: u64, len: u64) -> Result<(), Unwind> {
    let order = Order::of_copy(from, to);
    in_parts(call, (len, 1), order, |_, start, len| {
        // SAFETY: by the contract; each part is inside of what is moved. The ranges may overlap, and no Rust reference leads to
        // them.
        unsafe { std::ptr::copy((from + start) as *const u8, (to + start) as *mut u8, len as usize) };
    })
}

/// Fills at most `MAX_PART` bytes whose place compiled code has checked.
///
/// # Safety
///
/// The range is inside a memory of the store.
pub unsafe fn fill_bytes(_: &mut Call<'_>, to: u64, value: u32, len: u64) -> Result<(), Unwind> {
    // SAFETY: by the contract; no Rust reference leads to the range.
    unsafe { std::ptr::write_bytes(to as *mut u8, value as u8, len as usize) };
    Ok(())
}

pub fn init(
    call: &mut Call<'_>,
    index: u32,
    segment: u32,
    to: u64,
    from: u32,
    len: u32,
) -> Result<(), Unwind> {
    let id = memory(call, index);
    let segment = DataIdx::from_u32(segment);
    let size = call.host.store().instance(call.instance).data(segment).len();
    let whole = u64::from(from) + u64::from(len) <= size as u64;
    if whole && place(call, id).has_range(to, u64::from(len)) {
        return in_parts(call, (u64::from(len), 1), Order::Forwards, |call, start, len| {
            let store = call.host.store();
            let memory = store.memory(id).place();
            let data = store.instance(call.instance).data(segment);
            let first = from as usize + start as usize;
            // A poll may have called the host, and that a function which has dropped the segment.
            if let Some(part) = data.get(first..first + len as usize) {
                assert!(
                    bytes::copy_into(memory, to + start, part),
                    "memories never shrink"
                );
            }
        });
    }
    if u64::from(from) + u64::from(len) > size as u64 {
        let detail = format!("memory.init: {len} bytes at {from} of a data segment of {size} bytes");
        return Err(call.trap(Trap::MemoryOutOfBounds, Some(detail)));
    }
    Err(out_of_bounds(call, "memory.init", to, u64::from(len), id))
}

pub fn drop_data(call: &mut Call<'_>, segment: u32) -> Result<(), Unwind> {
    call.host
        .store()
        .instance_mut(call.instance)
        .drop_data(DataIdx::from_u32(segment));
    Ok(())
}

/// An access was found to be beyond a memory's end.
pub fn trap_access(call: &mut Call<'_>, memory_index: u32, index: u64, offset: u64) -> Result<(), Unwind> {
    let id = memory(call, memory_index);
    Err(access_out_of_bounds(call, index, offset, id))
}

/// The trap for an access beyond a memory's end. As where a fault finds it, the first byte that is not there is named.
pub fn access_out_of_bounds(call: &mut Call<'_>, index: u64, offset: u64, id: MemoryId) -> Unwind {
    let size = place(call, id).length();
    let address = (u128::from(index) + u128::from(offset)).max(size as u128);
    let detail = format!("address {address:#x} in a memory of {size:#x} bytes");
    call.trap(Trap::MemoryOutOfBounds, Some(detail))
}
