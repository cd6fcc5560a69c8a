//! The core of a store: what compiled code, fault handlers and interruption handles read and write.

use super::frames::Activation;
use super::replace::WideValue;
use super::stop::Sleeper;
use super::waiting::Waiting;
use std::cell::{Cell, UnsafeCell};
use std::mem::{replace, swap};
use std::num::NonZeroU64;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use transom_layout::{INTERRUPTED, VmContextHeader, VmPolls, VmStoreContext};
use transom_sys::Stack;

/// Bytes of stack that are there for the runtime and the host whenever compiled code calls them: for the collector, which
/// needs least, for what a host function does, and for the messages and backtraces of errors, which need most.
pub const RUNTIME_STACK: usize = 128 << 10;

/// Bytes of a frame up to which the end of the stack is noticed by the runtime, which sees all frames; larger frames trap.
const FRAME_ROOM: usize = 16 << 10;

/// The part of a store that has a fixed address. The thread that uses the store owns all of it but the atomic
/// fields.
#[repr(C)]
pub struct StoreCore {
    /// First, so that a pointer to it is a pointer to this.
    context: UnsafeCell<VmStoreContext>,
    /// The limit that holds while no interruption is asked for, see [`FRAME_ROOM`].
    limit: AtomicUsize,
    /// Whether an interruption handle asked the program to stop.
    interrupt: AtomicBool,
    /// The epoch at which the program is to stop.
    deadline: AtomicU64,
    /// The thread to be woken when the program is asked to stop.
    sleeper: Sleeper,
    stack: StackUse,
    backtrace_frames: usize,
    fuel: FuelUse,
    /// What the context's `replaced` refers to.
    replaced: UnsafeCell<Vec<WideValue>>,
    /// The frame pointer and the code of the function in which the last sample was taken.
    sampled: Cell<(usize, usize)>,
    fibers: FiberUse,
}

/// Fibers on which the store's programs run.
#[derive(Default)]
struct FiberUse {
    /// How the program waits, if it runs on a fiber and nothing waits there already.
    waiting: Cell<Option<NonNull<Waiting>>>,
    /// How many fibers are inside each other.
    depth: AtomicUsize,
    /// Whether programs may have to wait, so that they must run on fibers.
    needed: AtomicBool,
    /// Whether the first or the third is so: a call that can't wait is refused.
    refuses_plain_calls: AtomicBool,
}

/// What changes when another stack runs the store's programs, besides the host and the thread's note of the store.
#[derive(Debug)]
pub struct Running {
    activation: Activation,
    caller: *mut VmContextHeader,
    /// The limit, if compiled code is entered on the stack.
    stack: Limit,
    waiting: Option<NonNull<Waiting>>,
    depth: usize,
}

/// The limit that was set for a stack.
#[derive(Clone, Copy, Default, Debug)]
pub struct Limit {
    limit: usize,
    stack_end: usize,
    entered_at: usize,
    number: u64,
    whole: Option<Stack>,
}

impl Running {
    /// For a stack that no compiled code was entered on.
    pub fn nothing() -> Running {
        Running {
            activation: Activation::NONE,
            caller: std::ptr::null_mut(),
            stack: Limit::default(),
            waiting: None,
            depth: 0,
        }
    }

    /// Says what the stack is inside of: an activation on another one, if it points to one, and so many fibers; and how work on it waits.
    pub fn begin(&mut self, outer: *const Activation, depth: usize, waiting: NonNull<Waiting>) {
        self.activation.previous = outer;
        self.depth = depth;
        self.waiting = Some(waiting);
    }

    /// Notes the innermost activation of compiled code on the stack, for a stack inside of it.
    #[inline]
    pub fn note_activation(&self, outer: &mut Activation) {
        match self.activation.entry_fp {
            // There is none, but there may be some further out. Less is written, since this is written at each switch.
            0 => (outer.entry_fp, outer.previous) = (0, self.activation.previous),
            _ => *outer = self.activation,
        }
    }
}

/// The store's fuel, but for the counter in the context.
#[derive(Default)]
struct FuelUse {
    /// Fuel beyond what compiled code was given.
    reserve: Cell<u64>,
    /// How much it is given at once, at most: then the program lets others run. 0 if there is no such bound.
    interval: AtomicU64,
}

/// The stack that the limit was set for.
struct StackUse {
    /// Bytes of it that compiled code may use.
    max: usize,
    /// Its number, see [`transom_sys::stack_number`].
    number: Cell<u64>,
    /// The stack pointer when compiled code was entered.
    entered_at: Cell<usize>,
    /// All of it, if that is known.
    whole: Cell<Option<Stack>>,
}

