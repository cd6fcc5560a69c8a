//! Waiting and notifying, and atomic accesses that are not aligned.
//!
//! A thread that waits can be interrupted: [`StoreCore::sleep`](crate::raw::store_core::StoreCore::sleep) registers it with its store, and
//! whatever asks the store's program to stop (an interrupt handle, an epoch) wakes it. It then does what a poll does,
//! and goes on waiting if that lets it.

use super::call::Call;
use super::control::poll_if_asked;
use super::memory::{self, access_out_of_bounds};
use crate::ids::MemoryId;
use crate::memory::SharedMemory;
use crate::raw::bytes;
use crate::unwind::Unwind;
use std::sync::Arc;
use std::time::Duration;
use transom_ops::Trap;

/// The address of an access of `size` bytes, checked in the order of the specification.
fn check(call: &mut Call<'_>, id: MemoryId, address: u64, size: u64) -> Result<u64, Unwind> {
    let checked = bytes::check_atomic(memory::place(call, id), address, size);
    checked.map_err(|trap| match trap {
        Trap::HeapMisaligned => misaligned(call, address.into(), size),
        _ => access_out_of_bounds(call, address, 0, id),
    })
}

fn misaligned(call: &Call<'_>, address: u128, size: u64) -> Unwind {
    let detail = format!("address {address:#x} is not a multiple of {size}");
    call.trap(Trap::HeapMisaligned, Some(detail))
}

fn shared(call: &mut Call<'_>, id: MemoryId) -> Option<Arc<SharedMemory>> {
    call.host.store().memory(id).shared().cloned()
}

pub fn notify(call: &mut Call<'_>, memory: u32, address: u64, count: u32) -> Result<u32, Unwind> {
    let id = memory::memory(call, memory);
    let address = check(call, id, address, 4)?;
    // Nobody waits on a memory that is not shared.
    Ok(shared(call, id).map_or(0, |shared| shared.notify_at(address, count)))
}

/// Waits at an address while the value there is the expected one; the value comes with its size.
fn wait(
    call: &mut Call<'_>,
    memory: u32,
    address: u64,
    value: (u64, u64),
    timeout: u64,
) -> Result<u32, Unwind> {
    let id = memory::memory(call, memory);
    let address = check(call, id, address, value.0)?;
    let Some(shared) = shared(call, id) else {
        return Err(call.trap(Trap::AtomicWaitNonSharedMemory, None));
    };
    // Negative times are without end.
    let timeout = (timeout as i64 >= 0).then(|| Duration::from_nanos(timeout));
    let result = shared.wait_with(address, value, timeout, |left| {
        call.exit.shared().sleep(left);
        poll_if_asked(call.exit, call.host)
    })?;
    Ok(result as u32)
}

pub fn wait32(
    call: &mut Call<'_>,
    memory: u32,
    address: u64,
    expected: u32,
    timeout: u64,
) -> Result<u32, Unwind> {
    wait(call, memory, address, (4, expected.into()), timeout)
}

pub fn wait64(
    call: &mut Call<'_>,
    memory: u32,
    address: u64,
    expected: u64,
    timeout: u64,
) -> Result<u32, Unwind> {
    wait(call, memory, address, (8, expected), timeout)
}

/// An atomic access was found not to be aligned.
pub fn trap_misaligned(call: &mut Call<'_>, index: u64, offset: u64, size: u32) -> Result<(), Unwind> {
    let address = u128::from(index) + u128::from(offset);
    Err(misaligned(call, address, size.into()))
}
