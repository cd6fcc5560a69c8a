//! Fibers: work on a stack of its own, which can be left in the middle and gone on with later, on any thread.
//!
//! A fiber that is dropped in the middle is abandoned: nothing on its stack is dropped, and the stack stays mapped, since others may point to
//! it. Frames of compiled code have nothing that Rust could unwind. So whoever owns a fiber lets it run to its end.

use crate::mapping::Reservation;
use crate::pages::page_size;
use crate::stack::{FIBER, NUMBER, Stack, next_number, prepare_thread};
use corosensei::stack::StackPointer;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::any::Any;
use std::io;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Bytes below a stack that are never accessible. Whoever has a large frame touches each page of it from the top.
const GUARD: usize = 64 << 10;

/// The memory of a fiber's stack. One word: stacks are passed on at each call.
pub struct FiberStack(Box<Parts>);

struct Parts {
    bounds: Stack,
    number: u64,
    memory: Memory,
}

enum Memory {
    Own(Reservation),
    /// Somebody else's, who frees it when this is dropped.
    Foreign(#[expect(dead_code, reason = "owns the memory")] Box<dyn Any + Send + Sync>),
}

impl FiberStack {
    /// A stack of so many bytes, rounded up to whole pages, above a guard.
    ///
    /// # Errors
    ///
    /// The system has not that much address space.
    pub fn new(size: usize) -> io::Result<FiberStack> {
        let size = size.max(page_size());
        let mut memory = Reservation::guarded(GUARD, size)?;
        memory.make_accessible(size)?;
        let lowest = memory.base().addr();
        let bounds = Stack {
            lowest,
            end: lowest + memory.len(),
        };
        Ok(FiberStack::at(bounds, Memory::Own(memory)))
    }

    /// A stack in memory of the embedder's, which is freed by dropping `owner`.
    ///
    /// # Safety
    ///
    /// The bounds are aligned to 16 bytes. What is between them can be read and written by any thread, and belongs to the stack until
    /// the owner is dropped. Below is a guard: an access to it ends the process.
    pub unsafe fn foreign(bounds: Stack, owner: Box<dyn Any + Send + Sync>) -> FiberStack {
        FiberStack::at(bounds, Memory::Foreign(owner))
    }

    fn at(bounds: Stack, memory: Memory) -> FiberStack {
        FiberStack(Box::new(Parts {
            bounds,
            number: next_number(),
            memory,
        }))
    }

    /// Where it is.
    pub fn bounds(&self) -> Stack {
        self.0.bounds
    }

    /// Gives pages back to the system, all but the `keep` topmost bytes: they read as zeros then. Whether it did: pages of
    /// foreign memory stay.
    pub fn discard(&mut self, keep: usize) -> bool {
        match &mut self.0.memory {
            Memory::Own(memory) => {
                let keep = keep.min(memory.len()).next_multiple_of(page_size());
                let len = memory.len().saturating_sub(keep);
                memory.discard_first(len).is_ok()
            }
            Memory::Foreign(_) => false,
        }
    }
}

impl std::fmt::Debug for FiberStack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let owner = match &self.0.memory {
            Memory::Own(_) => "own",
            Memory::Foreign(_) => "foreign",
        };
        write!(
            f,
            "FiberStack({:#x}..{:#x}, {owner})",
            self.bounds().lowest,
            self.bounds().end
        )
    }
}

fn stack_pointer(address: usize) -> StackPointer {
    StackPointer::new(address).expect("nothing is mapped at address 0")
}

// SAFETY: these are bounds of a `FiberStack` that the fiber owns. Nobody else uses the memory, it is aligned to pages or as `foreign`
// requires, and it has a guard below, which is outside the bounds, so the limit is a little higher than it must be.
unsafe impl corosensei::stack::Stack for Stack {
    #[inline]
    fn base(&self) -> StackPointer {
        stack_pointer(self.end)
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        stack_pointer(self.lowest)
    }
}

/// Work on a stack of its own.
pub struct Fiber<'a> {
    coroutine: ManuallyDrop<Coroutine<(), (), (), Stack>>,
    /// Whose bounds the coroutine has: it could not give a stack back without being moved, just after it was written.
    stack: ManuallyDrop<FiberStack>,
    work: PhantomData<Box<dyn FnOnce(Suspend) + 'a>>,
}

/// Leaves a fiber in the middle.
#[derive(Clone, Copy, Debug)]
pub struct Suspend(NonNull<Yielder<(), ()>>);

impl Suspend {
    /// Goes back to where the fiber was resumed last, and returns when it is resumed again, maybe on another thread.
    ///
    /// # Safety
    ///
    /// The caller runs on the fiber that this is for, and on no other one that was begun from there. Whatever is on the fiber's stack may be
    /// used by another thread afterwards; addresses of thread-local variables are not kept across this call.
    #[inline(never)]
    pub unsafe fn suspend(self) {
        // SAFETY: the fiber's first frame has the yielder, and by the contract this is above it.
        unsafe { self.0.as_ref().suspend(()) }
    }
}

impl<'a> Fiber<'a> {
    /// Does `work` on a stack, once it is resumed. The process ends if `work` panics.
    pub fn new(stack: FiberStack, work: impl FnOnce(Suspend) + 'a) -> Fiber<'a> {
        let work = move |yielder: &Yielder<(), ()>, ()| work(Suspend(NonNull::from(yielder)));
        // SAFETY: what `work` borrows is valid while this exists. An abandoned fiber never runs again, so it uses nothing of that.
        let coroutine = unsafe { Coroutine::with_stack_unchecked(stack.bounds(), work) };
        Fiber {
            coroutine: ManuallyDrop::new(coroutine),
            stack: ManuallyDrop::new(stack),
            work: PhantomData,
        }
    }

    /// Goes on with the work until it is left in the middle, or done: whether it is done.
    ///
    /// # Panics
    ///
    /// If it was done before.
    #[inline(never)]
    pub fn resume(&mut self) -> bool {
        // Signal handlers need a stack on this thread, too.
        prepare_thread();
        let Parts { bounds, number, .. } = &*self.stack.0;
        let outer = (FIBER.replace(Some(*bounds)), NUMBER.replace(*number));
        let outcome = self.coroutine.resume(());
        FIBER.set(outer.0);
        NUMBER.set(outer.1);
        matches!(outcome, CoroutineResult::Return(()))
    }

    /// Whether the work is done.
    pub fn is_done(&self) -> bool {
        self.coroutine.done()
    }

    /// The stack, to be used again.
    ///
    /// # Panics
    ///
    /// If the work is not done.
    pub fn into_stack(mut self) -> FiberStack {
        assert!(
            self.is_done(),
            "the stack of a fiber is free when its work is done"
        );
        // SAFETY: `self` is forgotten, so the stack is taken once. The coroutine is done and owns nothing any more.
        let stack = unsafe { ManuallyDrop::take(&mut self.stack) };
        std::mem::forget(self);
        stack
    }
}

impl Drop for Fiber<'_> {
    fn drop(&mut self) {
        if self.is_done() || !self.coroutine.started() {
            // SAFETY: nothing uses them any more. The closure that has not begun is dropped with the coroutine, before the stack, on which it is.
            unsafe {
                ManuallyDrop::drop(&mut self.coroutine);
                ManuallyDrop::drop(&mut self.stack);
            }
        }
    }
}

#[cfg(test)]
mod tests;