// SAFETY: other threads touch only the atomic fields, the lock, and `stack_limit`, which is atomic too; everything else
// belongs to the thread that uses the store, and a store is used by one thread at a time.
unsafe impl Send for StoreCore {}
// SAFETY: as above.
unsafe impl Sync for StoreCore {}

impl StoreCore {
    /// For a new store whose programs may use `max_stack` bytes of stack, and whose backtraces describe so many frames; `poll`,
    /// `tick` and `out_of_fuel` are the addresses of what polls, baseline code and checks of fuel call.
    pub fn new(
        [poll, tick, out_of_fuel]: [usize; 3],
        max_stack: usize,
        backtrace_frames: usize,
    ) -> StoreCore {
        StoreCore {
            context: UnsafeCell::new(VmStoreContext {
                stack_limit: AtomicUsize::new(0),
                stack_end: 0,
                polls: VmPolls {
                    poll,
                    tick,
                    replaced: std::ptr::null(),
                    budget: 0,
                    out_of_fuel,
                },
                caller: std::ptr::null_mut(),
                exit_fp: 0,
                exit_pc: 0,
                entry_fp: 0,
                entry_sp: 0,
                entry_handler: 0,
                activation: std::ptr::null(),
                nursery: Default::default(),
                fuel: 0,
            }),
            limit: AtomicUsize::new(0),
            interrupt: AtomicBool::new(false),
            deadline: AtomicU64::new(u64::MAX),
            sleeper: Sleeper::default(),
            stack: StackUse {
                max: max_stack,
                number: Cell::new(u64::MAX),
                entered_at: Cell::new(0),
                whole: Cell::new(None),
            },
            backtrace_frames,
            fuel: FuelUse::default(),
            replaced: UnsafeCell::default(),
            sampled: Cell::default(),
            fibers: FiberUse::default(),
        }
    }

    /// The structure that compiled code reads.
    pub fn context(&self) -> *mut VmStoreContext {
        self.context.get()
    }

    fn stack_limit(&self) -> &AtomicUsize {
        // SAFETY: only a reference to the atomic field is made, and it is never accessed otherwise from Rust.
        unsafe { &(*self.context.get()).stack_limit }
    }

    /// How many frames a backtrace describes.
    pub fn backtrace_frames(&self) -> usize {
        self.backtrace_frames
    }

    /// Asks the program to stop at its next poll. Callable from any thread.
    pub fn ask_to_stop(&self) {
        self.sleeper.ask_to_stop(self.stack_limit());
    }

    /// Lets the thread that runs the program sleep until it is unparked, the program is asked to stop, or the time is
    /// over. It may wake up for no reason.
    pub fn sleep(&self, timeout: Option<Duration>) {
        self.sleeper.sleep(self.stack_limit(), || match timeout {
            Some(timeout) => std::thread::park_timeout(timeout),
            None => std::thread::park(),
        });
    }

    /// Asks the program to stop with an interruption.
    pub fn interrupt(&self) {
        self.interrupt.store(true, Ordering::Release);
        self.ask_to_stop();
    }

    /// The epoch at which the program is to stop.
    pub fn deadline(&self) -> u64 {
        self.deadline.load(Ordering::Relaxed)
    }

    /// Sets the epoch at which the program is to stop.
    pub fn set_deadline(&self, epoch: u64) {
        self.deadline.store(epoch, Ordering::Relaxed);
    }

    /// Whether an interruption was asked for; forgets it.
    pub fn take_interrupt(&self) -> bool {
        self.interrupt.swap(false, Ordering::Acquire)
    }

    /// Whether the program was asked to stop.
    pub fn is_asked_to_stop(&self) -> bool {
        self.stack_limit().load(Ordering::Acquire) == INTERRUPTED
    }

    /// Takes back that the program was asked to stop.
    pub fn go_on(&self) {
        self.stack_limit()
            .store(self.limit.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Fuel that is left: none if more was used than there was.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn fuel(&self) -> u64 {
        // SAFETY: by the contract nobody writes the field meanwhile: this thread is here and not in compiled code.
        let used = unsafe { (*self.context.get()).fuel };
        self.fuel
            .reserve
            .get()
            .saturating_add_signed(used.saturating_neg())
    }

    /// Replaces what is left.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn set_fuel(&self, amount: u64) {
        let most = self.fuel_interval().map_or(u64::MAX, NonZeroU64::get);
        let counted = i64::try_from(amount.min(most)).unwrap_or(i64::MAX);
        self.fuel.reserve.set(amount - counted.unsigned_abs());
        // SAFETY: as above.
        unsafe { (*self.context.get()).fuel = -counted };
    }

    /// How much fuel compiled code is given at once, if the program lets others run then.
    pub fn fuel_interval(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.fuel.interval.load(Ordering::Relaxed))
    }

