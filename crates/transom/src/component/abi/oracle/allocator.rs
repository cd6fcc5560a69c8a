//! The destination's allocator. `oracle.py` has the same.

use super::case::{AllocatorPlan, FaultKind};
use super::values::MEMORY_SIZE;
use transom_error::{Result, bail};

/// What allocations never reach, but for those that are placed at the end on purpose.
const ALLOCATION_END: u32 = MEMORY_SIZE as u32 - 8192;
/// An address outside of the memory.
const OUTSIDE: u32 = 0xFFFF_FFF0;

/// Never uses memory again.
pub(super) struct Allocator {
    next: u32,
    plan: AllocatorPlan,
    pub(super) calls: Vec<[u32; 4]>,
}

impl Allocator {
    pub(super) fn new(plan: AllocatorPlan) -> Allocator {
        Allocator {
            next: plan.start,
            plan,
            calls: Vec::new(),
        }
    }

    /// Allocates, or changes an allocation: its address.
    ///
    /// # Errors
    ///
    /// This is the call that traps.
    pub(super) fn reallocate(&mut self, arguments: [u32; 4], memory: &mut [u8]) -> Result<u32> {
        let [old, old_size, align, size] = arguments;
        let fault = self.plan.fault.as_ref();
        let kind = fault
            .filter(|fault| fault.call == self.calls.len())
            .map(|fault| fault.kind);
        self.calls.push(arguments);
        let whole = MEMORY_SIZE as u32;
        match kind {
            Some(FaultKind::Trap) => bail!("realloc traps"),
            Some(FaultKind::Huge) => return Ok(OUTSIDE),
            Some(FaultKind::Past) if size <= whole => return Ok((whole - size) / align * align + align),
            None if self.plan.in_place && old != 0 => {
                if size <= old_size {
                    return Ok(old);
                }
                if old + old_size == self.next && old + size <= ALLOCATION_END {
                    self.next = old + size;
                    return Ok(old);
                }
            }
            _ => {}
        }
        let mut pointer = self.next.next_multiple_of(align) + u32::from(kind == Some(FaultKind::Odd));
        if kind == Some(FaultKind::End) && size <= 4096 {
            pointer = (whole - size) / align * align;
        } else if pointer + size > ALLOCATION_END {
            return Ok(OUTSIDE);
        } else {
            self.next = pointer + size;
        }
        if old != 0 {
            let (old, copied) = (old as usize, old_size.min(size) as usize);
            memory.copy_within(old..old + copied, pointer as usize);
        }
        Ok(pointer)
    }
}
