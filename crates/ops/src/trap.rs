//! The kinds of traps: one row each, from which the number in machine code, the message and the tests
//! follow.

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// Why a program was stopped by the rules of WebAssembly, or by a limit of its host.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Trap {
            $($(#[$doc])* $name = $code,)*
        }

        impl Trap {
            /// Every kind, in the order of their numbers.
            pub const ALL: &[Trap] = &[$(Trap::$name),*];

            /// The kind that a number in machine code stands for.
            pub fn from_u8(code: u8) -> Option<Trap> {
                match code {
                    $($code => Some(Trap::$name),)*
                    _ => None,
                }
            }

            /// What happened, in the words of the specification's test suite.
            pub fn message(self) -> &'static str {
                match self {
                    $(Trap::$name => $message,)*
                }
            }
        }
    };
}

traps! {
    /// The call stack of the program is used up.
    StackOverflow = 1, "call stack exhausted";
    /// A linear memory was accessed beyond its end.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// An atomic operation was given an unaligned address.
    HeapMisaligned = 3, "unaligned atomic";
    /// A table was accessed beyond its end.
    TableOutOfBounds = 4, "undefined element: out of bounds table access";
    /// `call_indirect` found null in its table.
    IndirectCallToNull = 5, "uninitialized element";
    /// `call_indirect` found a function of another type.
    BadSignature = 6, "indirect call type mismatch";
    /// A signed division, or a conversion to an integer, has no representable result.
    IntegerOverflow = 7, "integer overflow";
    /// An integer was divided by zero.
    IntegerDivisionByZero = 8, "integer divide by zero";
    /// NaN was converted to an integer.
    BadConversionToInteger = 9, "invalid conversion to integer";
    /// `unreachable` was executed.
    UnreachableCodeReached = 10, "wasm `unreachable` instruction executed";
    /// The host interrupted the program.
    Interrupt = 11, "interrupt";
    /// The program used all the fuel that it was given.
    OutOfFuel = 12, "all fuel consumed by WebAssembly";
    /// A null reference was used.
    NullReference = 13, "null reference";
    /// An array was accessed beyond its end.
    ArrayOutOfBounds = 14, "out of bounds array access";
    /// An object is larger than the implementation allows.
    AllocationTooLarge = 15, "allocation size too large";
    /// `ref.cast` was given a value of another type.
    CastFailure = 16, "cast failure";
    /// A thread tried to wait on a memory that is not shared.
    AtomicWaitNonSharedMemory = 17, "atomic wait on non-shared memory";
    /// The garbage-collected heap is full of live objects, or the host does not let it grow.
    HeapOutOfMemory = 18, "garbage-collected heap out of memory";
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "wasm trap: {}", self.message())
    }
}

impl std::error::Error for Trap {}

#[cfg(test)]
mod tests;