    /// Sets how much that is; it applies from the next time on that fuel is set.
    pub fn set_fuel_interval(&self, interval: Option<NonZeroU64>) {
        let interval = interval.map_or(0, NonZeroU64::get);
        self.fuel.interval.store(interval, Ordering::Relaxed);
    }

    /// Whether a function's frame may reach down to an address.
    pub fn has_stack_down_to(&self, lowest: usize) -> bool {
        lowest >= self.limit.load(Ordering::Relaxed)
    }

    /// Gives baseline code a new budget, if it has used up the last one; whether it has.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn refill_budget(&self, budget: i32) -> bool {
        let context = self.context.get();
        // SAFETY: by the contract nobody else uses the field meanwhile: this thread is here and not in compiled code.
        unsafe {
            let used_up = (*context).polls.budget < 0;
            if used_up {
                (*context).polls.budget = budget;
            }
            used_up
        }
    }

    /// Notes where a sample is taken, by frame pointer and address of the code. Whether the last one was taken there, too.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn note_sample(&self, place: (usize, usize)) -> bool {
        self.sampled.replace(place) == place
    }

    /// Keeps the values of a frame for the code that replaces its function, until the next time.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn keep_replaced(&self, values: Vec<WideValue>) {
        // SAFETY: by the contract no other thread uses the two fields. Code that begins at a loop has read the values before it
        // comes back here.
        unsafe {
            (*self.context.get()).polls.replaced = values.as_ptr().cast();
            *self.replaced.get() = values;
        }
    }

    /// Adapts the stack limit to the stack on which compiled code is about to be entered, at `pointer`.
    /// The limit stays as it is while the stack pointer is near the last one: setting it would need a locked
    /// instruction, since another thread may ask the program to stop at the same time.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    #[inline(always)]
    pub unsafe fn adapt_limit(&self, pointer: usize) {
        /// How far apart, in bytes, stack pointers of entries may be that share a limit.
        const NEAR: usize = 32 << 10;
        let near = self
            .stack
            .entered_at
            .get()
            .wrapping_sub(pointer)
            .wrapping_add(NEAR)
            <= 2 * NEAR;
        if !near || self.stack.number.get() != transom_sys::stack_number() {
            // SAFETY: by the contract.
            unsafe { self.move_limit(pointer) };
        }
    }

    /// Adapts the limit to a stack pointer on which compiled code is entered while it waits on a stack: if this is another one, of a thread
    /// that a host function has started. Gives the limit of the other stack then.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn adapt_nested(&self, pointer: usize) -> Option<Limit> {
        transom_sys::prepare_thread();
        if self.stack.number.get() == transom_sys::stack_number() {
            return None;
        }
        // SAFETY: by the contract.
        unsafe {
            let limit = self.limit_now();
            self.move_limit(pointer);
            Some(limit)
        }
    }

    /// Takes a limit back.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it, for the stack that compiled code goes on on next.
    pub unsafe fn take_back(&self, limit: Limit) {
        // SAFETY: by the contract.
        unsafe {
            if limit.limit != self.limit.load(Ordering::Relaxed) {
                self.set_limit(limit.limit, limit.stack_end);
            }
        }
        self.stack.entered_at.set(limit.entered_at);
        self.stack.number.set(limit.number);
        self.stack.whole.set(limit.whole);
    }

    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    unsafe fn limit_now(&self) -> Limit {
        Limit {
            limit: self.limit.load(Ordering::Relaxed),
            // SAFETY: by the contract nobody writes the field meanwhile.
            stack_end: unsafe { (*self.context.get()).stack_end },
            entered_at: self.stack.entered_at.get(),
            number: self.stack.number.get(),
            whole: self.stack.whole.get(),
        }
    }

    /// Sets the limit for a stack pointer.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    #[cold]
    unsafe fn move_limit(&self, pointer: usize) {
        // A stack that a library has made for itself, for coroutines perhaps, is not the thread's: its end is not known.
        let stack = transom_sys::prepare_thread();
        let stack = stack.filter(|stack| (stack.lowest..stack.end).contains(&pointer));
        self.stack.number.set(transom_sys::stack_number());
        self.stack.entered_at.set(pointer);
        self.stack.whole.set(stack);
        let lowest = stack
            .map_or(0, |stack| stack.lowest)
            .saturating_add(RUNTIME_STACK);
        let limit = pointer
            .saturating_sub(self.stack.max)
            .max(lowest.saturating_add(FRAME_ROOM));
        // SAFETY: by the contract.
        unsafe { self.set_limit(limit, limit - FRAME_ROOM) };
    }

    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    unsafe fn set_limit(&self, limit: usize, stack_end: usize) {
        // SAFETY: by the contract no compiled code runs on the store meanwhile; the field is only read by compiled code.
        unsafe { (*self.context.get()).stack_end = stack_end };
        let old = self.limit.swap(limit, Ordering::Relaxed);
        // Fails if the program was asked to stop meanwhile, which then stays so.
        let _ = self
            .stack_limit()
            .compare_exchange(old, limit, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Lets another stack run the store's programs; `running` is what is so there, and then what was so here.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it. Whatever points to activations in `running` is still on its stack.
    pub unsafe fn swap_running(&self, running: &mut Running) {
        let context = self.context.get();
        // Word by word: wider copies of what was just written would wait for it.
        // SAFETY: by the contract no compiled code runs on the store meanwhile, and nobody else uses these fields.
        unsafe {
            let other = &mut running.activation;
            swap(&mut (*context).entry_fp, &mut other.entry_fp);
            swap(&mut (*context).entry_sp, &mut other.entry_sp);
            swap(&mut (*context).entry_handler, &mut other.entry_handler);
            swap(&mut (*context).exit_fp, &mut other.exit_fp);
            swap(&mut (*context).exit_pc, &mut other.exit_pc);
            let previous = (*context).activation.cast();
            (*context).activation = replace(&mut other.previous, previous).cast();
            swap(&mut (*context).caller, &mut running.caller);
            self.swap_limit(running);
            running.waiting = self.replace_waiting(running.waiting);
        }
        // Only this thread uses it, so a locked instruction would be for nothing.
        let depth = self.fibers.depth.load(Ordering::Relaxed);
        self.fibers.depth.store(running.depth, Ordering::Relaxed);
        running.depth = depth;
    }

    /// Keeps the limit of the stack that is left and takes back that of the other one, where compiled code waits on them. Where none does, the
    /// limit is adapted at the next entry, so the one that is set may be right again by then.
    ///
    /// # Safety
    ///
    /// As [`swap_running`](Self::swap_running), in the middle of which it is called.
    unsafe fn swap_limit(&self, running: &mut Running) {
        // SAFETY: by the contract.
        unsafe {
            let new = ((*self.context.get()).entry_fp != 0).then_some(running.stack);
            if running.activation.entry_fp != 0 {
                running.stack = self.limit_now();
            }
            if let Some(new) = new {
                self.take_back(new);
            }
        }
    }

    /// How the program waits, if it can. Whoever takes it gives it back.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn replace_waiting(&self, waiting: Option<NonNull<Waiting>>) -> Option<NonNull<Waiting>> {
        let old = self.fibers.waiting.replace(waiting);
        self.fibers
            .refuses_plain_calls
            .store(waiting.is_some() || self.needs_fibers(), Ordering::Relaxed);
        old
    }

    /// From now on, programs may have to wait: they must run on fibers.
    pub fn need_fibers(&self) {
        self.fibers.needed.store(true, Ordering::Relaxed);
        self.fibers.refuses_plain_calls.store(true, Ordering::Relaxed);
    }

    /// Whether a program must not be called without a fiber of its own: it may have to wait, or it would wait on the fiber on which the
    /// caller runs, with whatever is on its stack.
    #[inline(always)]
    pub fn refuses_plain_calls(&self) -> bool {
        self.fibers.refuses_plain_calls.load(Ordering::Relaxed)
    }

    /// How many fibers are inside each other here.
    pub fn fiber_depth(&self) -> usize {
        self.fibers.depth.load(Ordering::Relaxed)
    }

    /// Whether programs may have to wait.
    pub fn needs_fibers(&self) -> bool {
        self.fibers.needed.load(Ordering::Relaxed)
    }

    /// Whether an address that compiled code could not access is at the end of this thread's stack; `pointer` is the stack
    /// pointer at that time.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn is_end_of_stack(&self, address: usize, pointer: usize) -> bool {
        /// How far, in bytes, the address may be from the stack pointer: a function moves that page by page, and touches each page,
        /// before it uses its frame.
        const NEAR: usize = 64 << 10;
        /// How far, in bytes, the place where a stack ends may be from where the system says that it does: a main thread's
        /// stack stops growing at a distance from the next mapping.
        const INEXACT: usize = 2 << 20;
        address.abs_diff(pointer) < NEAR
            && self
                .stack
                .whole
                .get()
                .is_none_or(|stack| address < stack.lowest.saturating_add(INEXACT))
    }
}
