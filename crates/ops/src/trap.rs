//! The kinds of traps: one row each, from which the number in machine code, the message and the tests
//! follow.
//!
//! The numbers are those of the `wasmtime` crate and its C API.

use std::num::NonZeroU8;

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// The reason of a trap: a rule of WebAssembly, or a limit of the host.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Trap {
            $($(#[$doc])* $name = $code,)*
        }

        impl Trap {
            /// All traps, in the order of their numbers.
            pub const ALL: &[Trap] = &[$(Trap::$name),*];

            /// The trap with a number.
            pub fn from_u8(code: u8) -> Option<Trap> {
                match code {
                    $($code => Some(Trap::$name),)*
                    _ => None,
                }
            }

            /// The number in machine code, where 0 means no trap.
            pub const fn number(self) -> NonZeroU8 {
                NonZeroU8::MIN.saturating_add(self as u8)
            }

            /// The trap with a number in machine code.
            pub fn of_number(number: NonZeroU8) -> Option<Trap> {
                Trap::from_u8(number.get() - 1)
            }

            /// The message, as the specification's test suite words it.
            pub fn message(self) -> &'static str {
                match self {
                    $(Trap::$name => $message,)*
                }
            }
        }
    };
}

traps! {
    /// The program exhausted its call stack.
    StackOverflow = 0, "call stack exhausted";
    /// An access to a linear memory was out of bounds.
    MemoryOutOfBounds = 1, "out of bounds memory access";
    /// The address of an atomic operation was not aligned.
    HeapMisaligned = 2, "unaligned atomic";
    /// An access to a table was out of bounds.
    TableOutOfBounds = 3, "undefined element: out of bounds table access";
    /// `call_indirect` found null in its table.
    IndirectCallToNull = 4, "uninitialized element";
    /// `call_indirect` found a function of another type.
    BadSignature = 5, "indirect call type mismatch";
    /// A signed division, or a conversion to an integer, has no representable result.
    IntegerOverflow = 6, "integer overflow";
    /// An integer was divided by zero.
    IntegerDivisionByZero = 7, "integer divide by zero";
    /// NaN was converted to an integer.
    BadConversionToInteger = 8, "invalid conversion to integer";
    /// `unreachable` was executed.
    UnreachableCodeReached = 9, "wasm `unreachable` instruction executed";
    /// The host interrupted the program.
    Interrupt = 10, "interrupt";
    /// The program ran out of fuel.
    OutOfFuel = 11, "all fuel consumed by WebAssembly";
    /// A thread tried to wait on a memory that is not shared.
    AtomicWaitNonSharedMemory = 12, "atomic wait on non-shared memory";
    /// A null reference was used.
    NullReference = 13, "null reference";
    /// An access to an array was out of bounds.
    ArrayOutOfBounds = 14, "out of bounds array access";
    /// An object is larger than the implementation allows.
    AllocationTooLarge = 15, "allocation size too large";
    /// The operand of `ref.cast` has another type.
    CastFailure = 16, "cast failure";

    // Components, asynchronous functions and continuations: nothing traps so as long as they are not there.
    /// A component that is not done, or has trapped, was entered again.
    CannotEnterComponent = 17, "cannot enter component instance";
    /// An asynchronous function of a component returned no result.
    NoAsyncResult = 18, "an asynchronous function ended without a result";
    /// A suspension has no handler for its tag.
    UnhandledTag = 19, "no handler for a tag";
    /// A continuation was used twice.
    ContinuationAlreadyConsumed = 20, "the continuation was already used";
    /// An instruction that a build leaves out was executed.
    DisabledOpcode = 21, "an instruction that is not available was executed";
    /// All tasks of a store wait for each other.
    AsyncDeadlock = 22, "all tasks wait, so none can go on";
    /// A component that must not be left called an import.
    CannotLeaveComponent = 23, "cannot leave component instance";
    /// A task that must not wait tried to.
    CannotBlockSyncTask = 24, "a synchronous task cannot wait before it returns";
    /// A character is no Unicode scalar value.
    InvalidChar = 25, "invalid `char` bit pattern";
    /// A string was not transcoded to its end.
    DebugAssertStringEncodingFinished = 26, "a string was not transcoded to its end";
    /// Numbers of code units differ.
    DebugAssertEqualCodeUnits = 27, "the numbers of code units differ";
    /// A pointer is not aligned.
    DebugAssertPointerAligned = 28, "a pointer is not aligned";
    /// The upper half of a value is not zero.
    DebugAssertUpperBitsUnset = 29, "the upper bits of a value are not zero";
    /// A string of a component does not lie inside its memory.
    StringOutOfBounds = 30, "string content out-of-bounds";
    /// A list of a component does not lie inside its memory.
    ListOutOfBounds = 31, "list content out-of-bounds";
    /// A discriminant is not one of its variant.
    InvalidDiscriminant = 32, "invalid variant discriminant";
    /// A pointer of a component is not aligned for what it points to.
    UnalignedPointer = 33, "unaligned pointer";
    /// A task confirmed a cancellation that nobody had asked for.
    TaskCancelNotCancelled = 34, "a task that is not cancelled confirmed a cancellation";
    /// A task returned, or confirmed a cancellation, twice.
    TaskCancelOrReturnTwice = 35, "a task ended twice";
    /// A call that had ended was cancelled.
    SubtaskCancelAfterTerminal = 36, "a call that has ended was cancelled";
    /// A task returned in a way that its function does not.
    TaskReturnInvalid = 37, "a task returned with the wrong type or options";
    /// A set was dropped that something waits for.
    WaitableSetDropHasWaiters = 38, "a waitable set with waiters was dropped";
    /// A call was dropped before it had ended.
    SubtaskDropNotResolved = 39, "a call that has not ended was dropped";
    /// A thread was to begin in a function of another type.
    ThreadNewIndirectInvalidType = 40, "a thread's start function has the wrong type";
    /// A thread was to begin in a null element.
    ThreadNewIndirectUninitialized = 41, "a thread's start function is null";
    /// A counter of a component instance overflowed.
    BackpressureOverflow = 42, "the backpressure counter overflowed";
    /// A callback returned a code without a meaning.
    UnsupportedCallbackCode = 43, "a callback returned an unknown code";
    /// A thread that is not suspended was resumed.
    CannotResumeThread = 44, "a thread that is not suspended was resumed";
    /// A second operation on one end of a future or stream began.
    ConcurrentFutureStreamOp = 45, "a future or stream has two operations at the same time";
    /// There are too many references to something.
    ReferenceCountOverflow = 46, "a count of references overflowed";
    /// An operation on a stream is too large.
    StreamOpTooBig = 47, "an operation on a stream is too large";
    /// Something was waited for in two ways.
    WaitableSyncAndAsync = 48, "a waitable was used synchronously and in a set";
    /// An exception that nobody catches reached a boundary of components.
    UncaughtException = 49, "an exception was not caught";

    /// The garbage-collected heap is full of live objects, or the host does not let it grow.
    HeapOutOfMemory = 50, "garbage-collected heap out of memory";
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "wasm trap: {}", self.message())
    }
}

impl std::error::Error for Trap {}

#[cfg(test)]
mod tests;
