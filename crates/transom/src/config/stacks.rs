//! The stacks of asynchronous calls.

use super::Config;
use std::sync::Arc;
use transom_vm::crossing::host_stack::{StackCreator, make_stack};

/// Bytes of a stack unless the configuration says so.
const DEFAULT: usize = 2 << 20;
/// Bytes of a stack at least: what the runtime takes, and a little for a program.
const LEAST: usize = 192 << 10;
/// Bytes of a stack that host functions and the runtime have by default, beyond what programs use.
const BEYOND_PROGRAMS: usize = 3 << 19;

impl Config {
    /// The size in bytes of a stack on which an asynchronous call runs; 2 MiB by default, and at least 1.5 MiB more than
    /// [`max_wasm_stack`](Self::max_wasm_stack). At least 192 KiB are taken. The stack is address space: pages that nothing touches take no memory. What programs do not use
    /// is for host functions that they call. The process ends if these overflow the stack.
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.max_wasm_stack(1 << 20).async_stack_size(512 << 10);
    /// let error = Engine::new(&config).expect_err("programs may use more");
    /// assert!(error.to_string().contains("max_wasm_stack size cannot exceed the async_stack_size"));
    /// ```
    pub fn async_stack_size(&mut self, size: usize) -> &mut Self {
        self.async_stack_size = Some(size);
        self
    }

    /// Whether the stack of an asynchronous call reads as zeros when the call begins; false by default. Programs never read what they
    /// have not written, so this is a second line of defence, which takes a system call for each call.
    pub fn async_stack_zeroing(&mut self, enable: bool) -> &mut Self {
        self.options.fibers.zeroing = enable;
        self
    }

    /// Takes the stacks of asynchronous calls from an embedder. The engine does not keep such stacks: a store has one, and frees it when
    /// it is dropped.
    ///
    /// ```
    /// # use transom::*;
    /// use std::{ops::Range, ptr, sync::Arc};
    ///
    /// /// A mapping whose first page is the guard.
    /// struct Mapping(usize, usize);
    /// const GUARD: usize = 4096;
    ///
    /// // SAFETY: the addresses never change, the first page is inaccessible, and nothing else uses the others.
    /// unsafe impl StackMemory for Mapping {
    ///     fn top(&self) -> *mut u8 { self.range().end as *mut u8 }
    ///     fn range(&self) -> Range<usize> { self.0 + GUARD..self.0 + self.1 }
    ///     fn guard_range(&self) -> Range<*mut u8> { self.0 as *mut u8..(self.0 + GUARD) as *mut u8 }
    /// }
    ///
    /// impl Drop for Mapping {
    ///     fn drop(&mut self) {
    ///         // SAFETY: the stack is dropped, so nothing uses the mapping any more.
    ///         unsafe { libc::munmap(self.0 as *mut libc::c_void, self.1) };
    ///     }
    /// }
    ///
    /// struct Creator;
    ///
    /// // SAFETY: a `Mapping` is as `StackMemory` requires.
    /// unsafe impl StackCreator for Creator {
    ///     fn new_stack(&self, size: usize, _zeroed: bool) -> Result<Box<dyn StackMemory>> {
    ///         let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    ///         // SAFETY: a new mapping touches nothing that exists.
    ///         let base = unsafe { libc::mmap(ptr::null_mut(), size + GUARD, protection, flags, -1, 0) };
    ///         ensure!(base != libc::MAP_FAILED, "no memory for a stack");
    ///         let mapping = Mapping(base as usize, size + GUARD);
    ///         // SAFETY: the page is the first of the new mapping.
    ///         let guarded = unsafe { libc::mprotect(base, GUARD, libc::PROT_NONE) };
    ///         ensure!(guarded == 0, "no guard for a stack");
    ///         Ok(Box::new(mapping))
    ///     }
    /// }
    ///
    /// let mut config = Config::new();
    /// config.with_host_stack(Arc::new(Creator));
    /// let engine = Engine::new(&config)?;
    /// let mut store = Store::new(&engine, ());
    /// let func = Func::wrap_async(&mut store, |_: Caller<'_, ()>, (x,): (i32,)| Box::new(async move { x + 1 }));
    /// let func = func.typed::<i32, i32>(&store)?;
    /// let mut call = Box::pin(func.call_async(&mut store, 41));
    /// let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// let std::task::Poll::Ready(result) = call.as_mut().poll(&mut context) else { unreachable!() };
    /// assert_eq!(result?, 42);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with_host_stack(&mut self, stack_creator: Arc<dyn StackCreator>) -> &mut Self {
        self.options.fibers.make = Some(make_stack(stack_creator));
        self
    }

    /// Has no effect: every engine supports asynchronous calls. For programs that set it.
    #[doc(hidden)]
    pub fn async_support(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// The size of a stack.
    pub(crate) fn stack_size(&self) -> usize {
        let least = self.options.max_wasm_stack.saturating_add(BEYOND_PROGRAMS);
        self.async_stack_size.unwrap_or(DEFAULT.max(least)).max(LEAST)
    }
}
